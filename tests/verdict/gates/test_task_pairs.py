"""Sums of tasks over blocks: what B lacks is at its worst, what nobody looks at is left out."""

from __future__ import annotations

import pytest

from gate_tables import tables
from tracker.verdict.gates.task_pairs import block_sums


def sums(made, instead=lambda value, others: -1.0):
    return block_sums(made, lambda task: task.quality, instead, lambda value, others: 1.5)


def test_tasks_are_summed_over_their_block():
    found = sums(tables(n=5))
    assert (len(found.a), found.tasks, found.lacks) == (5, [3.0] * 5, [])
    assert found.a[0] == found.b[0] == 0.95 + 0.95 + 0.95


def test_what_the_candidate_lacks_is_taken_at_its_worst():
    assert sums(tables(n=5, left_out=True)).b[0] == 0.95 + 0.95 - 1.0


def test_arms_with_tasks_of_their_own_cannot_be_compared():
    assert sums(tables(n=5, quality=None)).a == []


def test_what_the_baseline_lacks_is_taken_at_its_best():
    made = tables(n=5, left_out=True)
    swapped = made._replace(a=made.b, b=made.a)
    found = sums(swapped)
    assert (
        found.a[0] == 0.95 + 0.95 + 1.5 and found.b[0] == pytest.approx(3 * 0.95) and found.tasks == [3.0] * 5
    )
