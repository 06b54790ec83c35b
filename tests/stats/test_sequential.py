"""The sign-flip test pattern by pattern in fractions, and the e-value written out."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy import stats

from tracker.stats import sequential
from tracker.stats.unequal_scatter import PART, scatter


def test_a_thousand_good_blocks_do_not_overflow():
    found = sequential.e_process([1] * 1000, [50.0] * 1000, [9] * 1000, [10.0] * 1000)
    assert math.isfinite(found.value) and found.rejected_at < 10


def sign_flip_by_hand(blocks, n_blocks, first_look=5, alpha=Fraction(1, 20)):
    """The test as the procedure is told, pattern by pattern, in fractions: no clever step."""
    alive, crossed, threshold = [()], 0, None
    for n in range(1, min(len(blocks), n_blocks) + 1):
        alive = [(*pattern, sign) for pattern in alive for sign in (1, -1)]
        crossed *= 2
        if n < first_look:
            continue
        so_far = [[Fraction(value) for value in block] for block in blocks[:n]]
        rate = sum(fa + fb for fa, _, fb, _ in so_far) / sum(ca + cb for _, ca, _, cb in so_far)
        scores = [(fb - rate * cb) - (fa - rate * ca) for fa, ca, fb, cb in so_far]
        sums = {p: sum(sign * abs(score) for sign, score in zip(p, scores, strict=True)) for p in alive}
        budget = math.floor(alpha * Fraction(n, n_blocks) ** 2 * 2**n) - crossed
        threshold = None
        for value in sorted(set(sums.values()), reverse=True):
            if sum(one >= value for one in sums.values()) > budget:
                break
            threshold = value
        if threshold is None:
            continue
        if sum(scores) >= threshold:
            return n, threshold
        crossed += sum(one >= threshold for one in sums.values())
        alive = [pattern for pattern in alive if sums[pattern] < threshold]
    return None, threshold


def columns(blocks):
    return list(zip(*blocks, strict=True))


@pytest.mark.parametrize("n_blocks", [6, 8])
def test_sign_flip_is_the_procedure_done_by_hand(n_blocks):
    rng = np.random.default_rng(n_blocks)
    for _ in range(15):
        # Few different numbers tie often.
        blocks = [
            (
                int(rng.integers(0, 4)),
                int(rng.integers(1, 4)) * 10,
                int(rng.integers(1, 6)),
                int(rng.integers(1, 4)) * 10,
            )
            for _ in range(n_blocks)
        ]
        found = sequential.sign_flip(*columns(blocks), n_blocks)
        at, threshold = sign_flip_by_hand(blocks, n_blocks)
        assert found.rejected_at == at
        assert found.threshold == (None if threshold is None else pytest.approx(float(threshold)))


PAIRS = [
    ((2, 30), (5, 20)),
    ((1, 25), (3, 31)),
    ((4, 40), (4, 20)),
    ((0, 10), (2, 12)),
    ((3, 33), (6, 22)),
    ((2, 18), (3, 40)),
    ((5, 50), (6, 28)),
    ((1, 9), (1, 14)),
]


def test_of_all_exchanges_at_most_the_budget_rejects():
    rejected = 0
    for flips in product((False, True), repeat=8):
        blocks = [(*b, *a) if flip else (*a, *b) for flip, (a, b) in zip(flips, PAIRS, strict=True)]
        rejected += sequential.sign_flip(*columns(blocks), 8).rejected_at is not None
    assert 0 < rejected <= 0.05 * 256


def test_a_score_asks_for_the_rate_and_not_for_the_distribution():
    """B's windows scatter, its rate is A's: half of them twice as good, half yield nothing."""
    blocks = [(3, 30.0, 6 * (i % 2), 30.0) for i in range(8)]
    assert sequential.block_scores(*columns(blocks)).sum() == 0


def test_fewer_than_five_blocks_decide_nothing():
    found = sequential.sign_flip([1] * 4, [40.0] * 4, [9] * 4, [10.0] * 4, 12)
    assert found.looks == () and found.rejected_at is None and found.threshold is None


def test_twenty_blocks_are_exact_within_seconds():
    import time

    rng = np.random.default_rng(1)
    four = rng.poisson(3, 20), rng.uniform(20, 40, 20), rng.poisson(3, 20), rng.uniform(20, 40, 20)
    start = time.process_time()
    found = sequential.sign_flip(*four, 20)
    assert time.process_time() - start < 20
    assert found.looks[-1].n == 20


def test_more_blocks_than_can_be_enumerated_are_refused():
    with pytest.raises(ValueError, match="24"):
        sequential.sign_flip([1.0] * 25, [9.0] * 25, [1.0] * 25, [9.0] * 25, 30)


def test_every_factor_of_the_e_process_has_expectation_one_when_a_coin_exchanges():
    fa, ca, fb, cb = [3.0], [20.0], [5.0], [20.0]
    one = sequential.e_process(fa, ca, fb, cb).value
    other = sequential.e_process(fb, cb, fa, ca).value
    assert (one + other) / 2 == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("ca", "cb"), [(40.0, 10.0), (10.0, 40.0), (30.0, 20.0), (20.0, 30.0)])
@pytest.mark.parametrize("m", [1, 2, 5, 9])
def test_no_block_of_one_rate_is_expected_to_raise_the_e_value(ca, cb, m):
    p = cb / (ca + cb)
    expected = sum(
        stats.binom.pmf(k, m, p) * sequential.e_process([m - k], [ca], [k], [cb]).value for k in range(m + 1)
    )
    assert expected <= 1 + 1e-9


def test_the_e_value_is_the_product_written_out():
    fa, ca, fb, cb = [2, 3], [20.0, 25.0], [4, 3], [20.0, 25.0]
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


def test_blocks_without_features_are_no_evidence():
    found = sequential.e_process([0] * 12, [30.0] * 12, [0] * 12, [20.0] * 12)
    assert (found.value, found.rejected_at) == (1.0, None)


def test_the_bound_is_the_largest_ratio_that_the_test_rejects():
    four = columns([(*a, *b) for a, b in PAIRS])

    def rejects(ratio):
        fa, ca, fb, cb = (np.array(column, float) for column in four)
        return sequential.sign_flip(fa, ca, fb, cb * ratio, 8, alpha=0.2).rejected_at is not None

    found = sequential.lower_bound(rejects, 1.9)
    assert rejects(found) and not rejects(found * 1.01)


def test_where_the_windows_scatter_unequally_a_claim_must_not_hang_on_one_block():
    # given equal features, and a candidate of which only one window is truly cheap
    a = [3.0] * 6, [30.0, 31, 32, 30, 31, 32]
    b = [3.0] * 6, [1.0, 30, 29, 30.5, 29, 30]
    # then exchanging arms would change something, the scatter of B says why, and without the best block it is gone
    assert sequential.sign_flip(*a, *b, 6).rejected_at is not None
    assert scatter(*a, *b).without_best == PART
    assert sequential.without_best(*a, *b)[0] == 0
    assert not sequential.sign_flip_stands(*a, *b, 6)
    # and where every block says the same, it stands, however unequally they scatter
    other, cheap = ([3.0] * 8, [30.0] * 8), ([3.0] * 8, [10.0, 2, 14, 3, 12, 1, 9, 5])
    assert scatter(*other, *cheap).without_best == PART
    assert sequential.sign_flip_stands(*other, *cheap, 8)


def test_arms_that_scatter_alike_need_no_second_test():
    assert sequential.sign_flip_stands([3] * 6, [40.0] * 6, [3] * 6, [20.0] * 6, 6)
    assert not sequential.sign_flip_stands([3] * 6, [20.0] * 6, [3] * 6, [40.0] * 6, 6)
