"""The gate of quality, from tables."""

from __future__ import annotations

from gate_tables import tables
from tracker.verdict.gates import quality
from tracker.verdict.gates.gate import FAIL, NO_DATA, PASS, Looks

LOOKS = Looks(12, 5, 0.05, 12)


def judge(**arms):
    return quality.judge(quality.columns(tables(**arms)), quality.GATE.margin.default, LOOKS)


def test_it_passes_fails_and_knows_when_there_is_nothing():
    assert judge().verdict == PASS
    assert judge(quality="bad").verdict == FAIL
    assert judge(quality=None).verdict == NO_DATA


def test_a_task_that_the_candidate_left_out_counts_at_its_worst():
    whole, less = judge(), judge(left_out=True)
    assert less.estimate < whole.estimate
