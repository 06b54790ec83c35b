"""Tasks that both arms did, a coin a task deciding in which of two windows each arm did it.

The exact test of "exchanging the arms of a task changes nothing", looked at whenever a block of tasks is
in.  Whatever a window does to all its tasks is part of what the coin exchanges.  What it does to one arm's
alone is not: where windows differ so, the tasks of one cell (one arm's in one window, the other's in the
other) are exchanged together.  Nor are arms whose runs scatter unlike: where the better one scatters more,
the sum of the points is asked as well, without its two best tasks.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from tracker.stats.distributions import student, student_cdf
from tracker.stats.efficiency import Numbers
from tracker.stats.sequential import LITTLE, MOST_BLOCKS, Look, block_scores, rarest_sum, signed_sums

DIFFER = 0.25  # chance of cells that scatter so among each other in tasks that do not hang together
UNLIKE = 0.10  # chance that arms whose runs scatter alike look so unlike
BEST = 2  # tasks without which the sum of the points must stand where runs scatter unlike
POWER, ALPHA = 0.8, 0.05
MOST_TASKS = 1_000_000
CELLS, SUM = "cells", "the points' sum"  # tests that must reject as well where they are asked


class TaskFlip(NamedTuple):
    """The exact sequential test of "B takes no fewer points for a task"."""

    looks: tuple[Look, ...]  # n counts tasks; up to the one that rejected
    rejected_at: int | None  # tasks
    threshold: float | None  # of the last look
    score: float  # at the last look; of all tasks when there was none
    differ: float | None  # at the last look: chance that cells scatter so by themselves, 0..1
    cells: int  # exchanged as wholes at the last look, if the windows differed; else 0
    unlike: float | None  # at the last look: chance that B's runs scatter so much more than A's, 0..1
    held_back: tuple[
        str, ...
    ]  # at the last look: CELLS, SUM that did not reject though asked, and the tasks did


def task_scores(features_a: Numbers, points_a: Numbers, features_b: Numbers, points_b: Numbers) -> np.ndarray:
    """Return (F_B P_A - F_A P_B)/(F_B P_A + F_A P_B) of each task: (a - b)/(a + b) where both arms delivered it.

    From -1 to 1, more is better for B; exchanging the arms turns its sign.  A task that B did not deliver
    scores -1, one that A did not 1; one that neither did, or that took no points in either, 0.
    Source: Rosenbaum (2002), Observational Studies, 2.4 (exchanges within pairs).

    >>> task_scores([1, 1, 1], [12.0, 9.0, 8.0], [1, 1, 0], [6.0, 9.0, 2.0]).round(3).tolist()
    [0.333, 0.0, -1.0]
    """
    fa, pa, fb, pb = (np.asarray(column, float) for column in (features_a, points_a, features_b, points_b))
    plus, minus = fb * pa, fa * pb
    both = plus + minus
    scores: np.ndarray = np.divide(plus - minus, both, out=np.zeros_like(both), where=both > 0)
    scores[(fb == 0) & (fa > 0)] = -1.0
    scores[(fa == 0) & (fb > 0)] = 1.0
    return scores


def task_flip(
    four: tuple[Numbers, Numbers, Numbers, Numbers],
    blocks: Sequence[Hashable],
    cells: Sequence[Hashable],
    n_tasks: int,
    first_look: int = 5,
    alpha: float = ALPHA,
) -> TaskFlip:
    """Return the test's looks at the end of every block from `first_look` to `n_tasks` tasks on.

    `four`: features and points of A, of B, an entry a task; `blocks` and `cells` name each task's; tasks of a block
    stand together.  Under the null every pattern of signs is as likely as the one seen.  All 2^n are enumerated;
    those that would have rejected earlier are left out; up to look n alpha (n/n_tasks)^2 of them may reject, ties
    counted in.  The same test must reject as well, where they scatter so by themselves in less than 25 % and 10 % of
    all experiments, with each cell's sum as one score (scores of cells or of blocks among each other, one-way analysis
    of variance), and with the linear scores of `sum_scores` (B's runs more than A's).  Tasks beyond n_tasks are not
    looked at.  Raises ValueError beyond 24 tasks.  Sources: Fisher (1935), ch. 3; Lan and DeMets (1983); for cells,
    Cameron and Miller (2015), J. Hum. Resour. 50, 2.  What the rules hold and cost: docs/statistics.md.

    >>> test = task_flip(([1] * 6, [9, 8, 9, 8, 7, 9], [1] * 6, [4] * 6), [1, 1, 1, 2, 2, 2], [1, 1, 2, 3, 3, 4], 6)
    >>> test.rejected_at, [(look.n, round(look.threshold, 2)) for look in test.looks]
    (6, [(6, 1.55)])
    """
    columns = [np.asarray(column, float)[:n_tasks] for column in four]
    every = task_scores(*columns)
    count = len(every)
    if count > MOST_BLOCKS:
        raise ValueError(f"{count} tasks; the exact test goes up to {MOST_BLOCKS}")
    by_task = _Patterns(alpha, n_tasks)
    others = {CELLS: _Patterns(alpha, n_tasks), SUM: _Patterns(alpha, n_tasks)}
    looks: list[Look] = []
    differ, unlike, together = None, None, 0
    held_back: tuple[str, ...] = ()
    for n in look_ends(blocks, count, first_look):
        so_far = every[:n]
        fa, pa, fb, pb = (column[:n] for column in columns)
        sums = _sums(so_far, cells[:n])
        threshold, rejects = by_task.look(so_far, n)
        others[CELLS].waits(sums, n)
        others[SUM].waits(sum_scores(fa, pa, fb, pb), n)
        differ = min(clustered(so_far, cells[:n]), clustered(so_far, blocks[:n]))
        unlike = scatters_more(pa, pb)
        asked = {CELLS: differ < DIFFER, SUM: unlike < UNLIKE}
        together = len(sums) if asked[CELLS] else 0
        held_back = tuple(name for name in others if rejects and asked[name] and not others[name].rejects())
        reject = rejects and not held_back
        looks.append(Look(n, alpha * (n / n_tasks) ** 2, threshold, float(so_far.sum()), reject))
        if reject:
            break
    last = looks[-1] if looks else None
    return TaskFlip(
        tuple(looks),
        last.n if last and last.reject else None,
        last.threshold if last else None,
        last.score if last else float(every.sum()),
        differ,
        together,
        unlike,
        held_back,
    )


def look_ends(blocks: Sequence[Hashable], count: int, first: int) -> list[int]:
    """Return after how many tasks one looks: at the ends of blocks, from `first` on.

    Source: Lan and DeMets (1983), by which looks may come at any number.

    >>> look_ends([1, 1, 1, 2, 2, 2, 3], 7, 5)
    [6, 7]
    """
    return [n for n in range(first, count + 1) if n == count or blocks[n] != blocks[n - 1]]


def sum_scores(features_a: Numbers, points_a: Numbers, features_b: Numbers, points_b: Numbers) -> np.ndarray:
    """Return the linear score (F_B - R P_B) - (F_A - R P_A) of each task, R = all F / all P; of the two best 0.

    Linear, it asks for the sum of the points, which a typical task does not tell.  Unit: features.
    Sources: as `sequential.block_scores`; for the deletion, Cook (1977), Technometrics 19, 15-18.

    >>> sum_scores([1, 1, 1, 1], [9.0, 8.0, 8.0, 7.0], [1, 1, 1, 1], [4.0, 4.0, 4.0, 6.0]).round(2).tolist()
    [0.0, 0.0, 0.64, 0.16]
    """
    made = block_scores(features_a, points_a, features_b, points_b)
    made[np.argsort(-made, kind="stable")[:BEST]] = 0.0
    return made


def scatters_more(points_a: Numbers, points_b: Numbers) -> float:
    """Return the chance, 0..1, that B's points scatter so much more than A's where both scatter alike.

    Of the logarithms, so that half the points is no less scatter; both runs of a task share its size, which is why
    the correlation of difference and sum is asked.  1 where there is nothing to compare.
    Source: Pitman (1939) and Morgan (1939), Biometrika 31, 9-19.

    >>> round(scatters_more([9, 10, 11, 10, 9], [2, 30, 6, 18, 9]), 4)
    0.0007
    """
    a, b = (np.log(np.maximum(np.asarray(points, float), LITTLE)) for points in (points_a, points_b))
    n = len(a)
    if n < 3:
        return 1.0
    apart, both = b - a - (b - a).mean(), b + a - (b + a).mean()
    size = math.sqrt(float((apart**2).sum() * (both**2).sum()))
    if size <= 1e-12:
        return 1.0
    r = max(-1.0, min(1.0, float((apart * both).sum()) / size))
    if abs(r) >= 1 - 1e-12:
        return 0.0 if r > 0 else 1.0
    return 1 - student_cdf(r * math.sqrt((n - 2) / (1 - r * r)), n - 2)


class _Patterns:
    """The patterns of signs that crossed at the looks so far."""

    def __init__(self, alpha: float, n_tasks: int) -> None:
        self.alpha, self.n_tasks = alpha, n_tasks
        self.crossed = np.zeros(1, bool)
        self.units = 0
        self.waiting: list[tuple[np.ndarray, int]] = []
        self.last = False

    def waits(self, scores: np.ndarray, n: int) -> None:
        """Keep a look for when it is asked: to enumerate takes long, and few looks come to matter."""
        self.waiting.append((scores, n))

    def rejects(self) -> bool:
        """Return whether the last look that waits rejects, those before it taken in their order."""
        for scores, n in self.waiting:
            _, self.last = self.look(scores, n)
        self.waiting = []
        return self.last

    def look(self, scores: np.ndarray, n: int) -> tuple[float | None, bool]:
        """Return the threshold after n tasks, and whether the sum of the scores reaches it."""
        for _ in range(len(scores) - self.units):
            self.crossed = np.concatenate((self.crossed, self.crossed))
        self.units = len(scores)
        sums = signed_sums(np.abs(scores))
        close = 1e-9 * max(1e-300, float(np.abs(scores).sum()))
        spent = self.alpha * (min(n, self.n_tasks) / self.n_tasks) ** 2
        budget = math.floor(spent * len(sums) + 1e-9) - int(self.crossed.sum())
        threshold = rarest_sum(sums[~self.crossed], budget, close)
        if threshold is None:
            return None, False
        self.crossed |= sums >= threshold - close
        return threshold, float(scores.sum()) >= threshold - close


def _sums(scores: np.ndarray, groups: Sequence[Hashable]) -> np.ndarray:
    """Return the sum of the scores of each group, in the order in which the groups came."""
    sums: dict[Hashable, float] = {}
    for group, score in zip(groups, scores.tolist(), strict=True):
        sums[group] = sums.get(group, 0.0) + score
    return np.array(list(sums.values()))


def clustered(scores: Numbers, groups: Sequence[Hashable]) -> float:
    """Return the chance, 0..1, that scores which do not hang together scatter as much between groups as these.

    One-way analysis of variance; 1 where there is nothing to compare.  Source: Snedecor and Cochran (1989), ch. 12.

    >>> round(clustered([0.1, 0.2, 0.5, 0.6], ["a", "a", "b", "b"]), 3)
    0.03
    """
    values = np.asarray(scores, float)
    by_group: dict[Hashable, list[float]] = {}
    for group, score in zip(groups, values.tolist(), strict=True):
        by_group.setdefault(group, []).append(score)
    between, within = len(by_group) - 1, len(values) - len(by_group)
    if between < 1 or within < 1:
        return 1.0
    mean = float(values.mean())
    among = sum(len(some) * (sum(some) / len(some) - mean) ** 2 for some in by_group.values())
    rest = sum((score - sum(some) / len(some)) ** 2 for some in by_group.values() for score in some)
    if rest <= 1e-12:
        return 0.0 if among > 1e-12 else 1.0
    return _f_tail((among / between) / (rest / within), between, within)


def _f_tail(f: float, between: int, within: int) -> float:
    """Return the chance of an F of this size or more."""
    from scipy.special import betainc

    return float(betainc(within / 2, between / 2, within / (within + between * f)))


def tasks_needed(ratio: float, spread: float) -> int | None:
    """Return the tasks that find so many times the points in 80 % of experiments; `spread`: sd of the scores.

    The smallest n >= 2 with n d^2 >= spread^2 (t(n-1, .95) + t(n-1, .8))^2, d = (ratio-1)/(ratio+1) being the score
    of a task that takes `ratio` times as many points in A.  None beyond a million.
    Sources: Guenther (1981); Lehmann and Romano (2005), 15.2.

    >>> tasks_needed(2.0, 0.4), tasks_needed(1.5, 0.4)
    (11, 27)
    """
    if not (ratio > 1 and spread > 0 and math.isfinite(spread)):
        return None
    high = 2
    while high <= MOST_TASKS and task_power(high, ratio, spread) < POWER:
        high *= 2
    if high > MOST_TASKS:
        return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if task_power(middle, ratio, spread) >= POWER else (middle, high)
    return high


def task_power(n: int, ratio: float, spread: float) -> float:
    """Return the chance, 0..1, that the test of n >= 2 tasks finds the registered ratio.

    Source: as `tasks_needed`, solved for the power.

    >>> round(task_power(9, 2.0, 0.4), 2), round(task_power(15, 1.5, 0.4), 2)
    (0.73, 0.57)
    """
    if n < 2:
        return 0.0
    shift = (ratio - 1) / (ratio + 1) / spread * math.sqrt(n)
    return student_cdf(shift - student(1 - ALPHA, n - 1), n - 1)
