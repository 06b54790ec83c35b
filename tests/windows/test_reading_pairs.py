"""A window's two readings: which reset lies between them, and what was used of which quota."""

from __future__ import annotations

from readings import at, credits, meter, reading, rows_of
from tracker import rows
from tracker.windows import reading_pairs


def fives(before, after, start="09:00", end="11:00", first="13:00", last="13:00"):
    return reading_pairs.used_between(
        rows.Meter(meter="five_hour", used_pct=before, resets_at=first and at(first)),
        rows.Meter(meter="five_hour", used_pct=after, resets_at=last and at(last)),
        at(start),
        at(end),
    )


def test_the_same_reset_gives_the_difference():
    assert fives(9.0, 31.5) == reading_pairs.Used(points=22.5)


def test_a_reset_that_wobbles_by_a_minute_is_the_same_one():
    assert fives(9.0, 20.0, last="13:01").points == 11.0


def test_a_fall_without_a_reset_is_no_capacity_but_an_error():
    assert fives(31.5, 9.0) == reading_pairs.Used(error="negative-delta")


def test_a_reset_in_between_gives_bounds_whichever_way_the_number_went():
    assert fives(88.0, 3.0, end="14:00", last="18:00") == reading_pairs.Used(
        low=3.0, high=15.0, note="reset-between"
    )
    assert fives(10.0, 30.0, end="14:00", last="18:00") == reading_pairs.Used(
        low=30.0, high=120.0, note="reset-between"
    )


def test_every_further_reset_that_fits_in_adds_a_whole_quota():
    assert fives(88.0, 3.0, end="19:00", last="23:00").high == 115.0


def test_over_the_limit_the_rest_of_the_quota_is_nothing():
    assert fives(104.0, 3.0, end="14:00", last="18:00").high == 3.0


def test_an_idle_quota_shows_no_reset_and_opens_with_the_work():
    assert fives(0.0, 12.0, first=None, last="14:00").points == 12.0
    assert fives(0.0, 0.0, first=None, last=None).points == 0.0
    assert fives(0.0, 12.0, first="14:00", last="14:30").points == 12.0  # now + 5 h is no identity


def test_an_idle_quota_may_have_been_used_up_once_before_the_one_that_is_shown():
    assert fives(0.0, 12.0, first=None, end="16:00", last="20:00") == reading_pairs.Used(
        low=12.0, high=112.0, note="reset-between"
    )


def test_another_reset_before_the_first_was_due_is_another_quota():
    assert fives(40.0, 45.0, last="15:00").error == "quota-state-switched"


def test_without_any_reset_shown_a_rise_counts_and_is_marked_and_a_fall_is_an_error():
    assert fives(5.0, 9.0, first=None, last=None) == reading_pairs.Used(points=4.0, note="anchor-unknown")
    assert fives(9.0, 5.0, first=None, last=None).error == "negative-delta"


def test_a_reading_that_shows_no_number_is_not_zero():
    assert fives(None, 9.0).points is None


def test_units_are_finer_than_percent():
    pair = reading_pairs.Pair(*rows_of(credits("W", at("09:00"), 51), credits("W", at("10:00"), 60)))
    used = reading_pairs.capacity(pair).used
    assert (used.units, used.points) == (9.0, 0.45)


def test_another_weekly_anchor_is_another_quota_and_its_five_hours_mean_nothing():
    pair = reading_pairs.Pair(
        *rows_of(
            reading("W", at("09:00"), 10.0), reading("W", at("11:00"), 30.0, weekly_resets=at("20:00", 5))
        )
    )
    found = reading_pairs.capacity(pair)
    assert found.errors == ["quota-state-switched"]
    assert found.used.points is None


def test_a_week_that_ended_in_between_is_expected():
    pair = reading_pairs.Pair(
        *rows_of(
            reading("W", at("09:00"), 10.0, weekly=80.0, weekly_resets=at("10:00")),
            reading("W", at("11:00"), 30.0, weekly=2.0, weekly_resets=at("10:00", 7)),
        )
    )
    found = reading_pairs.capacity(pair)
    assert (found.errors, found.used.points) == ([], 20.0)
    assert (found.weekly.points, found.weekly.low, found.weekly.high) == (None, 2.0, 22.0)
    assert found.notes == ["weekly:reset-between"]


def test_a_model_s_own_quota_is_not_taken_for_the_whole():
    row = reading("W", at("09:00"), None)
    row["meters"] = [meter("five_hour", 50.0, pool="spark"), meter("five_hour", 7.0)]
    (snapshot,) = rows_of(row)
    assert reading_pairs.meter_of(snapshot, reading_pairs.QuotaName("five_hour")).used_pct == 7.0


def test_of_several_quotas_the_first_that_either_reading_shows_is_the_capacity():
    weekly_only = reading_pairs.Pair(
        *rows_of(
            reading("W", at("09:00"), None, provider="codex"),
            reading("W", at("11:00"), None, weekly=41.0, provider="codex"),
        )
    )
    found = reading_pairs.capacity(weekly_only)
    assert (str(found.quota), found.used.points, found.weekly.points) == ("weekly_all", 11.0, 11.0)
    half = reading_pairs.Pair(
        *rows_of(
            reading("W", at("09:00"), None, provider="codex"),
            reading("W", at("11:00"), 9.0, provider="codex"),
        )
    )
    found = reading_pairs.capacity(half)
    assert (str(found.quota), found.used.points, found.notes) == ("five_hour", None, ["five-hour:not-shown"])


def of_plan(before, after):
    two = [
        reading("W1", at(time), five, phase=phase, plan=plan)
        for time, five, phase, plan in (("09:00", 9.0, "before", before), ("11:00", 31.5, "after", after))
    ]
    return reading_pairs.pairs(rows_of(*two))[reading_pairs.Key("W1", "claude", "main")]


def test_another_plan_between_two_readings_is_another_unit_and_an_anomaly():
    found = reading_pairs.capacity(of_plan("Claude Pro", "Claude Max 5x"))
    assert (found.errors, found.used.points, found.weekly.points) == (["plan-switched"], None, None)
    assert found.anomalies == ["plan-switched"]
    assert reading_pairs.seen(of_plan("Pro", "Max")).endswith("plan Pro -> Max")


def test_one_plan_under_two_names_and_a_reading_that_names_none_are_the_same_plan():
    for two in (("max", "Claude Max Account"), ("Max (5x)", "Claude Max 5x"), (None, "Plus"), ("plus", None)):
        assert reading_pairs.capacity(of_plan(*two)).used.points == 22.5
    assert reading_pairs.plan_of(of_plan("max", "Claude Max 5x")) == "Claude Max 5x"
    assert reading_pairs.plan_of(of_plan(None, None)) is None
