"""A finished window against its readings: every number that they do not give is named."""

from __future__ import annotations

from msgspec import structs

from readings import at, reading, rows_of
from tracker import rows
from tracker.windows import finish, recompute


def finished() -> tuple[list[rows.Row], rows.Window]:
    pair = rows_of(
        reading("W1", at("09:00"), 9.0, phase="before"), reading("W1", at("11:00"), 31.5, phase="after")
    )
    return pair, finish.finish(pair, "W1", "m", {"claude": 3.0}).row


def test_a_window_that_its_readings_give_is_passed_over():
    pair, row = finished()
    assert list(recompute.differences([*pair, row])) == []


def test_a_number_that_they_do_not_give_is_named_with_both():
    pair, row = finished()
    wrong = structs.replace(row, capacity_pp=12.0)
    assert list(recompute.differences([*pair, wrong])) == ["W1: capacity_pp is 12, its readings give 22.5"]


def test_a_window_without_its_readings_is_passed_over():
    _, row = finished()
    assert list(recompute.differences([structs.replace(row, capacity_pp=1.0)])) == []


def test_a_time_that_they_do_not_say_is_named():
    pair, row = finished()
    wrong = structs.replace(row, ended_at=at("10:00"))
    [said] = recompute.differences([*pair, wrong])
    assert said.startswith("W1: ended_at is ") and "T10:00:00" in said and "its readings say" in said
    assert list(recompute.differences([*pair, structs.replace(row, started_at=None)])) == []
