"""Bounds of what was lost."""

from __future__ import annotations

from tracker.stats import missing


def test_a_reset_between_readings_bounds_the_capacity():
    assert missing.capacity_over_reset(88.0, 3.0) == (3.0, 15.0)
    bounds = missing.efficiency_bounds([3, 4], [3.0, 20.0], [15.0, 20.0])
    assert bounds[:2] == (7 / 35, 7 / 23)
