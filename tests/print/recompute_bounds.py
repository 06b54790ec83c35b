"""Recompute what the bounds of `decision-card --explain` come from, out of what was counted; print what differs."""

import sys

import numpy as np
from recompute_verdict import tables


def moved(centre, moves):
    """Return a centre and its standard error, each entry moving it by so much."""
    return centre, np.sqrt(len(moves) / (len(moves) - 1) * np.sum(moves**2))


def quality(rows, terms, proves):
    d, m = rows["quality_b"] - terms["quality_margin"] * rows["quality_a"], rows["features"]
    if proves == "pass":
        d, m = np.append(d, -terms["quality_margin"]), np.append(m, 1)
    return moved(d.sum() / m.sum(), (d - d.sum() / m.sum() * m) / m.sum())


def errors(rows, terms, proves):
    (x_a, n_a), (x_b, n_b) = ([100 * rows[f"errors_{arm}"], rows[f"requests_{arm}"]] for arm in "ab")
    if proves == "pass":
        rate = x_a.sum() / n_a.sum()
        n_a, n_b = np.append(n_a, n_a.mean()), np.append(n_b, n_b.mean())
        x_a, x_b = (
            np.append(x_a, rate * n_a[-1]),
            np.append(x_b, (rate + 2 * terms["error_margin_pp"]) * n_b[-1]),
        )
    p_a, p_b = x_a.sum() / n_a.sum(), x_b.sum() / n_b.sum()
    return moved(p_b - p_a, (x_b - p_b * n_b) / n_b.sum() - (x_a - p_a * n_a) / n_a.sum())


def p95(rows, terms, proves):
    logs = np.log(rows["p95_b"] / rows["p95_a"])
    return moved(logs.mean(), (logs - logs.mean()) / len(logs))


def cost(rows, terms, proves):
    a, b = rows["cost_a"], rows["cost_b"]
    without = np.log((a.sum() - a) / (b.sum() - b))
    return moved(np.log(a.sum() / b.sum()), (without - without.mean()) * (len(a) - 1) / len(a))


if __name__ == "__main__":
    found = tables(sys.stdin.read())
    terms = dict(zip(found["Terms"]["term"], found["Terms"]["value"], strict=True))
    gates = {"quality": quality, "reliability_errors": errors, "reliability_p95": p95, "cost": cost}
    for name, rows in found.items():
        for proves in ("pass", "fail") if name.split(", ")[-1] in gates else ():
            its = found["Bounds"][(found["Bounds"]["gate"] == name) & (found["Bounds"]["proves"] == proves)]
            again = gates[name.split(", ")[-1]](rows, terms, proves)
            same = [np.allclose([line["centre"], line["error"]], again, atol=1e-9) for line in its]
            print(name, proves, "as said" if any(same) else f"is {again}, said {its}")
