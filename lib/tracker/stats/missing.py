"""Windows whose capacity was lost: bounds instead of guesses, and the worst that they could have been."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tracker.stats.efficiency import ConfidenceInterval, Numbers

MOST_PP = 100.0  # points that a window can use at most


class Bounded(NamedTuple):
    """What is known of a lost window: each number between two ends."""

    features_low: float  # features, 0 and up
    features_high: float
    capacity_low: float  # percentage points, 0..100
    capacity_high: float


def capacity_over_reset(before_pct: float, after_pct: float) -> tuple[float, float]:
    """Return the bounds of the points used when the quota was reset between two readings.

    After the reset `after_pct` was used; before it anything from nothing to what was left.
    Source: Manski (2003), ch. 1: what is not seen lies between its logical ends.

    >>> capacity_over_reset(before_pct=88.0, after_pct=3.0)
    (3.0, 15.0)
    """
    return after_pct, after_pct + MOST_PP - before_pct


def efficiency_bounds(features: Numbers, capacity_low: Numbers, capacity_high: Numbers) -> ConfidenceInterval:
    """Return the lowest and highest features per point that the capacities' bounds allow.

    Not a confidence interval: what the data could have said had nothing been lost (level 1).
    Source: Manski (2003), Partial Identification of Probability Distributions, ch. 1.

    >>> efficiency_bounds([3, 4], [3.0, 20.0], [15.0, 20.0])
    ConfidenceInterval(low=0.2, high=0.30434782608695654, level=1.0)
    """
    total = float(np.sum(features))
    most, least = float(np.sum(capacity_high)), float(np.sum(capacity_low))
    return ConfidenceInterval(total / most if most > 0 else None, total / least if least > 0 else None, 1.0)


def worst_for_candidate(a: Bounded, b: Bounded) -> tuple[float, float, float, float]:
    """Return (F_A, C_A, F_B, C_B) of a block as bad for B as its bounds allow.

    The baseline delivered the most with the least, the candidate the least with the most.  A
    number that is known has two equal ends.  Source: Manski (2003), ch. 1.

    >>> worst_for_candidate(Bounded(3, 3, 20.0, 20.0), Bounded(4, 4, 0.0, 100.0))
    (3, 20.0, 4, 100.0)
    """
    return a.features_high, a.capacity_low, b.features_low, b.capacity_high
