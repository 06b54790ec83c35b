"""Rejection replay: only rounds in which the coin did what the policy would have done count.

Li, Chu, Langford, Wang, "Unbiased offline evaluation of contextual-bandit-based news article
recommendation algorithms", WSDM 2011.  The log's arm must have been chosen by a fair coin: the
first window of each coin-flipped block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tracker.replay import evaluate, policies
from tracker.replay.environment import Outcome, World
from tracker.replay.evaluate import Interval
from tracker.replay.log import Coin


class Rejection(NamedTuple):
    """What one policy's accepted rounds brought."""

    blocks: int  # coin flips in the log
    accepted: float  # mean rounds on which policy and coin agreed, of `blocks`
    features: Interval  # per accepted round; no interval below three accepted


def play(name: str, world: World, coins: Sequence[Coin], runs: int, seed: int) -> Rejection:
    """Play a policy over the coin flips, in the log's order, resampled with replacement.

    `world` gives scale, budgets and the number S of runs; groups of `runs` share a resampled log.
    """
    seeds = len(world.means()[0])
    logs = seeds // runs
    picks = np.random.default_rng([seed, 3]).integers(len(coins), size=(logs, len(coins)))
    picks = np.repeat(np.sort(picks, axis=1), runs, axis=0)  # resampled, still in order of time
    arms = np.array([coin.arm for coin in coins])
    rewards = np.array([coin.reward for coin in coins])
    costs = np.array([coin.costs for coin in coins]).reshape(len(coins), -1)
    points = np.array([coin.points for coin in coins])
    policy = policies.start(name, world, np.random.default_rng([seed, 4]))
    left = np.tile(world.budgets, (seeds, 1))
    total, accepted = np.zeros(seeds), np.zeros(seeds)
    for now in range(len(coins)):
        event = picks[:, now]
        chosen = policy.choose(left, min(now, world.rounds - 1))
        agreed = chosen == arms[event]
        outcome = Outcome(rewards[event], costs[event], points[event])
        left = np.maximum(left - outcome.costs * agreed[:, None], 0.0)
        total += outcome.reward * agreed
        accepted += agreed
        policy.learn(chosen, outcome, agreed)
    mean_accepted = float(accepted.mean())
    some = accepted > 0
    if mean_accepted < 3 or not some.any():
        return Rejection(
            len(coins), mean_accepted, Interval(float(total.sum() / max(accepted.sum(), 1)), None, None)
        )
    overall = total.sum() / accepted.sum()
    # A ratio of sums: its error is that of total - overall * accepted, over the mean accepted.
    spread = (total - overall * accepted) / mean_accepted
    found = evaluate.interval(spread, runs, windows=len(coins), arms=1)
    if found.low is None or found.high is None or not np.any(spread):  # all alike: no spread to go by
        return Rejection(len(coins), mean_accepted, Interval(float(overall), None, None))
    return Rejection(
        len(coins), mean_accepted, Interval(float(overall), overall + found.low, overall + found.high)
    )
