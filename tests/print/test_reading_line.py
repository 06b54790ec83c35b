"""One reading in one line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracker.print import reading_line

METER = {
    "meter": "five_hour",
    "pool": "default",
    "used_pct": 4.5,
    "resets_at": datetime(2026, 3, 2, 14, tzinfo=UTC),
}
ROW = {
    "window": "W1",
    "provider": "claude",
    "phase": "before",
    "ts": datetime(2026, 3, 2, 9, tzinfo=UTC),
    "agent_id": "a1",
    "meters": [METER],
}


def test_a_before_says_from_when_the_after_may_be_taken():
    said = reading_line.render(ROW, timedelta(minutes=5), datetime(2026, 3, 2, 14, tzinfo=UTC))
    assert said == (
        "W1 claude BEFORE at 09:00 UTC: five_hour 4.5 % used (resets 02 Mar 14:00); agent a1; "
        "AFTER from 09:05 UTC, 5 min after work stops, not 14:00-14:05 (reset)"
    )


def test_a_reading_outside_of_a_window_says_so_and_nothing_of_an_after():
    said = reading_line.render(ROW | {"window": None, "phase": None, "agent_id": None}, timedelta(minutes=5))
    assert said.startswith("(no window) claude READING at ") and said.endswith("agent main")


@pytest.mark.parametrize(
    "more, said",
    [
        ({"resets_at": None}, "five_hour 4.5 % used"),
        ({"resets_at": None, "used_pct": None}, "five_hour not known"),
        ({"resets_at": None, "pool": "opus", "used_pct": 100.0}, "five_hour opus 100 % used"),
    ],
)
def test_a_quota_that_is_not_known_is_no_zero(more, said):
    assert reading_line.quota(METER | more) == said
