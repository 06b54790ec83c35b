"""The test over tasks: against patterns written out by hand, and how it takes cells for units where windows differ."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from scipy import stats

from tracker.stats.sequential import block_scores
from tracker.stats.task_flip import (
    SUM,
    clustered,
    scatters_more,
    sum_scores,
    task_flip,
    task_power,
    task_scores,
    tasks_needed,
)


def by_hand(scores, n_tasks, alpha):
    """The threshold of one look at all tasks: the smallest sum that few enough patterns reach."""
    sums = sorted(
        (
            sum(s * abs(x) for s, x in zip(p, scores, strict=True))
            for p in itertools.product((1, -1), repeat=len(scores))
        ),
        reverse=True,
    )
    room = math.floor(alpha * (len(scores) / n_tasks) ** 2 * len(sums))
    return min((v for v in sums[:room] if sum(w >= v - 1e-9 for w in sums) <= room), default=None)


def four_of(scores):
    """Points of delivered tasks that have these scores, of which the candidate takes 10 each."""
    n = len(scores)
    return [1] * n, [10 * (1 + x) / (1 - x) for x in scores], [1] * n, [10] * n


def test_one_look_is_the_enumeration_written_out():
    luck = random.Random(3)
    for n in (5, 6, 9):
        scores = [luck.uniform(-0.6, 0.9) for _ in range(n)]
        test = task_flip(four_of(scores), [1] * n, list(range(n)), n)
        assert test.looks[-1].threshold == pytest.approx(by_hand(scores, n, 0.05))
        assert (test.rejected_at is not None) == (sum(scores) >= by_hand(scores, n, 0.05) - 1e-9)


def test_looks_come_at_the_ends_of_blocks_and_never_before_the_first():
    test = task_flip(
        four_of([0.1, -0.2] * 5), [1, 1, 1, 2, 2, 2, 3, 3, 4, 4], list(range(10)), 12, first_look=5
    )
    assert [look.n for look in test.looks] == [6, 8, 10]
    assert [round(look.alpha, 5) for look in test.looks] == [
        round(0.05 * (n / 12) ** 2, 5) for n in (6, 8, 10)
    ]


def test_exchanging_the_arms_of_a_task_turns_its_score():
    one = task_scores([1, 1, 0, 1], [9, 0, 4, 2], [1, 1, 1, 0], [3, 0, 4, 1])
    other = task_scores([1, 1, 1, 0], [3, 0, 4, 1], [1, 1, 0, 1], [9, 0, 4, 2])
    assert one.tolist() == [0.5, 0.0, 1.0, -1.0] and (one == -other).all()
    assert task_scores([1], [0.0], [0], [0.0]).tolist() == [-1.0]


def test_the_chance_of_cells_is_that_of_an_analysis_of_variance():
    groups = [[0.1, 0.4, 0.2], [0.5, 0.9], [0.3, 0.35, 0.1]]
    names = [name for name, some in enumerate(groups) for _ in some]
    assert clustered(np.concatenate(groups), names) == pytest.approx(stats.f_oneway(*groups).pvalue)
    assert clustered([0.1, 0.2], ["a", "b"]) == 1.0


def test_where_windows_differ_the_cells_must_reject_as_well():
    # Three cells share their luck each: as single tasks nine scores of one sign are rare, as three cells they are not.
    scores = [0.9, 0.91, 0.9, 0.3, 0.31, 0.3, 0.5, 0.51, 0.5]
    cells = [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert task_flip(four_of(scores), cells, cells, 9).rejected_at is None
    assert task_flip(four_of(scores), cells, cells, 9).cells == 3
    alike = [0.9, 0.3, 0.5] * 3
    assert (
        task_flip(four_of(alike), cells, cells, 9).rejected_at == 6
        and task_flip(four_of(alike), cells, cells, 9).cells == 0
    )


def test_where_the_candidates_runs_scatter_more_the_sum_without_the_two_best_tasks_must_reject_as_well():
    # Seven tasks for next to nothing and two for three times as much: a typical task is cheap, the sum is not.
    blocks, cells = [1, 1, 1, 2, 2, 2, 3, 3, 3], list(range(9))
    steady = [20, 21, 19, 20, 22, 18, 20, 21, 19]
    wild = [2, 9, 3, 60, 2, 9, 3, 7, 12]
    test = task_flip(([1] * 9, steady, [1] * 9, wild), blocks, cells, 9)
    assert test.unlike < 0.1 and test.held_back == (SUM,) and test.rejected_at is None
    # The same scatter in both arms is asked nothing more, nor is a candidate that scatters less.
    assert task_flip(([1] * 9, [3 * x for x in wild], [1] * 9, wild), blocks, cells, 9).rejected_at == 6
    even = task_flip(([1] * 9, [60 + x for x in wild], [1] * 9, steady), blocks, cells, 9)
    assert even.unlike > 0.1 and even.rejected_at


def test_the_chance_of_unlike_scatter_is_pitmans_and_morgans():
    luck = np.random.default_rng(8)
    for _ in range(20):
        a, b = luck.lognormal(4, 0.3, 9), luck.lognormal(4, 0.9, 9)
        x, y = np.log(a), np.log(b)
        expected = stats.pearsonr(y - x, y + x, alternative="greater").pvalue
        assert scatters_more(a, b) == pytest.approx(expected)
    assert scatters_more([5, 5, 5], [5, 5, 5]) == 1.0 and scatters_more([1, 2], [1, 9]) == 1.0


def test_the_linear_scores_leave_the_two_best_tasks_at_nothing():
    four = [1, 1, 1, 1, 1], [9.0, 12.0, 8.0, 7.0, 9.0], [1, 1, 0, 1, 1], [4.0, 2.0, 5.0, 6.0, 8.0]
    whole = block_scores(*four)
    left = sum_scores(*four)
    best = np.argsort(-whole)[:2]
    assert (left[best] == 0).all() and left.sum() == pytest.approx(whole.sum() - whole[best].sum())


def test_more_than_24_tasks_are_refused():
    with pytest.raises(ValueError, match="up to 24"):
        task_flip(four_of([0.1] * 25), [1] * 25, [1] * 25, 25)


def test_under_the_null_it_claims_in_no_more_than_its_share():
    luck = np.random.default_rng(5)
    found = 0
    for _ in range(2000):
        a, b = luck.gamma(4, 4, 9), luck.gamma(4, 4, 9)
        four = [1] * 9, np.floor(a), [1] * 9, np.floor(b)
        found += task_flip(four, [1, 1, 1, 2, 2, 2, 3, 3, 3], list(range(9)), 9).rejected_at is not None
    assert found / 2000 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2000)


def test_power_and_the_tasks_that_it_takes_belong_together():
    needed = tasks_needed(1.5, 0.4)
    assert task_power(needed, 1.5, 0.4) >= 0.8 > task_power(needed - 1, 1.5, 0.4)
    assert tasks_needed(1.0, 0.4) is None and tasks_needed(2.0, 0.0) is None
