"""Quantiles against scipy."""

from __future__ import annotations

import pytest
from scipy import stats

from tracker.stats import distributions


@pytest.mark.parametrize("df", [1, 2, 3, 5, 10, 22, 100, 999, 99998])
@pytest.mark.parametrize("p", [0.2, 0.6, 0.8, 0.9, 0.975, 0.995])
def test_quantiles_are_those_of_scipy(df, p):
    assert distributions.student(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-9)
    assert distributions.chi_square(p, df) == pytest.approx(stats.chi2.ppf(p, df), rel=1e-9)
    assert distributions.student_cdf(1.7, df) == pytest.approx(stats.t.cdf(1.7, df), rel=1e-9)
