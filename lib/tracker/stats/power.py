"""How many more windows: planned for the effect registered beforehand, never for the one observed."""

from __future__ import annotations

import math
from typing import NamedTuple

from tracker.stats.distributions import chi_square, student, student_cdf

POWER = 0.8  # chance of finding the smallest effect that the needed windows give
ALPHA = 0.05  # one-sided error of the test that decides
MOST = 1_000_000  # windows beyond which a plan is no plan
PLANNED_WIDTH = 0.30  # relative width of one arm's interval, a planning figure


class Needed(NamedTuple):
    """Windows per arm for the registered smallest effect at 80 % power."""

    needed: int | None  # with the dispersion as observed; None beyond a million
    needed_upper: int | None  # with the dispersion's 80 % upper bound


def windows_needed(ratio: float, phi: float, mean_a: float) -> int | None:
    """Return the windows per arm that find a rate ratio in 80 % of experiments.

    The smallest n >= 2 with n log^2(ratio) >= phi (1/mean_a + 1/(mean_a ratio)) (t(n-1, .95) +
    t(n-1, .8))^2: the paired test of n blocks at one-sided 5 %, which the sign-flip test is close to;
    `mean_a` is features per window of the baseline, > 0.  None beyond a million.
    Sources: Guenther (1981), t for z; Lehmann and Romano (2005), 15.2: a test by exchanges has the t test's power.

    >>> windows_needed(2.0, 1.0, 3.0), windows_needed(1.5, 1.0, 3.0), windows_needed(1.0, 1.0, 3.0)
    (9, 23, None)
    """
    if not (ratio > 0 and ratio != 1 and mean_a > 0 and phi >= 0 and math.isfinite(phi)):
        return None
    low, high = 1, 2
    while not _enough(high, ratio, phi, mean_a):
        low, high = high, 2 * high
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _enough(middle, ratio, phi, mean_a) else (middle, high)
    return high


def _enough(n: int, ratio: float, phi: float, mean_a: float) -> bool:
    spread = phi * (1 / mean_a + 1 / (mean_a * ratio))
    return n * math.log(ratio) ** 2 >= spread * (student(1 - ALPHA, n - 1) + student(POWER, n - 1)) ** 2


def dispersion_upper(phi: float, df: int) -> float:
    """Return the 80 % upper bound of a dispersion that was estimated with `df` >= 1 freedom.

    phi df/chi-square(.2, df).  Source: the interval of a variance, Snedecor and Cochran (1989), ch. 5.

    >>> round(dispersion_upper(1.0, 10), 4)
    1.6184
    """
    return phi * df / chi_square(0.2, df)


def needed(ratio: float, phi: float, df: int, mean_a: float) -> Needed:
    """Return the windows needed with the dispersion as observed, and with its upper bound.

    Source: Browne (1995), Stat. Med. 14, 1933-1940: an estimated variance is planned for with its bound.

    >>> needed(2.0, 1.0, 22, 3.0)
    Needed(needed=9, needed_upper=11)
    """
    return Needed(
        windows_needed(ratio, phi, mean_a), windows_needed(ratio, dispersion_upper(phi, df), mean_a)
    )


def prospective(n: int, ratio: float, phi: float, mean_a: float) -> float | None:
    """Return the chance, 0..1, that the test of n blocks finds the registered rate ratio.

    The same formula as `windows_needed`, solved for the power; None where it says nothing.
    Source: Guenther (1981), as there.

    >>> round(prospective(10, 2.0, 1.0, 3.0), 3)
    0.881
    """
    if n < 2 or not (ratio > 0 and mean_a > 0 and phi > 0):
        return None
    shift = abs(math.log(ratio)) / math.sqrt(phi * (1 / mean_a + 1 / (mean_a * ratio)) / n)
    return student_cdf(shift - student(1 - ALPHA, n - 1), n - 1)


def windows_for_width(phi: float, mean: float, width: float = PLANNED_WIDTH) -> int | None:
    """Return the windows at which one arm's interval is `width` wide relative to its estimate.

    `mean` is features per window, > 0.  A planning figure: a width says nothing about an effect.
    Source: `efficiency.interval`, solved for n.

    >>> [windows_for_width(phi, 3.0) for phi in (0.36, 1.0, 2.0)]
    [24, 62, 121]
    """
    if not (mean > 0 and phi > 0 and math.isfinite(phi)):
        return None

    def wide(n: int) -> bool:
        x = 0.5 * student(0.975, n - 1) * math.sqrt(phi / (n * mean))
        return x > 1 or math.exp(2 * x) - (1 - x) ** 2 > width

    low, high = 2, 3
    while wide(high):
        low, high = high, 2 * high
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wide(middle) else (low, middle)
    return high
