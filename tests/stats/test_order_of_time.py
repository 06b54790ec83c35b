"""A trend over an arm's windows: the t test of a slope as scipy has it, and where nothing can be said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tracker.stats.order_of_time import drift

F, C = [5, 3, 4, 2, 3, 1], [31.0, 44.0, 28.0, 12.0, 50.0, 40.0]


def test_it_is_the_t_test_of_the_slope_of_scaled_residuals():
    f, c = np.array(F, float), np.array(C)
    expected = f.sum() / c.sum() * c
    line = stats.linregress(range(6), (f - expected) / np.sqrt(expected))
    assert drift(F, C) == pytest.approx(line.pvalue, abs=1e-9)


def test_a_trend_either_way_is_seen_and_mixed_windows_are_not():
    rising = [1, 2, 2, 3, 4, 5, 5]
    same = [40.0] * 7
    assert max(drift(rising, same), drift(rising[::-1], same)) < 0.001
    assert drift([3, 1, 5, 2, 4, 2, 3], same) > 0.3


def test_a_window_without_points_counts_and_is_no_evidence():
    assert 0 < drift([5, 4, 3, 2, 1, 1], [40.0, 40.0, 0.0, 40.0, 40.0, 40.0]) < 1


@pytest.mark.parametrize(
    ("features", "points"),
    [
        (F[:4], C[:4]),
        ([0] * 5, [9.0] * 5),
        ([1] * 5, [0.0] * 5),
        ([3] * 5, [40.0] * 5),
        ([1e308] * 5, [1e-300] * 5),
    ],
    ids=["four windows", "no features", "no points", "no scatter", "no number"],
)
@pytest.mark.filterwarnings("ignore")
def test_where_there_is_too_little_nothing_is_said(features, points):
    assert drift(features, points) is None


def test_a_perfect_trend_has_no_chance():
    assert drift([1, 2, 3, 4, 5], [30.0] * 5) == 0.0
