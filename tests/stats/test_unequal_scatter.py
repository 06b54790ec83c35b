"""How unequally two arms' windows scatter: scipy's F test, and what each kind of scatter asks of a claim."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tracker.stats import sequential
from tracker.stats.efficiency import dispersion
from tracker.stats.unequal_scatter import PART, scatter, tail_of_f

THREE = [3.0] * 8
STEADY = [40.0, 44, 38, 42, 36, 41, 45, 39]


@pytest.mark.parametrize("df", [4, 5, 7, 11, 23])
@pytest.mark.parametrize("ratio", [0.0, 0.3, 1.0, 1.7, 5.0, 400.0])
def test_the_tail_is_that_of_f(ratio, df):
    assert tail_of_f(ratio, df) == pytest.approx(stats.f.sf(ratio, df, df), abs=1e-12)


def test_the_ratios_are_of_phi_and_of_the_points_squared_variation():
    features, wild = [2.0, 4, 3, 3, 5, 1, 3, 2], [10.0, 60, 20, 35, 80, 15, 40, 25]
    found = scatter(THREE, STEADY, features, wild)
    assert found.phi == pytest.approx(dispersion(features, wild) / dispersion(THREE, STEADY))
    varies = [np.var(points, ddof=1) / np.mean(points) ** 2 for points in (wild, STEADY)]
    assert found.points == pytest.approx(varies[0] / varies[1])


def test_arms_that_scatter_alike_or_of_which_the_other_scatters_more_are_asked_nothing():
    assert scatter(THREE, STEADY, THREE, STEADY[::-1]).without_best is None
    assert scatter(THREE, [10.0, 60, 20, 35, 80, 15, 40, 25], THREE, STEADY).without_best is None


def test_points_that_likely_scatter_more_are_asked_for_the_whole_error_and_those_that_surely_do_for_part():
    likely = [40 + 1.45 * (x - 40.6) for x in STEADY]  # F 2.1 of 7 and 7 degrees: p .17
    surely = [40 + 2.2 * (x - 40.6) for x in STEADY]  # F 5: p .03
    rate = [points * 3 / 40 for points in STEADY]
    assert scatter(rate, STEADY, [x * 3 / 40 for x in likely], likely).without_best == 1.0
    assert scatter(rate, STEADY, [x * 3 / 40 for x in surely], surely).without_best == PART


def test_features_that_scatter_more_at_equal_points_are_asked_for_the_whole_error():
    found = scatter(THREE, STEADY, [0.0, 6, 0, 6, 0, 6, 3, 3], STEADY)
    assert found.points == pytest.approx(1.0) and found.without_best == 1.0


def test_points_that_never_vary_scatter_by_what_whole_percents_hide():
    found = scatter(THREE, [40.0] * 8, THREE, [41.0, 40, 41, 40, 41, 40, 41, 40])
    assert found.points == pytest.approx((2 / 7) / 40.5**2 / ((1 / 6) / 40**2))
    assert found.without_best is None


def test_an_arm_without_features_or_points_has_no_ratio():
    assert scatter([0.0] * 5, [40.0] * 5, [0.0] * 5, [30.0] * 5).phi is None
    assert scatter([3.0] * 5, [0.0] * 5, [3.0] * 5, [30.0] * 5)[1:3] == (None, None)
    assert scatter([3.0], [40.0], [3.0], [20.0]).without_best is None


def test_where_points_surely_scatter_more_the_whole_error_is_not_enough_without_the_best_block():
    # given seven windows cheaper than the baseline's in all shapes, and one dearer
    dear = [6.0, 30, 9, 25, 4, 33, 12, 52]
    four = THREE, STEADY, THREE, dear
    assert scatter(*four).without_best == PART
    left = sequential.without_best(*four)[1]
    assert sequential.sign_flip(*left, 8, alpha=0.05).rejected_at is not None
    # then it does not stand, for without the best block the test rejects at 5 % and not at 2.5
    assert sequential.sign_flip(*left, 8, alpha=0.025).rejected_at is None
    assert not sequential.sign_flip_stands(*four, 8)
