"""Rejection replay: only rounds on which the coin did what the policy would have done."""

from __future__ import annotations

import numpy as np
import pytest

from replay_rows import read, two_arms
from tracker.replay import log, rejection
from tracker.replay.environment import Arm, Resampled


def test_rejection_replay_counts_only_rounds_on_which_coin_and_policy_agree():
    found = read(two_arms(count=12, coin=True))
    bound = log.bind(found, 20, [])
    seen = rejection.play("greedy", log.world(bound, 20, 25, 40, 1), bound.coins, 40, 1)
    assert seen.blocks == 12
    assert 3 <= seen.accepted <= 9
    assert seen.features.low < seen.features.mean < seen.features.high
    assert 2 <= seen.features.mean <= 4


def test_rejection_replay_of_a_fixed_arm_is_that_arms_mean_on_its_coin_flips():
    arms = [
        Arm("a", np.array([1.0, 2, 3, 2]), np.ones((4, 1)), np.ones(4)),
        Arm("b", np.full(4, 9.0), np.ones((4, 1)), np.full(4, 1.0)),
    ]
    world = Resampled(arms, np.array([1e6]), 20, 0, 4000, 1)
    coins = [log.Coin(at % 2, [2.0, 9.0][at % 2], np.ones(1), 1.0) for at in range(40)]
    assert rejection.play("fixed", world, coins, 40, 1).features.mean == pytest.approx(9.0)


def test_below_three_accepted_rounds_there_is_a_mean_and_no_interval():
    arms = [Arm(name, np.full(3, 1.0), np.ones((3, 1)), np.ones(3)) for name in "ab"]
    world = Resampled(arms, np.array([1e6]), 20, 0, 40, 1)
    coins = [log.Coin(0, 2.0, np.ones(1), 1.0)] * 3
    found = rejection.play("fixed", world, coins, 40, 1)
    assert found.blocks == 3
    assert found.accepted < 3
    assert (found.features.mean, found.features.low, found.features.high) == (2.0, None, None)


def test_rewards_that_are_all_alike_have_no_spread_to_go_by():
    arms = [
        Arm("a", np.full(3, 9.0), np.ones((3, 1)), np.ones(3)),
        Arm("b", np.ones(3), np.ones((3, 1)), np.ones(3)),
    ]
    world = Resampled(arms, np.array([1e6]), 20, 20, 2, 1)
    found = rejection.play("fixed", world, [log.Coin(0, 4.0, np.ones(1), 1.0)] * 8, 2, 1)
    assert (found.accepted, found.features.mean, found.features.low) == (8.0, 4.0, None)
