"""The efficiency gate of `decision-card --explain`, by window or by task: exact tests of flipped signs."""

from itertools import product

import numpy as np


def rejecting(scores_at, looks, last, alpha):
    """Return the looks at which the sum of scores is among the rarest of all flips; alpha (n/last)^2 is spent."""
    found, gone = [], np.zeros(1, bool)  # gone: flips that reached the threshold at an earlier look
    for n in looks:
        scores = scores_at(n)
        flips = np.array(list(product((1, -1), repeat=len(scores))))
        gone = np.repeat(gone, len(flips) // len(gone))  # each with what is new as it was, and exchanged
        sums = np.where(gone, -np.inf, flips @ abs(scores))
        room = max(0, int(alpha * (n / last) ** 2 * len(sums) + 1e-9) - gone.sum())
        highest = np.sort(sums)[::-1]
        rare = min((s for s in highest[:room] if s > highest[room] + 1e-9), default=np.inf)  # ties count in
        gone |= sums >= rare - 1e-9
        found += [n] if scores.sum() >= rare - 1e-9 else []
    return found


def linear(rows, better, other):
    """Return (F_B - R C_B) - (F_A - R C_A) of each row, R = all F / all C, B being the better arm."""
    f_b, c_b, f_a, c_a = (rows[f"{name}_{arm}"] for arm in (better, other) for name in ("features", "points"))
    rate = (f_a + f_b).sum() / (c_a + c_b).sum()
    return (f_b - rate * c_b) - (f_a - rate * c_a)


def by_window(terms, scatter, rows, alpha, better, other):
    """Return whether the test rejects, also without the best block where the better arm's windows scatter more."""
    rows, scatter = rows[: int(terms["n_blocks"])], scatter["ba".index(better)]

    def test(some, alpha):
        looks = range(int(terms["first_look"]), len(some) + 1)
        return bool(rejecting(lambda n: linear(some[:n], better, other), looks, terms["n_blocks"], alpha))

    calm = scatter["p_points"] >= 0.2 and scatter["p_phi"] >= 0.1
    others = rows[rows["block"] != scatter["best_block"]]
    return test(rows, alpha) and (calm or test(others, alpha / 2 if scatter["p_points"] < 0.05 else alpha))


def by_task(terms, asked, rows, alpha, better, other):
    """Return whether the test rejects at a look at which so do those that were asked besides."""
    scores, looks = rows["score"] * (1 if better == "b" else -1), asked["tasks"].astype(int)

    def of_cells(n):
        cells = rows["cell"][:n]
        return np.array([scores[:n][cells == cell].sum() for cell in dict.fromkeys(cells)])

    def of_points(n):
        sums = linear(rows[:n], better, other)
        sums[np.argsort(-sums, kind="stable")[:2]] = 0  # without the two best tasks
        return sums

    found = set(rejecting(lambda n: scores[:n], looks, terms["n_tasks"], alpha))
    for p, least, scores_at in (("p_windows", 0.25, of_cells), (f"p_{better}", 0.1, of_points)):
        found &= {*looks[asked[p] >= least], *rejecting(scores_at, looks, terms["n_tasks"], alpha)}
    return bool(found)
