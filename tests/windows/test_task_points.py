"""What a task's run used, and its bounds: rounding, lag, resets, ticks of the router's log."""

from __future__ import annotations

from datetime import timedelta

import pytest

from task_rows import deal, registered
from tracker import rows
from tracker.windows import feature_ends, task_marks, task_points
from verdict_rows import START

W = "W0-T-01"
RESET = START + timedelta(hours=4)


def at(minute):
    return START + timedelta(minutes=minute)


def reading(minute, used, phase=None, task=None, resets=RESET, ticks=()):
    return rows.Snapshot(
        ts=at(minute),
        provider="claude",
        surface="print",
        window=W,
        phase=phase,
        feature_id=task,
        source="ingest",
        meters=[rows.Meter(meter="five_hour", used_pct=used, resets_at=resets)],
        ticks=[rows.Tick(ts=at(m), meter="five_hour", used_pct=u) for m, u in ticks],
    )


def marks(*ends):
    """Mark the first tasks of the window as run from one minute to another."""
    there = deal()
    for place, (start, end) in enumerate(ends):
        run = task_marks.runs(there)[place]
        there += [
            task_marks.mark(run, "started", at(start)),
            task_marks.mark(run._replace(started=at(start)), "ended", at(end)),
        ]
    return there


def points(there):
    return list(task_points.points(there, W).values())


def test_a_reading_at_each_end_gives_points_known_to_a_step_and_bounded_by_what_came_late():
    there = marks((0, 20))
    name = there[0].feature_id
    there += [reading(0, 5, "before", name), reading(20, 14, "after", name), reading(30, 16, "after")]
    run = points(there)[0]
    assert (run.points, run.low, run.high, run.quota) == (9.0, 8.0, 12.0, "five_hour")


def test_without_a_later_reading_nothing_bounds_what_came_late():
    there = marks((0, 20))
    name = there[0].feature_id
    run = points([*there, reading(0, 5, "before", name), reading(20, 14, "after", name)])[0]
    assert (run.points, run.low, run.high) == (9.0, 8.0, None)


def test_the_first_minutes_may_be_of_the_run_before():
    there = [*marks((0, 20), (21, 40)), reading(0, 5, "before")]
    there += [reading(50, 26, "after", ticks=[(19, 14), (23, 16), (26, 17), (39, 25), (43, 26)])]
    first, second = points(there)[:2]
    assert (first.points, first.low, first.high) == (9.0, 8.0, 13.0)  # 17 - 5 + 1, seen five minutes after
    assert (second.points, second.low, second.high) == (11.0, 7.0, 13.0)  # at least 25 - 17 - 1


def test_a_reset_between_leaves_bounds_and_a_fall_leaves_nothing():
    there = marks((0, 20))
    name = there[0].feature_id
    later = RESET + timedelta(hours=5)
    run = points([*there, reading(0, 90, "before", name, at(10)), reading(20, 3, "after", name, later)])[0]
    assert (run.points, run.low, run.high) == (None, 2.0, 14.0) and "reset" in run.why
    run = points([*there, reading(0, 40, "before", name), reading(20, 3, "after", name)])[0]
    assert (run.points, run.why) == (None, "negative-delta")


def test_a_run_without_marks_or_readings_has_no_points_and_says_why():
    assert points(deal())[0].why == "its start is not marked"
    assert points(marks((0, 20)))[0].why == "no reading at its start and its end"
    assert task_points.gauge_of([], W) == ([], None)


def test_a_tasks_row_carries_its_arm_points_and_bounds():
    there = [registered(), *marks((0, 20))]
    name = there[1].feature_id
    there += [reading(0, 5, "before", name), reading(20, 14, "after", name), reading(30, 16, "after")]
    ends = [feature_ends.parse(f"{name}=0.9"), feature_ends.parse("F-99=0.8")]
    row, other = feature_ends.feature_rows(ends, there, W, "by_task", at(30))
    assert row.methodology == there[1].methodology and row.block == 1 and row.turn == 1
    assert (row.points_pp, row.points_low_pp, row.points_high_pp) == (9.0, 8.0, 12.0)
    assert (row.started_at, row.ended_at) == (at(0), at(20)) and other.points_pp is None
    assert feature_ends.not_known(ends, there, W) == [
        "F-99 was not dealt to W0-T-01, so it counts for no arm"
    ]


@pytest.mark.parametrize("estimate", [True, False])
def test_estimates_are_no_gauge(estimate):
    row = reading(0, 5)
    row.surface = "ccusage-blocks" if estimate else "print"
    assert bool(task_points.gauge_of([row], W)[0]) != estimate
