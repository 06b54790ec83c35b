"""The gate of failed requests, from tables."""

from __future__ import annotations

from gate_tables import tables
from tracker.verdict.gates import errors
from tracker.verdict.gates.gate import FAIL, NO_DATA, PASS, UNDECIDED, Looks

LOOKS = Looks(12, 5, 0.05, 12)


def judge(margin=2.0, **arms):
    return errors.judge(errors.columns(tables(**arms)), margin, LOOKS)


def test_it_passes_fails_and_knows_when_there_is_nothing():
    assert judge().verdict == PASS and judge(errors=60).verdict == FAIL
    nothing = judge(without=[f"B{i}" for i in range(12)])
    assert (nothing.verdict, nothing.why) == (NO_DATA, "no proxy telemetry of mitm_offload")


def test_a_window_without_telemetry_could_be_the_worst():
    made = judge(without=["B3"])
    assert (made.verdict, made.n) == (UNDECIDED, 11) and made.why.startswith("B3 not recorded")


def test_what_no_block_saw_is_said():
    assert "an outage that none of 12 blocks saw may still come in up to 22 % of them" in judge().why
