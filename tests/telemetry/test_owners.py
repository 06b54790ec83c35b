"""Requests of two agents who work at the same time are told apart by their accounts' resets and their sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tracker import rows
from tracker.telemetry import owners
from tracker.windows.stretches import Stretch

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
RESETS = {"W1": NINE + timedelta(hours=3), "W2": NINE + timedelta(hours=4)}
OPEN = [
    Stretch(name, agent, NINE, NINE + timedelta(hours=2), resets=(RESETS[name],))
    for name, agent in (("W1", "garnin"), ("W2", "zork"))
]
ALONE = Stretch("W3", "zork", NINE + timedelta(hours=3), NINE + timedelta(hours=4))


def request(minute, of=None, session=None):
    limits = {"5h_reset": RESETS[of].timestamp(), "5h_utilization": 0.1} if of else {}
    at = NINE + timedelta(minutes=minute)
    lane = "anthropic" if of else "zai"
    return rows.Usage(
        ts=at, model="m", lane=lane, status=200, latency_ms=1, decision="kept", op="stream",
        rate_limits=limits, session_id=session,
    )  # fmt: skip


def test_the_reset_tells_and_a_session_follows_it():
    usage = [request(1, "W1", "a"), request(2, "W2", "b"), request(3, None, "a"), request(4, None, "b")]
    found = owners.told_apart(usage, OPEN)
    assert [found[id(row)] for row in usage] == ["W1", "W2", "W1", "W2"]


def test_what_nothing_tells_apart_has_no_owner_and_what_was_made_alone_needs_none():
    usage = [request(1), request(200)]
    assert owners.told_apart(usage, [*OPEN, ALONE]) == {}
