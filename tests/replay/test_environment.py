"""The worlds that a policy is played in: a log drawn again, and the priced shop."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.replay.environment import Arm, Pricing, Resampled

# Two arms of unequal length: what pads the shorter one must never be drawn.
ARMS = [
    Arm("short", np.array([5.0, 7.0]), np.array([[1.0], [3.0]]), np.array([10.0, 30.0])),
    Arm("long", np.array([1.0, 2, 3, 4, 5]), np.zeros((5, 1)), np.ones(5)),
]


def world(logs, runs, seed=1):
    return Resampled(ARMS, np.array([50.0]), 20, logs, runs, seed)


def test_without_resampling_every_run_plays_on_the_log_as_it_is():
    rewards, costs = world(0, 3).means()
    assert rewards.tolist() == [[6.0, 3.0]] * 3
    assert costs[:, :, 0].tolist() == [[2.0, 0.0]] * 3
    brought = world(0, 4).play(np.array([0, 0, 1, 1]), np.array([0.0, 0.999, 0.0, 0.999]))
    assert brought.reward.tolist() == [5, 7, 1, 5]
    assert brought.costs[:, 0].tolist() == [1, 3, 0, 0]
    assert brought.points.tolist() == [10, 30, 1, 1]


def test_runs_of_one_resampled_log_share_it_and_other_logs_differ():
    rewards, _ = world(30, 4).means()
    of_a_log = rewards.reshape(30, 4, 2)
    assert (of_a_log == of_a_log[:, :1]).all()
    assert len(set(of_a_log[:, 0, 1])) > 5
    assert set(of_a_log[:, 0, 0]) == {5.0, 6.0, 7.0}  # the short arm's two windows, never what pads them
    assert (world(30, 4).means()[0] == rewards).all()
    assert (world(30, 4, seed=2).means()[0] != rewards).any()


def test_only_an_arm_that_ever_takes_from_a_knapsack_draws_on_it():
    assert world(0, 1).draws.tolist() == [[True], [False]]
    assert (world(0, 1).arms, world(0, 1).rounds) == (2, 20)


def test_a_buyer_buys_at_a_price_that_is_not_above_what_it_is_worth_to_him():
    shop = Pricing(400, 3)
    brought = shop.play(np.array([4, 4, 8]), np.array([0.5, 0.49, 0.95]))
    assert brought.reward.tolist() == pytest.approx([0.5, 0, 0.9])
    assert brought.costs[:, 0].tolist() == [1, 0, 1]
    rewards, costs = shop.means()
    assert rewards[0, 4] == pytest.approx(0.25)
    assert costs[2, 8, 0] == pytest.approx(0.1)
    assert shop.budgets.tolist() == [100.0]
