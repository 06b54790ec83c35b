"""The best fixed mix of arms within budgets: many small linear programs at once, and one by HiGHS."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

Floats = npt.NDArray[np.float64]
SMALL = 1e-12


def best_mix(rewards: Floats, costs: Floats, budgets: Floats) -> Floats:
    """Return the shares of rounds, (S, A), that maximise reward for each of S programs.

    maximise sum_a p_a rewards[s, a]  subject to  sum_a p_a costs[s, a, d] <= budgets[s, d] for each
    of D knapsacks, sum_a p_a <= 1, p >= 0.  `rewards` is (S, A), `costs` (S, A, D) >= 0, `budgets`
    (S, D) >= 0, all per round.  What the shares leave of 1 is rounds left idle.

    The simplex method on all S tableaux side by side; the slack basis is where it starts.  An
    arm is entered by the largest gain, in the last rounds by the first index (Bland), so it ends.

    >>> best_mix(np.array([[1.0, 3.0]]), np.array([[[1.0], [4.0]]]), np.array([[2.0]])).round(3)
    array([[0.667, 0.333]])
    """
    seeds, arms, knapsacks = costs.shape
    rows, columns = knapsacks + 1, arms + knapsacks + 1
    tableau = np.zeros((seeds, rows + 1, columns + 1))
    tableau[:, :knapsacks, :arms] = costs.transpose(0, 2, 1)
    tableau[:, knapsacks, :arms] = 1.0
    tableau[:, np.arange(rows), arms + np.arange(rows)] = 1.0
    tableau[:, :knapsacks, -1] = np.maximum(budgets, 0.0)
    tableau[:, knapsacks, -1] = 1.0
    tableau[:, rows, :arms] = -rewards
    basis = np.broadcast_to(arms + np.arange(rows), (seeds, rows)).copy()
    todo = np.arange(seeds)
    for step in range(20 * columns):
        part = tableau[todo]
        gains = part[:, rows, :-1]
        enter = gains.argmin(axis=1) if step < 10 * columns else (gains < -SMALL).argmax(axis=1)
        each = np.arange(len(todo))
        going = gains[each, enter] < -SMALL
        if not going.any():
            break
        todo, part, enter = todo[going], part[going], enter[going]
        each = np.arange(len(todo))
        column = part[each, :rows, enter]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(column > SMALL, part[:, :rows, -1] / column, np.inf)
        leave = ratio.argmin(axis=1)  # never unbounded: the row of rounds holds every arm
        pivot = part[each, leave] / column[each, leave][:, None]
        part -= part[each, :, enter][:, :, None] * pivot[:, None, :]
        part[each, leave] = pivot
        tableau[todo] = part
        basis[todo, leave] = enter
    shares = np.zeros((seeds, columns))
    np.put_along_axis(shares, basis, tableau[:, :rows, -1], axis=1)
    return np.clip(shares[:, :arms], 0.0, 1.0)


def optimum(rewards: Floats, costs: Floats, budgets: Floats) -> float:
    """Return the reward per round of the best fixed mix, by HiGHS: (A,), (A, D), (D,) per round.

    >>> round(optimum(np.array([1.0, 3.0]), np.array([[1.0], [4.0]]), np.array([2.0])), 6)
    1.666667
    """
    found = linprog(
        -rewards,
        A_ub=np.vstack([costs.T, np.ones(len(rewards))]),
        b_ub=np.append(budgets, 1.0),
        bounds=(0, None),
        method="highs",
    )
    return -float(found.fun or 0.0)
