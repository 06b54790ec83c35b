"""Not worse by more than a margin: one-sided bounds of quality, error rate, latency and cost.

Every function returns both one-sided bounds at `tail`; the gate reads the one that it needs.  A is
the baseline, B the candidate.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tracker.stats.distributions import student
from tracker.stats.efficiency import Numbers, finite

TAIL = 0.025  # one-sided error of a bound


class Bounds(NamedTuple):
    """An estimate between two bounds, each one-sided."""

    estimate: float | None
    low: float | None  # lower bound; None when the data give none
    high: float | None
    n: int  # pairs, blocks or windows that it rests on
    tail: float  # one-sided error of each bound, 0..0.5


def mean_bounds(values: np.ndarray, tail: float) -> tuple[float, float]:
    """Return the t bounds of the mean of at least two values.  Source: Student (1908), Biometrika 6.

    >>> [round(end, 4) for end in mean_bounds(np.array([1.0, 2.0, 3.0]), 0.025)]
    [-0.4841, 4.4841]
    """
    n = len(values)
    mean = float(values.mean())
    half = student(1 - tail, n - 1) * float(values.std(ddof=1)) / math.sqrt(n)
    return mean - half, mean + half


def quality(quality_a: Numbers, quality_b: Numbers, share: float = 0.8, tail: float = TAIL) -> Bounds:
    """Bound the mean of d = q_B - share q_A over features done in both arms; entry i is feature i.

    A worst-case pair d = -share is added, so that a handful of equal scores proves nothing.  It must
    not help to prove the opposite either: the upper bound is the higher one of with and without it.
    Scores are 0..1.  n counts the real pairs.  Source: Student (1908), on the differences.

    >>> found = quality([1.0] * 12, [1.0] * 12)
    >>> round(found.estimate, 4), round(found.low, 4), found.n
    (0.2, -0.0445, 12)
    """
    qa, qb = np.asarray(quality_a, float), np.asarray(quality_b, float)
    if not len(qa):
        return Bounds(None, None, None, 0, tail)
    d = qb - share * qa
    low, high = mean_bounds(np.append(d, -share), tail)
    if len(d) > 1:
        high = max(high, mean_bounds(d, tail)[1])
    return Bounds(float(d.mean()), low, high, len(d), tail)


def restricted_rates(
    x_a: float, n_a: float, x_b: float, n_b: float, difference: float
) -> tuple[float, float]:
    """Return the maximum likelihood rates (p_B, p_A) with p_B - p_A = difference, -1 < difference < 1.

    Source: Farrington and Manning (1990), Stat. Med. 9, 1447-1454, appendix.

    >>> [round(p, 4) for p in restricted_rates(48, 80, 56, 70, 0.2)]
    [0.8, 0.6]
    """
    theta = n_a / n_b
    p_b, p_a = x_b / n_b, x_a / n_a
    a = 1 + theta
    b = -(1 + theta + p_b + theta * p_a + difference * (theta + 2))
    c = difference**2 + difference * (2 * p_b + theta + 1) + p_b + theta * p_a
    d = -p_b * difference * (1 + difference)
    v = b**3 / (27 * a**3) - b * c / (6 * a**2) + d / (2 * a)
    u = math.copysign(math.sqrt(max(0.0, b * b / (9 * a * a) - c / (3 * a))), v)
    cosine = 1.0 if u == 0 else max(-1.0, min(1.0, v / u**3))
    free = 2 * u * math.cos((math.pi + math.acos(cosine)) / 3) - b / (3 * a)
    rate_b = min(max(free, difference, 0.0), 1.0, 1.0 + difference)
    return rate_b, min(max(rate_b - difference, 0.0), 1.0)


def miettinen_nurminen(
    x_a: float, n_a: float, x_b: float, n_b: float, critical: float, dispersion: float = 1.0
) -> tuple[float, float]:
    """Return the score interval of the difference of two proportions, p_B - p_A.

    The differences d with (p_B - p_A - d)^2 <= critical^2 dispersion V(d), V the variance at the
    rates restricted to d, times N/(N-1).  Source: Miettinen and Nurminen (1985), Stat. Med. 4.

    >>> [round(end, 4) for end in miettinen_nurminen(48, 80, 56, 70, 1.959964)]
    [0.0528, 0.3382]
    """
    seen = x_b / n_b - x_a / n_a
    total = n_a + n_b

    wider, squared = dispersion * total / max(total - 1, 1), critical**2

    def outside(difference: float) -> bool:
        rate_b, rate_a = restricted_rates(x_a, n_a, x_b, n_b, difference)
        variance = rate_b * (1 - rate_b) / n_b + rate_a * (1 - rate_a) / n_a
        return (seen - difference) ** 2 > squared * (variance * wider)

    ends = []
    for far in (-1.0, 1.0):
        near, end = seen, far
        while (middle := 0.5 * (near + end)) not in (near, end):
            near, end = (near, middle) if outside(middle) else (middle, end)
        ends.append(middle)
    return ends[0], ends[1]


def window_dispersion(
    errors_a: Numbers, requests_a: Numbers, errors_b: Numbers, requests_b: Numbers
) -> float:
    """Return Pearson's dispersion of errors over the windows of both arms, 0 and up.

    Source: McCullagh and Nelder (1989), 4.5.

    >>> round(window_dispersion([0, 4], [100, 100], [2, 2], [100, 100]), 4)
    2.0408
    """
    total, df = 0.0, len(np.asarray(errors_a)) + len(np.asarray(errors_b)) - 2
    for errors, requests in ((errors_a, requests_a), (errors_b, requests_b)):
        x, n = np.asarray(errors, float), np.asarray(requests, float)
        rate = float(x.sum() / n.sum())
        if 0 < rate < 1:
            total += float(((x - n * rate) ** 2 / (n * rate * (1 - rate))).sum())
    return total / df if df > 0 else 0.0


def error_difference(
    errors_a: Numbers, requests_a: Numbers, errors_b: Numbers, requests_b: Numbers, tail: float = TAIL
) -> Bounds:
    """Bound the error rate of B minus that of A, from counts per window.

    Miettinen and Nurminen's score bounds; errors come in bursts, so the variance is multiplied by
    the dispersion over windows when that exceeds 1, and Student's t(windows - 2) then replaces the
    normal quantile.  Rates are 0..1.  Windows without requests must be left out.
    Sources: Miettinen and Nurminen (1985); McCullagh and Nelder (1989), 4.5, for the dispersion.

    >>> found = error_difference([1, 2, 1], [400, 420, 380], [2, 1, 2], [390, 410, 400])
    >>> round(found.estimate, 5), round(found.high, 5)
    (0.00083, 0.00678)
    """
    xa, na = np.asarray(errors_a, float), np.asarray(requests_a, float)
    xb, nb = np.asarray(errors_b, float), np.asarray(requests_b, float)
    windows = len(na) + len(nb)
    if not (na.sum() > 0 and nb.sum() > 0):
        return Bounds(None, None, None, windows, tail)
    dispersion = window_dispersion(xa, na, xb, nb)
    critical = student(1 - tail, windows - 2 if dispersion > 1 else math.inf)
    low, high = miettinen_nurminen(
        float(xa.sum()), float(na.sum()), float(xb.sum()), float(nb.sum()), critical, max(1.0, dispersion)
    )
    return Bounds(float(xb.sum() / nb.sum() - xa.sum() / na.sum()), low, high, windows, tail)


def latency_ratio(p95_a: Numbers, p95_b: Numbers, tail: float = TAIL) -> Bounds:
    """Bound the ratio of p95 latencies, B over A: paired t on log(p95_B/p95_A) per block.

    Latencies are > 0; entry i is block i.  Source: Student (1908), on the logarithms of the ratios.

    >>> found = latency_ratio([800.0, 900.0, 850.0], [880.0, 950.0, 900.0])
    >>> round(found.estimate, 4), round(found.high, 4)
    (1.0713, 1.1342)
    """
    a, b = np.asarray(p95_a, float), np.asarray(p95_b, float)
    if not len(a):
        return Bounds(None, None, None, 0, tail)
    logs = np.log(b / a)
    if len(a) < 2:
        return Bounds(math.exp(float(logs[0])), None, None, 1, tail)
    low, high = mean_bounds(logs, tail)
    return Bounds(math.exp(float(logs.mean())), _exp(low), _exp(high), len(a), tail)


def cost_ratio(cost_a: Numbers, cost_b: Numbers, tail: float = TAIL) -> Bounds:
    """Bound the ratio of sums of cost, A over B, over features done in both arms: 2 is half the price.

    r exp(-+ t(n-1) sd(c_A/mean c_A - c_B/mean c_B)/sqrt(n)); costs are USD, 0 and up, entry i is
    feature i.  Source: delta method for the logarithm of a ratio of means, Cochran (1977), 6.5.

    >>> found = cost_ratio([0.30, 0.42, 0.36], [0.10, 0.15, 0.12])
    >>> round(found.estimate, 4), round(found.low, 4)
    (2.9189, 2.6234)
    """
    a, b = np.asarray(cost_a, float), np.asarray(cost_b, float)
    n = len(a)
    if not n or not (a.sum() > 0 and b.sum() > 0):
        return Bounds(None, None, None, n, tail)
    ratio = float(a.sum() / b.sum())
    if n < 2:
        return Bounds(finite(ratio), None, None, n, tail)
    spread = float((a / a.mean() - b / b.mean()).std(ddof=1))
    half = student(1 - tail, n - 1) * spread / math.sqrt(n)
    return Bounds(finite(ratio), ratio * _exp(-half), ratio * _exp(half), n, tail)


def _exp(logarithm: float) -> float:
    return math.exp(max(-700.0, min(logarithm, 700.0)))
