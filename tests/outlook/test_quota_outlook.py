"""One quota's outlook: what is said, what is not, and that nothing is full after its reset."""

from datetime import timedelta

from outlook.months import END, rollouts
from tracker.history import ticks
from tracker.outlook import found_readings, quota_outlook


def seen(tmp_path, **how):
    rollouts(tmp_path, **how)
    return found_readings.rollouts(tmp_path, {}, END - found_readings.BACK)


def test_a_month_gives_burn_forecast_and_what_binds_first(tmp_path):
    five, week = quota_outlook.outlooks(seen(tmp_path, pace=2.5), END)
    assert (five.quota, week.quota) == ("five_hour", "weekly_all")
    assert five.burn.days > 10 and five.burn.low < five.burn.points_per_hour < five.burn.high
    for one in (five, week):
        times = [t for t in (one.ahead.full_low, one.ahead.full_at, one.ahead.full_high) if t]
        assert times == sorted(times)
        assert all(END <= time <= one.resets_at for time in times)
        assert one.left_pct == 100 - one.used_pct
    assert [one.binds_first for one in (five, week)].count(True) <= 1


def test_the_same_readings_say_the_same(tmp_path):
    found = seen(tmp_path)
    assert quota_outlook.outlooks(found, END) == quota_outlook.outlooks(found, END)


def test_one_day_is_too_little_to_say_what_comes(tmp_path):
    five = quota_outlook.outlooks(seen(tmp_path, days=1), END)[0]
    assert five.used_pct is not None
    assert five.ahead is None
    assert five.lacks.startswith("too few readings (")


def test_after_the_reset_nothing_is_known_to_be_used(tmp_path):
    five = quota_outlook.outlooks(seen(tmp_path), END + timedelta(hours=30))[0]
    assert (five.used_pct, five.resets_at, five.ahead) == (None, None, None)
    assert five.reset_at is not None and "reset since" in five.lacks


def test_a_full_quota_is_said_to_be_full(tmp_path):
    found = seen(tmp_path)
    last = max(found, key=lambda one: one.ts)
    found.append(last._replace(ts=last.ts + timedelta(minutes=1), used_pct=100.0))
    full = [one for one in quota_outlook.outlooks(found, END) if one.used_pct == 100]
    assert [one.lacks for one in full] == ["it is full"]


def test_a_quota_without_a_reset_has_no_forecast():
    tick = ticks.DatedTick(ticks.QuotaOf("glm", None, "five_hour"), END, 3.0, None, 1.0, "quota")
    assert quota_outlook.outlooks([tick], END)[0].lacks == "its reset is not known"


def test_readings_of_the_future_are_not_looked_at(tmp_path):
    early = END - timedelta(days=7)
    assert all(one.seen_at <= early for one in quota_outlook.outlooks(seen(tmp_path), early))


def test_the_burn_of_the_same_readings_does_not_change_as_time_goes_by(tmp_path):
    found = seen(tmp_path, pace=2.5)
    burns = {
        tuple(one.burn for one in quota_outlook.outlooks(found, END + timedelta(minutes=minutes)))
        for minutes in (0, 1, 7, 14)
    }
    assert len(burns) == 1
    ((five, week),) = burns
    assert abs(five.hours - week.hours) < 0.1 * five.hours  # the same work, seen by two gauges


def banner(tick, minutes):
    return tick._replace(ts=tick.ts + timedelta(minutes=minutes), used_pct=100.0, source=ticks.BANNER)


def test_of_banners_alone_nothing_is_said_but_that_it_is_full(tmp_path):
    (first, *_) = [one for one in seen(tmp_path) if one.quota.meter == "five_hour"]
    many = [
        banner(first, 0)._replace(
            ts=END - timedelta(days=day, hours=1), resets_at=END + timedelta(hours=2) - timedelta(days=day)
        )
        for day in range(20)
    ]
    (now,) = quota_outlook.outlooks(many, END)
    assert (now.used_pct, now.gauged, now.burn, now.ahead, now.lacks) == (
        100.0,
        False,
        None,
        None,
        "it is full",
    )
    (later,) = quota_outlook.outlooks(many, END + timedelta(hours=3))
    assert (later.used_pct, later.burn, later.ahead) == (None, None, None)


def test_banners_beside_a_gauge_leave_its_burn_and_its_forecast_alone(tmp_path):
    found = [one for one in seen(tmp_path, pace=2.5) if one.quota.meter == "five_hour"]
    (alone,) = quota_outlook.outlooks(found, END)
    early = found[0].ts - timedelta(days=5)
    stray = banner(found[0], 0)._replace(ts=early, resets_at=early + timedelta(hours=2))
    (beside,) = quota_outlook.outlooks([stray, *found], END)
    assert (alone.burn, alone.ahead, beside.gauged) == (beside.burn, beside.ahead, True)


def test_a_reading_without_a_reset_holds_no_longer_than_its_quota_is_long(tmp_path):
    found = [one for one in seen(tmp_path, days=1) if one.quota.meter == "five_hour"][-1:]
    (tick,) = [one._replace(resets_at=None) for one in found]
    for hours, used in ((4, tick.used_pct), (6, None)):
        (one,) = quota_outlook.outlooks([tick], tick.ts + timedelta(hours=hours))
        assert (one.used_pct, one.resets_at, one.reset_at) == (used, None, None)
