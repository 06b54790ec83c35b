"""Windows computed again from their readings, and the sizes of plans that their points are of."""

from __future__ import annotations

from datetime import timedelta

from tracker import rows
from tracker.verdict.readings_again import recomputed, several_plans
from verdict_rows import START, window


def reading(name, phase, used, plan=None):
    meters = [rows.Meter(meter="five_hour", used_pct=used, resets_at=START + timedelta(hours=5))]
    when = START + timedelta(hours=phase == "after")
    return rows.Snapshot(
        ts=when, provider="claude", surface="print", window=name, phase=phase, meters=meters, plan=plan
    )


def both(name, points, *plans):
    return [
        reading(name, phase, used, plan)
        for phase, used, plan in zip(("before", "after"), (0, points), plans or (None, None), strict=True)
    ]


def test_a_window_is_what_its_readings_give_or_is_named():
    assert (
        recomputed([window("W", points=20.0)], both("W", 20)).said
        == "1 windows recomputed from their readings, all the same"
    )
    assert recomputed([window("W", points=11.0)], both("W", 20)).differ == [
        "W: capacity_pp is 11, its readings give 20"
    ]
    assert recomputed([window("W")], []).windows == 0


def test_points_of_two_sizes_of_plan_are_no_unit():
    judged = [window("W"), window("X")]
    same = [*both("W", 20, "pro", "Pro"), *both("X", 20, "pro", "pro")]
    assert several_plans(judged, same) is None
    other = [*both("W", 20, "pro", "max20x"), *both("X", 20, "max20x", "max20x")]
    assert "changed between BEFORE and AFTER of W" in several_plans(judged, other)


def test_two_names_of_one_plan_are_one_unit_and_a_window_says_its_plan_itself():
    judged = [window("W"), window("X")]
    named = [*both("W", 20, "Claude Max 5x", "max"), *both("X", 20, "max", "max")]
    assert several_plans(judged, named) is None
    assert "(pro: W; max20x: X)" in several_plans([window("W", plan="pro"), window("X", plan="max20x")], [])


def test_points_of_two_quotas_are_no_unit():
    judged = [window("W"), window("X", capacity_quota="weekly_all")]
    assert "(five_hour: W; weekly_all: X)" in several_plans(judged, [])
    judged = [window("W"), window("X", points=None, capacity_quota="weekly_all")]
    assert several_plans(judged, []) is None
