"""Which reply stands in for a reading, and when none may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracker import rows
from tracker.workday import standins

DUE = datetime(2026, 11, 20, 15, tzinfo=UTC)


def before(due=DUE):
    five = rows.Meter(meter="five_hour", used_pct=3, resets_at=due)
    at = DUE - timedelta(hours=4)
    return rows.Snapshot(
        ts=at, provider="claude", surface="print", meters=[five], window="W1", phase="before"
    )


def reply(minutes, share=None, due=DUE):
    limits = {} if share is None else {"5h_utilization": share, "5h_reset": due.timestamp()}
    at = DUE + timedelta(minutes=minutes)
    return rows.Usage(
        ts=at,
        model="m",
        lane="anthropic",
        status=200,
        latency_ms=1,
        decision="kept",
        op="stream",
        rate_limits=limits,
    )


def test_the_last_reply_before_the_reset_stands_in_once_the_quota_is_over():
    found = standins.for_after(
        before(), [reply(-60, 0.2), reply(-30, 0.4), reply(-20)], DUE + timedelta(hours=9)
    )
    assert found is not None
    assert (found.at, found.used_pct, len(found.requests)) == (DUE - timedelta(minutes=30), 40, 2)
    assert found.text.count(b"\n") == 2


@pytest.mark.parametrize(
    ("requests", "now"),
    [
        ([reply(-60, 0.2)], DUE - timedelta(minutes=1)),  # the meter itself can still be read
        ([reply(-60, 0.2), reply(9)], DUE + timedelta(hours=1)),  # work went on: it may not be left out
        ([reply(-60)], DUE + timedelta(hours=1)),  # no reply told the quota
        ([reply(-60, 0.2, DUE + timedelta(hours=2))], DUE + timedelta(hours=1)),  # another account's
        ([], DUE + timedelta(hours=1)),
    ],
)
def test_nothing_stands_in(requests, now):
    assert standins.for_after(before(), requests, now) is None


def test_a_quota_without_a_known_reset_is_read_off_the_meter():
    assert standins.for_after(before(None), [reply(-60, 0.2)], DUE + timedelta(hours=1)) is None


def test_the_person_may_say_when_work_stopped():
    some = [reply(-60, 0.2), reply(-30, 0.4), reply(9, 0.01, DUE + timedelta(hours=5))]
    found = standins.for_after(before(), some, DUE + timedelta(hours=1), DUE - timedelta(minutes=40))
    assert found is not None and found.used_pct == 20
    late = standins.for_after(before(), some, DUE + timedelta(hours=1), DUE + timedelta(minutes=10))
    assert late is not None and len(late.requests) == 1  # of the new quota alone


def test_the_first_reply_that_tells_the_quota_is_the_before():
    some = [reply(-90, 0.1), reply(-60), reply(-50, 0.2), reply(-30, 0.4)]
    found = standins.for_before(some, DUE - timedelta(minutes=70))
    assert found is not None and (found.used_pct, len(found.requests)) == (20, 1)
    assert standins.for_before(some, DUE) is None
