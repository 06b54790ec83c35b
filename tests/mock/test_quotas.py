"""A plan's quotas on loopback: what they hold, when they open and close, how they are told."""

from __future__ import annotations

import pytest

from tracker.mock import quotas
from tracker.mock.quotas import FIVE_HOURS, HOUR, WEEK, MockPlan, RequestTokens

NINE = 1772442000.0  # 2026-03-02T09:00:00Z


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = NINE + 1234.5

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def plan(clock):
    return MockPlan(1000, clock)


@pytest.mark.parametrize(
    ("model", "weight"),
    [("claude-haiku-5-5", 1), ("Claude-SONNET-5-5", 3), ("claude-opus-5-5", 5), ("glm-4.6", 1)],
)
def test_a_request_weighs_by_its_model_and_by_the_kind_of_token(model, weight):
    assert RequestTokens(100, 10, cache_read=50, cache_write=8).weighted(model) == pytest.approx(weight * 165)


def test_a_window_opens_with_its_first_request_at_the_full_hour_and_closes_after_five(plan, clock):
    assert (plan.resets_at, plan.week_resets_at) == (None, None)
    plan.add("haiku", RequestTokens(400, 0))
    assert (plan.resets_at, plan.week_resets_at) == (NINE + FIVE_HOURS, NINE + WEEK)
    assert (plan.share, plan.weekly_share) == (0.4, 0.05)
    clock.at = NINE + FIVE_HOURS - 1
    plan.turn_over()
    assert plan.share == 0.4
    clock.at = NINE + FIVE_HOURS
    plan.turn_over()
    assert (plan.share, plan.resets_at, plan.weekly_share) == (0, None, 0.05)
    clock.at = NINE + WEEK
    plan.turn_over()
    assert (plan.weekly_share, plan.week_resets_at) == (0, None)


def test_either_quota_that_is_used_up_refuses_the_next_request(plan):
    plan.begin(0.999)
    assert not plan.is_full
    plan.begin(0.001)
    assert plan.is_full
    plan.used, plan.weekly_used = 0, 8000
    assert plan.is_full


def test_the_headers_tell_whole_hundredths_and_the_quota_that_is_nearer_its_end(plan):
    prefix = "anthropic-ratelimit-unified-"
    plan.begin(0.7599)
    told = quotas.unified_headers(plan)
    assert (told[f"{prefix}5h-utilization"], told[f"{prefix}5h-status"]) == ("0.75", "allowed_warning")
    assert told[f"{prefix}5h-reset"] == str(int(NINE + FIVE_HOURS))
    assert (told[f"{prefix}status"], told[f"{prefix}representative-claim"]) == (
        "allowed_warning",
        "five_hour",
    )
    plan.weekly_used = 8000.0
    told = quotas.unified_headers(plan)
    assert (told[f"{prefix}status"], told[f"{prefix}representative-claim"]) == ("rejected", "seven_day")
    assert told[f"{prefix}reset"] == str(int(NINE + WEEK))


def test_the_pane_and_the_usage_answer_round_down_as_the_plan_does(plan):
    assert "Current session: 0% used\n" in quotas.pane(plan)  # no window is open, so no reset
    assert quotas.usage_answer(plan)["five_hour"] == {"utilization": 0, "resets_at": None}
    plan.begin(0.379)
    assert "Current session: 37% used · resets Mar 2, 2pm (UTC)\n" in quotas.pane(plan)
    assert quotas.usage_answer(plan)["five_hour"] == {
        "utilization": 37,
        "resets_at": "2026-03-02T14:00:00+00:00",
    }
    assert quotas.usage_answer(plan)["seven_day_opus"] is None


def test_zai_tells_credits_and_its_reset_in_milliseconds_only_when_one_is_near(plan):
    five_hours, week = quotas.quota_answer(plan)["data"]["limits"]
    assert "nextResetTime" not in five_hours
    plan.begin(1.25)
    five_hours, week = quotas.quota_answer(plan)["data"]["limits"]
    assert (five_hours["usage"], five_hours["currentValue"], five_hours["remaining"]) == (12_000, 15_000, 0)
    assert five_hours["percentage"] == 125
    assert five_hours["nextResetTime"] == 1000 * (NINE + FIVE_HOURS)
    assert (week["usage"], week["percentage"]) == (60_000, 15)


def test_zais_clock_is_eight_hours_ahead():
    assert quotas.china_clock(NINE) == "2026-03-02 17:00:00"
    assert quotas.china_clock(NINE + 8 * HOUR) == "2026-03-03 01:00:00"
