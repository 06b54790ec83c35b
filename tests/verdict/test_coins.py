"""The coins of a deal, tossed again from the registered seed."""

from __future__ import annotations

import msgspec
import pytest

import task_rows
from tracker.evidence.deal import deal
from tracker.verdict.coins import fell, unlike_seed
from tracker.windows.tasks import BankTask, assign
from verdict_rows import START, plan

BANK = [BankTask(f"F-{n:02}", None, 50.0) for n in range(1, 25)]


@pytest.mark.parametrize("more", [{"blocks": 12}, {}, {"matched": True}])
def test_what_assign_tasks_deals_is_of_its_seed_and_of_no_other(more):
    made = assign(BANK, 7, START, **more)
    found = fell(deal(made), made, plan(seed=7))
    assert len(found) == len(made) // 2
    assert unlike_seed(found, {7}) == [] == unlike_seed(found, {3, 7})
    [said] = unlike_seed(found, {8})
    assert said.startswith(
        "the turns dealt are not those that seed 8 gives (`assign-tasks --registered --seed 8`)"
    )


def test_turns_given_by_hand_are_of_no_seed():
    made = assign(BANK, 7, START)
    by_hand = [
        msgspec.structs.replace(row, turn=1 if row.methodology == plan().baseline else 2) for row in made
    ]
    assert unlike_seed(fell(deal(by_hand), by_hand, plan(seed=7)), {7})


def test_the_coins_of_tasks_are_tossed_again_too():
    made = task_rows.deal(tasks=15, seed=7)
    found = fell(deal(made), made, task_rows.registered(15))
    assert len(found) == 15 and unlike_seed(found, {7}) == [] and unlike_seed(found, {8})


def test_a_deal_that_does_not_say_its_turns_and_several_peoples_are_not_asked():
    made = assign(BANK, 7, START)
    no_turn = [msgspec.structs.replace(row, turn=None) for row in made]
    of_ann = [msgspec.structs.replace(row, block=f"ann/{row.block}") for row in made]
    for some in (no_turn, of_ann, []):
        assert fell(deal(some), some, plan(seed=7)) == [] == unlike_seed([], {7})
