"""Simulated logs of which the truth is known: how often the interval holds it."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.replay import coverage


def test_an_interval_holds_the_truth_in_most_simulated_logs():
    (line,) = coverage.measure([("Poisson", "cheaper", 30.0, 6)], logs=40, seed=11)
    assert line["coverage"] >= 0.9
    assert line["wrong_verdicts"] <= 0.05
    assert (line["windows_per_arm"], line["logs"]) == (6, 40)


def test_with_too_few_windows_no_interval_holds_anything_and_no_verdict_is_wrong():
    (line,) = coverage.measure([("Poisson", "close", 30.0, 2)], logs=3)
    assert (line["coverage"], line["wrong_verdicts"]) == (0.0, 0.0)


@pytest.mark.parametrize("family", coverage.FAMILIES)
@pytest.mark.parametrize("truth", coverage.TRUTHS)
def test_made_up_windows_have_the_means_that_their_truth_says(family, truth):
    made = coverage.arms(np.random.default_rng(1), family, truth, 20_000)
    for arm, (features, points) in zip(made, coverage.TRUTHS[truth], strict=True):
        assert arm.rewards.mean() == pytest.approx(features, rel=0.02)
        assert arm.costs.mean() == pytest.approx(points, rel=0.02)
        assert (arm.points == 8 * arm.costs[:, 0]).all()


def test_every_combination_is_a_cell_once():
    cells = coverage.cells(budgets=(30.0,), sizes=(4, 6))
    assert len(cells) == len(set(cells)) == len(coverage.FAMILIES) * len(coverage.TRUTHS) * 2


def test_greedy_is_best_with_one_knapsack_and_left_behind_where_two_bind():
    assert coverage.at_least(rounds=100, knapsacks=1, seeds=200) < 0.5
    assert coverage.at_least(rounds=100, knapsacks=2, seeds=200) > 0.8
