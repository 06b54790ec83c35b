"""Recompute what `decision-card --explain` says of scatter, by window or by task; print what differs."""

import sys

import numpy as np
from recompute_verdict import tables
from scipy.stats import f, f_oneway, pearsonr


def phi(features, points):
    """Return the variance of features over their mean, the largest of three ways to take it."""
    n, rate = len(features), features.sum() / points.sum()
    squares = (features - rate * points) ** 2
    by_each, by_sum = sum(squares / points) / rate / (n - 1), n / (n - 1) * squares.sum() / features.sum()
    return max(by_each, by_sum, rate * n / 6 / points.sum())


def by_points(features, points):
    """Return the variance of points over their squared mean, of whole percents at least 1/6."""
    return max(points.var(ddof=1), 1 / 6) / points.mean() ** 2


def of_windows(rows, last):
    """Return p_points and p_phi of B over A, and of A over B."""
    n, (a, b) = (
        len(rows[:last]),
        ([rows[f"{of}_{arm}"][:last] for of in ("features", "points")] for arm in "ab"),
    )
    return [
        [f.sf(scatter(*one) / scatter(*other), n - 1, n - 1) for scatter in (by_points, phi)]
        for one, other in ((b, a), (a, b))
    ]


def of_tasks(rows, n):
    """Return p_windows, p_b and p_a after n tasks."""
    a, b = (np.log(np.maximum(rows[f"points_{arm}"][:n], 0.5)) for arm in "ab")
    among = [
        f_oneway(*(rows["score"][:n][rows[by][:n] == one] for one in dict.fromkeys(rows[by][:n]))).pvalue
        for by in ("cell", "block")
    ]
    return [min(among), *(pearsonr(d, a + b, alternative="greater").pvalue for d in (b - a, a - b))]


if __name__ == "__main__":
    found = tables(sys.stdin.read())
    last = dict(zip(found["Terms"]["term"], found["Terms"]["value"], strict=True))["n_blocks"]
    for line in found.get("Looks", ()):
        again = of_tasks(found[line["gate"]], int(line["tasks"]))
        same = np.allclose([line[p] for p in ("p_windows", "p_b", "p_a")], again, atol=1e-6)
        print(line["gate"], int(line["tasks"]), "as said" if same else f"is {again}, said {line}")
    for place, line in enumerate(found.get("Scatter", ())):
        again = of_windows(found[line["gate"]], int(last))[place % 2]
        same = np.allclose([line["p_points"], line["p_phi"]], again, atol=1e-9)
        print(line["gate"], line["better"], "as said" if same else f"is {again}, said {line}")
