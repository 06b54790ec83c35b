"""Rows of a pane: what belongs to a row, and what may be believed of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tracker.meters import Refusal, panel, reset_times

AT = reset_times.Clock(datetime(2026, 3, 1, 11, tzinfo=UTC), UTC)


def row(*lines: str, kind: str = "five_hour") -> panel.PaneRow:
    made = panel.PaneRow(kind, "default", "5h limit", 0)
    for line in lines:
        assert made.take(line), line
    return made


def test_a_row_takes_its_bar_percentage_and_reset_and_nothing_else():
    made = row("[██░░] 91% left", "(resets", "14:30)")
    assert (made.percents, made.reset_words()) == ([9.0], ["14:30"])
    assert not made.take("Context window: 66% left of 258K")


def test_two_percentages_in_one_row_are_refused():
    with pytest.raises(Refusal, match="more than one percentage"):
        panel.settle([row("3% used", "4% used")], AT)


def test_a_session_s_reset_that_has_passed_makes_the_pane_stale():
    with pytest.raises(Refusal, match="stale"):
        panel.settle([row("3% used", "Resets 9am (UTC)")], AT)


def test_a_bare_clock_time_of_an_unknown_day_is_no_instant():
    now = reset_times.Clock(AT.at, UTC, given=False)
    meters, flags = panel.settle([row("3% used", "(resets 09:00)")], now)
    assert (meters[0]["resets_at"], flags) == (None, {"reset-in-past"})


def test_money_is_counted_beside_the_percentage():
    meters, _ = panel.settle([row("28% used", "$14.20 / $50.00 spent", kind="extra_usage")], AT)
    assert (meters[0]["used"], meters[0]["total"]) == (14.2, 50.0)
