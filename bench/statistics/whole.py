"""The whole card on arrays: its word after every block of many experiments at once.

The bounds are those of `tracker.stats.noninferiority` and `tracker.stats.sequential`, a replication a row instead of an
experiment a call; `tests/stats/test_whole_card.py` holds every word equal to the card's own on ledgers drawn at random.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.stats import f

from tracker.stats.distributions import student
from tracker.stats.unequal_scatter import LIKELY_PHI, LIKELY_POINTS, PART, ROUNDING, SURELY_POINTS
from tracker.verdict.gates.errors import OUTAGE
from tracker.verdict.gates.features_per_point import SOFT_ALPHA
from tracker.verdict.gates.gate import LATE, LENIENT, SPENDING, STRICT

FIRST, NEVER = 5, 99
ALPHA, SHARE, ERRORS, P95, COST = (
    0.05,
    0.8,
    0.02,
    1.3,
    2.0,
)  # the card's margins where nobody registers others
FAIL, NO_DATA, UNDECIDED, SOFT, PASS = range(5)  # of a gate, worst first
INSUFFICIENT, NO_GO, SOFT_GO, GO = range(4)  # of a card
WORDS = {
    "INSUFFICIENT": INSUFFICIENT,
    "NO-GO": NO_GO,
    "SOFT GO": SOFT_GO,
    "GO": GO,
}  # as the card prints them
CHUNK = 50  # replications whose patterns of signs are in memory at once: few, so that a processor's cache holds them


class Ledgers(NamedTuple):
    """Experiments of so many blocks; every column is (replications, blocks)."""

    features_a: np.ndarray
    points_a: np.ndarray
    features_b: np.ndarray
    points_b: np.ndarray
    quality_a: np.ndarray  # sums of a block's scores
    quality_b: np.ndarray
    tasks: np.ndarray  # how many scores
    errors_a: np.ndarray
    requests_a: np.ndarray
    errors_b: np.ndarray
    requests_b: np.ndarray
    p95_a: np.ndarray
    p95_b: np.ndarray
    cost_a: np.ndarray
    cost_b: np.ndarray


def words(all_of: Ledgers, is_yes_asked_alone: bool = False) -> np.ndarray:
    """Return the card's word at looks FIRST..N, (replications, looks).

    Where only GO and SOFT GO are asked for, efficiency is not computed where another gate never lets either pass.
    """
    reps, n_blocks = all_of.points_a.shape
    others = np.stack(
        [_others(Ledgers(*(x[:, :n] for x in all_of)), n, n_blocks) for n in range(FIRST, n_blocks + 1)],
        axis=2,
    )
    asked = np.full(reps, True)
    if is_yes_asked_alone:
        asked = (others.min(axis=0) >= SOFT).any(axis=1)
    efficiency = np.full(others.shape[1:], UNDECIDED)
    efficiency[asked] = efficiency_at_looks(Ledgers(*(x[asked] for x in all_of)), n_blocks)
    said = judge(np.concatenate((efficiency[None], others)))
    unseen = (all_of.points_b == 0) & (all_of.features_b > 0)
    some = unseen.any(axis=1) & asked
    if some.any():  # a window that delivered for 0 points used an unknown number
        worst = Ledgers(*(x[some] for x in all_of))
        worst = worst._replace(points_b=np.where(unseen[some], 100.0, worst.points_b))
        at_worst = np.minimum(efficiency[some], efficiency_at_looks(worst, n_blocks))
        said[some] = capped(said[some], judge(np.concatenate((at_worst[None], others[:, some]))))
    return said


def judge(gates: np.ndarray) -> np.ndarray:
    """Return the words of gates, (gates, replications, looks)."""
    worst = gates.min(axis=0)
    said = np.full(worst.shape, INSUFFICIENT)
    said[worst == SOFT] = SOFT_GO
    said[worst == PASS] = GO
    said[worst == FAIL] = NO_GO
    return said


def capped(said: np.ndarray, worst: np.ndarray) -> np.ndarray:
    """Return words that do not stand above their worst case."""
    lower = np.where(worst == GO, said, np.where(worst == SOFT_GO, SOFT_GO, INSUFFICIENT))
    return np.where(said >= SOFT_GO, np.minimum(said, lower), said)


def _others(seen: Ledgers, n: int, n_blocks: int) -> np.ndarray:
    """Return the four gates of bounds at one look, (gates, replications)."""
    made = []
    for name, gate in GATES.items():
        spent = (n / n_blocks) ** (SPENDING if name == "cost" else LATE)
        passes, _ = gate(seen, STRICT * spent)
        _, fails = gate(seen, STRICT * (n / n_blocks) ** SPENDING)
        soft, _ = gate(seen, LENIENT * spent)
        made.append(np.where(fails, FAIL, np.where(passes, PASS, np.where(soft, SOFT, UNDECIDED))))
    return np.array(made)


Sides = tuple[np.ndarray, np.ndarray]  # whether the gate passes, and whether it is proven failed


def _clustered(sums: np.ndarray, sizes: np.ndarray, tail: float) -> Sides:
    n, total = sums.shape[1], sizes.sum(axis=1)
    mean = sums.sum(axis=1) / total
    off = ((sums - mean[:, None] * sizes) ** 2).sum(axis=1)
    half = student(1 - tail, n - 1) * np.sqrt(n / (n - 1) * off) / total
    return mean - half, mean + half


def _quality(seen: Ledgers, tail: float) -> Sides:
    sums = seen.quality_b - SHARE * seen.quality_a
    more = np.ones((len(sums), 1))
    low, high = _clustered(np.hstack((sums, -SHARE * more)), np.hstack((seen.tasks, more)), tail)
    high = np.maximum(high, _clustered(sums, seen.tasks, tail)[1])
    return low > 0, high < 0


def _difference(xa: np.ndarray, na: np.ndarray, xb: np.ndarray, nb: np.ndarray, tail: float) -> Sides:
    n = xa.shape[1]
    sum_a, sum_b = na.sum(axis=1, keepdims=True), nb.sum(axis=1, keepdims=True)
    rate_a, rate_b = xa.sum(axis=1, keepdims=True) / sum_a, xb.sum(axis=1, keepdims=True) / sum_b
    apart = (xb - rate_b * nb) / sum_b - (xa - rate_a * na) / sum_a
    half = student(1 - tail, n - 1) * np.sqrt(n / (n - 1) * (apart**2).sum(axis=1))
    middle = (rate_b - rate_a)[:, 0]
    return middle - half, middle + half


def _errors(seen: Ledgers, tail: float) -> Sides:
    xa, na, xb, nb = seen.errors_a, seen.requests_a, seen.errors_b, seen.requests_b
    rate = xa.sum(axis=1, keepdims=True) / na.sum(axis=1, keepdims=True)
    mean_a, mean_b = na.mean(axis=1, keepdims=True), nb.mean(axis=1, keepdims=True)
    _, high = _difference(
        np.hstack((xa, rate * mean_a)),
        np.hstack((na, mean_a)),
        np.hstack((xb, (rate + OUTAGE * ERRORS) * mean_b)),
        np.hstack((nb, mean_b)),
        tail,
    )
    low, _ = _difference(xa, na, xb, nb, tail)
    four = [x.sum(axis=1) for x in (xa, na, xb, nb)]
    apart = four[2] / four[3] - four[0] / four[1]
    outside = mn_outside(*four, ERRORS, student(1 - tail, math.inf))
    return (high <= ERRORS) & (apart <= ERRORS) & outside, (low > ERRORS) & (apart > ERRORS) & outside


def mn_outside(
    xa: np.ndarray, na: np.ndarray, xb: np.ndarray, nb: np.ndarray, difference: float, critical: float
) -> np.ndarray:
    """Return whether Miettinen and Nurminen's interval leaves a difference out; rates as `restricted_rates` has them."""
    theta, p_b, p_a = na / nb, xb / nb, xa / na
    a = 1 + theta
    b = -(1 + theta + p_b + theta * p_a + difference * (theta + 2))
    c = difference**2 + difference * (2 * p_b + theta + 1) + p_b + theta * p_a
    d = -p_b * difference * (1 + difference)
    v = b**3 / (27 * a**3) - b * c / (6 * a**2) + d / (2 * a)
    u = np.copysign(np.sqrt(np.maximum(0.0, b * b / (9 * a * a) - c / (3 * a))), v)
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = np.where(u == 0, 1.0, np.clip(v / u**3, -1.0, 1.0))
    free = 2 * u * np.cos((np.pi + np.arccos(cosine)) / 3) - b / (3 * a)
    rate_b = np.clip(free, max(difference, 0.0), 1.0)
    rate_a = np.clip(rate_b - difference, 0.0, 1.0)
    variance = rate_b * (1 - rate_b) / nb + rate_a * (1 - rate_a) / na
    total = na + nb
    outside: np.ndarray = (p_b - p_a - difference) ** 2 > critical**2 * variance * total / (total - 1)
    return outside


def _p95(seen: Ledgers, tail: float) -> Sides:
    logs = np.log(seen.p95_b / seen.p95_a)
    n = logs.shape[1]
    half = student(1 - tail, n - 1) * logs.std(axis=1, ddof=1) / math.sqrt(n)
    mean = logs.mean(axis=1)
    return np.exp(mean + half) <= P95, np.exp(mean - half) > P95


def _cost(seen: Ledgers, tail: float) -> Sides:
    a, b = seen.cost_a, seen.cost_b
    n = a.shape[1]
    ratio = a.sum(axis=1) / b.sum(axis=1)
    logs = np.log((a.sum(axis=1, keepdims=True) - a) / (b.sum(axis=1, keepdims=True) - b))
    half = student(1 - tail, n - 1) * logs.std(axis=1) * math.sqrt(n - 1)
    return ratio * np.exp(-half) >= COST, ratio * np.exp(half) < COST


GATES = {"quality": _quality, "errors": _errors, "p95": _p95, "cost": _cost}


def efficiency_at_looks(all_of: Ledgers, n_blocks: int) -> np.ndarray:
    """Return the efficiency gate at looks FIRST..N, (replications, looks)."""
    four = [all_of.features_a, all_of.points_a, all_of.features_b, all_of.points_b]
    least = least_alpha(four, n_blocks)
    better, worse = stands(four, n_blocks, ALPHA, least)
    softly, _ = stands(four, n_blocks, SOFT_ALPHA, least)
    made = np.where(better, PASS, np.where(worse, FAIL, np.where(softly, SOFT, UNDECIDED)))
    idle = [np.cumsum(x, axis=1)[:, FIRST - 1 :] == 0 for x in (all_of.points_a, all_of.points_b)]
    return np.where(idle[0] | idle[1], NO_DATA, made)


def stands(four: list[np.ndarray], n_blocks: int, alpha: float, least: np.ndarray | None = None) -> Sides:
    """Return whether the test says at each look that B is better, and that A is, without hanging on one block."""
    at = flips(four, n_blocks, alpha, least)
    turned = [*four[2:], *four[:2]]
    return tuple(  # type: ignore[return-value]
        np.stack(
            [
                _stands([x[:, :n] for x in its], n_blocks, alpha, found <= n)
                for n in range(FIRST, n_blocks + 1)
            ],
            axis=1,
        )
        for its, found in zip((four, turned), at, strict=True)
    )


def _stands(four: list[np.ndarray], n_blocks: int, alpha: float, rejects: np.ndarray) -> np.ndarray:
    made, n = rejects.copy(), four[0].shape[1]
    at = np.full(len(rejects), np.nan)
    at[rejects] = without_best([x[rejects] for x in four])
    for share in (1.0, PART):
        hangs = at == share
        made[hangs] = False
        if n > FIRST and hangs.any():
            some = [x[hangs] for x in four]
            best = block_scores(some).argmax(axis=1)
            kept = np.ones(some[0].shape, bool)
            kept[np.arange(len(best)), best] = False
            left = [x[kept].reshape(len(best), n - 1) for x in some]
            made[hangs] = flips(left, n_blocks, share * alpha)[0] < NEVER
    return made


def without_best(four: list[np.ndarray]) -> np.ndarray:
    """Return `unequal_scatter.scatter(...).without_best` of each replication, nan where nothing is asked."""
    fa, ca, fb, cb = four
    df = fa.shape[1] - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        points, phi = _varies(cb) / _varies(ca), _phi(fb, cb) / _phi(fa, ca)
    likely = (points > f.isf(LIKELY_POINTS, df, df)) | (phi > f.isf(LIKELY_PHI, df, df))
    surely = points > f.isf(SURELY_POINTS, df, df)
    shares: np.ndarray = np.where(surely, PART, np.where(likely, 1.0, np.nan))
    return shares


def _varies(points: np.ndarray) -> np.ndarray:
    """Return `unequal_scatter.varies_by` of each replication; nan without points."""
    varies: np.ndarray = np.maximum(points.var(axis=1, ddof=1), ROUNDING) / points.mean(axis=1) ** 2
    return varies


def _phi(features: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return `efficiency.dispersion` of each replication; nan without features or points, which no ratio exceeds."""
    n, total, used = points.shape[1], features.sum(axis=1), points.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = total / used
        expected = ratio[:, None] * points
        squares = (features - expected) ** 2
        pearson = np.where(points > 0, squares / expected, 0.0).sum(axis=1) / (n - 1)
        sandwich = n / (n - 1) * squares.sum(axis=1) / total
        return np.maximum(np.maximum(pearson, sandwich), ratio / (6 * (used / n)))


def block_scores(four: list[np.ndarray]) -> np.ndarray:
    fa, ca, fb, cb = four
    used = (ca + cb).sum(axis=1)
    rate = (fa + fb).sum(axis=1) / np.where(used > 0, used, np.inf)
    scores: np.ndarray = (fb - fa) - rate[:, None] * (cb - ca)
    return scores


def flips(four: list[np.ndarray], n_blocks: int, alpha: float, least: np.ndarray | None = None) -> Sides:
    """Return at which block the sign-flip test says "B is better", and at which "A is", NEVER where it does not."""
    better, worse = (np.full(len(four[0]), NEVER) for _ in range(2))
    may = np.flatnonzero((least_alpha(four, n_blocks) if least is None else least) <= alpha)
    for start in range(0, len(may), CHUNK):
        rows = may[start : start + CHUNK]
        better[rows], worse[rows] = _flips([x[rows] for x in four], n_blocks, alpha)
    return better, worse


def least_alpha(four: list[np.ndarray], n_blocks: int) -> np.ndarray:
    """Return an error below which the test rejects at no look: what rejects is rare among all patterns as well.

    Half of the patterns, for the others are their opposites; sums that nearly tie are not counted.
    """
    least = np.full(len(four[0]), np.inf)
    for n in range(FIRST, min(n_blocks, four[0].shape[1]) + 1):
        scores = block_scores([x[:, :n] for x in four])
        beyond = np.abs(scores.sum(axis=1)) + 1e-4 * np.abs(scores).sum(axis=1)
        for start in range(0, len(scores), CHUNK):
            rows = slice(start, start + CHUNK)
            sizes = np.abs(scores[rows]).astype(np.float32).T
            sums = sizes[0][:, None]
            for size in sizes[1:]:
                sums = np.concatenate((sums + size[:, None], sums - size[:, None]), axis=1)
            many = np.count_nonzero(np.abs(sums) >= beyond[rows, None].astype(np.float32), axis=1)
            least[rows] = np.minimum(least[rows], (many - 1e-9) / 2**n / (n / n_blocks) ** 2)
    return least


def signed_sums(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums of scores under every pattern of signs, and below what sums tie."""
    sums = np.zeros((len(scores), 1))
    for size in np.abs(scores).T:
        sums = np.concatenate((sums + size[:, None], sums - size[:, None]), axis=1)
    return sums, 1e-9 * np.maximum(1e-300, np.abs(scores).sum(axis=1))


def _flips(four: list[np.ndarray], n_blocks: int, alpha: float) -> Sides:
    reps = len(four[0])
    better, worse = (np.full(reps, NEVER) for _ in range(2))
    crossed: np.ndarray | None = None
    last = min(n_blocks, four[0].shape[1])
    for n in range(FIRST, last + 1):
        scores = block_scores([x[:, :n] for x in four])
        sums, close = signed_sums(scores)
        crossed = (
            np.zeros(sums.shape, bool) if crossed is None else np.concatenate((crossed, crossed), axis=1)
        )
        left = np.where(crossed, -np.inf, sums)
        budget = math.floor(alpha * (n / n_blocks) ** 2 * 2**n + 1e-9) - crossed.sum(axis=1)
        threshold = np.full(reps, np.inf)
        for many in np.unique(budget[budget >= 1]).tolist():
            its = budget == many
            top = np.partition(left[its], 2**n - many - 1, axis=1)[:, 2**n - many - 1 :]
            above = top > top[:, :1] + close[its, None]  # what ties with the sum below is outside too
            threshold[its] = np.where(above, top, np.inf).min(axis=1)
        total = scores.sum(axis=1)
        better[(total >= threshold - close) & (better == NEVER)] = n
        worse[(-total >= threshold - close) & (worse == NEVER)] = n
        if n < last:
            crossed |= sums >= (threshold - close)[:, None]
    return better, worse
