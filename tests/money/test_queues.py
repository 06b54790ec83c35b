"""A load played through quotas, first come first served."""

from __future__ import annotations

import pytest

from tracker.money.queues import HOUR, HeldQuota, TimedWork, by_minute, opened, play

FIVE = HeldQuota("five_hour", 5 * HOUR, 10.0)
WEEK = HeldQuota("weekly_all", 7 * 24 * HOUR, 25.0)


def work(*pairs):
    return [TimedWork(hours * HOUR, amount) for hours, amount in pairs]


def test_what_fits_does_not_wait():
    found = play(work((0, 4), (1, 5), (6, 10)), [FIVE])
    assert found.share == 0.0 and found.median is None and found.longest is None and found.after_end == 0.0


def test_a_window_opens_with_its_first_work_and_work_in_a_full_one_waits_for_its_end():
    found = play(work((3, 10), (4, 1), (9, 1)), [FIVE])
    assert found.share == pytest.approx(1 / 12) and found.longest == pytest.approx(4.0)


def test_later_work_waits_behind_earlier_work():
    found = play(work((0, 10), (1, 10), (2, 10), (20, 1)), [FIVE])
    assert found.share == pytest.approx(20 / 31)
    assert (found.median, found.longest) == (pytest.approx(4.0), pytest.approx(8.0))  # served at 5 and at 10


def test_the_quota_that_is_full_longest_holds_it_back():
    found = play(work((0, 10), (6, 10), (12, 10), (18, 1)), [FIVE, WEEK])
    assert found.share == pytest.approx(1 / 31) and found.longest == pytest.approx(7 * 24 - 18)
    assert found.after_end == pytest.approx(1 / 31), "it is served after the last of it had come"


def test_a_seat_more_serves_what_the_first_has_no_room_for():
    load = work((0, 10), (1, 10), (2, 1))
    assert play(load, [FIVE], seats=1).share == pytest.approx(11 / 21)
    two = play(load, [FIVE], seats=2)
    assert two.share == pytest.approx(1 / 21) and two.longest == pytest.approx(
        3.0
    )  # the first seat is free at 5
    assert play(load, [FIVE], seats=3).share == 0.0


def test_the_hours_are_those_of_the_work_that_waited_by_amount():
    found = play(work((0, 10), (1, 9), (4, 1), (9.9, 0.5)), [FIVE])
    assert found.median == pytest.approx(4.0) and found.p90 == pytest.approx(4.0)
    assert found.share == pytest.approx(10.5 / 20.5)


def test_no_work_and_no_quota_wait_for_nothing():
    assert play([], [FIVE]).share == 0.0
    assert play(work((0, 1e9), (1, 1e9)), []).share == 0.0


def test_more_room_never_makes_more_wait():
    load = by_minute(work(*((0.37 * number, 1 + number % 5) for number in range(400))))
    shares = [play(load, [HeldQuota("five_hour", 5 * HOUR, float(holds))]).share for holds in range(5, 80, 5)]
    assert shares == sorted(shares, reverse=True) and shares[0] > 0.9 and shares[-1] == 0.0


def test_windows_are_counted_as_the_work_opens_them():
    assert opened(work((0, 1), (4.9, 1), (5, 1), (30, 1)), 5 * HOUR) == 3
    assert opened([], 5 * HOUR) == 0
