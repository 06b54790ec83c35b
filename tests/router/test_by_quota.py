"""OFFLOAD_WHEN: the rule as it is written, and where an account stands against it."""

from __future__ import annotations

import pytest

from tracker.router import by_quota
from tracker.router.by_quota import QuotaWatch, parse
from tracker.router.router_settings import options, read, with_control

DEFAULTS = {name: default for name, (default, _) in options().items()}
NOW, RESET = 1_000_000.0, 1_010_000.0


def watching(text="five_hour>80"):
    return QuotaWatch(parse(text))


def reading(five_hour=None, weekly=None, reset=RESET):
    found = {"5h_utilization": five_hour, "7d_utilization": weekly, "5h_reset": reset, "7d_reset": reset}
    return {name: value for name, value in found.items() if value is not None}


@pytest.mark.parametrize(
    "text, said",
    [
        ("five_hour", "'five_hour' is no QUOTA>PERCENT"),
        ("five_hour>=80", "'five_hour>=80' is no QUOTA>PERCENT"),
        ("five_hour>80,", "'' is no QUOTA>PERCENT"),
        ("five_hour>80%", "is no QUOTA>PERCENT"),
        ("fivehour>80", "quotas: five_hour, weekly"),
        ("five_hour>100", "percent: 0 to 99"),
        ("five_hour>-1", "percent: 0 to 99"),
        ("five_hour>nan", "percent: 0 to 99"),
        ("five_hour>80,five_hour>90", "names a quota twice"),
        ("five_hour>80\nweekly>90", "is no QUOTA>PERCENT"),
    ],
)
def test_what_is_no_rule_keeps_the_router_from_starting_in_one_line(text, said):
    settings = read(DEFAULTS | {"offload_when": text})
    assert settings.refusal is not None and settings.refusal.startswith("OFFLOAD_WHEN is ")
    assert said in settings.refusal and "\n" not in settings.refusal
    assert settings.rule is None


def test_a_rule_is_read_with_blanks_and_none_is_none():
    assert parse(" five_hour > 80.5 , weekly>90 ").text == "five_hour>80.5,weekly>90"
    assert [parse(text) for text in ("", "0", "off", " None ")] == [None] * 4
    assert parse("weekly_opus>50").marks[0].above == 50


def test_above_the_mark_it_is_passed_and_on_it_it_is_not():
    watch = watching()
    assert not watch.passed(1, NOW)  # nothing has been seen of this account
    assert not watch.saw(1, reading(0.80), NOW) and not watch.passed(1, NOW)
    assert watch.saw(1, reading(0.81), NOW) and watch.passed(1, NOW)


def test_it_ends_five_points_below_the_mark_and_not_before():
    watch = watching()
    watch.saw(1, reading(0.81), NOW)
    for share in (0.80, 0.78, 0.75):
        assert not watch.saw(1, reading(share), NOW) and watch.passed(1, NOW)
    assert watch.saw(1, reading(0.7499), NOW) and not watch.passed(1, NOW)
    assert not watch.saw(1, reading(0.79), NOW) and not watch.passed(1, NOW)


def test_it_ends_at_the_reset_without_another_reply():
    watch = watching()
    watch.saw(1, reading(0.99), NOW)
    assert watch.passed(1, RESET - 0.001) and not watch.passed(1, RESET)
    assert watch.until(1, NOW) == RESET and watch.until(1, RESET) is None
    # What was passed before the reset says nothing of the new quota: 78 is not above 80.
    watch.saw(1, reading(0.78, reset=RESET + 18_000), RESET + 1)
    assert not watch.passed(1, RESET + 1)


def test_one_mark_of_several_is_enough_and_each_has_its_own_reset():
    watch = watching("five_hour>80,weekly>90")
    watch.saw(
        1, {"5h_utilization": 0.95, "5h_reset": RESET, "7d_utilization": 0.91, "7d_reset": RESET + 500}, NOW
    )
    assert watch.until(1, NOW) == RESET + 500
    assert watch.passed(1, RESET + 499) and not watch.passed(1, RESET + 500)


def test_what_a_reply_does_not_tell_changes_nothing_and_what_cannot_be_is_no_reading():
    watch = watching()
    watch.saw(1, reading(0.81), NOW)
    for limits in ({}, reading(weekly=0.1), {"5h_utilization": 1_785_000_000.0}, {"5h_utilization": -0.1}):
        assert not watch.saw(1, limits, NOW)
        assert watch.passed(1, NOW)


@pytest.mark.parametrize("reset", [None, NOW + 6 * 3600, 4102444800.0])
def test_a_reading_without_a_reset_that_can_be_holds_for_as_long_as_the_quota_is(reset):
    watch = watching()
    watch.saw(1, reading(0.81, reset=reset), NOW)
    assert watch.passed(1, NOW + 5 * 3600 - 1) and not watch.passed(1, NOW + 5 * 3600)


def test_one_accounts_quota_says_nothing_of_anothers_and_few_accounts_are_kept():
    watch = watching()
    watch.saw(1, reading(0.99), NOW)
    assert watch.passed(1, NOW) and not watch.passed(2, NOW)
    for account in range(2, 2 + by_quota.MOST_ACCOUNTS):
        watch.saw(account, reading(0.99), NOW)
    assert not watch.passed(1, NOW) and len(watch._accounts) == by_quota.MOST_ACCOUNTS


def test_a_login_is_told_from_another_and_other_headers_do_not_matter():
    one, other = [(b"Authorization", b"Bearer a"), (b"x", b"1")], [(b"authorization", b"Bearer b")]
    assert by_quota.account_of(one) == by_quota.account_of([(b"authorization", b"Bearer a"), (b"x", b"2")])
    assert by_quota.account_of(one) != by_quota.account_of(other)


@pytest.mark.parametrize(
    "start, since, goes", [("0", None, True), ("1", None, True), ("1", "0", False), ("0", "1", True)]
)
def test_a_rule_means_to_offload_unless_a_running_router_was_told_not_to(start, since, goes):
    control = {} if since is None else {"force_haiku_to_zai": since}
    said = with_control(DEFAULTS | {"offload_when": "weekly>90", "force_haiku_to_zai": start}, control)
    assert read(said).force_haiku is goes
    assert read(with_control(DEFAULTS | {"force_haiku_to_zai": start}, control)).force_haiku is (
        (since or start) == "1"
    )
