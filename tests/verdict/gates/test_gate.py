"""Bounds against a margin, at this look's share of the error."""

from __future__ import annotations

import pytest

from tracker.stats import noninferiority
from tracker.verdict.gates.gate import (
    FAIL,
    NO_DATA,
    PASS,
    SOFT,
    UNDECIDED,
    Gate,
    Looks,
    Method,
    bounded,
    some,
)

METHOD = Method(noninferiority.latency_ratio, Gate("p95", "ratio", "<=", 1.3, "blocks"), "nothing")
LAST = Looks(12, 5, 0.05, 12)


def judge(b, looks=LAST, lacks=()):
    return bounded(METHOD, [[100.0] * len(b), b], looks, lacks)


@pytest.mark.parametrize(
    ("b", "verdict"),
    [
        ([100.0, 104.0] * 6, PASS),
        ([200.0, 204.0] * 6, FAIL),
        ([100.0, 140.0] * 6, SOFT),
        ([90.0, 190.0] * 6, UNDECIDED),
        ([], NO_DATA),
    ],
)
def test_a_bound_passes_fails_or_decides_nothing(b, verdict):
    assert judge(b).verdict == verdict


def test_an_early_look_has_less_error_to_spend():
    b = [100.0, 130.0] * 3
    early, late = judge(b, Looks(12, 5, 0.05, 6)), judge(b, Looks(6, 5, 0.05, 6))
    assert early.spent == pytest.approx(0.025 / 2**2.5) and late.spent == 0.025
    assert early.bound > late.bound


def test_what_is_not_recorded_decides_nothing_unless_the_rest_fails():
    made = judge([100.0, 104.0] * 6, lacks=["W1", "W2", "W3", "W4"])
    assert made.verdict == UNDECIDED and made.why.startswith("W1, W2, W3 and 1 more not recorded")
    assert judge([200.0, 204.0] * 6, lacks=["W1"]).verdict == FAIL
    assert some(["a"]) == "a"


def test_one_block_is_too_few_for_a_bound():
    assert judge([100.0]).why == "1 is too few for a bound"
