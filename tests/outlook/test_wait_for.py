"""Conditions on quotas: what is allowed, and when they hold."""

from datetime import UTC, datetime

import pytest

from tracker import cli
from tracker.outlook import wait_for
from tracker.outlook.quota_outlook import QuotaOutlook

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def quota(provider="claude", quota="five_hour", used=50.0):
    return QuotaOutlook(
        provider, None, quota, "default", used, None, NOW, "wire", None, None, 9, 1.0, None, None, None
    )


def holds(text, *found):
    return wait_for.holds(wait_for.parse(text), found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("five_hour<80", True), ("five_hour<50", False), ("five_hour<=50", True), ("five_hour>=50.0", True)],
)
def test_a_comparison_is_of_percent_used(text, expected):
    assert holds(text, quota()) is expected


def test_all_that_a_condition_speaks_of_must_hold():
    both = quota(used=10.0), quota("codex", used=90.0)
    assert holds("claude.five_hour<80", *both)
    assert not holds("five_hour<80", *both)
    assert not holds("claude.five_hour<80,codex.five_hour<80", *both)


def test_a_quota_that_was_reset_since_it_was_read_is_unused():
    assert holds("five_hour<1", quota(used=None))


def test_what_nobody_has_read_is_no_answer():
    with pytest.raises(cli.Stop, match=r"no reading of claude\.weekly_all; take one") as stop:
        holds("claude.weekly<80", quota())
    assert stop.value.status == cli.NOTHING


@pytest.mark.parametrize(
    "text",
    ["", "five_hour", "five_hour=80", "fivehour<80", "acme.five_hour<80", "five_hour<eighty", "five_hour<80,",
     "five_hour<-1", "five_hour<1e3", "five_hour<99999", "five_hour<80;rm -rf /"],
)  # fmt: skip
def test_a_bad_expression_says_what_is_allowed(text):
    with pytest.raises(cli.WrongValue, match="is no condition; write QUOTA<PERCENT, with five_hour, daily"):
        wait_for.parse(text)
