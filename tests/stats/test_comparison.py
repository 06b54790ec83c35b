"""Two arms against statsmodels and the formulas written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tracker.stats import comparison


def paired_by_statsmodels(fa, ca, fb, cb):
    sm = pytest.importorskip("statsmodels.api")
    offset = np.log(np.array(cb) / np.array(ca))
    fitted = sm.GLM(
        np.column_stack([fb, fa]), np.ones(len(fa)), family=sm.families.Binomial(), offset=offset
    ).fit(tol=1e-12)
    return fitted


def test_paired_ratio_is_the_binomial_glm_with_an_offset():
    fa, ca, fb, cb = [2, 3, 4, 1], [20.0, 22.0, 30.0, 11.0], [4, 4, 6, 3], [19.0, 18.0, 27.0, 14.0]
    fitted = paired_by_statsmodels(fa, ca, fb, cb)
    found = comparison.paired(fa, ca, fb, cb)
    assert found.estimate == pytest.approx(math.exp(fitted.params[0]), rel=1e-8)
    pearson = fitted.pearson_chi2 / 3
    p = fitted.fittedvalues
    m = np.array(fa) + np.array(fb)
    residual, information = np.array(fb) - m * p, (m * p * (1 - p)).sum()
    floor = sum(fa + fb) / sum(ca + cb) / (6 * np.mean(ca + cb))
    phi = max(pearson, 4 / 3 * (residual**2).sum() / information, floor)
    half = stats.t.ppf(0.975, 3) * math.sqrt(phi / information)
    assert found.phi == pytest.approx(phi, rel=1e-7)
    assert found.ci.low == pytest.approx(found.estimate * math.exp(-half), rel=1e-7)
    assert found.ci.high == pytest.approx(found.estimate * math.exp(half), rel=1e-7)


def test_exchanging_the_arms_turns_the_ratio_over():
    one = comparison.paired([2, 3, 4], [20.0, 22.0, 30.0], [4, 4, 6], [19.0, 18.0, 27.0])
    other = comparison.paired([4, 4, 6], [19.0, 18.0, 27.0], [2, 3, 4], [20.0, 22.0, 30.0])
    assert one.estimate == pytest.approx(1 / other.estimate, rel=1e-10)
    assert one.ci.low == pytest.approx(1 / other.ci.high, rel=1e-9)


def test_unpaired_ratio_is_the_quasi_poisson_glm():
    sm = pytest.importorskip("statsmodels.api")
    fa, ca, fb, cb = [1, 6, 4, 2], [20.0, 22.0, 30.0, 25.0], [9, 2, 6, 4], [19.0, 18.0, 27.0, 20.0]
    x = np.column_stack([np.ones(8), [0] * 4 + [1] * 4])
    fitted = sm.GLM(fa + fb, x, family=sm.families.Poisson(), offset=np.log(ca + cb)).fit(
        scale="X2", tol=1e-12
    )
    found = comparison.unpaired(fa, ca, fb, cb)
    assert found.estimate == pytest.approx(math.exp(fitted.params[1]), rel=1e-8)
    scale = fitted.scale
    sandwich = 8 / 6 * ((np.array(fa + fb) - fitted.fittedvalues) ** 2).sum() / sum(fa + fb)
    assert found.phi == pytest.approx(max(scale, sandwich), rel=1e-7)
    if found.phi == pytest.approx(scale, rel=1e-7):
        low, high = fitted.conf_int()[1] * 1
        t_over_z = stats.t.ppf(0.975, 6) / stats.norm.ppf(0.975)
        middle = (low + high) / 2
        assert found.ci.high == pytest.approx(math.exp(middle + (high - middle) * t_over_z), rel=1e-6)


@pytest.mark.parametrize("compare", [comparison.paired, comparison.unpaired])
def test_an_arm_without_features_has_one_end(compare):
    nothing = compare([2, 3, 4], [20.0, 22.0, 30.0], [0, 0, 0], [19.0, 18.0, 27.0])
    assert nothing.estimate == 0 and nothing.ci.low == 0 and nothing.ci.high > 0
    everything = compare([0, 0, 0], [20.0, 22.0, 30.0], [4, 4, 6], [19.0, 18.0, 27.0])
    assert everything.estimate is None and everything.ci.low > 0 and everything.ci.high is None


def test_the_end_of_an_empty_arm_is_wilsons():
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    found = comparison.unpaired([5, 6, 5], [20.0, 20.0, 20.0], [0, 0, 0], [20.0, 20.0, 20.0])
    alpha = 2 * stats.norm.sf(stats.t.ppf(0.975, 4))  # phi is below 1 here
    high = proportion.proportion_confint(0, 16, alpha=alpha, method="wilson")[1]
    assert found.ci.high == pytest.approx(high / (1 - high), rel=1e-9)
