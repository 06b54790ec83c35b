"""Readings off the router's log: which rows count, what is a move, what bounds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tracker import rows
from tracker.meters import wire

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
RESET = NINE + timedelta(hours=4)


def reply(minutes, share, *, reset=RESET, lane="anthropic", **more):
    limits = {"5h_utilization": share, "5h_reset": reset.timestamp(), "7d_utilization": 0.4} | more
    return rows.Usage(
        ts=NINE + timedelta(minutes=minutes),
        model="claude-sonnet-5-5",
        lane=lane,
        status=200,
        latency_ms=1.0,
        decision="kept",
        op="stream",
        rate_limits=limits if lane == "anthropic" else {},
    )


def five(reading):
    return next(meter for meter in reading.meters if meter.meter == "five_hour")


def test_seven_moves_of_one_point_are_between_six_and_eight_points():
    log = [reply(n, 0.20 + n / 100) for n in range(8)]
    [window] = wire.windows(log, "W1")
    before, after = window.readings
    assert (five(before).used_pct, five(after).used_pct) == (20, 27)
    assert (five(after).since_low_pp, five(after).since_high_pp) == (6, 8)
    assert [tick.ts.minute for tick in after.ticks] == [1, 2, 3, 4, 5, 6, 7]


def test_a_reset_a_minute_off_is_the_same_window_and_one_hours_off_is_not():
    log = [
        reply(0, 0.2),
        reply(1, 0.2, reset=RESET + timedelta(minutes=1)),
        reply(300, 0.01, reset=RESET + timedelta(hours=5)),
    ]
    found = wire.windows(log)
    assert [len(window.readings) for window in found] == [2, 1]


def test_a_gauge_that_falls_is_said_and_bounds_nothing():
    [window] = wire.windows([reply(0, 0.2), reply(1, 0.3), reply(2, 0.25)])
    after = window.readings[-1]
    assert after.flags == ["regression"]
    assert five(after).used_pct == 25
    assert five(after).since_low_pp is None


def test_the_weekly_quota_of_one_model_is_kept_when_other_models_answer():
    [window] = wire.windows([reply(0, 0.2, **{"7d_oi_utilization": 0.1}), reply(1, 0.2)])
    assert [meter.pool for meter in window.readings[-1].meters] == ["default", "default", "Fable"]


def test_what_z_ai_answered_says_nothing_of_claude():
    assert wire.windows([reply(0, 0.2, lane="zai")]) == []
