"""One arm: features per percentage point of capacity, with an interval that holds at three windows.

Window i delivered F_i features and used C_i points.  The estimate is the ratio of sums; the interval
scales a Student quantile by how much the windows scatter around it.  Its coverage, and that of the
usual intervals beside it, is in docs/statistics.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tracker.stats.distributions import student

LEVEL = 0.95  # of every two-sided interval printed
LEAST = 3  # windows below which there is no interval
ZERO_FEATURES = 7.378  # upper limit of an expected count when none came: -2 log .025, at dispersion 2
Numbers = Sequence[float] | np.ndarray
add = np.add.reduce  # the sum of an array, sooner than its method for the few numbers of an experiment


class ConfidenceInterval(NamedTuple):
    """A two-sided interval; None where there is no end."""

    low: float | None  # same unit as the estimate
    high: float | None
    level: float = LEVEL  # 0..1


class Fieller(NamedTuple):
    """Fieller's interval for the same ratio, as a sensitivity line."""

    bounded: bool  # False: the data do not even exclude a capacity of nearly nothing
    low: float | None  # features per point; may be below zero
    high: float | None


class Efficiency(NamedTuple):
    """Features per percentage point of one arm, and how far it can be trusted."""

    windows: int  # how many it rests on, 0 and up
    features: float  # their sum
    capacity_pp: float  # sum of percentage points
    estimate: float | None  # features per point; None when no capacity was used
    ci: ConfidenceInterval  # 95 %; ends None below three windows
    phi: float | None  # variance over mean of the features, 0 and up; None below two windows
    phi_assumed: bool  # True: no feature came, so phi could not be estimated and is taken as 2
    fieller: Fieller
    rounding: ConfidenceInterval  # the 95 % interval widened by what whole percents can hide
    relative_width: float | None  # (high - low) / estimate


def dispersion(features: Numbers, capacity: Numbers) -> float | None:
    """Return variance over mean: the largest of Pearson's, the sandwich's and the rounding floor.

    Pearson: sum of (F - RC)^2/(RC) over n - 1, windows without capacity left out of that sum.
    Sandwich: n/(n - 1) times sum of (F - RC)^2 over sum of F.  Floor: R/(6 mean C), since the
    difference of two whole percents carries an error of variance 1/6.  None below two windows or
    without features or capacity.  Source: McCullagh and Nelder (1989), 4.5 and 6.2.

    >>> round(dispersion([2, 4, 3], [10.0, 14.0, 12.0]), 6)
    0.085714
    """
    f, c = np.asarray(features, float), np.asarray(capacity, float)
    n, total, points = len(f), float(add(f)), float(add(c))
    if n < 2 or total <= 0 or points <= 0:
        return None
    ratio = total / points
    expected = ratio * c
    squares = (f - expected) ** 2
    used = c > 0
    pearson = float(add(squares[used] / expected[used])) / (n - 1)
    sandwich = n / (n - 1) * float(add(squares)) / total
    return max(pearson, sandwich, ratio / (6 * (points / n)))


def interval(features: Numbers, capacity: Numbers) -> ConfidenceInterval:
    """Return the 95 % interval [R max(0, 1-x)^2, R e^(2x)], x = t(n-1, .975)/2 sqrt(phi/sum F).

    The lower end is the interval of the square root, the upper that of the logarithm: each is the
    one that keeps its side's error at small counts.  Ends are None below three windows.  Without
    any feature: [0, 7.378/sum C], which assumes a dispersion of 2.  Source: McCullagh and Nelder
    (1989), 6.2 (variance phi mean), by the delta method; that these two ends keep their error at
    few windows was found by simulation, docs/statistics.md.

    >>> [round(end, 4) for end in interval([2, 4, 3], [10.0, 14.0, 12.0])[:2]]
    [0.156, 0.3805]
    """
    f, c = np.asarray(features, float), np.asarray(capacity, float)
    total, used = float(add(f)), float(add(c))
    if len(f) < LEAST or used <= 0 or not math.isfinite(total / used):
        return ConfidenceInterval(None, None)
    if total <= 0:
        return ConfidenceInterval(0.0, ZERO_FEATURES / used)
    phi = dispersion(f, c)
    assert phi is not None
    return around(total, used, phi, len(f) - 1)


def around(features: float, capacity: float, phi: float, df: int) -> ConfidenceInterval:
    """Return the 95 % interval of the ratio of two sums above 0, at a dispersion known with `df` >= 1 freedom.

    Source: as `interval`, whose phi is the windows' own with n - 1 freedom.

    >>> [round(end, 4) for end in around(9.0, 36.0, 0.085714, 2)[:2]]
    [0.156, 0.3805]
    """
    x = 0.5 * student(0.975, df) * math.sqrt(phi / features)
    ratio = features / capacity
    high = ratio * math.exp(2 * x) if x < 300 else math.inf
    return ConfidenceInterval(ratio * max(0.0, 1 - x) ** 2, finite(high))


def fieller(features: Numbers, capacity: Numbers) -> Fieller:
    """Return Fieller's 95 % t interval for mean F over mean C; unbounded when C's mean may be 0.

    The set of r with (mean F - r mean C)^2 <= t^2 (vFF - 2 r vFC + r^2 vCC), v the (co)variances
    of the means.  Source: Fieller (1954), J. R. Stat. Soc. B 16, 175-185.

    >>> low, high = fieller([2, 4, 3], [10.0, 14.0, 12.0])[1:]
    >>> round(low, 6), round(high, 6)
    (0.073362, 0.323199)
    """
    f, c = np.asarray(features, float), np.asarray(capacity, float)
    n = len(f)
    if n < LEAST:
        return Fieller(False, None, None)
    (v_ff, v_fc), (_, v_cc) = (np.cov(f, c) / n).tolist()
    t2 = student(0.975, n - 1) ** 2
    mean_f, mean_c = float(f.mean()), float(c.mean())
    a = mean_c * mean_c - t2 * v_cc
    b = mean_f * mean_c - t2 * v_fc
    inside = b * b - a * (mean_f * mean_f - t2 * v_ff)
    if not a > 0 or not math.isfinite(inside):
        return Fieller(False, None, None)
    root = math.sqrt(max(0.0, inside))
    return Fieller(True, (b - root) / a, (b + root) / a)


def rounding(ci: ConfidenceInterval, capacity: Numbers, contiguous: bool = False) -> ConfidenceInterval:
    """Return the interval widened by what readings in whole percent can hide.

    Each difference of two readings is off by less than 1 point, so the capacity used lies below
    sum C + n and above sum max(c - 1, 0): [L C/(C + n), U C/sum max(c - 1, 0)].  Contiguous
    windows (each reading ends one window and begins the next) are off by 1 point in all.
    Source: interval arithmetic, Moore (1966).

    >>> rounding(ConfidenceInterval(0.2, 0.3), [10.0, 20.0])[:2]
    (0.1875, 0.32142857142857145)
    """
    c = np.asarray(capacity, float)
    used = float(c.sum())
    most = used + (1 if contiguous else len(c))
    least = max(used - 1, 0.0) if contiguous else float(np.maximum(c - 1, 0).sum())
    low = None if ci.low is None else ci.low * used / most
    high = None if ci.high is None or least <= 0 else ci.high * used / least
    return ConfidenceInterval(low, high)


def efficiency(features: Numbers, capacity: Numbers, contiguous: bool = False) -> Efficiency:
    """Return all that is said of one arm.

    `features` and `capacity` hold one number a window, 0 and up, in the same order.
    Source: the ratio of sums, Cochran (1977), 6.2; the rest by the functions above.

    >>> arm = efficiency([2, 4, 3], [10.0, 14.0, 12.0])
    >>> arm.windows, arm.features, arm.capacity_pp, arm.estimate
    (3, 9.0, 36.0, 0.25)
    """
    f, c = np.asarray(features, float), np.asarray(capacity, float)
    total, used = float(add(f)), float(add(c))
    estimate = finite(total / used) if used > 0 else None
    ci = interval(f, c)
    nothing = ci.high is not None and total <= 0
    width = None
    if estimate and ci.low is not None and ci.high is not None:
        width = (ci.high - ci.low) / estimate
    return Efficiency(
        windows=len(f),
        features=total,
        capacity_pp=used,
        estimate=estimate,
        ci=ci,
        phi=2.0 if nothing else dispersion(f, c),
        phi_assumed=nothing,
        fieller=fieller(f, c),
        rounding=rounding(ci, c, contiguous),
        relative_width=width,
    )


def finite(number: float) -> float | None:
    """Return the number, or None when it is none.  Source: IEEE 754, 6.

    >>> finite(2.5), finite(math.inf), finite(math.nan)
    (2.5, None, None)
    """
    return number if math.isfinite(number) else None
