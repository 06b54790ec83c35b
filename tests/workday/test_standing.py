"""What is left, when an AFTER may be read, and what a verdict lacks."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker import rows
from tracker.workday import standing

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)


def minutes(count):
    return NINE + timedelta(minutes=count)


def reading(used, at=NINE, meter="five_hour", resets_at=None, **more):
    one = rows.Meter(meter=meter, used_pct=used, resets_at=resets_at)
    return rows.Snapshot(ts=at, provider="claude", surface="print", meters=[one], **more)


@pytest.mark.parametrize(
    ("last_request", "resets", "now", "expected"),
    [
        (None, [], 0, 5),  # five minutes behind the BEFORE
        (None, [], 60, 60),  # long ago: at once
        (58, [], 60, 63),  # behind the last request
        (None, [62], 60, 60),  # a reset that is still to come does not matter yet
        (None, [58], 60, 63),  # not within five minutes after a reset
        (57, [61], 60, 66),  # behind the request it would fall into the reset's buffer
    ],
)
def test_the_after_waits_for_meters_and_resets(last_request, resets, now, expected):
    last = None if last_request is None else minutes(last_request)
    assert standing.after_time(NINE, last, map(minutes, resets), minutes(now), 300) == minutes(expected)


def test_the_last_reading_of_a_quota_counts_and_says_when_it_is_over():
    there = [reading(20, minutes(1), resets_at=minutes(90)), reading(10, NINE, resets_at=minutes(90))]
    assert [one.used_pct for one in standing.quotas(there, minutes(2))] == [20]
    assert standing.quotas(there, minutes(91))[0].has_reset


def test_a_local_estimate_is_no_quota():
    assert standing.quotas([reading(20, flags=["local-estimate"])], NINE) == []


def test_the_week_holds_what_is_above_its_headroom():
    window = rows.Window(ts=NINE, window="W", methodology="a", provider="claude", features=1, weekly_pp=8)
    there = [window, reading(50, meter="weekly_all", resets_at=minutes(9000))]
    found = standing.standing(there, [], minutes(1), "main")
    assert found.week_left_windows == 5  # (100 - 10 - 50) / 8


def test_blocks_that_were_named_by_hand_count():
    from verdict_rows import blocks, plan

    there = [plan(n_blocks=6), *blocks(6)]
    now = standing.standing(there, [], there[-1].ts, "main")
    assert now.blocks == 6
    assert not any("dealt" in said or "first look" in said for said in now.missing)
    half = standing.standing([plan(n_blocks=6), *blocks(6)[::2]], [], there[-1].ts, "main")
    assert half.blocks == 0 and any("0 of 5 complete blocks" in said for said in half.missing)


def test_an_empty_ledger_lacks_plan_and_deal():
    found = standing.standing([], [], NINE, "main")
    assert [said.split(":")[0] for said in found.missing] == ["no plan is registered", "no window is dealt"]
