"""Has a value become smaller: bets on ranks within strata, and about when it changed."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.stats import drift


def series(seed, n=200, change=None, times=1.0):
    values = np.random.default_rng(seed).lognormal(0, 0.2, n)
    if change is not None:
        values[change:] *= times
    return values


def evidence_of(values, strata, tolerance=0.0):
    p = drift.p_values(values, strata, tolerance)
    return drift.evidence(p, [place // 5 for place in range(len(values))])


def test_the_ranks_of_alike_values_are_uniform():
    p = np.concatenate([drift.p_values(series(seed), ["a"] * 200, 0.0) for seed in range(40)])
    p = p[~np.isnan(p)]
    assert abs(p.mean() - 0.5) < 0.02
    assert np.histogram(p, bins=10, range=(0, 1))[0] / len(p) == pytest.approx(0.1, abs=0.012)


def test_alike_values_reach_twenty_in_at_most_one_of_twenty_however_often_one_looks():
    reached = [evidence_of(series(seed), ["a"] * 200).max() >= drift.REJECTS for seed in range(200)]
    assert np.mean(reached) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 200)


def test_a_fall_is_found_and_a_rise_is_none():
    assert evidence_of(series(1, change=100, times=0.7), ["a"] * 200)[-1] > 20
    assert evidence_of(series(1, change=100, times=1.5), ["a"] * 200).max() < 20


def test_values_of_other_strata_are_not_compared():
    values = series(2, change=100, times=0.4)  # another model from the middle on
    strata = ["sonnet"] * 100 + ["opus"] * 100
    assert evidence_of(values, strata).max() < 20
    assert np.isnan(drift.p_values(values, list(range(200)), 0.0)).all()


def test_what_is_within_the_tolerance_is_no_evidence():
    values = series(3, change=100, times=0.95)
    assert evidence_of(values, ["a"] * 200, 0.2).max() < 2


def test_looking_later_does_not_change_what_was_seen_before():
    values = series(4, change=100, times=0.7)
    whole = evidence_of(values, ["a"] * 200)
    assert evidence_of(values[:150], ["a"] * 150) == pytest.approx(whole[:150])


def test_the_change_is_dated_and_sized_within_strata():
    dated = sized = 0
    for seed in range(40):
        values, strata = series(seed, change=120, times=0.6), ["a", "b"] * 100
        values[1::2] *= 3  # another stratum has another level
        found = drift.change(values, strata)
        dated += found.first <= 120 <= found.last
        sized += found.low < 0.6 < found.high
        assert abs(found.place - 120) < 10
    assert dated >= 36 and sized >= 34


def test_too_few_values_have_no_change():
    assert drift.change(np.array([1.0, 2.0]), ["a", "a"]) is None
    assert drift.change(np.array([1.0, 2.0, 3.0]), ["a", "b", "c"]) is None
    assert drift.evidence(np.array([]), []).tolist() == []
