"""Does what an arm's windows deliver drift with time?  A check of what its interval leans on: windows alike, each for itself."""

from __future__ import annotations

import math

import numpy as np

from tracker.stats.distributions import student_cdf
from tracker.stats.efficiency import Numbers

LEAST_ORDERED = 5  # windows below which no order in time is looked for
DRIFTS = 0.05  # p up to which an arm's windows are said to drift


def drift(features: Numbers, capacity: Numbers) -> float | None:
    """Return the two-sided p of a trend over an arm's windows, given in the order in which they came.

    The t test of the slope, n - 2 freedom, of (F - RC)/sqrt(RC) on 1..n, R the ratio of sums.  It sees a trend, and
    little of what wanders to and fro.  None below five windows, without features or points, or without any scatter.
    Source: Cochran (1977), 6.2 (residuals of a ratio); Draper and Smith (1998), 1.4; errors and power are simulated,
    docs/statistics.md.

    >>> round(drift([5, 4, 4, 2, 2, 1], [40.0, 41.0, 39.0, 40.0, 42.0, 40.0]), 4)
    0.0022
    """
    f, c = np.asarray(features, float), np.asarray(capacity, float)
    n, total, used = len(f), float(f.sum()), float(c.sum())
    if n < LEAST_ORDERED or not (total > 0 and used > 0) or not math.isfinite(total / used):
        return None
    some = c > 0
    expected = total / used * c[some]
    residual = np.zeros(n)
    residual[some] = (f[some] - expected) / np.sqrt(expected)
    apart, order = residual - residual.mean(), np.arange(n) - (n - 1) / 2
    squares = float(apart @ apart)
    if not 1e-24 < squares < math.inf:
        return None
    share = float(apart @ order) ** 2 / (
        squares * float(order @ order)
    )  # of the scatter that the trend is, 0..1
    if share >= 1 - 1e-12:
        return 0.0
    return 2 * (1 - student_cdf(math.sqrt((n - 2) * share / (1 - share)), n - 2))
