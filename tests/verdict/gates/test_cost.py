"""The gate of cost, from tables."""

from __future__ import annotations

from gate_tables import tables
from task_rows import played
from tracker.evidence.facts import facts_of
from tracker.verdict import card
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


def test_by_task_both_cells_of_a_block_are_one_and_nothing_of_them_is_lost():
    made = card.card(facts_of(played(15)))
    by_name = {gate["name"]: gate for gate in made["gates"]}
    gate = by_name["cost"]
    assert (gate["n"], gate["counted"]) == (5, "whole blocks") and by_name["reliability_errors"]["n"] > 5
    assert gate["estimate"] == 3.0 and sum(gate["table"]["cost_a"]) == 15 * 0.9
