"""Printed resets and the instants that they mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tracker.meters import reset_times

AT = reset_times.Clock(datetime(2026, 3, 1, 11, tzinfo=UTC), UTC)  # a Sunday


@pytest.mark.parametrize(
    ("words", "ahead", "instant"),
    [
        ("3:59pm (Europe/Oslo)", reset_times.SESSION, "2026-03-01T14:59"),
        ("Mar 4 at 9pm (Europe/Oslo)", reset_times.WEEK, "2026-03-04T20:00"),
        ("19:32 on 4 Mar", reset_times.WEEK, "2026-03-04T19:32"),
        ("Thu 10:59 PM", reset_times.WEEK, "2026-03-05T22:59"),
        ("by 4:00 AM Friday", reset_times.WEEK, "2026-03-06T04:00"),
        ("by 4:00 AM Friday Mar 6", reset_times.WEEK, "2026-03-06T04:00"),
        ("4:00 am on Friday, Mar 6, 2026", reset_times.WEEK, "2026-03-06T04:00"),
        ("in 2h 15m", reset_times.SESSION, "2026-03-01T13:15"),
        ("in 1 hour 30 minutes", reset_times.SESSION, "2026-03-01T12:30"),
        ("Jan 2, 2027, 10:59pm", reset_times.MONTH, "2027-01-02T22:59"),
    ],
)
def test_words_mean_an_instant(words, ahead, instant):
    assert reset_times.reset(words, AT, ahead).at == datetime.fromisoformat(f"{instant}+00:00")


@pytest.mark.parametrize(
    "words", ["soon", "25:00", "13pm", "3pm (Nowhere/Land)", "4:00 AM Monday Mar 6", "4:00 AM Friday Feb 30"]
)
def test_what_cannot_be_read_is_no_instant(words):
    found = reset_times.reset(words, AT, reset_times.WEEK)
    assert (found.at, found.flag) == (None, "reset-unreadable")


def test_an_hour_that_the_clocks_go_through_twice_is_no_instant():
    autumn = reset_times.Clock(datetime(2026, 10, 24, 23, tzinfo=UTC), UTC)
    assert reset_times.reset("2:30am (Europe/Oslo)", autumn, reset_times.SESSION).flag == "reset-unreadable"


def test_a_reset_that_fits_nowhere_ahead_has_passed_or_lies_beyond():
    assert reset_times.reset("9am (UTC)", AT, reset_times.SESSION).flag == "reset-in-past"
    assert reset_times.reset("Mar 20 at 9am (UTC)", AT, reset_times.WEEK).flag == "reset-beyond-window"
