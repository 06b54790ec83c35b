"""The deal by task: both arms do every task, the coin says in which window."""

from __future__ import annotations

from collections import Counter

import pytest

from task_rows import deal as dealt
from task_rows import registered
from tracker import cli
from tracker.windows import deal_by_task
from tracker.windows.tasks import BankTask
from verdict_rows import START, A, B


def test_each_task_is_done_once_in_each_arm_in_the_two_windows_of_its_block():
    made = dealt(9, 3)
    assert Counter((row.feature_id, row.methodology) for row in made) == {
        (f"F-0{n}", arm): 1 for n in range(1, 10) for arm in (A, B)
    }
    assert Counter(row.window for row in made) == {f"W0-T-0{n}": 3 for n in range(1, 7)}
    assert [row.feature_id for row in made[:3]] == [row.feature_id for row in made[3:6]]
    assert all(row.window == f"W0-T-0{2 * row.block - 2 + row.turn}" for row in made)


def test_the_coin_is_fair_independent_and_repeatable():
    first = Counter(tuple(row.methodology == A for row in dealt(3, 3, seed)[:3]) for seed in range(4000))
    assert len(first) == 8 and all(400 < count < 600 for count in first.values())
    assert dealt(9, 3, 5) == dealt(9, 3, 5)


def test_what_cannot_be_dealt_is_refused():
    bank = [BankTask("F-1", None, None)]
    with pytest.raises(cli.Stop, match="--per-window: at least 1"):
        deal_by_task.deal(bank, 1, START, 0)
    with pytest.raises(cli.Stop, match="2 blocks of 3 tasks asked for, 1 tasks there"):
        deal_by_task.deal(bank, 1, START, 3, blocks=2)
    assert len(deal_by_task.deal(bank, 1, START, 3)) == 2  # the last block may hold fewer


def test_a_window_is_by_task_when_the_plans_unit_is():
    assert deal_by_task.is_by_task([registered(), *dealt()], "W0-T-01")
    assert not deal_by_task.is_by_task(dealt(), "W0-T-01")
    assert not deal_by_task.is_by_task([registered(), *dealt()], "W9")
    assert set(deal_by_task.arms_of(dealt(24, 12), "W0-T-01")) == {A, B}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--per-window", "3", "--matched"), "leave --matched out"),
        (("--windows", "W"), "--windows goes with --per-window"),
        (("--per-window", "0"), "--per-window: at least 1 (0)"),
        (("--per-window", "2", "--blocks", "9"), "9 blocks of 2 tasks asked for, 3 tasks there"),
    ],
)
def test_options_that_do_not_go_together(tool, options, words):
    ran = tool("assign-tasks", *options, stdin="feature_id\nF-1\nF-2\nF-3\n")
    assert ran.status in (2, 65) and words in ran.err and ran.out == ""
