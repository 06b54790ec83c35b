"""What the JSON surfaces have in common: objects out of text, numbers, instants, age."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracker.meters import Refusal, answers, meter, reset_times

AT = datetime(2026, 3, 1, 11, tzinfo=UTC)


def test_objects_are_found_among_noise_and_behind_a_byte_order_mark():
    assert answers.objects('\ufeff{"a": 1}') == [{"a": 1}]
    assert answers.objects('log line\n{"a": 1}\n{"b": \n[2]\n') == [{"a": 1}]
    with pytest.raises(Refusal, match="incomplete"):
        answers.objects('{"a": ')


def test_what_is_no_number_is_none():
    assert [answers.number(value) for value in ("12", 0, 3.5, True, "nan", -1, "x", None, [1])] == [
        12.0,
        0.0,
        3.5,
        None,
        None,
        None,
        None,
        None,
        None,
    ]


def test_an_instant_is_read_in_seconds_milliseconds_and_words():
    same = datetime(2026, 3, 1, 14, 59, tzinfo=UTC)
    assert answers.instant(1772377140) == answers.instant(1772377140000) == same
    assert answers.instant("2026-03-01T15:59:00+01:00") == same
    assert answers.instant(0) is answers.instant("soon") is answers.instant("2026-03-01T15:59:00") is None


def test_a_session_that_has_ended_makes_an_answer_stale_when_its_time_was_told():
    ended = [meter("five_hour", 3, resets_at=AT - timedelta(hours=1))]
    with pytest.raises(Refusal, match="stale"):
        answers.flag_age(ended, reset_times.Clock(AT, UTC))
    assert answers.flag_age(ended, reset_times.Clock(AT, UTC, given=False)) == {"reset-in-past"}
    far = [meter("daily", 3, resets_at=AT + timedelta(days=2))]
    assert answers.flag_age(far, reset_times.Clock(AT, UTC)) == {"reset-beyond-window"}
