"""The one clock: read, told, and stood in for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import cli, clock

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1000, 1, 2), datetime(9998, 12, 30), timezones=ZONES))
def test_a_time_that_is_written_is_read_as_the_same_instant(time):
    said = clock.text(time)
    assert clock.parse(said, "--at") == time
    assert clock.parse(time.isoformat(), "--at") == time
    assert (len(said), said[-1]) == (27, "Z")


@given(st.lists(st.datetimes(datetime(1000, 1, 2), timezones=st.just(UTC)), min_size=2, max_size=2))
def test_what_is_written_sorts_as_the_times_do(times):
    assert (clock.text(times[0]) < clock.text(times[1])) == (times[0] < times[1])


@pytest.mark.parametrize(
    "text", ["yesterday", "", "2026-13-01T00:00Z", "09:00", "2026-01-31T25:00:00Z", "1776950400"]
)
def test_what_is_no_time_is_refused_with_how_to_write_one(text):
    with pytest.raises(cli.Stop, match=r"--at: no time .* write it like 2026-01-31T09:00:00Z") as stopped:
        clock.parse(text, "--at")
    assert stopped.value.status == cli.USAGE


@pytest.mark.parametrize("text", ["2026-01-31T09:00:00", "2026-01-31"])
def test_a_time_without_a_zone_is_refused_since_nobody_knows_whose(text):
    with pytest.raises(cli.Stop, match="--until: no zone"):
        clock.parse(text, "--until")


def test_now_is_the_machine_s_clock_unless_the_setting_says_another(monkeypatch):
    monkeypatch.delenv("TRACKER_NOW", raising=False)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    monkeypatch.setenv("TRACKER_NOW", "2026-01-01T10:00:00+02:00")
    assert clock.now() == datetime(2026, 1, 1, 8, tzinfo=UTC)
    monkeypatch.setenv("TRACKER_NOW", "soon")
    with pytest.raises(cli.Stop, match="TRACKER_NOW: no time"):
        clock.now()
