"""What a week's quotas hold: as last read, after headroom, and after what a person says."""

from __future__ import annotations

import pytest

from readings import at, meter, reading, rows_of
from tracker import cli
from tracker.providers import SPANS
from tracker.replay import budgets
from tracker.replay.budgets import BudgetChange, Knapsack, QuotaLeft


def test_every_period_of_the_table_of_quotas_can_be_budgeted():
    for period in filter(None, (span.period for span in SPANS.values())):
        assert budgets.read_changes(f"glm=50/{period}", "--budget") == [
            BudgetChange("glm", None, 50.0, period)
        ]


@pytest.mark.parametrize(
    "wrong", ["glm", "glm=5", "glm=0/week", "glm=-3/day", "glm=1.2.3/5h", "glm=+0 seats"]
)
def test_what_cannot_be_read_or_leaves_nothing_is_refused(wrong):
    with pytest.raises(cli.Stop) as stop:
        budgets.read_changes(wrong, "--what-if")
    assert stop.value.status == 2
    assert "--what-if" in str(stop.value)


def test_five_hours_are_full_again_every_round_a_day_seven_times_and_a_week_once():
    whole = QuotaLeft(100.0, 0.0)
    for period, points in (("5h", 1800.0), ("day", 630.0), ("week", 90.0), ("month", 90.0)):
        assert budgets.held(Knapsack("gemini", period, "points"), whole, 20, []) == points


def test_the_last_reading_of_the_same_period_says_what_is_used():
    early, late = rows_of(
        reading("W1", at("09:00"), 5.0, weekly=30.0), reading("W1", at("11:00"), 9.0, weekly=33.0)
    )
    (monthly,) = rows_of(
        {
            **reading("W2", at("09:00"), None, provider="codex"),
            "meters": [meter("monthly", 40.0, at("09:00", 9))],
        }
    )
    read = [late, early, monthly]
    assert budgets.from_snapshots(read, Knapsack("claude", "week", "points"), at("12:00")) == QuotaLeft(
        100.0, 33.0
    )
    assert budgets.from_snapshots(read, Knapsack("codex", "month", "points"), at("12:00")) == QuotaLeft(
        100.0, 40.0
    )
    never = budgets.from_snapshots(read, Knapsack("codex", "week", "points"), at("12:00"))
    assert (never.used, never.was_read) == (0.0, False)


@pytest.mark.parametrize(
    "text",
    [
        "glm",
        "glm=",
        "glm=12",
        "glm=12/year",
        "=3/week",
        "claude=+1",
        "claude=+ seat",
        "glm=1.2.3/week",
        "a=1/week,,",
    ],
)
def test_an_unreadable_change_is_named(text):
    with pytest.raises(cli.Stop) as stop:
        budgets.read_changes(text, "--what-if")
    assert stop.value.status == 2
    assert "cannot read" in str(stop.value)


@pytest.mark.parametrize("text", ["glm=0/week", "claude=-5/week", "claude=+0 seats"])
def test_a_budget_of_nothing_is_refused(text):
    with pytest.raises(cli.Stop) as stop:
        budgets.read_changes(text, "--budget")
    assert stop.value.status == 2
    assert "above 0" in str(stop.value)
