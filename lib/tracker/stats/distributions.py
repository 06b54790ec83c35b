"""Quantiles of Student's t and chi-square, without the quarter of a second that scipy takes to load.

A preview is looked at after every window, so it has to start like a filter.  The suite compares every
function here with scipy to 1e-9.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

TINY = 1e-300
NORMAL = NormalDist()


def _beta_fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function (Lentz's method, DLMF 8.17.22)."""
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0) or TINY)
    value = d
    for m in range(1, 100_000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / (1.0 + step * d or TINY)
            c = 1.0 + step / c or TINY
            value *= c * d
        if abs(c * d - 1.0) < 1e-15:
            return value
    return value


def beta_share(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), 0 <= x <= 1.

    Source: DLMF 8.17.22, the continued fraction, and 8.17.4 for the other side.

    >>> round(beta_share(0.3, 2.0, 5.0), 6)
    0.579825
    """
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _beta_fraction(x, a, b) / a
    return 1.0 - front * _beta_fraction(1.0 - x, b, a) / b


def student_cdf(x: float, df: float) -> float:
    """Return P(T <= x) for Student's t with `df` > 0 degrees of freedom.

    Source: Abramowitz and Stegun (1964), 26.7.1, by the incomplete beta function.

    >>> round(student_cdf(2.015048, 5), 6)
    0.95
    """
    tail = 0.5 * beta_share(df / (df + x * x), df / 2.0, 0.5)
    return 1.0 - tail if x > 0 else tail


@lru_cache(maxsize=4096)
def student(p: float, df: float) -> float:
    """Return the p-quantile of Student's t, 0 < p < 1, `df` > 0; the normal one when df is infinite.

    Source: `student_cdf` inverted, from the guess of Abramowitz and Stegun (1964), 26.7.5.

    >>> round(student(0.975, 2), 6), round(student(0.975, math.inf), 6)
    (4.302653, 1.959964)
    """
    if math.isinf(df):
        return NORMAL.inv_cdf(p)
    if p < 0.5:
        return -student(1.0 - p, df)
    z = NORMAL.inv_cdf(p)
    return _invert(lambda x: student_cdf(x, df), p, z, z + (z**3 + z) / (4.0 * df))


def gamma_share(x: float, a: float) -> float:
    """Return the regularised lower incomplete gamma function P(a, x), by its series.

    Source: DLMF 8.11.4.

    >>> round(gamma_share(1.0, 1.0), 6)
    0.632121
    """
    if x <= 0.0:
        return 0.0
    term = total = 1.0 / a
    n = a
    while term > total * 1e-17:
        n += 1.0
        term *= x / n
        total += term
    return min(1.0, total * math.exp(a * math.log(x) - x - math.lgamma(a)))


@lru_cache(maxsize=4096)
def chi_square(p: float, df: float) -> float:
    """Return the p-quantile of chi-square with `df` > 0 degrees of freedom, 0 < p < 1.

    Source: Abramowitz and Stegun (1964), 26.4.19, inverted, from the guess of 26.4.17.

    >>> round(chi_square(0.2, 10), 6)
    6.179079
    """
    third = 2.0 / (9.0 * df)  # Wilson and Hilferty's approximation
    about = df * (1.0 - third + NORMAL.inv_cdf(p) * math.sqrt(third)) ** 3
    return _invert(lambda x: gamma_share(x / 2.0, df / 2.0), p, 0.0, about)


def _invert(cdf: Callable[[float], float], p: float, low: float, about: float) -> float:
    """Return the x >= low with cdf(x) = p, by doubling and halving; `about` is a guess at it."""
    high = max(1.0, 2.0 * low)
    while cdf(high) < p:
        low, high = high, 2.0 * high
    # Halving asks on which side of x some fifty points lie; close bounds of x answer for most of them.
    near = _secant(cdf, p, about)
    for apart in (1e-13, 1e-9):  # the second where a cdf of many degrees of freedom is no finer
        below, above = near * (1.0 - apart), near * (1.0 + apart)
        if cdf(below) < p <= cdf(above):
            break
    else:
        below, above = -math.inf, math.inf
    while True:
        middle = 0.5 * (low + high)
        if middle in (low, high) or high - low <= 1e-14 * high:
            return middle
        if middle <= below or (middle < above and cdf(middle) < p):
            low = middle
        else:
            high = middle


def _secant(cdf: Callable[[float], float], p: float, about: float) -> float:
    """Return roughly the x with cdf(x) = p, near a guess; anything where the secants lead astray."""
    before, at = 1.01 * about, about
    off_before, off = cdf(before) - p, cdf(at) - p
    for _ in range(10):
        if off == off_before or abs(at - before) <= 1e-13 * at:
            break
        before, at = at, max(at - off * (at - before) / (off - off_before), 0.1 * at)
        off_before, off = off, cdf(at) - p
    return at
