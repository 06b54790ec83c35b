"""The plan: its age, its units, its size."""

from __future__ import annotations

from datetime import timedelta

from tracker.verdict import plan as plans
from verdict_rows import START, A, B, plan, window


def test_a_plan_late_or_changed_is_told():
    assert plans.changed([plan(-1)], START) is None
    assert "registered after data were seen" in plans.changed([plan(1)], START)
    assert "changed after data were seen" in plans.changed([plan(-1), plan(1, cost_margin=1.5)], START)
    assert plans.changed([plan(-1), plan(1)], START) is None  # the same terms
    assert plans.changed([], START) is None and plans.changed([plan(1)], None) is None


def test_a_plan_recorded_after_the_data_is_late_whatever_it_says():
    early = plan(-1)
    early.recorded_at = START + timedelta(days=3)
    data = window("W", recorded_at=START + timedelta(days=1))
    assert "recorded on 2026-01-08, after data were" in plans.recorded_late([early], [data])
    early.recorded_at = data.recorded_at
    assert (
        plans.recorded_late([early], [data]) is None and plans.recorded_late([plan()], [window("W")]) is None
    )


def test_a_second_plan_recorded_after_the_data_is_late_though_it_dates_itself_back():
    data = window("W", recorded_at=START + timedelta(days=1))
    first, second = (
        plan(-3, recorded_at=START),
        plan(-2, cost_margin=1.1, recorded_at=START + timedelta(days=9)),
    )
    assert plans.recorded_late([first, second], [data]).startswith(
        "another plan says 2026-01-03, and was recorded"
    )
    second.cost_margin = first.cost_margin
    assert plans.recorded_late([first, second], [data]) is None  # the same terms once more


def test_a_plain_plan_beside_a_ledgers_rows_does_not_say_when_it_was_written():
    data = window("W", recorded_at=START + timedelta(days=1))
    assert plans.recorded_late([plan(-3)], [data]).startswith(
        "the plan is a plain row beside the ledger's (2026-01-02)"
    )
    assert "another plan is a plain row" in plans.recorded_late(
        [plan(-3, recorded_at=START), plan(-2, n_blocks=8)], [data]
    )


def test_points_of_two_providers_are_not_one_unit():
    assert plans.unlike_units(plan(), [(A, "claude"), (B, "claude"), ("other", "codex")]) is None
    assert "plan-cost" in plans.unlike_units(plan(), [(A, "claude"), (B, "codex")])


def test_a_slip_of_the_keyboard_is_named():
    assert "is not 'mitm_offload'" in plans.unlike_plan(plan(), {"mitm_ofload": 2, A: 3})[0]
    assert plans.unlike_plan(plan(), {A: 3, "codex_only": 1}) == []


def test_a_campaigns_label_without_a_second_arm_is_said():
    (one,) = plans.no_second_arm(plan(), [("week0", "codex"), ("week0", "claude")])
    assert one.startswith(f"week0 (claude, codex) is one label without a second arm (the plan has {A} and")
    (two,) = plans.no_second_arm(plan(), [("week0", "claude"), ("week1", "claude")])
    assert "`experiment register --baseline week0 --candidate week1`" in two
    assert plans.no_second_arm(plan(), [(A, "claude"), ("week0", "codex")]) == []
    assert plans.no_second_arm(plan(), []) == []


def test_more_and_fewer_blocks_than_make_sense_are_said():
    assert plans.beyond(plan(n_blocks=12), 20) == "8 blocks beyond the 12 registered are not tested"
    assert plans.beyond(plan(n_blocks=12), 12) is None
    assert "below 5 blocks is impossible" in plans.too_few_blocks(plan(n_blocks=4))
    assert plans.several([plan(), plan(cost_margin=3.0)]) == [
        "registrations: 2, not all the same; the last one is the plan"
    ]
    assert plans.first_start([window("W", day=2), window("X", day=1)]) == START + timedelta(days=1)
