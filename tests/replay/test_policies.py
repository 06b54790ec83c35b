"""The policies: none beats what is possible, each does what it is named after."""

from __future__ import annotations

import numpy as np
import pytest

from replay_rows import read, two_arms
from tracker.replay import evaluate, log, policies, replay
from tracker.replay.environment import Arm, Resampled


@pytest.mark.parametrize("name", policies.POLICIES)
def test_no_policy_takes_more_than_the_knapsacks_hold_nor_beats_the_lp(name):
    world = replay.log.world(log.bind(read(two_arms()), 20, []), 20, 20, 40, 3)
    run = evaluate.play(name, world, 3)
    assert (run.used <= world.budgets + 1e-9).all()
    assert run.features.mean() <= 1.03 * evaluate.ceiling(world).mean()
    assert (np.diff(run.curve) >= -1e-9).all()


def test_with_a_budget_for_everything_the_arm_with_most_features_wins():
    arms = [
        Arm("few", np.full(4, 1.0), np.ones((4, 1)), np.full(4, 1.0)),
        Arm("many", np.full(4, 3.0), np.ones((4, 1)), np.full(4, 9.0)),
    ]
    world = Resampled(arms, np.array([1000.0]), 20, 0, 50, 1)
    assert (evaluate.play("fixed", world, 1).features == 60).all()
    assert (evaluate.play("lp", world, 1).features == 58).all()  # one round to try the other arm
    # Greedy looks at points only, which do not bind: it takes the wrong arm.
    assert (evaluate.play("greedy", world, 1).features == 22).all()


def started(name, *costs, budget=10.0, rounds=9):
    """A policy before its first round, on arms of one window each with these costs and 1, 2, ... features."""
    arms = [
        Arm(str(at), np.array([1.0 + at]), np.array([[cost]]), np.ones(1)) for at, cost in enumerate(costs)
    ]
    return policies.start(
        name, Resampled(arms, np.array([budget]), rounds, 0, 5, 1), np.random.default_rng(1)
    )


@pytest.mark.parametrize("name", policies.POLICIES)
def test_with_an_empty_knapsack_every_policy_stays_idle(name):
    assert (started(name, 2.0, 3.0).choose(np.zeros((5, 1)), 0) == -1).all()


@pytest.mark.parametrize("name", sorted(set(policies.POLICIES) - {"fixed"}))
def test_an_arm_that_takes_nothing_stays_open_when_the_knapsack_is_empty(name):
    assert (started(name, 2.0, 0.0).choose(np.zeros((5, 1)), 0) == 1).all()


def test_the_fixed_arm_is_the_one_that_brings_most_until_its_knapsack_is_empty():
    # A budget of 10 is 10 rounds of 1 feature, or 2.5 of 2: nine rounds of the first bring more.
    assert (started("fixed", 1.0, 4.0).choose(np.full((5, 1), 10.0), 0) == 0).all()
    assert (started("fixed", 1.0, 1.0).choose(np.full((5, 1), 10.0), 0) == 1).all()


def test_a_policy_that_nobody_has_written_is_a_key_error():
    with pytest.raises(KeyError, match="thompson"):
        started("thompson", 1.0)
