"""Windows computed again from their readings, and the sizes of plans that their points are of."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from task_rows import deal, registered
from tracker import rows
from tracker.evidence.facts import facts_of
from tracker.verdict import card
from tracker.verdict.readings_again import recomputed, runs_recomputed, several_plans
from tracker.windows import feature_ends
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
    assert recomputed([window("W")], []).number == 0


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


def played_with_readings():
    """Return one block of three tasks in two windows: marks, a reading at each, and the rows that these give."""
    made = [registered(3, 3), *deal(3, 3)]
    for place, name in enumerate(dict.fromkeys(row.window for row in made[1:])):
        at, used = START + timedelta(days=place), 2
        made.append(seen(at, used, name, "before"))
        runs = [row for row in made if getattr(row, "state", None) == "assigned" and row.window == name]
        for run in runs:
            for state, phase in (("started", "before"), ("ended", "after")):
                at, used = at + timedelta(minutes=10), used + (7 if phase == "after" else 0)
                made.append(seen(at, used, name, phase, run.feature_id))
                made.append(msgspec.structs.replace(run, ts=at, state=state))
        made.append(seen(at + timedelta(minutes=10), used, name, "after"))
        ended = [feature_ends.Delivered(run.feature_id, 0.9, "delivered") for run in runs]
        made += feature_ends.feature_rows(ended, made, name, "by_task", at + timedelta(minutes=10))
    return made


def seen(at, used, name, phase, task=None):
    meters = [rows.Meter(meter="five_hour", used_pct=used, resets_at=at.replace(hour=23, minute=0))]
    return rows.Snapshot(
        ts=at, provider="claude", surface="print", window=name, phase=phase, feature_id=task, meters=meters
    )


def again(some):
    facts = facts_of(some)
    return runs_recomputed(facts.tasks, facts.features, facts.snapshots)


def test_the_points_of_runs_are_what_their_marks_and_readings_give():
    assert again(played_with_readings()).said == "6 runs recomputed from their readings, all the same"


@pytest.mark.parametrize("change", [{"points_pp": 2.0}, {"points_low_pp": 1.0}, {"points_high_pp": 1.0}])
def test_a_run_that_says_other_points_than_its_readings_is_named_and_not_judged(change):
    some = played_with_readings()
    place, run = next((i, row) for i, row in enumerate(some) if getattr(row, "points_pp", None) is not None)
    some[place] = msgspec.structs.replace(run, **change)
    found = again(some)
    assert "6 runs recomputed from their readings, 1 numbers differ" in found.said
    assert found.differ[0].startswith(
        f"{run.feature_id} in {run.window} ({run.methodology}): {next(iter(change))} is"
    )
    missing = card.card(facts_of(some))["missing"]
    assert any(f"{found.differ[0]}; correct it by a new row" in said for said in missing)


def test_a_run_whose_marks_were_taken_out_is_no_longer_what_its_readings_give():
    some = [row for row in played_with_readings() if getattr(row, "state", None) != "started"]
    assert "its readings give none (its start is not marked)" in again(some).differ[0]


def test_runs_without_times_are_taken_as_typed_and_counted():
    some = [
        msgspec.structs.replace(row, started_at=None, ended_at=None)
        if getattr(row, "points_pp", None) is not None
        else row
        for row in played_with_readings()
    ]
    assert again(some).said == "0 runs recomputed: their readings are not here"
