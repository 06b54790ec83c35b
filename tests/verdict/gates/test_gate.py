"""Bounds against a margin, at this look's share of the error."""

from __future__ import annotations

import pytest

from tracker.stats import noninferiority
from tracker.verdict.gates.gate import (
    FAIL,
    LATE,
    LEAST_SPENT,
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

A = [100.0] * 12
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


def test_a_pass_that_rare_windows_decide_spends_late_and_a_failure_does_not():
    # given six of twelve blocks, and a gate that one bad window in eight would turn
    looks = Looks(12, 5, 0.05, 6)
    late = METHOD._replace(spending=LATE)
    good = [100.0, 118.0] * 3
    # then what passes with the error of half the blocks does not pass yet
    assert bounded(METHOD, [A[:6], good], looks).verdict == PASS
    waits = bounded(late, [A[:6], good], looks)
    assert waits.verdict in {SOFT, UNDECIDED} and waits.spent == pytest.approx(0.025 / 2**10)
    # and what is proven failed is so as soon as before
    bad = [200.0, 204.0] * 3
    assert bounded(late, [A[:6], bad], looks).verdict == bounded(METHOD, [A[:6], bad], looks).verdict == FAIL


def test_cells_of_tasks_spend_as_ever():
    late = METHOD._replace(spending=LATE)
    by_task = Looks(12, 5, 0.05, 6, "cells")
    assert bounded(late, [A[:6], [100.0, 118.0] * 3], by_task).spent == pytest.approx(0.025 / 2**2.5)


def test_how_many_more_would_do_counts_the_error_that_later_looks_have():
    made = bounded(METHOD._replace(spending=LATE), [A[:6], [100.0, 124.0] * 3], Looks(12, 5, 0.05, 6))
    assert made.verdict == UNDECIDED and "of the same kind about" in made.why
    at_the_end = bounded(METHOD._replace(spending=LATE), [A, [100.0, 124.0] * 6], Looks(12, 5, 0.05, 12))
    assert at_the_end.verdict == PASS


def test_the_share_spent_is_never_too_little_for_a_quantile():
    assert Looks(1000, 5, 0.05, 1).spent_by(LATE) == LEAST_SPENT


def test_what_is_not_recorded_decides_nothing_unless_the_rest_fails():
    made = judge([100.0, 104.0] * 6, lacks=["W1", "W2", "W3", "W4"])
    assert made.verdict == UNDECIDED and made.why.startswith("W1, W2, W3 and 1 more not recorded")
    assert judge([200.0, 204.0] * 6, lacks=["W1"]).verdict == FAIL
    assert some(["a"]) == "a"


def test_one_block_is_too_few_for_a_bound():
    assert judge([100.0]).why == "1 is too few for a bound"
