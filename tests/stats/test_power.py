"""Planning: the smallest n that reaches the power."""

from __future__ import annotations

import math

from scipy import stats

from tracker.stats import power


def test_needed_windows_are_the_smallest_that_reach_the_power():
    for ratio, phi, mean in ((1.5, 1.0, 3.0), (2.0, 0.36, 3.0), (0.7, 2.0, 4.0)):
        n = power.windows_needed(ratio, phi, mean)
        for windows, enough in ((n, True), (n - 1, False)):
            df = windows - 1
            need = phi * (1 / mean + 1 / (mean * ratio)) * (stats.t.ppf(0.95, df) + stats.t.ppf(0.8, df)) ** 2
            assert bool(windows * math.log(ratio) ** 2 >= need) is enough
        assert power.prospective(n, ratio, phi, mean) >= 0.8


def test_power_without_an_effect_is_not_invented():
    assert power.windows_needed(1.0, 1.0, 3.0) is None
    assert power.prospective(1, 1.5, 1.0, 3.0) is None
    assert power.windows_needed(1.5, math.inf, 3.0) is None
