"""Worlds that a policy can be played in: the log's own outcomes drawn again, and a priced shop.

Shapes throughout: S runs side by side (seeds), A arms, D knapsacks, T rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from tracker.replay.lp import Floats

Ints = npt.NDArray[np.int64]


class Outcome(NamedTuple):
    """What one round brought to each of S runs."""

    reward: Floats  # (S,) features
    costs: Floats  # (S, D) units of each knapsack
    points: Floats  # (S,) what greedy divides by: five-hour points, or units sold


class World(Protocol):
    """What a policy is played in."""

    @property
    def arms(self) -> int:
        """How many arms."""

    @property
    def rounds(self) -> int:
        """How many rounds, T."""

    @property
    def budgets(self) -> Floats:
        """What each knapsack holds at the start, (D,), in its own units."""

    @property
    def draws(self) -> npt.NDArray[np.bool_]:
        """Which arm ever takes from which knapsack, (A, D)."""

    def means(self) -> tuple[Floats, Floats]:
        """Return the true mean reward (S, A) and costs (S, A, D) of a round."""

    def play(self, chosen: Ints, luck: Floats) -> Outcome:
        """Return what the chosen arms (S,), all >= 0, bring; `luck` is (S,) in [0, 1)."""


class Arm(NamedTuple):
    """The windows of one arm of a log, side by side."""

    name: str
    rewards: Floats  # (n,) features
    costs: Floats  # (n, D)
    points: Floats  # (n,) five-hour points


class Resampled:
    """A log played again: a round is one of the chosen arm's own windows, drawn anew.

    `logs` resampled logs stand side by side, each with its own draw (with replacement) of the
    arm's windows, so that runs on different logs differ as much as the log itself is uncertain;
    `runs` runs share each.  With `logs` = 0 every run plays on the log as it is.
    """

    def __init__(
        self, arms: Sequence[Arm], budgets: Floats, rounds: int, logs: int, runs: int, seed: int
    ) -> None:
        self.names = [arm.name for arm in arms]
        self.rounds = rounds
        self.budgets = np.asarray(budgets, dtype=float)
        self.sizes = np.array([len(arm.rewards) for arm in arms])
        self._rewards = _padded([arm.rewards[:, None] for arm in arms])[:, :, 0]
        self._costs = _padded([arm.costs for arm in arms])
        self._points = _padded([arm.points[:, None] for arm in arms])[:, :, 0]
        self.runs = runs
        luck = np.random.default_rng([seed, 0]).random((max(logs, 1), len(arms), int(self.sizes.max())))
        kept = np.arange(self.sizes.max()) if not logs else None
        self._picks = (
            np.broadcast_to(kept, luck.shape)
            if kept is not None
            else (luck * self.sizes[None, :, None]).astype(np.int64)
        )
        self._log = np.repeat(np.arange(len(self._picks)), runs)

    @property
    def arms(self) -> int:
        """How many arms."""
        return len(self.names)

    @property
    def draws(self) -> npt.NDArray[np.bool_]:
        """Which arm ever takes from which knapsack."""
        return np.asarray((self._costs > 0).any(axis=1))

    def means(self) -> tuple[Floats, Floats]:
        """Return the mean reward (S, A) and costs (S, A, D) of each run's own log."""
        held = np.arange(self._picks.shape[2]) < self.sizes[:, None]
        arm = np.arange(self.arms)[None, :, None]
        share = held / self.sizes[:, None]
        rewards = (self._rewards[arm, self._picks] * share).sum(axis=2)
        costs = (self._costs[arm, self._picks] * share[..., None]).sum(axis=2)
        return rewards[self._log], costs[self._log]

    def play(self, chosen: Ints, luck: Floats) -> Outcome:
        """Return one window of the chosen arm for each run."""
        place = (luck * self.sizes[chosen]).astype(np.int64)
        window = self._picks[self._log, chosen, place]
        return Outcome(
            self._rewards[chosen, window], self._costs[chosen, window], self._points[chosen, window]
        )


def _padded(parts: Sequence[Floats]) -> Floats:
    made = np.zeros((len(parts), max(len(part) for part in parts), parts[0].shape[1]))
    for row, part in zip(made, parts, strict=True):
        row[: len(part)] = part
    return made


class Pricing:
    """The dynamic pricing example of Badanidiyuru, Kleinberg and Slivkins (JACM 2018, section 1).

    T buyers come one after the other, B = T/4 items are for sale.  An arm is a price; a buyer whose
    worth, uniform in [0, 1], reaches it buys one.  Reward: the price; cost: one item.
    """

    PRICES = np.arange(1, 10) / 10

    def __init__(self, rounds: int, seeds: int) -> None:
        self.rounds = rounds
        self.budgets = np.array([rounds / 4])
        self.arms = len(self.PRICES)
        self.draws = np.ones((self.arms, 1), dtype=bool)
        self._seeds = seeds

    def means(self) -> tuple[Floats, Floats]:
        """Return price * P(sale) and P(sale), the same for every run."""
        sale = 1 - self.PRICES
        rewards = np.broadcast_to(self.PRICES * sale, (self._seeds, self.arms))
        return rewards, np.broadcast_to(sale[:, None], (self._seeds, self.arms, 1))

    def play(self, chosen: Ints, luck: Floats) -> Outcome:
        """Return a sale, or none, at the chosen price."""
        price = self.PRICES[chosen]
        sold = (luck >= price).astype(float)
        return Outcome(price * sold, sold[:, None], sold)
