"""One arm against the formulas written out, and the t test that defines Fieller."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tracker.stats import efficiency

F = [2, 4, 3, 0, 5]

C = [31.0, 44.0, 28.0, 12.0, 50.0]


def test_one_arm_is_the_formula_written_out():
    f, c = np.array(F, float), np.array(C)
    r = f.sum() / c.sum()
    pearson = ((f - r * c) ** 2 / (r * c)).sum() / 4
    sandwich = 5 / 4 * ((f - r * c) ** 2).sum() / f.sum()
    phi = max(pearson, sandwich, r / (6 * c.mean()))
    x = 0.5 * stats.t.ppf(0.975, 4) * math.sqrt(phi / f.sum())
    found = efficiency.efficiency(F, C)
    assert found.phi == pytest.approx(phi, abs=1e-12)
    assert found.ci.low == pytest.approx(r * max(0, 1 - x) ** 2, rel=1e-9)
    assert found.ci.high == pytest.approx(r * math.exp(2 * x), rel=1e-9)


def test_the_rounding_floor_holds_when_windows_are_all_alike():
    assert efficiency.dispersion([3, 3, 3], [30.0, 30.0, 30.0]) == pytest.approx(0.1 / (6 * 30))


def test_a_window_without_capacity_counts_in_the_sums_and_not_in_pearson():
    found = efficiency.efficiency([2, 3, 4, 1], [20.0, 30.0, 40.0, 0.0])
    assert (found.windows, found.features, found.capacity_pp) == (4, 10, 90)
    assert found.phi is not None and math.isfinite(found.phi)


@pytest.mark.parametrize("windows", [1, 2])
def test_below_three_windows_there_is_no_interval(windows):
    found = efficiency.efficiency(F[:windows], C[:windows])
    assert found.ci.low is None and found.ci.high is None and not found.fieller.bounded


def test_no_feature_gives_an_upper_end_that_assumes_a_dispersion():
    found = efficiency.efficiency([0, 0, 0], [10.0, 20.0, 20.0])
    assert found.ci[:2] == (0.0, 7.378 / 50)
    assert found.phi_assumed and found.phi == 2


def test_no_capacity_gives_no_efficiency():
    found = efficiency.efficiency([1, 2, 3], [0.0, 0.0, 0.0])
    assert found.estimate is None and found.ci.high is None


def test_huge_numbers_give_no_infinity():
    found = efficiency.efficiency([1e308, 1e308, 1], [1e-300, 1.0, 1.0])
    assert all(
        value is None or math.isfinite(value) for value in (found.estimate, found.ci.low, found.ci.high)
    )


def test_fieller_is_the_set_of_ratios_that_a_t_test_does_not_reject():
    f, c = np.array(F, float), np.array(C)
    found = efficiency.fieller(f, c)
    for end in (found.low, found.high):
        assert stats.ttest_1samp(f - end * c, 0).pvalue == pytest.approx(0.05, abs=1e-9)


def test_fieller_is_unbounded_when_capacity_may_be_nothing():
    assert not efficiency.fieller([1, 2, 3], [1.0, 60.0, 0.0]).bounded


def test_contiguous_windows_are_off_by_one_point_in_all():
    ci = efficiency.ConfidenceInterval(0.2, 0.3)
    assert efficiency.rounding(ci, [10.0, 20.0], contiguous=True)[:2] == (0.2 * 30 / 31, 0.3 * 30 / 29)
