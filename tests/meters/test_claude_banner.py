"""Claude's banners that a quota is used up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meter_texts import name_of, parsed, reads_as_noted, texts
from tracker.meters import Refusal, claude_banner, reset_times


@pytest.mark.parametrize("path", texts("claude-banner"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)


def test_the_refusal_names_the_quota_and_its_reset():
    with pytest.raises(Refusal, match="weekly quota is used up until 2026-03-04T08:00:00Z"):
        parsed(claude_banner, "You've hit your weekly limit · resets Mar 4, 8am (UTC)")
    with pytest.raises(Refusal, match="extra usage is used up until 2026-03-02T06:00:00Z"):
        parsed(claude_banner, "You're out of extra usage · resets 10pm (America/Los_Angeles)")


AT = reset_times.Clock(datetime(2026, 3, 1, 11, tzinfo=UTC))  # a Sunday


@pytest.mark.parametrize(
    ("said", "quota", "resets"),
    [
        ("You've hit your session limit · resets 4:10pm (Europe/Oslo)", "five_hour default", "03-01 15:10"),
        (
            "You've hit your 5-hour limit · resets 4pm (UTC) · progress saved",
            "five_hour default",
            "03-01 16:00",
        ),
        ("5-hour limit reached ∙ resets 4pm (UTC) · /upgrade to Max", "five_hour default", "03-01 16:00"),
        ("Session limit reached ∙ resets 4pm (UTC)", "five_hour default", "03-01 16:00"),
        ("You've hit your weekly limit · resets Mon 12:00am (UTC)", "weekly_all default", "03-02 00:00"),
        ("You've hit your weekly limit · resets 10am (UTC)", "weekly_all default", "03-02 10:00"),
        ("Weekly limit reached ∙ resets Mar 5, 5pm (UTC)", "weekly_all default", "03-05 17:00"),
        ("You've hit your Opus limit · resets Mar 4 at 8am (UTC)", "weekly_scoped Opus", "03-04 08:00"),
        ("Opus weekly limit reached ∙ resets Mar 5, 1pm (UTC)", "weekly_scoped Opus", "03-05 13:00"),
        ("You've reached your Fable limit for this week.", "weekly_scoped Fable", None),
        ("You\u2019ve hit your Sonnet limit", "weekly_scoped Sonnet", None),
        ("You've hit your limit · resets 6pm (UTC)", None, "03-01 18:00"),
        ("You've hit your limit · resets 10am (UTC)", None, "03-02 10:00"),
        ("You've hit your usage limit · resets Mar 4 at 4pm (UTC)", None, "03-04 16:00"),
        ("Claude AI usage limit reached|1772377200", None, "03-01 15:00"),
        ("Claude usage limit reached. Your limit will reset at 1pm (UTC).", None, "03-01 13:00"),
        ("You're out of extra usage · resets 10pm (UTC)", "extra_usage default", "03-01 22:00"),
    ],
)
def test_a_quota_is_named_only_where_the_words_name_it(said, quota, resets):
    found = claude_banner.reached(said, AT)
    assert found.quota == (tuple(quota.split()) if quota else None)
    assert (f"{found.resets_at:%m-%d %H:%M}" if found.resets_at else None) == resets


@pytest.mark.parametrize(
    "said",
    [
        "You've hit your monthly spend limit. Run /usage-credits to manage it",
        "You've hit your org's monthly spend limit",
        "You've hit your fast limit · resets 4pm (UTC)",
        "Context limit reached · /compact or /clear to continue",
        "API Error: Rate limit reached",
        "API Error: Request rejected (429) · Usage limit reached for 5 hour. Your limit will reset at 2026-03-01 23:10:05",
        "Credit balance is too low",
        "Prompt is too long",
    ],
)
def test_what_is_no_quota_of_the_plan_is_none(said):
    assert claude_banner.reached(said, AT) is None


@pytest.mark.parametrize(
    ("claim", "quota"),
    [
        ("five_hour", ("five_hour", "default")),
        ("seven_day", ("weekly_all", "default")),
        ("seven_day_opus", ("weekly_scoped", "Opus")),
        ("seven_day_overage_included", ("weekly_scoped", "Fable")),
        ("overage", None),
        (None, None),
        ([], None),
    ],
)
def test_a_transcripts_own_words_name_the_quota(claim, quota):
    limits = {"status": "rejected", "resetsAt": 1772377200, "rateLimitType": claim}
    found = claude_banner.told(limits, AT)
    assert (found and found.quota) == quota
    assert claude_banner.told(limits | {"status": "allowed_warning"}, AT) is None
    assert claude_banner.told("rejected", AT) is None


def test_a_refusal_does_not_name_a_quota_that_the_text_does_not():
    with pytest.raises(
        Refusal, match=r"a quota .the text does not say which. is used up until 2026-03-01T18:00"
    ):
        parsed(claude_banner, "You've hit your limit · resets 6pm (UTC)")
