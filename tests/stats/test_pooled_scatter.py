"""Several groups of windows: scipy's Bartlett test where its variances are ours, and what is left out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tracker.stats.efficiency import dispersion, interval
from tracker.stats.pooled_scatter import pooled_scatter

POINTS = [40.0] * 5  # alike, so that phi is variance over mean
A, B, C = [2, 4, 3, 1, 5], [3, 3, 9, 0, 0], [4, 2, 2, 4, 3]


def test_with_equal_means_and_points_it_is_bartletts_test():
    found = pooled_scatter([(one, POINTS) for one in (A, B, C)])
    assert found.p == pytest.approx(
        stats.bartlett(*(np.array(one, float) for one in (A, B, C))).pvalue, abs=1e-9
    )
    assert (
        found.phi == pytest.approx(np.mean([np.var(one, ddof=1) / 3 for one in (A, B, C)])) and found.df == 12
    )


def test_a_group_counts_by_its_degrees_of_freedom():
    found = pooled_scatter([(A, POINTS), (B[:3], POINTS[:3])])
    phi = [dispersion(A, POINTS), dispersion(B[:3], POINTS[:3])]
    assert found.phi == pytest.approx((4 * phi[0] + 2 * phi[1]) / 6) and found.df == 6


def test_groups_that_scatter_far_apart_are_not_alike():
    assert not pooled_scatter([([3, 3, 3, 3, 4], POINTS), ([0, 9, 0, 8, 0], POINTS)]).is_alike


def test_a_group_without_features_or_with_one_window_is_left_out():
    found = pooled_scatter([(A, POINTS), (B, POINTS), ([0, 0, 0], POINTS[:3]), ([3], [40.0]), ([], [])])
    assert found.each[2:] == (None, None, None) and found.df == 8
    assert pooled_scatter([(A, POINTS), ([3], [40.0])]) is None


def test_numbers_at_the_ends_give_a_p_or_nothing():
    found = pooled_scatter([([1e300, 1, 1], [1.0, 1.0, 1.0]), ([1, 1, 1], [1e6, 1e6, 1e6])])
    assert found is None or (0 <= found.p <= 1 and math.isfinite(found.phi))


def test_two_arms_alike_have_a_narrower_interval_together():
    from tracker.stats.efficiency import around

    found = pooled_scatter([(A[:3], POINTS[:3]), (A[:3], POINTS[:3])])
    own, together = interval(A[:3], POINTS[:3]), around(9.0, 120.0, found.phi, found.df)
    assert own.low < together.low and together.high < own.high
