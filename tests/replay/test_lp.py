"""The best mix of arms within budgets: many programs at once against one by HiGHS."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.replay.lp import best_mix, optimum


def test_the_side_by_side_simplex_agrees_with_highs():
    rng = np.random.default_rng(1)
    for arms, knapsacks in ((2, 1), (3, 2), (9, 1), (5, 4), (2, 0)):
        rewards, costs = rng.random((40, arms)), rng.random((40, arms, knapsacks))
        costs[costs < 0.2] = 0.0
        held = rng.random((40, knapsacks)) * 0.6
        held[:4] = 0.0
        shares = best_mix(rewards, costs, held)
        assert (np.einsum("sa,sad->sd", shares, costs) <= held + 1e-9).all()
        assert (shares.sum(axis=1) <= 1 + 1e-9).all()
        best = [optimum(*each) for each in zip(rewards, costs, held, strict=True)]
        assert (shares * rewards).sum(axis=1) == pytest.approx(best, abs=1e-9)


def mix(rewards, costs, held):
    """The shares of one program."""
    return best_mix(np.array([rewards]), np.array([costs]), np.array([held]))[0].tolist()


def test_a_mix_spends_the_budget_and_the_rest_of_the_rounds_stays_idle():
    assert mix([1.0], [[4.0]], [1.0]) == [0.25]
    # Per unit the first arm brings more, per round the second: the budget of 2 a round is shared.
    assert mix([1.0, 3.0], [[1.0], [4.0]], [2.0]) == pytest.approx([2 / 3, 1 / 3])


def test_with_an_empty_knapsack_only_arms_that_take_nothing_from_it_are_played():
    assert mix([9.0, 1.0], [[1.0], [0.0]], [0.0]) == [0.0, 1.0]
    assert mix([9.0], [[1.0]], [-3.0]) == [0.0]


def test_arms_that_bring_nothing_are_worth_nothing():
    assert optimum(np.zeros(2), np.ones((2, 1)), np.array([1.0])) == 0.0
