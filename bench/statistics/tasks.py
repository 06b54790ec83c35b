"""The design by task: how often the test over tasks claims what is not so, and what it finds; looked at after every block.

    python bench/statistics/tasks.py [REPS]      # prints the tables of docs/statistics.md as Markdown

A block is two windows in which both arms do the same tasks, a coin a task saying which arm does it in which.  A
family says what a run takes: points of a window's runs, in the order in which they are done, as a meter of whole
percents shows them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[2] / "lib"), str(Path(__file__).parent)]

from cells import generator  # noqa: E402
from families import shown  # noqa: E402

from tracker.stats import noninferiority  # noqa: E402
from tracker.stats.task_flip import task_flip, task_scores  # noqa: E402
from tracker.verdict.gates.gate import SPENDING, STRICT  # noqa: E402

K, FIRST, MEAN = 3, 5, 16.7  # tasks a window, tasks before the first look, points of a run


class TaskFamily(NamedTuple):
    """What the runs of a window take, beside the arm's own efficiency."""

    about: str
    mean: float = MEAN
    noise: float = 0.5  # coefficient of variation of a run
    size: float = 0.0  # sd of the log size of a task, the same in both its runs
    window: float = 0.0  # sd of the log of what a window does to all its runs
    arm_in_window: float = 0.0  # and of what it does to one arm's runs
    arm_in_block: float = 0.0  # and both windows of a block to one arm's
    outages: float = 0.0  # share of windows whose runs take three times as much
    lag: float = 0.0  # points of a run that the meter shows in the next one
    drift: float = 0.0  # a window's last run takes so much more than its first
    fails: float = 0.0  # share of runs that deliver nothing
    scatter_b: float | None = None  # coefficient of variation of B's runs


NULL = {
    "plain": TaskFamily("runs scatter by half their mean, 16.7 points each"),
    "tiny": TaskFamily("2.7 points a run: rounding is everything", mean=2.7),
    "heavy": TaskFamily("sizes of tasks lognormal, sd 1", size=1.0),
    "noisy": TaskFamily("runs scatter by their whole mean", noise=1.0),
    "window": TaskFamily("a factor of sd .4 a window", window=0.4),
    "window-8": TaskFamily("a factor of sd .8 a window", window=0.8),
    "arm-in-window": TaskFamily("a factor of sd .4 for one arm's runs in a window", arm_in_window=0.4),
    "arm-in-block": TaskFamily("a factor of sd .4 for one arm's runs in a block", arm_in_block=0.4),
    "outages": TaskFamily("3x in 8 % of windows", outages=0.08),
    "lag": TaskFamily("two points of each run show in the next", lag=2.0),
    "drift": TaskFamily("a window's last run takes twice its first", drift=1.0),
    "fails": TaskFamily("one run in ten delivers nothing, in both arms", fails=0.1),
    "scatter": TaskFamily("B's runs scatter by .9, A's by .3; means alike", noise=0.3, scatter_b=0.9),
}


def draw(rng: np.random.Generator, family: TaskFamily, blocks: int, effect: float = 1.0):
    """Return (features_A, points_A, features_B, points_B, coin) of tasks, each (blocks, tasks a window)."""
    shape = (blocks, 2, K)
    coin = rng.random((blocks, K)) < 0.5  # A in the first window
    is_b = ~np.stack([coin, ~coin], axis=1)

    def scattered(cv: float) -> np.ndarray:
        return rng.gamma(1 / cv**2, cv**2, shape)

    runs = family.mean * scattered(family.noise)
    if family.scatter_b is not None:
        runs = np.where(is_b, family.mean * scattered(family.scatter_b), runs)
    runs = (
        runs * rng.lognormal(0, family.size, (blocks, 1, K)) * rng.lognormal(0, family.window, (blocks, 2, 1))
    )
    runs = runs * np.where(rng.random((blocks, 2, 1)) < family.outages, 3, 1)
    runs = runs * (1 + family.drift * np.arange(K) / (K - 1))
    of_window = rng.lognormal(0, family.arm_in_window, (blocks, 2, 1, 2))
    of_block = rng.lognormal(0, family.arm_in_block, (blocks, 1, 1, 2))
    of_arm = np.broadcast_to(of_window * of_block, (blocks, 2, K, 2))
    runs = runs * np.where(is_b, of_arm[..., 1] / effect, of_arm[..., 0])
    if family.lag:
        late = np.minimum(family.lag, runs)
        runs = runs - late
        runs[:, :, 1:] += late[:, :, :-1]
    points, done = shown(rng, runs), (rng.random(shape) >= family.fails).astype(float)
    first, second = (points[:, 0], done[:, 0]), (points[:, 1], done[:, 1])
    a, b = (
        [np.where(coin, one, two) for one, two in zip(x, y, strict=True)]
        for x, y in ((first, second), (second, first))
    )
    return a[1], a[0], b[1], b[0], coin


def names(coin: np.ndarray) -> tuple[list[int], list[int]]:
    """Return each task's block and cell."""
    blocks = np.repeat(np.arange(len(coin)), K)
    return blocks.tolist(), (2 * blocks + coin.ravel()).tolist()


def claims(family: TaskFamily, blocks: int, effect: float, reps: int, seed: int) -> dict[str, float]:
    """How often the test claims that B takes less: at any look, at any look at 20 %, and in one look of all tasks for themselves."""
    rng = generator(seed, "tasks", family.about, blocks, effect)
    looked = once = soft = 0
    for _ in range(reps):
        fa, a, fb, b, coin = draw(rng, family, blocks, effect)
        scores = task_scores(*(x.ravel() for x in (fa, a, fb, b))).tolist()
        block, cell = names(coin)
        n = len(scores)
        looked += task_flip(scores, block, cell, n, FIRST).rejected_at is not None
        soft += task_flip(scores, block, cell, n, FIRST, 0.20).rejected_at is not None
        once += task_flip(scores, [0] * n, list(range(n)), n, n).rejected_at is not None
    return {"looked": looked / reps, "soft": soft / reps, "one look": once / reps}


def cost_gate(
    shared: float, ratio: float, blocks: int, reps: int, seed: int, window: float = 0.0
) -> dict[str, float]:
    """How often the gate of cost passes at any look, cells for blocks; `shared`: sd of the log of one arm's cost in a window."""
    rng = generator(seed, "task costs", shared, ratio, blocks, window)
    found = 0
    n = blocks * K
    for _ in range(reps):
        coin = rng.random((blocks, K)) < 0.5
        task = rng.lognormal(0, 0.5, (blocks, K))
        of_window = rng.lognormal(0, window, (blocks, 2))
        of_arm = rng.lognormal(0, shared, (blocks, 2, 2))
        at = np.where(coin, 0, 1)  # the window of A's run
        rows = np.arange(blocks)[:, None]
        a = task * rng.lognormal(0, 0.25, task.shape) * of_window[rows, at] * of_arm[rows, at, 0]
        b = (
            task
            * rng.lognormal(0, 0.25, task.shape)
            * of_window[rows, 1 - at]
            * of_arm[rows, 1 - at, 1]
            / ratio
        )
        sums: dict[tuple[int, bool], list[float]] = {}
        done = False
        for block in range(blocks):
            for place in range(K):
                pair = sums.setdefault((block, bool(coin[block, place])), [0.0, 0.0])
                pair[0] += a[block, place]
                pair[1] += b[block, place]
            seen = (block + 1) * K
            if seen >= FIRST and not done:
                tail = STRICT * (seen / n) ** SPENDING
                low = noninferiority.cost_ratio(*zip(*sums.values(), strict=True), tail).low
                done = low is not None and low >= 2.0
        found += done
    return {"looked": found / reps}


def percent(value: float) -> str:
    return f"{100 * value:.1f}"


def report(reps: int, say: Callable[[str], object]) -> None:
    """Print the tables."""
    sizes = {3: reps, 5: reps // 2, 6: reps // 4}
    say("| arms alike | " + " | ".join(f"{k} windows per arm ({sizes[k]:,})" for k in sizes) + " |")
    say("|---|" + "---|" * len(sizes))
    for name, family in NULL.items():
        found = [claims(family, blocks, 1.0, count, 1) for blocks, count in sizes.items()]
        say(
            f"| {name}: {family.about} | "
            + " | ".join(f"{percent(x['looked'])} ({percent(x['soft'])})" for x in found)
            + " |"
        )
    say("\n| B takes | " + " | ".join(f"{k} windows per arm" for k in sizes) + " |")
    say("|---|" + "---|" * len(sizes))
    for name in ("plain", "noisy", "window", "tiny"):
        for effect in (1.5, 2.0):
            found = [claims(NULL[name], blocks, effect, count // 2, 2) for blocks, count in sizes.items()]
            cells = " | ".join(f"{percent(x['looked'])} (one look {percent(x['one look'])})" for x in found)
            say(f"| 1/{effect:g}, {name} | {cells} |")
    say("\n| cost | " + " | ".join(f"{k} windows per arm" for k in sizes) + " |")
    say("|---|" + "---|" * len(sizes))
    for words, shared, window, ratio in (
        ("at 2x, tasks for themselves", 0.0, 0.0, 2.0),
        ("at 2x, a factor of sd .4 a window", 0.0, 0.4, 2.0),
        ("at 2x, a factor of sd .4 for one arm's in a window", 0.4, 0.0, 2.0),
        ("truly 3x", 0.0, 0.0, 3.0),
    ):
        found = [cost_gate(shared, ratio, blocks, count, 3, window) for blocks, count in sizes.items()]
        say(f"| {words} | " + " | ".join(percent(x["looked"]) for x in found) + " |")


if __name__ == "__main__":
    report(int(sys.argv[1]) if sys.argv[1:] else 4000, lambda line: print(line, flush=True))
