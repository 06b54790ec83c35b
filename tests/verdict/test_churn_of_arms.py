"""An arm's churn: pooled over the windows that are mature, and what is not known yet."""

from __future__ import annotations

from datetime import timedelta

from tracker import rows
from tracker.evidence.facts import facts_of
from tracker.print import preview_page
from tracker.verdict import churn_of_arms, overview
from verdict_rows import START, A, window


def churn(name, share, added=100, **more):
    due = START + timedelta(days=14)
    return rows.Churn(ts=START, window=name, churn_14d=share, added_lines=added, matures_at=due, **more)


def of(some):
    facts = facts_of(some)
    last = churn_of_arms.last_of_windows(facts.churn, facts.names)
    return churn_of_arms.of_arm(facts.arms[A, "claude"], last, facts.names)


def test_lines_are_pooled_over_the_mature_windows_alone():
    some = [window(f"W{at}") for at in range(4)]
    measured = [churn("W0", 0.1, 300), churn("W1", 0.3), churn("W2", None, 50), churn("W9", 1.0)]
    found = of([*some, *measured])
    assert (found.windows, found.mature, found.not_measured) == (3, 2, 1)
    assert (found.added_lines, found.mature_lines, found.share) == (450, 400, 0.15)
    assert (found.low, found.high, found.matures_at) == (0.1, 0.3, START + timedelta(days=14))


def test_a_skipped_row_measures_nothing_and_the_last_one_counts():
    assert of([window("W0"), churn("W0", 0.5, skipped="no such commit")]) is None
    assert of([window("W0"), churn("W0", None), churn("W0", 0.5)]).share == 0.5


def test_the_preview_shows_it_beside_its_arm():
    some = [window("W0"), window("W1"), churn("W0", 0.25), churn("W1", None)]
    page = preview_page.render(overview.preview(facts_of(some)))
    assert "25.0 % (1/2)" in page
    assert "25.0 % of 100 added lines gone within 14 days; 1 of 2 measured windows are mature" in page
    assert "the next on 2026-01-19 (100 lines wait)" in page
