"""The gate of cost, from tables."""

from __future__ import annotations

from gate_tables import tables
from tracker.verdict.gates import cost
from tracker.verdict.gates.gate import FAIL, NO_DATA, PASS, Looks

LOOKS = Looks(12, 5, 0.05, 12)


def judge(**arms):
    return cost.judge(cost.columns(tables(**arms)), cost.GATE.margin.default, LOOKS)


def test_it_passes_fails_and_knows_when_there_is_nothing():
    assert judge().verdict == PASS
    assert judge(cost="bad").verdict == FAIL
    assert judge(cost=None).verdict == NO_DATA


def test_a_task_that_the_candidate_left_out_counts_at_its_worst():
    whole, less = judge(), judge(left_out=True)
    assert less.estimate < whole.estimate
