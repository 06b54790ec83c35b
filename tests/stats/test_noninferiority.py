"""Bounds against published values, scipy and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from tracker.stats import noninferiority

RNG = np.random.default_rng(7)

# Newcombe (1998), Stat. Med. 17, 873-890, table II, method 6 (Miettinen and Nurminen).
PUBLISHED = [
    ((56, 70, 48, 80), (0.0528, 0.3382)),
    ((9, 10, 3, 10), (0.1700, 0.8406)),
    ((5, 56, 0, 29), (-0.0326, 0.1933)),
    ((0, 10, 0, 20), (-0.1658, 0.2844)),
    ((10, 10, 0, 20), (0.7156, 1.0000)),
    ((10, 10, 0, 10), (0.6636, 1.0000)),
]


def restricted_by_search(x_a, n_a, x_b, n_b, difference):
    def minus_log_likelihood(p):
        q = p - difference
        return -sum(
            k * math.log(max(rate, 1e-300))
            for k, rate in ((x_b, p), (n_b - x_b, 1 - p), (x_a, q), (n_a - x_a, 1 - q))
            if k
        )

    low, high = max(0.0, difference), min(1.0, 1 + difference)
    return optimize.minimize_scalar(
        minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    ).x


@pytest.mark.parametrize("counts, published", PUBLISHED)
def test_miettinen_nurminen_gives_the_published_intervals(counts, published):
    x_b, n_b, x_a, n_a = counts
    found = noninferiority.miettinen_nurminen(x_a, n_a, x_b, n_b, stats.norm.ppf(0.975))
    assert found == pytest.approx(published, abs=6e-5)


@pytest.mark.parametrize("difference", [-0.4, -0.02, 0.0, 0.02, 0.15, 0.6])
def test_restricted_rates_maximise_the_likelihood(difference):
    for x_a, n_a, x_b, n_b in ((48, 80, 56, 70), (3, 4000, 9, 3800), (1, 12, 5, 9)):
        found = noninferiority.restricted_rates(x_a, n_a, x_b, n_b, difference)[0]
        assert found == pytest.approx(restricted_by_search(x_a, n_a, x_b, n_b, difference), abs=2e-6)


def test_errors_in_bursts_widen_the_bound_and_use_t():
    calm = noninferiority.error_difference([2, 2, 2], [400] * 3, [2, 2, 2], [400] * 3)
    burst = noninferiority.error_difference([0, 6, 0], [400] * 3, [0, 0, 6], [400] * 3)
    assert calm.estimate == burst.estimate == 0
    assert burst.high > 2 * calm.high


def test_no_errors_at_all_are_bounded_by_the_number_of_requests():
    found = noninferiority.error_difference([0, 0], [400, 400], [0, 0], [400, 400])
    assert found.estimate == 0 and 0 < found.high < 0.01


def test_t_bounds_are_those_of_scipy():
    a, b = RNG.lognormal(7, 0.2, 9), RNG.lognormal(7.05, 0.2, 9)
    found = noninferiority.latency_ratio(a, b)
    reference = stats.ttest_1samp(np.log(b / a), 0).confidence_interval(0.95)
    assert (math.log(found.low), math.log(found.high)) == pytest.approx(tuple(reference), abs=1e-9)


def test_cost_of_nothing_has_no_ratio():
    assert noninferiority.cost_ratio([1.0, 2.0], [0.0, 0.0]).estimate is None


def test_quality_needs_more_than_a_handful_of_equal_scores():
    assert noninferiority.quality([1.0] * 12, [1.0] * 12, [1] * 12).low < 0
    assert noninferiority.quality([3.0] * 12, [3.0] * 12, [3] * 12).low > 0


def test_the_worst_case_feature_proves_no_failure():
    assert noninferiority.quality([1.0] * 3, [0.81] * 3, [1] * 3).high > 0


def test_features_of_one_block_share_its_luck():
    luck = [2.9, 2.0, 2.9, 2.0]
    together = noninferiority.quality([2.7] * 4, luck, [3] * 4)
    apart = noninferiority.quality([0.9] * 12, [one / 3 for one in luck for _ in range(3)], [1] * 12)
    assert together.estimate == pytest.approx(apart.estimate) and together.n == apart.n == 12
    assert together.low < apart.low


def test_an_outage_that_nobody_saw_widens_the_bound():
    quiet = [2, 2, 2, 2, 2], [400] * 5, [2, 2, 2, 2, 2], [400] * 5
    without, with_one = (noninferiority.error_difference(*quiet, outage) for outage in (0.0, 0.04))
    assert with_one.high > 2 * without.high and with_one.low == without.low


def test_one_block_that_is_the_whole_cost_gives_no_bound():
    found = noninferiority.cost_ratio([1.0, 0.0, 0.0], [0.4, 0.0, 0.0])
    assert found.estimate == pytest.approx(2.5) and found.low is None and found.high is None
