"""Looking while the experiment runs: two tests that stay true however often one looks.

`sign_flip` decides at a number of blocks registered beforehand; `e_process` is evidence that may be
read at any time.  Both rest on a fair coin per block for the order AB or BA.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tracker.stats.efficiency import Numbers

LITTLE = 0.5  # points; less than this counts as this, since the meters show whole percents
MOST_BLOCKS = 24  # 2^24 patterns of signs are looked through; beyond that it takes minutes
REJECT_AT = 20.0  # e-value: a false alarm has at most one chance in 20, ever
LAMBDAS = (0.5, 1.0, 2.0, 4.0)
THETAS = (1.5, 2.0, 3.0, 5.0)


class Look(NamedTuple):
    """One look at the data, after `n` blocks."""

    n: int
    alpha: float  # error spent up to and with this look, 0..1
    threshold: float | None  # score that rejects; None: no pattern of signs is rare enough yet
    score: float  # features that B delivered beyond its share of capacity, summed over blocks
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
    """Return F_B - (F_A + F_B) C_B/(C_A + C_B) of each block; exchanging A and B turns its sign.

    Less than half a point counts as half a point.  Source: the score of the conditional binomial
    likelihood at a ratio of 1, McCullagh and Nelder (1989), 7.2.

    >>> block_scores([2, 3], [20.0, 30.0], [4, 3], [20.0, 10.0]).tolist()
    [1.0, 1.5]
    """
    fa, fb = np.asarray(features_a, float), np.asarray(features_b, float)
    ca, cb = (
        np.maximum(np.asarray(capacity_a, float), LITTLE),
        np.maximum(np.asarray(capacity_b, float), LITTLE),
    )
    scores: np.ndarray = fb - (fa + fb) * (cb / (ca + cb))
    return scores


def sign_flip(scores: Numbers, n_blocks: int, first_look: int = 5, alpha: float = 0.05) -> SignFlip:
    """Return the test's looks after first_look, first_look + 1, ... n_blocks blocks.

    Under the null every pattern of signs of the scores is as likely as the one seen.  All 2^n are
    enumerated; those that would have rejected at an earlier look are left out; the budget up to
    look n is alpha (n/n_blocks)^2 of them, and the threshold is the smallest sum that stays within
    it, ties counted in.  Blocks beyond n_blocks are not looked at.  Raises ValueError beyond 24
    blocks.  Sources: Fisher (1935), ch. 3; Lan and DeMets (1983), power family.

    >>> test = sign_flip([1.0, 2.0, 1.5, 1.0, 2.5, 1.2], n_blocks=6)
    >>> test.rejected_at, [(look.n, look.threshold) for look in test.looks]
    (5, [(5, 8.0)])
    """
    s = np.asarray(scores, float)[:n_blocks]
    if len(s) > MOST_BLOCKS:
        raise ValueError(f"{len(s)} blocks; the exact test goes up to {MOST_BLOCKS}")
    sizes = np.abs(s)
    close = 1e-9 * max(1e-300, float(sizes.sum()))  # sums nearer than this are ties
    sums, crossed, looks = np.zeros(1), 0, []
    for n, size in enumerate(sizes.tolist(), start=1):
        sums = np.concatenate((sums + size, sums - size))
        crossed *= 2
        if n < first_look:
            continue
        spent = alpha * (n / n_blocks) ** 2
        threshold = _threshold(sums, math.floor(spent * 2**n + 1e-9) - crossed, close)
        score = float(s[:n].sum())
        reject = threshold is not None and score >= threshold - close
        looks.append(Look(n, spent, threshold, score, reject))
        if reject:
            break
        if threshold is not None:
            stays = sums < threshold - close
            crossed += int(len(sums) - stays.sum())
            sums = sums[stays]
    last = looks[-1] if looks else None
    return SignFlip(
        looks=tuple(looks),
        rejected_at=last.n if last and last.reject else None,
        threshold=last.threshold if last else None,
        score=last.score if last else float(s.sum()),
        n_blocks=n_blocks,
    )


def _threshold(sums: np.ndarray, budget: int, close: float) -> float | None:
    """Return the smallest sum that at most `budget` of the sums reach, or None."""
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
    """
    low, high = estimate / 100, estimate * 10
    if not estimate > 0 or not rejects(low):
        return 0.0
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if rejects(middle) else (low, middle)
    return low


def e_process(features_a: Numbers, capacity_a: Numbers, features_b: Numbers, capacity_b: Numbers) -> EProcess:
    """Return the mean of eight products over blocks; each has expectation 1 when the arms are alike.

    Four of factors 2/(1 + exp(-2 l d)), d = log((F_B + .5)/C_B) - log((F_A + .5)/C_A), l in .5, 1,
    2, 4; four of factors 2g/(g + g'), g = h^F_B (C_A + h C_B)^-(F_A + F_B), g' the same with A and B
    exchanged, h in 1.5, 2, 3, 5.  A window below half a point counts as half a point.  Ville (1939)
    bounds the chance ever to reach 20 by 1/20.  Source: Ramdas et al. (2023), Stat. Sci. 38.

    >>> e_process([1] * 6, [10.0] * 6, [4] * 6, [10.0] * 6).rejected_at
    5
    """
    fa, fb = np.asarray(features_a, float), np.asarray(features_b, float)
    ca, cb = (
        np.maximum(np.asarray(capacity_a, float), LITTLE),
        np.maximum(np.asarray(capacity_b, float), LITTLE),
    )
    if not len(fa):
        return EProcess(1.0, 1.0, None)
    d = np.log((fb + 0.5) / cb) - np.log((fa + 0.5) / ca)
    m = fa + fb
    odds = [2 * rate * d for rate in LAMBDAS]
    odds += [math.log(h) * (fb - fa) - m * (np.log(ca + h * cb) - np.log(cb + h * ca)) for h in THETAS]
    # 2g/(g + g') = 2/(1 + exp(-log(g/g'))), summed as logarithms so that no product overflows.
    logs = np.cumsum(math.log(2) - np.logaddexp(0.0, -np.array(odds)), axis=1)
    path = np.logaddexp.reduce(logs, axis=0) - math.log(len(odds))
    over = np.flatnonzero(path >= math.log(REJECT_AT))
    return EProcess(
        value=_exp(float(path[-1])),
        highest=_exp(float(path.max())),
        rejected_at=int(over[0]) + 1 if len(over) else None,
    )


def _exp(logarithm: float) -> float:
    return math.exp(min(logarithm, 700.0))
