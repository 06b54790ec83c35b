"""The literature's dynamic pricing example, rerun: does regret grow as the theorems say?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tracker import cli
from tracker.replay import evaluate
from tracker.replay.environment import Pricing
from tracker.replay.lp import optimum

SIZES = (250, 500, 1000, 2000, 4000, 8000, 16000)
# Slope of log regret over log T, and % of the LP at the largest T.  The theorems promise about
# sqrt(T) for the two learners; greedy, which always asks the highest price, loses a share for ever.
TARGETS: dict[str, tuple[tuple[float, float | None], float | None]] = {
    "bwk": ((0.40, 0.62), 96.0),
    "ucb-bwk": ((0.40, 0.62), 96.0),
    "greedy": ((0.85, None), None),
}
Steps = Callable[[Sequence[tuple[str, int]]], Iterable[tuple[str, int]]]


def pricing(
    sizes: Sequence[int] = SIZES, seeds: int = 200, seed: int = 20260101, steps: Steps = iter
) -> tuple[dict[str, Any], dict[str, tuple[list[float], list[float]]]]:
    """Return slopes and % of LP by policy with their targets, and the mean regrets (one per size).

    `steps` may wrap the list of what is to do, to show progress.
    """
    if not 10 <= seeds <= 100_000 or seed < 0:
        raise cli.Stop(cli.USAGE, f"--seeds {seeds} --seed {seed}: 10 seeds and seed 0 are the least")
    regrets: dict[str, list[float]] = {name: [] for name in TARGETS}
    shares: dict[str, float] = {}
    for name, size in steps([(name, size) for name in TARGETS for size in sizes]):
        world = Pricing(size, seeds)
        rewards, costs = world.means()
        most = size * optimum(rewards[0], costs[0], world.budgets / size)
        sold = evaluate.play(name, world, seed + size).features.mean()
        regrets[name].append(float(most - sold))
        shares[name] = float(100 * sold / most)
    lines = []
    for name, ((low, high), share) in TARGETS.items():
        slope = float(np.polyfit(np.log(sizes), np.log(np.maximum(regrets[name], 1e-9)), 1)[0])
        holds = low <= slope and (high is None or slope <= high) and (share is None or shares[name] >= share)
        lines.append(
            {
                "policy": name,
                "slope": slope,
                "slope_target": (low, high),
                "lp_pct": shares[name],
                "lp_pct_target": share,
                "regret": regrets[name],
                "holds": holds,
            }
        )
    return {"reference": "pricing", "sizes": list(sizes), "seeds": seeds, "policies": lines}, {
        name: (list(map(float, sizes)), values) for name, values in regrets.items()
    }
