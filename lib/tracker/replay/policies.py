"""Policies for bandits with knapsacks, each for S runs at a time; one interface.

`Policy(world, rng)` starts it, `choose(left, round)` returns the arm of each run (-1: stay idle)
and `learn(chosen, outcome, played)` tells it what came of it.  Every policy but `BestFixed` starts without
knowledge of the log.  D counts the world's knapsacks; the rounds themselves are one knapsack more.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from tracker.replay.environment import Ints, Outcome, World
from tracker.replay.lp import Floats, best_mix

SMALLEST = 1e-6  # of a scale, before anything was seen
NOTHING = 1e-9  # a knapsack with less than this, relative to its budget, is empty


class Policy(Protocol):
    """One way to choose."""

    def choose(self, left: Floats, now: int) -> Ints:
        """Return the arm of each run, (S,), -1 to stay idle; `left` is (S, D), `now` counts from 0."""

    def learn(self, chosen: Ints, outcome: Outcome, played: npt.NDArray[np.bool_]) -> None:
        """Take in what the round brought to the runs that played it."""


class Learner:
    """Counts and sums of what each run has seen of each arm."""

    def __init__(self, world: World, rng: np.random.Generator) -> None:
        seeds = len(world.means()[0])
        self.world = world
        self.rng = rng
        # The papers want rewards and costs in [0, 1].  Nobody knows the largest beforehand, so each
        # run divides by the largest that it has seen itself.
        self.reward_scale = np.full(seeds, SMALLEST)
        self.cost_scale = np.full((seeds, len(world.budgets)), SMALLEST)
        self.tries = np.zeros((seeds, world.arms))
        self.rewards = np.zeros((seeds, world.arms))
        self.costs = np.zeros((seeds, world.arms, len(world.budgets)))
        self.points = np.zeros((seeds, world.arms))
        self.each = np.arange(seeds)
        self.order = rng.permuted(np.tile(np.arange(world.arms), (seeds, 1)), axis=1)

    def open(self, left: Floats) -> npt.NDArray[np.bool_]:
        """Return which arms, (S, A), take from no empty knapsack."""
        empty = left <= NOTHING * self.world.budgets
        return np.asarray(~(empty[:, None, :] & self.world.draws).any(axis=2))

    def untried(self, may: npt.NDArray[np.bool_]) -> Ints:
        """Return the first untried open arm in each run's own order, or -1."""
        fresh = np.take_along_axis((self.tries == 0) & may, self.order, axis=1)
        first = fresh.argmax(axis=1)
        return np.where(fresh.any(axis=1), self.order[self.each, first], -1)

    def best(self, score: Floats, may: npt.NDArray[np.bool_]) -> Ints:
        """Return the open arm of the highest score, ties by each run's own order, or -1."""
        score = np.take_along_axis(np.where(may, score, -np.inf), self.order, axis=1)
        top = score.argmax(axis=1)
        return np.where(may.any(axis=1), self.order[self.each, top], -1)

    def drawn(self, shares: Floats, may: npt.NDArray[np.bool_]) -> Ints:
        """Return an arm drawn by its share of rounds; what is left of 1 is idleness."""
        ends = np.where(may, shares, 0.0).cumsum(axis=1)
        ends = np.where(ends[:, -1:] > 1 - 1e-9, ends / np.maximum(ends[:, -1:], 1.0), ends)
        luck = self.rng.random(len(self.each))[:, None] * (1 - 1e-9)
        return np.where(luck[:, 0] < ends[:, -1], (luck < ends).argmax(axis=1), -1)

    def learn(self, chosen: Ints, outcome: Outcome, played: npt.NDArray[np.bool_]) -> None:
        """Add the round to the runs' sums."""
        run, arm = self.each[played], chosen[played]
        self.tries[run, arm] += 1
        self.rewards[run, arm] += outcome.reward[played]
        self.costs[run, arm] += outcome.costs[played]
        self.points[run, arm] += outcome.points[played]
        self.reward_scale[run] = np.maximum(self.reward_scale[run], outcome.reward[played])
        self.cost_scale[run] = np.maximum(self.cost_scale[run], outcome.costs[played])

    def means(self) -> tuple[Floats, Floats]:
        """Return the seen mean reward (S, A) and costs (S, A, D) as shares of the largest seen."""
        tries = np.maximum(self.tries, 1.0)
        rewards = self.rewards / tries / self.reward_scale[:, None]
        return rewards, self.costs / tries[:, :, None] / self.cost_scale[:, None, :]

    def bounds(self, width: float) -> tuple[Floats, Floats]:
        """Return optimistic means: rewards at most, costs at least; never tried: 1 and 0.

        mean +- (sqrt(width * mean / n) + width / n), the radius of both papers below.
        """
        rewards, costs = self.means()
        tries = np.maximum(self.tries, 1e-9)
        high = np.minimum(rewards + np.sqrt(width * rewards / tries) + width / tries, 1.0)
        deep = tries[:, :, None]
        low = np.maximum(costs - np.sqrt(width * costs / deep) - width / deep, 0.0)
        return high, low


class Greedy(Learner):
    """Try every arm once, then always the one with the most features per point, as preview ranks."""

    def choose(self, left: Floats, now: int) -> Ints:
        """Return the open arm with the highest ratio of sums; no points used yet counts as best."""
        may = self.open(left)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(self.points > 0, self.rewards / self.points, np.inf)
        fresh = self.untried(may)
        return np.where(fresh >= 0, fresh, self.best(ratio, may))


class BestFixed(Learner):
    """The one arm that brings most when played alone; it knows the log, so it is a yardstick."""

    def __init__(self, world: World, rng: np.random.Generator) -> None:
        super().__init__(world, rng)
        rewards, costs = world.means()
        with np.errstate(divide="ignore"):
            lasts = np.where(costs > 0, world.budgets / costs, np.inf).min(axis=2, initial=np.inf)
        self.value = rewards * np.minimum(lasts, world.rounds)

    def choose(self, left: Floats, now: int) -> Ints:
        """Return the arm while its knapsacks last, then stay idle."""
        arm = self.best(self.value, np.ones_like(self.value, dtype=bool))
        return np.where(self.open(left)[self.each, arm], arm, -1)


class PrimalDual(Learner):
    """PrimalDualBwK: the most optimistic reward per optimistically priced cost.

    Badanidiyuru, Kleinberg, Slivkins, "Bandits with Knapsacks", JACM 65(3), 2018, algorithm 2: each
    knapsack has a weight that grows by (1 + e)^cost, e = sqrt(ln D / B), with budgets scaled to the
    smallest one, B.  The rounds are a knapsack too.  `WIDTH` stands for the paper's C_rad.
    """

    WIDTH = 0.2

    def __init__(self, world: World, rng: np.random.Generator) -> None:
        super().__init__(world, rng)
        self.weights = np.zeros((len(self.each), len(world.budgets) + 1))  # logarithms

    def choose(self, left: Floats, now: int) -> Ints:
        """Return the open arm with the best bang for the buck at the knapsacks' present prices."""
        may = self.open(left)
        rounds = np.full((len(self.each), 1), float(self.world.rounds))
        budgets = np.concatenate([self.world.budgets / self.cost_scale, rounds], axis=1)
        smallest = budgets.min(axis=1, keepdims=True)
        self._per_cost = smallest / budgets
        self._rate = np.log1p(np.sqrt(np.log(budgets.shape[1]) / smallest))
        high, self._low = self.bounds(self.WIDTH)
        prices = np.exp(self.weights - self.weights.max(axis=1, keepdims=True))
        prices = prices / prices.sum(axis=1, keepdims=True) * self._per_cost
        dear = np.einsum("sad,sd->sa", self._low, prices[:, :-1]) + prices[:, -1:]
        fresh = self.untried(may)
        return np.where(fresh >= 0, fresh, self.best(high / dear, may))

    def learn(self, chosen: Ints, outcome: Outcome, played: npt.NDArray[np.bool_]) -> None:
        """Add the round, and raise the weights by the optimistic cost of the arm played."""
        run = self.each[played]
        cost = np.concatenate([self._low[run, chosen[played]], np.ones((len(run), 1))], axis=1)
        self.weights[run] += self._rate[run] * cost * self._per_cost[run]
        super().learn(chosen, outcome, played)


class OptimisticLP(Learner):
    """UCB-BwK: each round the best mix for optimistic rewards and costs, and an arm drawn from it.

    Agrawal, Devanur, "Bandits with concave rewards and convex knapsacks", EC 2014, section 3.
    """

    WIDTH = 0.2

    def choose(self, left: Floats, now: int) -> Ints:
        """Return an arm drawn from the optimistic mix at the budgets' rate per round."""
        may = self.open(left)
        high, low = self.bounds(self.WIDTH)
        rate = self.world.budgets / self.cost_scale / self.world.rounds
        shares = best_mix(np.where(may, high, 0.0), low, rate)
        fresh = self.untried(may)
        return np.where(fresh >= 0, fresh, self.drawn(shares, may))


class CertaintyLP(Learner):
    """Certainty equivalence: the best mix for the means seen so far and for what is left."""

    def choose(self, left: Floats, now: int) -> Ints:
        """Return an arm drawn from the mix that the means and the remaining budgets suggest."""
        may = self.open(left)
        rewards, costs = self.means()
        rate = left / self.cost_scale / (self.world.rounds - now)
        shares = best_mix(np.where(may, rewards, 0.0), costs, rate)
        fresh = self.untried(may)
        return np.where(fresh >= 0, fresh, self.drawn(shares, may))


POLICIES: dict[str, type[Learner]] = {
    "greedy": Greedy,
    "fixed": BestFixed,
    "bwk": PrimalDual,
    "ucb-bwk": OptimisticLP,
    "lp": CertaintyLP,
}


def start(name: str, world: World, rng: np.random.Generator) -> Policy:
    """Return the policy of this name, ready to play."""
    made: Policy = POLICIES[name](world, rng)  # type: ignore[assignment]
    return made
