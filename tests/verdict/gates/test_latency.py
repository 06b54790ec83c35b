"""The gate of slow requests, from tables."""

from __future__ import annotations

from gate_tables import tables
from tracker.verdict.gates import latency
from tracker.verdict.gates.gate import FAIL, NO_DATA, PASS, UNDECIDED, Looks

LOOKS = Looks(12, 5, 0.05, 12)


def judge(**arms):
    return latency.judge(latency.columns(tables(**arms)), 1.3, LOOKS)


def test_it_passes_fails_and_knows_when_there_is_nothing():
    assert judge().verdict == PASS and judge(p95=2600.0).verdict == FAIL
    assert judge(without=[f"A{i}" for i in range(12)]).verdict == NO_DATA


def test_a_window_without_telemetry_could_be_the_worst():
    assert judge(without=["A3"]).verdict == UNDECIDED
