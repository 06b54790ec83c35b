"""The statistics against independent references: published values, statsmodels, scipy, brute force."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy import optimize, stats

from tracker.stats import comparison, distributions, efficiency, missing, noninferiority, power, sequential

RNG = np.random.default_rng(7)
F, C = [2, 4, 3, 0, 5], [31.0, 44.0, 28.0, 12.0, 50.0]


@pytest.mark.parametrize("df", [1, 2, 3, 5, 10, 22, 100, 999, 99998])
@pytest.mark.parametrize("p", [0.2, 0.6, 0.8, 0.9, 0.975, 0.995])
def test_quantiles_are_those_of_scipy(df, p):
    assert distributions.student(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-9)
    assert distributions.chi_square(p, df) == pytest.approx(stats.chi2.ppf(p, df), rel=1e-9)
    assert distributions.student_cdf(1.7, df) == pytest.approx(stats.t.cdf(1.7, df), rel=1e-9)


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


def sign_flip_by_hand(scores, n_blocks, first_look=5, alpha=0.05):
    """The test as the procedure is told, pattern by pattern, in whole numbers: no clever step."""
    alive = [()]
    crossed = 0
    for n in range(1, min(len(scores), n_blocks) + 1):
        alive = [(*pattern, sign) for pattern in alive for sign in (1, -1)]
        crossed *= 2
        if n < first_look:
            continue
        sums = sorted((sum(s * abs(v) for s, v in zip(p, scores, strict=False)) for p in alive), reverse=True)
        budget = math.floor(alpha * (n / n_blocks) ** 2 * 2**n) - crossed
        threshold = None
        for value in sorted(set(sums), reverse=True):
            if sum(s >= value for s in sums) <= budget:
                threshold = value
            else:
                break
        if threshold is None:
            continue
        if sum(scores[:n]) >= threshold:
            return n, threshold
        before = len(alive)
        alive = [p for p in alive if sum(s * abs(v) for s, v in zip(p, scores, strict=False)) < threshold]
        crossed += before - len(alive)
    return None, threshold


@pytest.mark.parametrize("n_blocks", [6, 8, 10])
def test_sign_flip_is_the_procedure_done_by_hand(n_blocks):
    rng = np.random.default_rng(n_blocks)
    for _ in range(40):
        # Whole numbers tie often, and sum without error.
        scores = [int(v) for v in rng.integers(-4, 9, n_blocks)]
        found = sequential.sign_flip(scores, n_blocks)
        assert (found.rejected_at, found.threshold) == sign_flip_by_hand(scores, n_blocks)


def test_of_all_sign_patterns_at_most_the_budget_rejects():
    sizes = [1.5, 2.5, 0.5, 3.0, 1.0, 2.0, 2.2, 0.7]
    rejected = sum(
        sequential.sign_flip([s * v for s, v in zip(signs, sizes, strict=True)], 8).rejected_at is not None
        for signs in product((1, -1), repeat=8)
    )
    assert 0 < rejected <= 0.05 * 256


def test_ties_in_fractions_are_ties():
    thirds = [1 / 3, 2 / 3, 1.0, 1 / 3, 2 / 3, 1.0, 1 / 3, 2 / 3]
    whole = [3 * value for value in (1 / 3, 2 / 3, 1.0, 1 / 3, 2 / 3, 1.0, 1 / 3, 2 / 3)]
    one, three = sequential.sign_flip(thirds, 8), sequential.sign_flip([round(v) for v in whole], 8)
    assert one.rejected_at == three.rejected_at
    assert one.threshold == pytest.approx(three.threshold / 3)


def test_fewer_than_five_blocks_decide_nothing():
    found = sequential.sign_flip([9.0] * 4, 12)
    assert found.looks == () and found.rejected_at is None and found.threshold is None


def test_twenty_blocks_are_exact_within_a_second():
    import time

    scores = np.random.default_rng(1).normal(0.1, 1, 20)
    sequential.sign_flip(scores[:8], 8)
    start = time.process_time()
    found = sequential.sign_flip(scores, 20)
    assert time.process_time() - start < 1
    assert found.looks[-1].n == 20


def test_more_blocks_than_can_be_enumerated_are_refused():
    with pytest.raises(ValueError, match="24"):
        sequential.sign_flip([1.0] * 25, 30)


def test_every_factor_of_the_e_process_has_expectation_one():
    fa, ca, fb, cb = [3.0], [20.0], [5.0], [14.0]
    one = sequential.e_process(fa, ca, fb, cb).value
    other = sequential.e_process(fb, cb, fa, ca).value
    assert (one + other) / 2 == pytest.approx(1, abs=1e-12)


def test_the_e_value_is_the_product_written_out():
    fa, ca, fb, cb = [2, 3], [20.0, 25.0], [4, 3], [18.0, 15.0]
    products = []
    for rate in (0.5, 1, 2, 4):
        value = 1.0
        for a, x, b, y in zip(fa, ca, fb, cb, strict=True):
            d = math.log((b + 0.5) / y) - math.log((a + 0.5) / x)
            value *= 2 / (1 + math.exp(-2 * rate * d))
        products.append(value)
    for h in (1.5, 2, 3, 5):
        value = 1.0
        for a, x, b, y in zip(fa, ca, fb, cb, strict=True):
            g, g2 = h**b * (x + h * y) ** -(a + b), h**a * (y + h * x) ** -(a + b)
            value *= 2 * g / (g + g2)
        products.append(value)
    assert sequential.e_process(fa, ca, fb, cb).value == pytest.approx(np.mean(products), rel=1e-12)


def test_a_thousand_good_blocks_do_not_overflow():
    found = sequential.e_process([1] * 1000, [50.0] * 1000, [9] * 1000, [10.0] * 1000)
    assert math.isfinite(found.value) and found.rejected_at < 10


def test_needed_windows_are_the_smallest_that_reach_the_power():
    for ratio, phi, mean in ((1.5, 1.0, 3.0), (2.0, 0.36, 3.0), (0.7, 2.0, 4.0)):
        n = power.windows_needed(ratio, phi, mean)
        for windows, enough in ((n, True), (n - 1, False)):
            df = 2 * windows - 2
            need = (
                phi * (1 / mean + 1 / (mean * ratio)) * (stats.t.ppf(0.975, df) + stats.t.ppf(0.8, df)) ** 2
            )
            assert bool(windows * math.log(ratio) ** 2 >= need) is enough
        assert power.prospective(n, ratio, phi, mean) >= 0.8


def test_power_without_an_effect_is_not_invented():
    assert power.windows_needed(1.0, 1.0, 3.0) is None
    assert power.prospective(1, 1.5, 1.0, 3.0) is None
    assert power.windows_needed(1.5, math.inf, 3.0) is None


# Newcombe (1998), Stat. Med. 17, 873-890, table II, method 6 (Miettinen and Nurminen).
PUBLISHED = [
    ((56, 70, 48, 80), (0.0528, 0.3382)),
    ((9, 10, 3, 10), (0.1700, 0.8406)),
    ((5, 56, 0, 29), (-0.0326, 0.1933)),
    ((0, 10, 0, 20), (-0.1658, 0.2844)),
    ((10, 10, 0, 20), (0.7156, 1.0000)),
    ((10, 10, 0, 10), (0.6636, 1.0000)),
]


@pytest.mark.parametrize("counts, published", PUBLISHED)
def test_miettinen_nurminen_gives_the_published_intervals(counts, published):
    x_b, n_b, x_a, n_a = counts
    found = noninferiority.miettinen_nurminen(x_a, n_a, x_b, n_b, stats.norm.ppf(0.975))
    assert found == pytest.approx(published, abs=6e-5)


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


def test_quality_needs_more_than_a_handful_of_equal_scores():
    assert noninferiority.quality([1.0] * 12, [1.0] * 12).low < 0
    assert noninferiority.quality([1.0] * 36, [1.0] * 36).low > 0


def test_the_worst_case_pair_proves_no_failure():
    found = noninferiority.quality([1.0] * 3, [0.81] * 3)
    assert found.high > 0


def test_cost_of_nothing_has_no_ratio():
    assert noninferiority.cost_ratio([1.0, 2.0], [0.0, 0.0]).estimate is None


def test_a_reset_between_readings_bounds_the_capacity():
    assert missing.capacity_over_reset(88.0, 3.0) == (3.0, 15.0)
    bounds = missing.efficiency_bounds([3, 4], [3.0, 20.0], [15.0, 20.0])
    assert bounds[:2] == (7 / 35, 7 / 23)
