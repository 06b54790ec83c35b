"""The whole card by task on arrays: its word at the end of every block of many experiments at once.

As `whole` for the card by block; `tests/stats/test_whole_card_by_task.py` holds every word equal to the card's own on
ledgers drawn at random.  A block is two windows with the same K tasks; cell 2 b + 1 of block b holds the tasks whose
baseline runs are in its first window, cell 2 b the others.  An empty cell holds zeros and is not counted.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import signs
from scipy.stats import t as student_t
from whole import (
    ALPHA,
    COST,
    ERRORS,
    FAIL,
    P95,
    PASS,
    SHARE,
    SOFT,
    UNDECIDED,
    Sides,
    capped,
    judge,
    mn_outside,
)

from tracker.evidence.registration import LEAST_LOOK
from tracker.stats.distributions import student
from tracker.stats.sequential import LITTLE
from tracker.stats.task_flip import BEST, DIFFER, UNLIKE
from tracker.verdict.gates.errors import OUTAGE
from tracker.verdict.gates.features_per_point import SOFT_ALPHA
from tracker.verdict.gates.gate import LENIENT, SPENDING, STRICT

STEP = 1.0  # points that a run's row allows more or less
Four = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


class TaskLedgers(NamedTuple):
    """Experiments by task: columns of tasks are (replications, tasks), those of cells (replications, cells)."""

    points_a: np.ndarray
    points_b: np.ndarray
    delivered_b: np.ndarray  # 1 or 0
    cells: np.ndarray  # of each task
    tasks: np.ndarray  # of each cell, from here on
    quality_a: np.ndarray
    quality_b: np.ndarray
    errors_a: np.ndarray
    requests_a: np.ndarray
    errors_b: np.ndarray
    requests_b: np.ndarray
    p95_a: np.ndarray
    p95_b: np.ndarray
    cost_a: np.ndarray
    cost_b: np.ndarray

    @property
    def per_block(self) -> int:
        """Tasks a block."""
        return 2 * self.cells.shape[1] // self.tasks.shape[1]

    @property
    def ends(self) -> list[int]:
        """Tasks at each look."""
        n, k = self.cells.shape[1], self.per_block
        return [m for m in range(k, n + 1, k) if m >= LEAST_LOOK]

    @property
    def four(self) -> Four:
        """Features and points of A and of B; a baseline's run always counts as delivered."""
        return np.ones_like(self.points_a), self.points_a, self.delivered_b, self.points_b

    @property
    def four_at_worst(self) -> Four:
        """The same where runs that delivered for 0 points used what their rows allow: A the least, B the most."""
        unseen = (self.points_b == 0) & (self.delivered_b > 0)
        return (*self.four[:3], np.where(unseen, STEP, self.points_b))

    def of(self, rows: np.ndarray) -> TaskLedgers:
        """Return some of the replications."""
        return TaskLedgers(*(column[rows] for column in self))


def words(
    all_of: TaskLedgers, is_yes_asked_alone: bool = False, known: np.ndarray | None = None
) -> np.ndarray:
    """Return the card's word at every look, (replications, looks); `known`: of the efficiency gate, if it is.

    Where only GO and SOFT GO are asked for, efficiency is not computed where another gate never lets either pass.
    """
    others = np.stack([_others(all_of, m) for m in all_of.ends], axis=2)
    asked = np.full(len(all_of.cells), True)
    if is_yes_asked_alone:
        asked = (others.min(axis=0) >= SOFT).any(axis=1)
    efficiency = np.full(others.shape[1:], UNDECIDED)
    if known is None:
        some = all_of.of(asked)
        efficiency[asked] = efficiency_at(some.four, some, is_yes_asked_alone)
    else:
        efficiency = known
    said = judge(np.concatenate((efficiency[None], others)))
    unseen = asked & (all_of.four_at_worst[3] != all_of.points_b).any(axis=1)
    if unseen.any():
        some = all_of.of(unseen)
        at_worst = np.minimum(efficiency[unseen], efficiency_at(some.four_at_worst, some, is_yes_asked_alone))
        said[unseen] = capped(said[unseen], judge(np.concatenate((at_worst[None], others[:, unseen]))))
    return said


def efficiency_at(four: Four, all_of: TaskLedgers, is_yes_asked_alone: bool) -> np.ndarray:
    """Return the efficiency gate at every look; whether it fails is left out where only a yes is asked for."""
    better = stands(four, all_of, ALPHA)
    softly = better | stands(four, all_of, SOFT_ALPHA)
    worse = np.zeros_like(better)
    if not is_yes_asked_alone:
        worse = stands((*four[2:], *four[:2]), all_of, ALPHA)
    made: np.ndarray = np.where(better, PASS, np.where(worse, FAIL, np.where(softly, SOFT, UNDECIDED)))
    return made


def stands(four: Four, all_of: TaskLedgers, alpha: float, asked: np.ndarray | None = None) -> np.ndarray:
    """Return whether the test over tasks has rejected up to each look, (replications, looks)."""
    ends, n = all_of.ends, all_of.cells.shape[1]
    spent = [alpha * (m / n) ** 2 for m in ends]
    made = np.zeros((len(all_of.cells), len(ends)), bool)
    rows = np.arange(len(made)) if asked is None else np.flatnonzero(asked)
    if not len(rows):
        return made
    four, cells = tuple(x[rows] for x in four), all_of.cells[rows]  # type: ignore[assignment]
    scores = shares(four)
    found = signs.rejects([scores[:, :m] for m in ends], spent)
    some = found.any(axis=1)  # the others are asked nothing more
    if not some.any():
        return made
    scores, cells, four = scores[some], cells[some], tuple(x[some] for x in four)  # type: ignore[assignment]
    most = all_of.tasks.shape[1]
    blocks = cells // 2
    differ = np.stack(
        [
            np.minimum(
                signs.apart(scores[:, :m], cells[:, :m], most),
                signs.apart(scores[:, :m], blocks[:, :m], most),
            )
            < DIFFER
            for m in ends
        ],
        axis=1,
    )
    unlike = np.stack([scatters_more(four[1][:, :m], four[3][:, :m]) < UNLIKE for m in ends], axis=1)
    of_cells = [signs.sums_of(scores[:, :m], cells[:, :m], 2 * m // all_of.per_block) for m in ends]
    of_sums = [sum_scores(tuple(x[:, :m] for x in four)) for m in ends]  # type: ignore[arg-type]
    held = np.ones_like(differ)
    for needed, units in ((differ, of_cells), (unlike, of_sums)):
        those = needed.any(axis=1)
        if those.any():
            also = signs.rejects([x[those] for x in units], spent)
            held[those] &= also | ~needed[those]
    made[rows[some]] = np.logical_or.accumulate(found[some] & held, axis=1)
    return made


def shares(four: Four) -> np.ndarray:
    """Return `task_flip.task_scores`."""
    fa, pa, fb, pb = four
    plus, minus = fb * pa, fa * pb
    both = plus + minus
    made: np.ndarray = np.divide(plus - minus, both, out=np.zeros_like(both), where=both > 0)
    made[(fb == 0) & (fa > 0)] = -1.0
    made[(fa == 0) & (fb > 0)] = 1.0
    return made


def sum_scores(four: Four) -> np.ndarray:
    """Return `task_flip.sum_scores`."""
    fa, pa, fb, pb = four
    used = (pa + pb).sum(axis=1, keepdims=True)
    rate = (fa + fb).sum(axis=1, keepdims=True) / np.where(used > 0, used, np.inf)
    made: np.ndarray = (fb - fa) - rate * (pb - pa)
    best = np.argsort(-made, axis=1, kind="stable")[:, :BEST]
    np.put_along_axis(made, best, 0.0, axis=1)
    return made


def scatters_more(points_a: np.ndarray, points_b: np.ndarray) -> np.ndarray:
    """Return `task_flip.scatters_more`."""
    a, b = np.log(np.maximum(points_a, LITTLE)), np.log(np.maximum(points_b, LITTLE))
    n = a.shape[1]
    apart, both = b - a, b + a
    apart, both = apart - apart.mean(axis=1, keepdims=True), both - both.mean(axis=1, keepdims=True)
    size = np.sqrt((apart**2).sum(axis=1) * (both**2).sum(axis=1))
    r = np.clip((apart * both).sum(axis=1) / np.where(size > 1e-12, size, np.inf), -1, 1)
    with np.errstate(divide="ignore"):
        t = r * np.sqrt((n - 2) / (1 - r * r))
    made: np.ndarray = np.where(size > 1e-12, student_t.sf(t, n - 2), 1.0)
    return made


def _others(all_of: TaskLedgers, m: int) -> np.ndarray:
    """Return the four gates of bounds at the look after m tasks, (gates, replications)."""
    seen = all_of._replace(**{x: getattr(all_of, x)[:, : 2 * m // all_of.per_block] for x in OF_CELLS})
    spent = (m / all_of.cells.shape[1]) ** SPENDING
    made = []
    for gate in GATES.values():
        passes, fails = gate(seen, STRICT * spent)
        soft, _ = gate(seen, LENIENT * spent)
        made.append(np.where(fails, FAIL, np.where(passes, PASS, np.where(soft, SOFT, UNDECIDED))))
    return np.array(made)


OF_CELLS = TaskLedgers._fields[4:]


@lru_cache
def _quantiles(tail: float, most: int) -> np.ndarray:
    return np.array([math.nan, *(student(1 - tail, df) for df in range(1, most + 1))])


def _half(squares: np.ndarray, n: np.ndarray, tail: float) -> np.ndarray:
    """Return t(n - 1) times the root of n/(n - 1) the squares."""
    made: np.ndarray = _quantiles(tail, int(n.max()))[n - 1] * np.sqrt(n / (n - 1) * squares)
    return made


def _quality(seen: TaskLedgers, tail: float) -> Sides:
    sums, sizes = seen.quality_b - SHARE * seen.quality_a, seen.tasks
    n = (sizes > 0).sum(axis=1)

    def clustered(sums: np.ndarray, sizes: np.ndarray, n: np.ndarray) -> Sides:
        total = sizes.sum(axis=1)
        mean = sums.sum(axis=1) / total
        half = _half(((sums - mean[:, None] * sizes) ** 2).sum(axis=1), n, tail) / total
        return mean - half, mean + half

    more = np.ones((len(sums), 1))
    low, high = clustered(np.hstack((sums, -SHARE * more)), np.hstack((sizes, more)), n + 1)
    return low > 0, np.maximum(high, clustered(sums, sizes, n)[1]) < 0


def _errors(seen: TaskLedgers, tail: float) -> Sides:
    xa, na, xb, nb = seen.errors_a, seen.requests_a, seen.errors_b, seen.requests_b
    n = (na > 0).sum(axis=1)

    def difference(xa: np.ndarray, na: np.ndarray, xb: np.ndarray, nb: np.ndarray, n: np.ndarray) -> Sides:
        sum_a, sum_b = na.sum(axis=1, keepdims=True), nb.sum(axis=1, keepdims=True)
        rate_a, rate_b = xa.sum(axis=1, keepdims=True) / sum_a, xb.sum(axis=1, keepdims=True) / sum_b
        apart = (xb - rate_b * nb) / sum_b - (xa - rate_a * na) / sum_a
        half = _half((apart**2).sum(axis=1), n, tail)
        middle = (rate_b - rate_a)[:, 0]
        return middle - half, middle + half

    rate = xa.sum(axis=1, keepdims=True) / na.sum(axis=1, keepdims=True)
    mean_a, mean_b = (x.sum(axis=1, keepdims=True) / n[:, None] for x in (na, nb))
    _, high = difference(
        np.hstack((xa, rate * mean_a)),
        np.hstack((na, mean_a)),
        np.hstack((xb, (rate + OUTAGE * ERRORS) * mean_b)),
        np.hstack((nb, mean_b)),
        n + 1,
    )
    low, _ = difference(xa, na, xb, nb, n)
    four = [x.sum(axis=1) for x in (xa, na, xb, nb)]
    apart = four[2] / four[3] - four[0] / four[1]
    outside = mn_outside(*four, ERRORS, student(1 - tail, math.inf))
    return (high <= ERRORS) & (apart <= ERRORS) & outside, (low > ERRORS) & (apart > ERRORS) & outside


def _p95(seen: TaskLedgers, tail: float) -> Sides:
    there = seen.tasks > 0
    n = there.sum(axis=1)
    logs = np.where(there, np.log(np.where(there, seen.p95_b / np.where(there, seen.p95_a, 1), 1)), 0.0)
    mean = logs.sum(axis=1) / n
    half = _half((np.where(there, logs - mean[:, None], 0.0) ** 2).sum(axis=1), n, tail) / n
    return np.exp(mean + half) <= P95, np.exp(mean - half) > P95


def _cost(seen: TaskLedgers, tail: float) -> Sides:
    a, b = (x.reshape(len(x), -1, 2).sum(axis=2) for x in (seen.cost_a, seen.cost_b))  # both cells of a block
    n = a.shape[1]
    ratio = a.sum(axis=1) / b.sum(axis=1)
    logs = np.log((a.sum(axis=1, keepdims=True) - a) / (b.sum(axis=1, keepdims=True) - b))
    half = student(1 - tail, n - 1) * logs.std(axis=1) * math.sqrt(n - 1)
    return ratio * np.exp(-half) >= COST, ratio * np.exp(half) < COST


GATES = {"quality": _quality, "errors": _errors, "p95": _p95, "cost": _cost}
