"""Time the replay, or measure its interval on simulated logs.

Usage: PYTHONPATH=lib python bench/replay.py speed | coverage [LOGS]   (LOGS a cell, default 200)
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np
from tqdm import tqdm

from tracker.print import layout
from tracker.replay import coverage, evaluate
from tracker.replay.environment import Pricing, Resampled

NAMES = ("greedy", "bwk", "ucb-bwk")


def seconds(world) -> float:
    start = time.perf_counter()
    for name in NAMES:
        evaluate.play(name, world, 1)
    return time.perf_counter() - start


def speed() -> None:
    rng = np.random.default_rng(1)
    arms = coverage.arms(rng, "Poisson", "cheaper", 12)
    small = [seconds(Resampled(arms, np.array([90.0]), 50, 25, 40, 1)) for _ in range(5)]
    large = seconds(Pricing(16_000, 200))
    lines = [
        ["1,000 seeds x 3 policies x 50 rounds", f"{np.median(small):.2f} s", "< 2 s"],
        ["200 seeds x 3 policies x 16,000 rounds", f"{large:.1f} s", "< 60 s"],
    ]
    sys.stdout.write(layout.grid(lines, ["replay", f"measured ({os.cpu_count()} cores)", "target"]) + "\n")


def measure(logs: int) -> int:
    found = coverage.measure(tqdm(coverage.cells(), desc="coverage", disable=None), logs)
    lines = [
        [
            line["family"],
            line["truth"],
            f"{line['budget']:g}",
            line["windows_per_arm"],
            f"{line['true_difference']:+.2f}",
            f"{100 * line['coverage']:.1f}",
            f"{100 * line['wrong_verdicts']:.1f}",
        ]
        for line in found
    ]
    heads = [
        "features",
        "arms",
        "points",
        "windows/arm",
        "true bwk - greedy",
        "coverage %",
        "wrong verdict %",
    ]
    sys.stdout.write(layout.grid(lines, heads) + "\n\n")
    shares = [
        [f"T = {rounds}", f"{knapsacks}", f"{100 * coverage.at_least(rounds, knapsacks, seeds):.0f} %"]
        for rounds, seeds in ((20, 4000), (2000, 400))
        for knapsacks in (1, 2)
    ]
    sys.stdout.write(layout.grid(shares, ["rounds", "knapsacks", "P(bwk >= greedy)"]) + "\n")
    lowest = min(line["coverage"] for line in found)
    sys.stdout.write(f"\nlowest coverage {100 * lowest:.1f} % (nominal 95), {logs} logs a cell\n")
    return 0 if lowest >= 0.92 else 1


if __name__ == "__main__":
    what, *more = [*sys.argv[1:], "speed"][: max(1, len(sys.argv) - 1)]
    if what == "speed":
        speed()
    elif what == "coverage":
        raise SystemExit(measure(int(more[0]) if more else 200))
    else:
        raise SystemExit(__doc__)
