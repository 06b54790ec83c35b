"""Play policies in a world, and say what the difference between two of them rests on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from tracker.replay import policies
from tracker.replay.environment import World
from tracker.replay.lp import Floats, best_mix


class Run(NamedTuple):
    """What one policy did in S runs."""

    features: Floats  # (S,) delivered in all rounds
    used: Floats  # (S, D) units taken from each knapsack
    curve: Floats  # (T,) mean features delivered up to each round


def play(name: str, world: World, seed: int) -> Run:
    """Play a policy to the end in every run of the world.

    The luck of round t is the same for every policy that plays with the same seed, so that
    differences are paired.  A round that would take more than a knapsack holds is cut off where it
    is empty, and brings that share of its features.
    """
    seeds = len(world.means()[0])
    luck = np.random.default_rng([seed, 1])
    policy = policies.start(name, world, np.random.default_rng([seed, 2]))
    left = np.tile(world.budgets, (seeds, 1))
    features = np.zeros(seeds)
    curve = np.zeros(world.rounds)
    for now in range(world.rounds):
        chosen = policy.choose(left, now)
        played = chosen >= 0
        outcome = world.play(np.maximum(chosen, 0), luck.random(seeds))
        with np.errstate(divide="ignore", invalid="ignore"):
            fits = np.where(outcome.costs > 0, left / outcome.costs, np.inf).min(axis=1, initial=1.0)
        share = np.where(played, np.minimum(fits, 1.0), 0.0)
        left = np.maximum(left - outcome.costs * share[:, None], 0.0)
        features += outcome.reward * share
        curve[now] = features.mean()
        policy.learn(chosen, outcome, played)
    return Run(features, world.budgets - left, curve)


def ceiling(world: World) -> Floats:
    """Return, for every run (S,), the most features that a fixed mix of arms can expect: the LP."""
    rewards, costs = world.means()
    rate = np.broadcast_to(world.budgets / world.rounds, (len(rewards), len(world.budgets)))
    shares = best_mix(np.ascontiguousarray(rewards), np.ascontiguousarray(costs), rate)
    return np.asarray((shares * rewards).sum(axis=1) * world.rounds)


class Interval(NamedTuple):
    """A mean with its 95 % interval; `low` and `high` are None when it rests on too little."""

    mean: float
    low: float | None
    high: float | None


def interval(values: Floats, runs: int, windows: int, arms: int) -> Interval:
    """Return the mean of paired differences with an interval for the uncertainty of the log.

    `values` (S,) comes in groups of `runs` on the same resampled log; the variance is that of the
    groups' means.  Resampling n windows makes it too small by (n - 1)/n, n = windows per arm, and the
    interval takes Student's t with `windows - arms` degrees of freedom.  The luck that `runs` runs
    leave in a group's mean is not taken off, which errs on the wide
    side: taken off, coverage fell to 79 %.  Fewer than three windows per arm: no interval.

    >>> interval(np.array([1.0, 1.0, 3.0, 3.0]), runs=2, windows=4, arms=2)
    Interval(mean=2.0, low=None, high=None)
    """
    mean = float(values.mean())
    smallest = windows / arms
    if smallest < 3:
        return Interval(mean, None, None)
    means = values.reshape(-1, runs).mean(axis=1)
    error = means.std(ddof=1) * np.sqrt(smallest / (smallest - 1))
    half = float(stdtrit(windows - arms, 0.975) * error)
    return Interval(mean, mean - half, mean + half)


def verdict(difference: Interval) -> str:
    """Return what may be said of "the policy delivers at least as much as the baseline".

    >>> verdict(Interval(1.0, 0.2, 1.8)), verdict(Interval(1.0, -0.2, 2.2)), verdict(Interval(-1, -2, -.1))
    ('SUPPORTED', 'INCONCLUSIVE', 'NOT SUPPORTED')
    """
    if difference.low is None or difference.high is None or difference.low == difference.high:
        return "INCONCLUSIVE"  # too few windows, or the two never differed: nothing was seen
    if difference.low >= 0:
        return "SUPPORTED"
    return "NOT SUPPORTED" if difference.high < 0 else "INCONCLUSIVE"
