"""Quantiles: exact while they fit, within their error beyond, and the same however they were split."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.telemetry import quantiles
from tracker.telemetry.quantiles import Values


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 40), st.randoms(use_true_random=False))
def test_a_bag_of_numbers_does_not_care_how_it_was_split(numbers, exact, chance):
    whole = Values(numbers, exact)
    shuffled = list(numbers)
    chance.shuffle(shuffled)
    merged = Values(exact=exact)
    while shuffled:
        many = chance.randrange(1, len(shuffled) + 1)
        merged.merge(Values(shuffled[:many], exact))
        del shuffled[:many]
    shares = [0, 0.5, 0.95, 0.99, 1]
    assert (len(merged), merged.mean()) == (len(whole), whole.mean())
    assert merged.quantiles(shares) == whole.quantiles(shares)


@pytest.mark.parametrize("count", [1, 2, 19, quantiles._LARGE + 17])
def test_quantiles_are_exact_and_the_sketch_is_within_its_error(count):
    import numpy as np

    chance = random.Random(count)
    numbers = [chance.lognormvariate(6, 2) for _ in range(count)]
    shares = [0.0, 0.01, 0.5, 0.95, 0.99, 1.0]
    expected = np.quantile(numbers, shares)
    assert Values(numbers).quantiles(shares) == pytest.approx(expected, rel=1e-15)
    sketched = Values(numbers, exact=0)
    assert sketched.quantiles(shares) == pytest.approx(expected, rel=quantiles.RELATIVE_ERROR)
    assert sketched.mean() == pytest.approx(np.mean(numbers), rel=1e-9)


def test_zero_and_nothing_have_their_quantiles():
    assert Values([0.0, 0.0], exact=0).quantiles([0.5]) == [0.0]
    assert Values().quantiles([0.5, 0.95]) == [None, None]
    assert Values().mean() is None
