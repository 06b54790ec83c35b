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


class Spread(NamedTuple):
    """Where bounds come from: they lie t(degrees) standard errors to either side of a centre."""

    centre: float
    error: float  # standard error, 0 and up, in the centre's unit
    degrees: float  # of freedom; inf: the normal distribution

    def ends(self, tail: float) -> tuple[float, float]:
        """Return the lower and the upper bound, each with a one-sided error of `tail`, 0..0.5.

        Source: Student (1908), Biometrika 6.

        >>> [round(end, 4) for end in Spread(2.0, 1.0, 10).ends(0.025)]
        [-0.2281, 4.2281]
        """
        half = student(1 - tail, self.degrees) * self.error
        return self.centre - half, self.centre + half


class Bounds(NamedTuple):
    """An estimate between two bounds, each one-sided."""

    estimate: float | None
    low: float | None  # lower bound; None when the data give none
    high: float | None
    n: int  # pairs, blocks or windows that it rests on
    tail: float  # one-sided error of each bound, 0..0.5
    passing: tuple[
        Spread, ...
    ] = ()  # what the bound that a pass reads comes from, logarithms of ratios: the nearest
    failing: tuple[Spread, ...] = ()  # the same for the bound that a failure reads


def mean_bounds(values: np.ndarray, tail: float) -> tuple[float, float]:
    """Return the t bounds of the mean of at least two values.  Source: Student (1908), Biometrika 6.

    >>> [round(end, 4) for end in mean_bounds(np.array([1.0, 2.0, 3.0]), 0.025)]
    [-0.4841, 4.4841]
    """
    return mean_spread(values).ends(tail)


def mean_spread(values: np.ndarray) -> Spread:
    """Return the mean of at least two values with its standard error.  Source: as `mean_bounds`.

    >>> mean_spread(np.array([1.0, 2.0, 3.0]))
    Spread(centre=2.0, error=0.5773502691896258, degrees=2)
    """
    n = len(values)
    return Spread(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n), n - 1)


def quality(
    quality_a: Numbers, quality_b: Numbers, features: Numbers, share: float = 0.8, tail: float = TAIL
) -> Bounds:
    """Bound the mean of d = q_B - share q_A over features; entry i holds the sums over block i's `features`.

    Features of one block share its luck, so the block's sum is the unit.  A worst-case feature d = -share is
    added, so that a handful of equal scores proves nothing.  It must not help to prove the opposite
    either: the upper bound is the higher one of with and without it.  Scores are 0..1.  n counts the
    features.  Source: Cochran (1977), 9A.2, the ratio of cluster totals, with Student's t.

    >>> found = quality([1.0] * 12, [1.0] * 12, [1] * 12)
    >>> round(found.estimate, 4), round(found.low, 4), found.n
    (0.2, -0.0445, 12)
    """
    sums = np.asarray(quality_b, float) - share * np.asarray(quality_a, float)
    sizes = np.asarray(features, float)
    if not len(sums):
        return Bounds(None, None, None, 0, tail)
    with_worst = _clustered(np.append(sums, -share), np.append(sizes, 1.0))
    failing = (with_worst, _clustered(sums, sizes)) if len(sums) > 1 else (with_worst,)
    low, high = with_worst.ends(tail)[0], max(spread.ends(tail)[1] for spread in failing)
    estimate, features_seen = float(sums.sum() / sizes.sum()), round(float(sizes.sum()))
    return Bounds(estimate, low, high, features_seen, tail, (with_worst,), failing)


def _clustered(sums: np.ndarray, sizes: np.ndarray) -> Spread:
    """Return the mean sum(sums)/sum(sizes) with its standard error, at least two clusters."""
    n, total = len(sums), float(sizes.sum())
    mean = float(sums.sum()) / total
    return Spread(mean, math.sqrt(n / (n - 1) * float(((sums - mean * sizes) ** 2).sum())) / total, n - 1)


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


def error_difference(
    errors_a: Numbers,
    requests_a: Numbers,
    errors_b: Numbers,
    requests_b: Numbers,
    outage: float = 0.0,
    tail: float = TAIL,
) -> Bounds:
    """Bound the error rate of B minus that of A, from counts per block; entry i of all four is block i.

    Errors come in bursts, so the block is the unit: t bounds of the difference of two ratios of sums.  For
    the upper bound a block is added in which B fails `outage` (a share of requests) more than A, so that a
    handful of quiet blocks proves nothing.  No bound is nearer than Miettinen and Nurminen's for requests
    that fail independently.  Rates are 0..1; requests are > 0.  n counts the real blocks.
    Sources: Cochran (1977), 6.5 and 9A.2; Miettinen and Nurminen (1985).

    >>> found = error_difference([1, 2, 1], [400, 420, 380], [2, 1, 2], [390, 410, 400])
    >>> round(found.estimate, 5), round(found.high, 5)
    (0.00083, 0.00678)
    """
    xa, na, xb, nb = (np.asarray(x, float) for x in (errors_a, requests_a, errors_b, requests_b))
    n = len(na)
    if not n:
        return Bounds(None, None, None, 0, tail)
    estimate = float(xb.sum() / nb.sum() - xa.sum() / na.sum())
    if n < 2:
        return Bounds(estimate, None, None, n, tail)
    low, high = miettinen_nurminen(
        float(xa.sum()),
        float(na.sum()),
        float(xb.sum()),
        float(nb.sum()),
        student(1 - tail, math.inf),
    )
    as_seen = _difference(xa, na, xb, nb)
    low = min(low, as_seen.ends(tail)[0])
    rate = float(xa.sum() / na.sum())
    mean_a, mean_b = float(na.mean()), float(nb.mean())
    with_outage = (
        np.append(xa, rate * mean_a),
        np.append(na, mean_a),
        np.append(xb, (rate + outage) * mean_b),
        np.append(nb, mean_b),
    )
    worst = _difference(*with_outage)
    return Bounds(estimate, low, max(high, worst.ends(tail)[1]), n, tail, (worst,), (as_seen,))


def _difference(xa: np.ndarray, na: np.ndarray, xb: np.ndarray, nb: np.ndarray) -> Spread:
    """Return the difference of two ratios of sums over the same blocks with its standard error."""
    n = len(na)
    rate_a, rate_b = float(xa.sum() / na.sum()), float(xb.sum() / nb.sum())
    apart = (xb - rate_b * nb) / nb.sum() - (xa - rate_a * na) / na.sum()
    return Spread(rate_b - rate_a, math.sqrt(n / (n - 1) * float((apart**2).sum())), n - 1)


def difference_at(x_a: float, n_a: float, x_b: float, n_b: float, difference: float) -> Spread:
    """Return p_B - p_A with the standard error that it has where the true difference is this one, -1..1.

    Miettinen and Nurminen's bound is within a margin when the rates as seen lie so far within it.
    Source: Miettinen and Nurminen (1985), Stat. Med. 4.

    >>> spread = difference_at(48, 80, 56, 70, 0.3382)
    >>> round((spread.centre - 0.3382) / spread.error, 2)
    -1.96
    """
    rate_b, rate_a = restricted_rates(x_a, n_a, x_b, n_b, difference)
    variance = rate_b * (1 - rate_b) / n_b + rate_a * (1 - rate_a) / n_a
    wider = (n_a + n_b) / max(n_a + n_b - 1, 1)
    return Spread(x_b / n_b - x_a / n_a, math.sqrt(variance * wider), math.inf)


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
    spread = mean_spread(logs)
    low, high = spread.ends(tail)
    return Bounds(math.exp(spread.centre), _exp(low), _exp(high), len(a), tail, (spread,), (spread,))


def cost_ratio(cost_a: Numbers, cost_b: Numbers, tail: float = TAIL) -> Bounds:
    """Bound the ratio of sums of cost, A over B, over blocks: 2 is half the price.

    r exp(-+ t(n-1) s), s^2 = (n-1)/n sum (l_i - mean l)^2, l_i the logarithm of the ratio without block i; costs are
    USD, 0 and up, entry i is the sum of block i's features, which share its luck.  One block that makes up all
    of a sum leaves nothing without it, and there are no bounds.  Source: the jackknife of a ratio, Miller (1974),
    Biometrika 61, 1-15, and Cochran (1977), 6.17; that it holds where sizes of tasks are heavy-tailed and the delta
    method does not was found by simulation, docs/statistics.md.

    >>> found = cost_ratio([0.30, 0.42, 0.36], [0.10, 0.15, 0.12])
    >>> round(found.estimate, 4), round(found.low, 4)
    (2.9189, 2.6072)
    """
    a, b = np.asarray(cost_a, float), np.asarray(cost_b, float)
    n = len(a)
    if not n or not (a.sum() > 0 and b.sum() > 0):
        return Bounds(None, None, None, n, tail)
    ratio = float(a.sum() / b.sum())
    if n < 2:
        return Bounds(finite(ratio), None, None, n, tail)
    left_a, left_b = a.sum() - a, b.sum() - b
    if not (left_a.min() > 0 and left_b.min() > 0):
        return Bounds(finite(ratio), None, None, n, tail)
    logs = np.log(left_a / left_b)
    error = math.sqrt((n - 1) / n * float(((logs - logs.mean()) ** 2).sum()))
    spread, half = (
        Spread(math.log(a.sum()) - math.log(b.sum()), error, n - 1),
        student(1 - tail, n - 1) * error,
    )
    return Bounds(finite(ratio), ratio * _exp(-half), ratio * _exp(half), n, tail, (spread,), (spread,))


def _exp(logarithm: float) -> float:
    return math.exp(max(-700.0, min(logarithm, 700.0)))
