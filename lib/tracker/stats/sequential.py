"""Looking while the experiment runs: two tests that stay true however often one looks.

`sign_flip` decides at a number of blocks registered beforehand; `e_process` is evidence that may be
read at any time.  Both rest on a fair coin per block for the order AB or BA.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from tracker.stats.efficiency import Numbers
from tracker.stats.unequal_scatter import scatter

LITTLE = 0.5  # points; less than this counts as this, since the meters show whole percents
MOST_BLOCKS = 24  # 2^24 patterns of signs are looked through; beyond that it takes minutes
REJECT_AT = 20.0  # e-value: a false alarm has at most one chance in 20, ever
LAMBDAS = (0.5, 1.0, 2.0, 4.0)
THETAS = (1.5, 2.0, 3.0, 5.0)
STEP = 2**0.5  # of the ratios that are tried for a bound, before the interval is halved


class Look(NamedTuple):
    """One look at the data, after `n` blocks."""

    n: int
    alpha: float  # error spent up to and with this look, 0..1
    threshold: float | None  # score that rejects; None: no pattern of signs is rare enough yet
    score: float  # features that B delivered beyond the common rate, less those of A, summed over blocks
    reject: bool


class SignFlip(NamedTuple):
    """The exact sequential test of "B is no better than A"."""

    looks: tuple[Look, ...]  # up to the one that rejected
    rejected_at: int | None  # blocks
    threshold: float | None  # of the last look
    score: float  # at the last look; of all blocks when there was none
    n_blocks: int  # registered


class EProcess(NamedTuple):
    """Evidence against "B is no better than A", readable at any time."""

    value: float  # after the last block, 0 and up; 1 says nothing
    highest: float  # over all blocks so far
    rejected_at: int | None  # first block at which it reached 20


def block_scores(
    features_a: Numbers, capacity_a: Numbers, features_b: Numbers, capacity_b: Numbers
) -> np.ndarray:
    """Return (F_B - R C_B) - (F_A - R C_A) of each block, R = all F / all C; exchanging A and B turns its sign.

    R is the same whichever window of a block is called A, so any pattern of exchanges leaves the sizes
    of the scores as they are.  Being linear in features and points it asks for the rate of the sums,
    where the share of each block asks whether both arms have one distribution.  Unit: features.
    Source: Rosenbaum (2002), Observational Studies, 2.4 (exchanges within pairs); Cochran (1977), 6.2
    (residuals of a ratio).

    >>> block_scores([2, 3], [20.0, 30.0], [4, 3], [20.0, 10.0]).tolist()
    [2.0, 3.0]
    """
    fa, ca, fb, cb = (
        np.asarray(column, float) for column in (features_a, capacity_a, features_b, capacity_b)
    )
    used = float(ca.sum() + cb.sum())
    rate = float(fa.sum() + fb.sum()) / used if used > 0 else 0.0
    scores: np.ndarray = (fb - fa) - rate * (cb - ca)
    return scores


def sign_flip(
    features_a: Numbers,
    capacity_a: Numbers,
    features_b: Numbers,
    capacity_b: Numbers,
    n_blocks: int,
    first_look: int = 5,
    alpha: float = 0.05,
) -> SignFlip:
    """Return the test's looks after first_look, first_look + 1, ... n_blocks blocks.

    Under the null every pattern of signs of the scores is as likely as the one seen.  All 2^n are
    enumerated, with the scores of the blocks so far; those that would have rejected at an earlier
    look are left out; the budget up to look n is alpha (n/n_blocks)^2 of them, and the threshold is the
    smallest sum that stays within it, ties counted in.  Blocks beyond n_blocks are not looked at.
    Raises ValueError beyond 24 blocks.  Sources: Fisher (1935), ch. 3; Lan and DeMets (1983), power
    family.

    >>> test = sign_flip([1] * 6, [20.0] * 6, [2, 3, 4, 2, 5, 3], [20.0] * 6, n_blocks=6)
    >>> test.rejected_at, [(look.n, look.threshold) for look in test.looks]
    (5, [(5, 11.0)])
    """
    columns = [
        np.asarray(column, float)[:n_blocks] for column in (features_a, capacity_a, features_b, capacity_b)
    ]
    count = len(columns[0])
    if count > MOST_BLOCKS:
        raise ValueError(f"{count} blocks; the exact test goes up to {MOST_BLOCKS}")
    crossed, looks = np.zeros(1, bool), []
    for n in range(1, count + 1):
        crossed = np.concatenate((crossed, crossed))
        if n < first_look:
            continue
        scores = block_scores(*(column[:n] for column in columns))
        sums = signed_sums(np.abs(scores))
        close = 1e-9 * max(1e-300, float(np.abs(scores).sum()))  # sums nearer than this are ties
        spent = alpha * (n / n_blocks) ** 2
        budget = math.floor(spent * 2**n + 1e-9) - int(crossed.sum())
        threshold = rarest_sum(sums[~crossed], budget, close)
        score = float(scores.sum())
        reject = threshold is not None and score >= threshold - close
        looks.append(Look(n, spent, threshold, score, reject))
        if reject:
            break
        if threshold is not None:
            crossed |= sums >= threshold - close
    last = looks[-1] if looks else None
    return SignFlip(
        looks=tuple(looks),
        rejected_at=last.n if last and last.reject else None,
        threshold=last.threshold if last else None,
        score=last.score if last else float(block_scores(*columns).sum()),
        n_blocks=n_blocks,
    )


def without_best(
    features_a: Numbers, capacity_a: Numbers, features_b: Numbers, capacity_b: Numbers
) -> tuple[int, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Return the place of the block with the highest score, and the four columns without it.

    Source: deletion of one case, Cook (1977), Technometrics 19, 15-18.

    >>> place, left = without_best([1, 1], [20.0, 20.0], [2, 5], [20.0, 20.0])
    >>> place, [column.tolist() for column in left]
    (1, [[1.0], [20.0], [2.0], [20.0]])
    """
    fa, ca, fb, cb = (
        np.asarray(column, float) for column in (features_a, capacity_a, features_b, capacity_b)
    )
    four = fa, ca, fb, cb
    best = int(block_scores(*four).argmax())
    fa, ca, fb, cb = (np.delete(column, best) for column in four)
    return best, (fa, ca, fb, cb)


def sign_flip_stands(
    features_a: Numbers,
    capacity_a: Numbers,
    features_b: Numbers,
    capacity_b: Numbers,
    n_blocks: int,
    first_look: int = 5,
    alpha: float = 0.05,
) -> bool:
    """Return whether the sign-flip test rejects, and does not hang on one block where B's windows scatter more.

    Where they likely do, it has to reject without B's best block as well, and where they surely do, at half the error
    (`unequal_scatter.scatter`).  Same arguments as `sign_flip`.
    Source: Romano (1990), J. Am. Stat. Assoc. 85, 686-692 (what a permutation test of means assumes).

    >>> sign_flip_stands([3] * 6, [40.0] * 6, [3] * 6, [20.0] * 6, 6)
    True
    >>> sign_flip_stands([3] * 6, [30, 31, 32, 30, 31, 32], [3] * 6, [1, 30, 29, 30.5, 29, 30], 6)
    False
    """
    fa, ca, fb, cb = (
        np.asarray(column, float)[:n_blocks] for column in (features_a, capacity_a, features_b, capacity_b)
    )
    four = fa, ca, fb, cb
    if sign_flip(*four, n_blocks, first_look, alpha).rejected_at is None:
        return False
    share = scatter(*four).without_best
    if share is None:
        return True
    return sign_flip(*without_best(*four)[1], n_blocks, first_look, share * alpha).rejected_at is not None


def signed_sums(sizes: Numbers) -> np.ndarray:
    """Return the 2^n sums of the sizes under every pattern of signs; the last size's sign is the upper half's.

    Source: Fisher (1935), ch. 3.

    >>> signed_sums([1.0, 3.0]).tolist()
    [4.0, 2.0, -2.0, -4.0]
    """
    sums = np.zeros(1)
    for size in np.asarray(sizes, float).tolist():
        sums = np.concatenate((sums + size, sums - size))
    return sums


def rarest_sum(sums: np.ndarray, budget: int, close: float) -> float | None:
    """Return the smallest sum that at most `budget` of the sums reach, or None.

    Sums nearer than `close` are ties.  Source: Fisher (1935), ch. 3.

    >>> rarest_sum(signed_sums([1.0, 3.0]), 1, 1e-9)
    4.0
    """
    if budget < 1:
        return None
    if budget >= len(sums):
        return float(sums.min())
    place = len(sums) - budget - 1
    split = np.partition(sums, place)
    # The sum just below the budget must not tie with the threshold: what ties with it is outside too.
    top = split[place + 1 :]
    top = top[top > split[place] + close]
    return float(top.min()) if len(top) else None


def lower_bound(rejects: Callable[[float], bool], estimate: float) -> float:
    """Return the largest ratio that a test rejects, to a thousandth of itself; 0.0 when it rejects none.

    `rejects` says whether the test of "the ratio is at most this" rejects; `estimate` > 0 lies inside the
    range that is searched, 1/100 to 10 times itself.  Source: a confidence bound is a test turned round, Lehmann
    and Romano (2005), 3.5.

    >>> round(lower_bound(lambda ratio: ratio < 1.5, 2.0), 2)
    1.5
    >>> round(lower_bound(lambda ratio: 0.8 < ratio < 1.5, 2.0), 2)
    1.5
    """
    if not estimate > 0:
        return 0.0
    # From above, in steps: a rule that looks at how windows scatter need not reject every smaller ratio.
    low, high = estimate * 10 / STEP, estimate * 10
    while not rejects(low):
        low, high = low / STEP, low
        if low < estimate / 100:
            return 0.0
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if rejects(middle) else (low, middle)
    return low


def e_process(features_a: Numbers, capacity_a: Numbers, features_b: Numbers, capacity_b: Numbers) -> EProcess:
    """Return the mean of eight products over blocks; each has expectation 1 or less when the arms are alike.

    Four of factors 2/(1 + exp(-2 l d)), d = log((F_B + .5)/C_B) - log((F_A + .5)/C_A), l in .5, 1,
    2, 4; four of factors 2g/(g + g'), g = h^F_B (C_A + h C_B)^-(F_A + F_B), g' the same with A and B
    exchanged, h in 1.5, 2, 3, 5.  A window below half a point counts as half a point.  Their expectation is
    1 when a coin exchanges two like windows.  Windows of unequal capacity at one rate are not like: there a
    factor is divided by its expectation under F_B ~ Binomial(F_A + F_B, C_B/(C_A + C_B)), where that exceeds 1.
    A block without features is no evidence.  Ville (1939) bounds the chance ever to reach 20 by 1/20.
    Source: Ramdas et al. (2023), Stat. Sci. 38.

    >>> e_process([1] * 6, [10.0] * 6, [4] * 6, [10.0] * 6).rejected_at
    5
    >>> e_process([0] * 12, [30.0] * 12, [0] * 12, [20.0] * 12).value
    1.0
    """
    fa, fb = np.asarray(features_a, float), np.asarray(features_b, float)
    ca, cb = (
        np.maximum(np.asarray(capacity_a, float), LITTLE),
        np.maximum(np.asarray(capacity_b, float), LITTLE),
    )
    if not len(fa):
        return EProcess(1.0, 1.0, None)
    factors = _log_factors(fa, ca, fb, cb) - _log_excess(fa + fb, ca, cb)
    factors[:, fa + fb <= 0] = 0.0
    logs = np.cumsum(factors, axis=1)
    path = np.logaddexp.reduce(logs, axis=0) - math.log(len(logs))
    over = np.flatnonzero(path >= math.log(REJECT_AT))
    return EProcess(
        value=_exp(float(path[-1])),
        highest=_exp(float(path.max())),
        rejected_at=int(over[0]) + 1 if len(over) else None,
    )


def _log_factors(fa: np.ndarray, ca: np.ndarray, fb: np.ndarray, cb: np.ndarray) -> np.ndarray:
    """Return the logarithms of the eight factors of each block, as logarithms so that no product overflows."""
    d = np.log((fb + 0.5) / cb) - np.log((fa + 0.5) / ca)
    m = fa + fb
    odds = [2 * rate * d for rate in LAMBDAS]
    odds += [math.log(h) * (fb - fa) - m * (np.log(ca + h * cb) - np.log(cb + h * ca)) for h in THETAS]
    # 2g/(g + g') = 2/(1 + exp(-log(g/g')))
    logs: np.ndarray = math.log(2) - np.logaddexp(0.0, -np.array(odds))
    return logs


def _log_excess(m: np.ndarray, ca: np.ndarray, cb: np.ndarray) -> np.ndarray:
    """Return log(max(1, expectation)) of the eight factors of each block when both arms have one rate."""
    found = np.zeros((len(LAMBDAS) + len(THETAS), len(m)))
    for place, (total, points_a, points_b) in enumerate(
        zip(m.tolist(), ca.tolist(), cb.tolist(), strict=True)
    ):
        if total > 0 and points_a != points_b:
            found[:, place] = _excess(round(total), points_a, points_b)
    return found


@lru_cache(maxsize=65536)
def _excess(total: int, points_a: float, points_b: float) -> tuple[float, ...]:
    p = points_b / (points_a + points_b)
    middle, wide = total * p, 8 * math.sqrt(total * p * (1 - p)) + 8
    low, high = max(0, math.floor(middle - wide)), min(total, math.ceil(middle + wide))
    k = np.arange(low, high + 1, dtype=float)
    chance = (
        math.lgamma(total + 1)
        - np.array([math.lgamma(one + 1) + math.lgamma(total - one + 1) for one in k.tolist()])
        + k * math.log(p)
        + (total - k) * math.log1p(-p)
    )
    same = np.full_like(k, points_a), np.full_like(k, points_b)
    logs = _log_factors(total - k, same[0], k, same[1])
    expected = np.logaddexp.reduce(logs + chance, axis=1)
    return tuple(np.maximum(expected, 0.0).tolist())


def _exp(logarithm: float) -> float:
    return math.exp(min(logarithm, 700.0))
