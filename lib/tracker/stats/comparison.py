"""Two arms: how many times as many features per point the candidate delivers.

Paired by block (one window of each arm) when that was declared beforehand, else unpaired.  Arm A is
the baseline, arm B the candidate, the rate ratio is B's features per point over A's.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tracker.stats.distributions import student
from tracker.stats.efficiency import LEAST, ConfidenceInterval, Numbers, add, finite

NO_CAPACITY = 0.5  # points that a window without any counts as: a meter of whole percents shows 0 below


class RateRatio(NamedTuple):
    """The candidate's features per point over the baseline's."""

    paired: bool
    estimate: float | None  # ratio, 0 and up; None when it cannot be formed
    ci: ConfidenceInterval  # 95 %; ends None with too few windows
    phi: float | None  # dispersion that the interval uses, 0 and up
    windows_a: int
    windows_b: int  # equal to windows_a, and to the number of blocks, when paired


def paired(features_a: Numbers, capacity_a: Numbers, features_b: Numbers, capacity_b: Numbers) -> RateRatio:
    """Return the ratio of paired windows: entry i of all four is block i.

    Given m = F_A + F_B, F_B is Binomial(m, p) with p = RC_B/(C_A + RC_B) for the ratio R, whatever
    the block's own difficulty.  With r = F_B - mp, v = mp(1-p) and I = sum v at the maximum
    likelihood R, the interval is R exp(+- t(n-1, .975) sqrt(phi/I)), phi the largest of Pearson's
    sum r^2/v/(n-1), the sandwich n/(n-1) sum r^2/I and the rounding floor.  An arm without any
    feature has no such interval: the Wilson form of `unpaired` stands in.
    Source: McCullagh and Nelder (1989), 7.2 (conditional likelihood), 9.2 (dispersion).

    >>> found = paired([2, 3, 4], [20.0, 22.0, 30.0], [4, 4, 6], [19.0, 18.0, 27.0])
    >>> round(found.estimate, 4), found.windows_a
    (1.755, 3)
    """
    fa, fb = np.asarray(features_a, float), np.asarray(features_b, float)
    ca, cb = _some(capacity_a), _some(capacity_b)
    n, m = len(fa), fa + fb
    used = float(add(np.asarray(capacity_a, float))), float(add(np.asarray(capacity_b, float)))
    done = float(add(m))
    if not n or not done > 0 or not min(used) > 0 or not math.isfinite(done + sum(used)):
        return RateRatio(True, None, ConfidenceInterval(None, None), None, n, n)
    if add(fa) <= 0 or add(fb) <= 0:
        return _without_features(fa, ca, fb, cb, n - 1, True)
    ratio = maximum_likelihood(ca, m, fb, cb)
    p = ratio * cb / (ca + ratio * cb)
    expected = m * p
    residual, variance = fb - expected, expected * (1 - p)
    information = float(add(variance))
    if n < LEAST:
        return RateRatio(True, finite(ratio), ConfidenceInterval(None, None), None, n, n)
    some = variance > 0
    phi = max(
        float(add(residual[some] ** 2 / variance[some])) / (n - 1),
        n / (n - 1) * float(add(residual**2)) / information,
        rounding_floor(fa, ca, fb, cb),
    )
    ci = _around(ratio, student(0.975, n - 1) * math.sqrt(phi / information))
    return RateRatio(True, finite(ratio), ci, phi, n, n)


def maximum_likelihood(ca: np.ndarray, m: np.ndarray, fb: np.ndarray, cb: np.ndarray) -> float:
    """Return the ratio R at which sum(F_B - m p) = 0, p = R C_B/(C_A + R C_B): the likelihood's maximum.

    Newton's steps on its logarithm, kept in a bracket.  `ca` and `cb` are points above 0, `m` the
    features of both windows of a block, of which `fb` are B's; both arms have some.
    Source: McCullagh and Nelder (1989), 2.5 (Newton's steps), 7.2 (the likelihood).

    >>> columns = [20.0, 30.0], [6, 9], [4, 5], [20.0, 10.0]  # C_A, m, F_B, C_B
    >>> ratio = maximum_likelihood(*map(np.array, columns))
    >>> round(ratio, 6), round(6 * ratio / (1 + ratio) + 9 * ratio / (3 + ratio), 6)
    (3.0, 9.0)
    """
    total = float(add(fb))
    low, high = -700.0, 700.0
    beta = math.log(total / float(add(m - fb)) * float(add(ca)) / float(add(cb)))
    for _ in range(200):
        p = cb / (ca * math.exp(-beta) + cb)
        expected = m * p
        score = total - float(add(expected))
        low, high = (beta, high) if score > 0 else (low, beta)
        slope = float(add(expected * (1 - p)))
        after = beta + score / slope if slope > 0 else math.nan
        if not low < after < high:
            after = 0.5 * (low + high)
        if abs(after - beta) <= 1e-14 * max(1.0, abs(beta)):
            break
        beta = after
    return math.exp(beta)


def unpaired(features_a: Numbers, capacity_a: Numbers, features_b: Numbers, capacity_b: Numbers) -> RateRatio:
    """Return the ratio of two arms whose windows were not paired.

    RR exp(+- t(n_A + n_B - 2, .975) sqrt(phi (1/sum F_A + 1/sum F_B))), phi pooled over both arms.
    An arm without features: F_B given the sum is binomial, and Wilson's score interval with
    t sqrt(max(1, phi)) for its z is turned into one for the ratio.
    Sources: Wald interval of a log ratio, McCullagh and Nelder (1989), 6.2; Wilson (1927).

    >>> found = unpaired([2, 3, 4], [20.0, 22.0, 30.0], [4, 4, 6], [19.0, 18.0, 27.0])
    >>> round(found.estimate, 4), found.paired
    (1.75, False)
    """
    fa, ca = np.asarray(features_a, float), np.asarray(capacity_a, float)
    fb, cb = np.asarray(features_b, float), np.asarray(capacity_b, float)
    na, nb, total_a, total_b = len(fa), len(fb), float(add(fa)), float(add(fb))
    used_a, used_b = float(add(ca)), float(add(cb))
    if total_a + total_b <= 0 or not (used_a > 0 and used_b > 0):
        return RateRatio(False, None, ConfidenceInterval(None, None), None, na, nb)
    if total_a <= 0 or total_b <= 0:
        return _without_features(fa, ca, fb, cb, na + nb - 2, False)
    ratio = total_b / used_b / (total_a / used_a)
    phi = pooled_dispersion(fa, ca, fb, cb)
    if phi is None or min(na, nb) < LEAST:
        return RateRatio(False, finite(ratio), ConfidenceInterval(None, None), phi, na, nb)
    ci = _around(ratio, student(0.975, na + nb - 2) * math.sqrt(phi * (1 / total_a + 1 / total_b)))
    return RateRatio(False, finite(ratio), ci, phi, na, nb)


def pooled_dispersion(
    features_a: Numbers, capacity_a: Numbers, features_b: Numbers, capacity_b: Numbers
) -> float | None:
    """Return variance over mean, pooled: both arms' squares about their own rates, n_A + n_B - 2 freedom.

    The same three as of one arm; the rounding floor takes the rate of both arms together.
    Source: McCullagh and Nelder (1989), 4.5 and 6.2, with a mean for each arm.

    >>> round(pooled_dispersion([2, 3, 4], [20.0, 22.0, 30.0], [4, 4, 6], [19.0, 18.0, 27.0]), 4)
    0.0369
    """
    arms = [(np.asarray(features_a, float), np.asarray(capacity_a, float))]
    arms.append((np.asarray(features_b, float), np.asarray(capacity_b, float)))
    df = len(arms[0][0]) + len(arms[1][0]) - 2
    sums = [(float(add(f)), float(add(c))) for f, c in arms]
    total = sum(done for done, _ in sums)
    if df < 1 or total <= 0 or min(used for _, used in sums) <= 0:
        return None
    pearson = squares = 0.0
    for (f, c), (done, used) in zip(arms, sums, strict=True):
        if done > 0:
            expected = done / used * c
            squared = (f - expected) ** 2
            squares += float(add(squared))
            some = expected > 0
            pearson += float(add(squared[some] / expected[some]))
    (fa, ca), (fb, cb) = arms
    return max(pearson / df, (df + 2) / df * squares / total, rounding_floor(fa, ca, fb, cb))


def rounding_floor(fa: np.ndarray, ca: np.ndarray, fb: np.ndarray, cb: np.ndarray) -> float:
    """Return R/(6 mean C) of both arms together: the scatter that whole percents alone make.

    The difference of two readings in whole percent carries two errors, each uniform on a width of 1
    and so of variance 1/12.  Source: Sheppard (1898), Proc. London Math. Soc. 29.

    >>> rounding_floor(*map(np.array, ([2, 4], [10.0, 10.0], [3, 3], [20.0, 20.0])))
    0.0022222222222222222
    """
    capacity = float(add(ca) + add(cb))
    windows = len(ca) + len(cb)
    return float(add(fa) + add(fb)) / capacity / (6 * capacity / windows)


def _without_features(
    fa: np.ndarray, ca: np.ndarray, fb: np.ndarray, cb: np.ndarray, df: int, is_paired: bool
) -> RateRatio:
    """Wilson's score interval for B's share of the features, as a ratio of rates."""
    total, exposure = float(fa.sum() + fb.sum()), float(ca.sum() / cb.sum())
    estimate = 0.0 if fb.sum() <= 0 else None
    if min(len(fa), len(fb)) < LEAST:
        return RateRatio(is_paired, estimate, ConfidenceInterval(None, None), None, len(fa), len(fb))
    phi = pooled_dispersion(fa, ca, fb, cb)
    assert phi is not None
    z2 = student(0.975, df) ** 2 * max(1.0, phi)
    # At 0 of M the Wilson interval is [0, z^2/(M + z^2)], so the odds end at z^2/M; mirrored at M of M.
    ci = (
        ConfidenceInterval(0.0, z2 / total * exposure)
        if estimate == 0.0
        else ConfidenceInterval(total / z2 * exposure, None)
    )
    return RateRatio(is_paired, estimate, ci, phi, len(fa), len(fb))


def _around(ratio: float, spread: float) -> ConfidenceInterval:
    if spread > 700:
        return ConfidenceInterval(0.0, None)
    return ConfidenceInterval(finite(ratio * math.exp(-spread)), finite(ratio * math.exp(spread)))


def _some(capacity: Numbers) -> np.ndarray:
    c = np.asarray(capacity, float)
    return np.where(c > 0, c, NO_CAPACITY)
