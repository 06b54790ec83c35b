"""Does the interval hold the truth, and does bwk beat greedy?  Simulated logs of which the truth is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tracker.replay import evaluate
from tracker.replay.environment import Arm, Resampled
from tracker.replay.lp import Floats

Draw = Callable[[np.random.Generator, float, int], Floats]
FAMILIES: dict[str, Draw] = {  # features of n windows with this mean
    "Poisson": lambda rng, mean, n: rng.poisson(mean, n).astype(float),
    "planned 2, 3 or 4": lambda rng, mean, n: rng.choice([2.0, 3.0, 4.0], n) + (mean - 3),
    "variance 2 x mean": lambda rng, mean, n: rng.negative_binomial(mean, 0.5, n).astype(float),
}
# Mean features and weekly points of the two arms: an offload that saves points; two close arms.
TRUTHS = {"cheaper": ((3.0, 2.5), (3.0, 4.2)), "close": ((3.0, 3.0), (3.2, 3.3))}
RUNS = 40
Cell = tuple[str, str, float, int]


def arms(rng: np.random.Generator, family: str, truth: str, count: int) -> list[Arm]:
    """Return two arms of `count` windows each: features of the family, points of a gamma law, rounded."""
    made = []
    for name, (features, points) in zip("ab", TRUTHS[truth], strict=True):
        weekly = np.round(rng.gamma(6, points / 6, (count, 1)))
        made.append(Arm(name, FAMILIES[family](rng, features, count), weekly, 8 * weekly[:, 0]))
    return made


def cells(budgets: Sequence[float] = (30.0, 70.0), sizes: Sequence[int] = (4, 6, 12)) -> list[Cell]:
    """Return every combination of family, truth, budget and windows per arm."""
    return [
        (family, truth, budget, size)
        for family in FAMILIES
        for truth in TRUTHS
        for budget in budgets
        for size in sizes
    ]


def measure(
    asked: Iterable[Cell], logs: int, seed: int = 20260101, strategy: str = "bwk", baseline: str = "greedy"
) -> list[dict[str, Any]]:
    """Return for each cell how often the interval of `logs` simulated logs held the true difference.

    The truth is the mean difference of 4,000 runs on arms of 20,000 windows.  `wrong` counts the
    logs whose verdict was the opposite of the truth.
    """
    lines = []
    for family, truth, budget, size in asked:
        rng = np.random.default_rng([seed, size])
        held = np.array([budget])

        def difference(world: Resampled, luck: int) -> Floats:
            return (
                evaluate.play(strategy, world, luck).features - evaluate.play(baseline, world, luck).features
            )

        true = float(
            difference(Resampled(arms(rng, family, truth, 20_000), held, 20, 0, 4000, seed), seed).mean()
        )
        hits = wrong = 0
        for log in range(logs):
            world = Resampled(arms(rng, family, truth, size), held, 20, 50, RUNS, seed + log)
            found = evaluate.interval(difference(world, seed + log), RUNS, 2 * size, 2)
            verdict = evaluate.verdict(found)
            hits += found.low is not None and found.high is not None and found.low <= true <= found.high
            wrong += verdict == ("SUPPORTED" if true < 0 else "NOT SUPPORTED")
        lines.append(
            {
                "family": family,
                "truth": truth,
                "budget": budget,
                "windows_per_arm": size,
                "true_difference": true,
                "coverage": hits / logs,
                "wrong_verdicts": wrong / logs,
                "logs": logs,
            }
        )
    return lines


def at_least(rounds: int, knapsacks: int, seeds: int, seed: int = 20260101) -> float:
    """Return how often bwk delivers at least as much as greedy on known arms, budgets that bind.

    One knapsack or two, each holding 40 % of what the rounds would use at the arms' mean.
    """
    rng = np.random.default_rng([seed, 5])
    made = []
    for name, features, means in (("a", 3.0, (2.5, 4.0)), ("b", 3.0, (4.2, 2.0))):
        costs = np.stack([np.round(rng.gamma(6, mean / 6, 20_000)) for mean in means], axis=1)[:, :knapsacks]
        made.append(Arm(name, rng.poisson(features, 20_000).astype(float), costs, 8 * costs[:, 0]))
    held = 0.4 * rounds * np.mean([arm.costs.mean(axis=0) for arm in made], axis=0)
    world = Resampled(made, held, rounds, 0, seeds, seed)
    bwk, greedy = (evaluate.play(name, world, seed).features for name in ("bwk", "greedy"))
    return float((bwk >= greedy - 1e-9).mean())
