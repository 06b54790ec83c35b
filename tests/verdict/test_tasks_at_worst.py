"""Nothing disappears of the tasks: lost, changed, failed and swapped ones count at their worst."""

from __future__ import annotations

import msgspec
import pytest

from task_rows import played
from tracker.evidence.facts import facts_of
from tracker.stats.task_flip import task_scores
from tracker.verdict import card, judging, tasks_at_worst
from verdict_rows import A, B


def worst(some):
    facts = facts_of(some)
    made = tasks_at_worst.worst_tasks(facts.tasks, 5, (), 24)
    its = made.columns
    scores = task_scores(its.features_a, its.points_a, its.features_b, its.points_b)
    return dict(zip(its.tasks, scores.tolist(), strict=True)), made.lost, facts


def run_of(some, arm):
    return next(row for row in some if getattr(row, "state", None) == "delivered" and row.methodology == arm)


@pytest.mark.parametrize("arm", [A, B])
def test_a_run_left_out_is_the_least_that_a_score_can_be(arm):
    some = played(9)
    row = run_of(some, arm)
    scores, lost, facts = worst([one for one in some if one is not row])
    assert scores[row.feature_id] == -1.0 and row.feature_id in lost
    assert any(
        "tasks that have no measured run in one arm or in both" in line
        for line in tasks_at_worst.lines(facts.tasks, [], [])
    )


def test_a_candidates_failure_is_nothing_delivered_and_a_baselines_does_not_help():
    some = played(9)
    row = run_of(some, B)
    row.state = "failed"
    other = next(
        one
        for one in some
        if getattr(one, "state", None) == "delivered"
        and one.methodology == A
        and one.feature_id != row.feature_id
    )
    before = worst(some)[0][other.feature_id]
    other.state = "failed"
    scores, _, _ = worst(some)
    assert scores[row.feature_id] == -1.0 and scores[other.feature_id] == before


def test_a_run_done_in_another_window_than_its_coin_gave_and_one_changed_count_against_the_candidate():
    some = played(9)
    a = run_of(some, A)
    b = next(
        one
        for one in some
        if getattr(one, "state", None) == "delivered"
        and one.feature_id == a.feature_id
        and one.methodology == B
    )
    a.window, b.window = b.window, a.window
    scores, lost, _ = worst(some)
    assert scores[a.feature_id] < 0 and "coin" in lost[a.feature_id]
    again = played(9)
    changed = msgspec.structs.replace(run_of(again, B), points_pp=1.0)
    scores, lost, _ = worst([*again, changed])
    assert lost[changed.feature_id].startswith("changed")


def test_leaving_the_candidates_dear_tasks_out_does_not_make_a_verdict():
    some = played(15, ratio=2.5, quality=1.0, errors=0)
    assert card.card(facts_of(some))["verdict"] == judging.GO
    gone = {row.feature_id for row in some if getattr(row, "state", None) == "delivered"}
    left = sorted(gone)[:4]
    kept = [
        row
        for row in some
        if not (
            getattr(row, "state", None) == "delivered" and row.methodology == B and row.feature_id in left
        )
    ]
    assert card.card(facts_of(kept))["verdict"] != judging.GO
