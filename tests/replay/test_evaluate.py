"""A policy played to its end, and what a difference of two rests on."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.replay import evaluate
from tracker.replay.environment import Arm, Pricing, Resampled
from tracker.replay.evaluate import Interval


def test_a_window_that_empties_a_knapsack_counts_by_its_share_and_the_arm_is_closed():
    arms = [
        Arm("paid", np.full(3, 4.0), np.full((3, 1), 10.0), np.full(3, 10.0)),
        Arm("free", np.full(3, 1.0), np.zeros((3, 1)), np.full(3, 99.0)),
    ]
    world = Resampled(arms, np.array([25.0]), 10, 0, 8, 1)
    run = evaluate.play("greedy", world, 1)
    # 2.5 windows of `paid` bring 10; the 3 rounds that they take leave 7 for `free`.
    assert (run.features == 17).all()
    assert (run.used == 25).all()


def test_differences_are_paired_by_luck():
    world = Pricing(300, 30)
    assert (evaluate.play("greedy", world, 5).features == evaluate.play("greedy", world, 5).features).all()
    assert (evaluate.play("greedy", world, 6).features != evaluate.play("greedy", world, 5).features).any()


def test_below_three_windows_an_arm_there_is_no_interval_and_no_verdict():
    found = evaluate.interval(np.arange(8.0), runs=2, windows=4, arms=2)
    assert (found.low, found.high) == (None, None)
    assert evaluate.verdict(found) == "INCONCLUSIVE"


def test_an_interval_is_students_of_the_logs_means_widened_for_the_resampling():
    # Group means 1, 2, 3: sd 1; three windows an arm: sqrt(3/2); t(4, .975) = 2.776445.
    found = evaluate.interval(np.array([0.0, 2, 1, 3, 2, 4]), runs=2, windows=6, arms=2)
    assert found.mean == 2.0
    assert found.high - found.mean == pytest.approx(2.776445 * 1.5**0.5, abs=1e-6)
    assert found.mean - found.low == pytest.approx(found.high - found.mean)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.0, 1.0, "SUPPORTED"),
        (-1.0, 0.0, "INCONCLUSIVE"),
        (-1.0, -0.1, "NOT SUPPORTED"),
        (0.0, 0.0, "INCONCLUSIVE"),
        (None, None, "INCONCLUSIVE"),
    ],
)
def test_a_verdict_needs_the_interval_on_one_side_of_nothing(low, high, said):
    assert evaluate.verdict(Interval(0.0, low, high)) == said


def test_the_ceiling_is_the_price_that_sells_what_there_is():
    # 25 items for 100 buyers: at .75 a quarter buys; of the prices that are there, a mix of .7 and .8.
    assert evaluate.ceiling(Pricing(100, 3)).tolist() == pytest.approx([100 * (0.21 + 0.16) / 2] * 3)
