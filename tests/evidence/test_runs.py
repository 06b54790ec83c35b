"""Each arm's run of every task: which blocks are in, what is lost, and the cells as windows."""

from __future__ import annotations

from task_rows import played
from tracker.evidence.facts import facts_of
from verdict_rows import A, B


def test_a_played_deal_is_scored_and_its_cells_are_windows():
    facts = facts_of(played(9))
    assert len(facts.tasks.scored) == 9 and facts.tasks.dealt == 9 and not facts.tasks.lost
    assert {window.methodology for window in facts.windows} == {A, B}
    assert sum(window.features for window in facts.windows) == 18
    assert len(facts.pairing.blocks) == len({one.cell for one in facts.tasks.scored})


def test_a_task_that_was_not_measured_is_lost_once_a_later_block_began():
    some = played(9)
    first = next(row for row in some if getattr(row, "state", None) == "delivered")
    first.points_pp = None
    lost = facts_of(some).tasks.lost
    assert [one.task for one in lost] == [first.feature_id] and "run without points" in lost[0].lacks


def test_a_block_that_was_not_begun_waits():
    some = [row for row in played(9) if not (getattr(row, "state", "") == "delivered" and row.block == 3)]
    tasks = facts_of(some).tasks
    assert len(tasks.scored) == 6 and len(tasks.waiting) == 3 and not tasks.lost
