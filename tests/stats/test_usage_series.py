"""Readings into use over time: what counts, when, and what nobody knows."""

import math

import numpy as np
import pytest

from tracker.stats import usage_series
from tracker.stats.usage_series import GaugeReadings

HOUR = 3600.0


def points(windows, end, width=HOUR):
    return usage_series.series(windows, end, width).points.tolist()


def test_what_was_used_before_the_first_reading_is_not_counted():
    assert sum(points([GaugeReadings([0, HOUR], [40, 43])], 2 * HOUR)) == 3


def test_use_lies_in_the_half_hour_before_the_reading_that_shows_it():
    assert points([GaugeReadings([0, 10 * HOUR], [0, 5])], 10 * HOUR)[-1] == 5


def test_a_new_window_begins_at_nothing_used():
    windows = [GaugeReadings([0, HOUR], [90, 95]), GaugeReadings([6 * HOUR], [7], opened=5 * HOUR)]
    assert points(windows, 6 * HOUR) == pytest.approx([5, 0, 0, 0, 0, 7])


def test_what_a_full_quota_hides_is_not_known():
    full = GaugeReadings([0, HOUR], [90, 100], ends=4 * HOUR)
    found = points([full, GaugeReadings([5 * HOUR], [3], opened=4 * HOUR)], 5 * HOUR)
    assert found[0] == 10
    assert [math.isnan(value) for value in found] == [False, True, True, True, False]


def test_the_sum_is_what_the_gauge_moved():
    rng = np.random.default_rng(1)
    times = np.sort(rng.uniform(0, 50 * HOUR, 300))
    used = np.floor(np.sort(rng.uniform(0, 99, 300)))
    found = points([GaugeReadings(times.tolist(), used.tolist())], 50 * HOUR, 900.0)
    assert sum(found) == pytest.approx(used[-1] - used[0])
    assert min(found) >= 0


def test_pace_is_over_hours_with_use_and_has_an_interval_from_three_days_on():
    day = [24 * HOUR * n for n in range(4)]
    windows = [GaugeReadings([at, at + HOUR, at + 2 * HOUR], [0, 4, 10 + n]) for n, at in enumerate(day)]
    seen = usage_series.series(windows, 4 * 24 * HOUR, HOUR)
    found = usage_series.pace(seen, np.random.default_rng(1))
    assert (found.hours, found.days) == (8, 4)
    assert found.points == pytest.approx((10 + 11 + 12 + 13) / 8)
    assert found.low < found.points < found.high
    few = usage_series.pace(usage_series.series(windows[:2], 2 * 24 * HOUR, HOUR), np.random.default_rng(1))
    assert few.low is None
    idle = usage_series.series([GaugeReadings([0], [3])], HOUR, HOUR)
    assert usage_series.pace(idle, np.random.default_rng(1)) is None
