"""The frozen value: each fact once, arms that share names told apart."""

from __future__ import annotations

import pytest

from tracker.evidence.facts import facts_of, shared, telemetry_came_again
from verdict_rows import A, B, blocks, feature, plan, telemetry, window


def test_facts_are_frozen_and_name_the_plans_arms():
    facts = facts_of([plan(candidate="new"), *blocks(2), window("N", "new", block=1)])
    assert [one.window for one in facts.candidate.all] == ["N"]
    assert len(facts.baseline.measured) == 2 and len(facts.judged) == 3
    with pytest.raises(AttributeError):
        facts.plan = plan()


def test_the_last_registration_is_the_plan_whatever_the_order_of_the_lines():
    assert facts_of([plan(2, n_blocks=8), plan(1, n_blocks=12)]).plan.n_blocks == 8
    assert facts_of([]).plan.n_blocks == 12 and facts_of([]).plans == ()


def test_arms_may_share_a_windows_name():
    facts = facts_of([window("W", A), window("W", B), telemetry("W", B, errors=9), telemetry("W", A)])
    assert facts.telemetry_of(facts.candidate.all[0]).errors == 9
    assert facts.names.arm_of(telemetry("W")) is None
    assert facts.names.of(A) == ["W"] and shared(facts.windows) == {"W": {A, B}}
    assert facts_of([window("X", B)]).names.arm_of(feature("T", "X")) == B


def test_telemetry_that_came_again_is_told():
    facts = facts_of([window("W", A), telemetry("W"), telemetry("W", errors=5)])
    assert telemetry_came_again(facts.all_telemetry, facts.names) == ["W"]
    assert facts.telemetry_of(facts.windows[0]).errors == 5
