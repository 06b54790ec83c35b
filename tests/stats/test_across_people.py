"""Several people: each counted once, with an interval that holds for two to fifty of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tracker.stats import across_people


def test_the_interval_is_students_of_the_log_ratios_the_wider_of_two_ways():
    columns = [4, 6, 5], [30.0, 40.0, 35.0], [8, 10, 6], [30.0, 35.0, 30.0]
    found = across_people.across_people(*columns)
    ends = [
        stats.t.interval(0.95, 2, loc=logs.mean(), scale=logs.std(ddof=1) / math.sqrt(3))
        for logs in across_people.log_ratios(*columns)
    ]
    assert found.estimate == pytest.approx(math.exp(np.log(found.ratios).mean()))
    assert found.ci.low == pytest.approx(math.exp(min(low for low, _ in ends)), rel=1e-9)
    assert found.ci.high == pytest.approx(math.exp(max(high for _, high in ends)), rel=1e-9)


def test_one_person_tells_nothing_of_others():
    found = across_people.across_people([4], [30.0], [8], [30.0])
    assert found.people == 1 and found.estimate > 1
    assert (found.ci.low, found.ci.high) == (None, None)
    assert across_people.across_people([], [], [], []).estimate is None


def test_a_person_without_any_feature_says_one_whichever_arm_used_less():
    assert across_people.across_people([0, 0], [40.0, 10.0], [0, 0], [10.0, 40.0]).ratios == pytest.approx(
        (1, 1)
    )


def test_the_pace_of_a_person_cancels():
    slow = across_people.log_ratios([40], [400.0], [80], [400.0])
    fast = across_people.log_ratios([400], [400.0], [800], [400.0])
    assert slow.by_exposure[0] == pytest.approx(fast.by_exposure[0], abs=0.01)


@pytest.mark.parametrize("count", [2, 5, 20])
def test_its_coverage_holds_with_a_random_effect_of_the_person(count):
    """A slice of bench/statistics/people.py: 2,000 made-up teams, true ratio 1.5."""
    rng = np.random.default_rng(count)
    points = rng.integers(15, 45, (2000, 2, count)).astype(float)
    pace = 0.2 * np.exp(rng.normal(0, 0.5, (2000, count)))
    effect = 1.5 * np.exp(rng.normal(0, 0.4, (2000, count)))
    fa = rng.poisson(pace * points[:, 0])
    fb = rng.poisson(pace * effect * points[:, 1])
    held = 0
    for a, ca, b, cb in zip(fa, points[:, 0], fb, points[:, 1], strict=True):
        found = across_people.across_people(a, ca, b, cb)
        held += found.ci.low <= 1.5 <= found.ci.high
    assert held / 2000 >= 0.93
