"""Whether one arm's windows scatter more than the other's, and what a claim then has to stand.

The sign-flip test asks whether exchanging the arms would change anything.  Arms of one rate of which one scatters more
differ in that, and few blocks show too seldom what its windows take at their worst.  A window scatters by what it
delivers a point (phi), or by the points that it takes; the second shows storms that features in ones and twos hide.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tracker.stats.distributions import beta_share
from tracker.stats.efficiency import Numbers, dispersion

UNEQUAL = 2.0  # times the other's scatter: beyond, a claim names it
LIKELY_POINTS, LIKELY_PHI = 0.20, 0.10  # p of the F test below which a claim must not hang on one block
SURELY_POINTS = 0.05  # and below which it must not hang on one even at part of the error
PART = 0.5  # of the error
ROUNDING = 1 / 6  # variance of the difference of two readings in whole percent, points squared


class Scatter(NamedTuple):
    """How many times as much B's windows scatter as A's, and what that asks of a test that says "B is better"."""

    phi: float | None  # of variances over means of features, 0 and up; None where an arm has none
    points: float | None  # of squared coefficients of variation of points; None where an arm used none
    without_best: (
        float | None
    )  # share of the error at which it must reject without B's best block; None: need not
    p_phi: float = 1.0  # chance of such a ratio where both scatter alike, 0..1
    p_points: float = 1.0

    @property
    def said(self) -> str:
        """By how much they do, in words, to be followed by "as much as"."""
        each = ((self.points, "points"), (self.phi, "phi"))
        return " and ".join(f"{_times(ratio)} times ({what})" for ratio, what in each if ratio is not None)

    @property
    def at(self) -> str:
        """At what error the test must reject without the best block, where that is not the whole of it."""
        return "" if self.without_best in {None, 1.0} else " at half the error"


def scatter(features_a: Numbers, capacity_a: Numbers, features_b: Numbers, capacity_b: Numbers) -> Scatter:
    """Compare the windows' scatter of two arms, n windows each, by one-sided F tests of n - 1 and n - 1 degrees.

    The F test is a yardstick here, no test at a level: that the rule holds, and its price, was found by simulation,
    docs/statistics.md.  Sources: McCullagh and Nelder (1989), 4.5 (phi); Snedecor and Cochran (1989), 6.11 (F).

    >>> scatter([3] * 6, [30, 36, 42] * 2, [3] * 6, [15, 18, 21] * 2)[:3]
    (1.0, 1.0, None)
    >>> found = scatter([3] * 6, [30, 31, 32, 30, 31, 32], [3] * 6, [1, 30, 29, 30.5, 29, 30])
    >>> found.points > 100, found.without_best
    (True, 0.5)
    """
    n = len(np.asarray(capacity_a, float))
    phi = scatter_ratio(features_a, capacity_a, features_b, capacity_b)
    varies = varies_by(capacity_a), varies_by(capacity_b)
    points = varies[1] / varies[0] if varies[0] and varies[1] else None
    of_phi, of_points = (
        1.0 if ratio is None or n < 2 else tail_of_f(ratio, n - 1) for ratio in (phi, points)
    )
    share = None
    if of_points < SURELY_POINTS:
        share = PART
    elif of_points < LIKELY_POINTS or of_phi < LIKELY_PHI:
        share = 1.0
    return Scatter(phi, points, share, of_phi, of_points)


def scatter_ratio(
    features_a: Numbers, capacity_a: Numbers, features_b: Numbers, capacity_b: Numbers
) -> float | None:
    """Return B's dispersion over A's, 0 and up; None where an arm has none.

    Source: the ratio of two variances over their means, McCullagh and Nelder (1989), 4.5.

    >>> round(scatter_ratio([3, 3, 3], [20.0, 30.0, 40.0], [3, 3, 3], [25.0, 30.0, 35.0]), 4)
    0.2286
    """
    phi_a, phi_b = dispersion(features_a, capacity_a), dispersion(features_b, capacity_b)
    return phi_b / phi_a if phi_a and phi_b else None


def varies_by(capacity: Numbers) -> float | None:
    """Return the squared coefficient of variation of points, no less than whole percents make by themselves.

    None below two windows or without points.  Source: Snedecor and Cochran (1989), 3.2.

    >>> varies_by([10.0, 20.0, 30.0]), round(varies_by([20.0, 20.0]), 6)
    (0.25, 0.000417)
    """
    points = np.asarray(capacity, float)
    if len(points) < 2 or not points.sum() > 0:
        return None
    return max(float(points.var(ddof=1)), ROUNDING) / float(points.mean()) ** 2


def tail_of_f(ratio: float, df: float) -> float:
    """Return P(F >= ratio) for F of `df` and `df` degrees of freedom, ratio 0 and up.

    Source: Abramowitz and Stegun (1964), 26.6.2, by the incomplete beta function.

    >>> round(tail_of_f(5.050329, 5), 6)
    0.05
    """
    return beta_share(1.0 / (1.0 + ratio), df / 2.0, df / 2.0)


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"
