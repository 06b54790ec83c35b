"""Numbers told twice: the worse for the candidate counts once somebody could look."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from tracker import rows
from tracker.evidence.facts import Names
from tracker.evidence.in_force import TakenOut
from tracker.verdict.versions import WhatWasTold, is_late, worst_versions
from verdict_rows import START, A, B, feature, telemetry, window

LOOK = START + timedelta(days=5)
NAMES = Names({"a": A, "b": B}, {})


def told(features=(), traffic=(), windows=(), gone=()):
    undo = rows.Undo(ts=START, undoes="x", recorded_at=LOOK)
    return WhatWasTold(windows, features, traffic, NAMES, B, [TakenOut(row, undo) for row in gone])


def at(row, days):
    return msgspec.structs.replace(row, recorded_at=START + timedelta(days=days))


def test_what_nobody_dated_counts_as_late():
    assert is_late(None, LOOK) and is_late(LOOK, LOOK) and is_late(START, None)
    assert not is_late(START, LOOK)


def test_a_score_that_rose_and_a_price_that_fell_count_as_they_were():
    some = [
        feature("T", "b", quality_score=0.2, cost_usd=3.0),
        feature("T", "b", quality_score=0.9, cost_usd=1.0),
    ]
    found = worst_versions(told(some), LOOK)
    assert (found.features[-1].quality_score, found.features[-1].cost_usd) == (0.2, 3.0)
    assert found.said == [
        "scores or prices of features changed after a look was possible, of which the worse counts: 1 (T)"
    ]
    of_a = [msgspec.structs.replace(row, window="a") for row in some]
    last = worst_versions(told(of_a), LOOK).features[-1]
    assert (last.quality_score, last.cost_usd) == (0.9, 1.0)


def test_a_correction_before_anybody_could_look_is_one():
    some = [at(feature("T", "b", quality_score=0.2), 1), at(feature("T", "b", quality_score=0.9), 2)]
    assert worst_versions(told(some), LOOK).said == []
    assert worst_versions(told([some[0], at(some[1], 6)]), LOOK).features[-1].quality_score == 0.2


def test_a_price_that_comes_after_a_score_is_no_change():
    some = [feature("T", "b", quality_score=0.9), feature("T", "b", cost_usd=1.0, state="priced")]
    found = worst_versions(told(some), LOOK)
    assert found.said == [] and list(found.features) == some


def test_telemetry_undone_or_told_again_counts_at_its_worst():
    first, again = (
        telemetry("b", errors=80, p95_latency_ms=1000.0),
        telemetry("b", errors=3, p95_latency_ms=2000.0),
    )
    for made in (told(traffic=[first, again]), told(traffic=[again], gone=[first])):
        found = worst_versions(made, LOOK)
        row = found.telemetry[("b", None)]
        assert (row.error_rate, row.errors, row.p95_latency_ms) == (0.2, None, 2000.0)
    back = worst_versions(told(gone=[first]), LOOK).telemetry
    assert back[("b", None)].error_rate == 0.2
    assert worst_versions(told(traffic=[again]), LOOK).said == []


def test_a_windows_quality_and_a_failed_feature_come_back():
    now, was = window("b", B, quality_score=0.9), window("b", B, quality_score=0.1)
    found = worst_versions(told(windows=[now], gone=[was, feature("T", "b", state="failed")]), LOOK)
    assert found.windows[0].quality_score == 0.1 and found.earlier[0].features == 2.0
    assert worst_versions(told(gone=[was]), LOOK).windows == [was]
