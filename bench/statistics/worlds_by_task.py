"""Worlds that the whole card by task is held on: one gate exactly at its margin, the others so good that they never decide.

A block is two windows in which both arms do the same tasks, a coin a task saying which arm does it in which.  A world
draws the columns of its own gate, given the coins; the others come from `EXCELLENT`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import signs
import whole
import whole_by_task
from cells import Result, generator
from families import shown

K = 3  # tasks a window
MEAN = 16.7  # points of a run
BLOCK = (250, 450)  # requests of three tasks
Draw = Callable[
    [np.random.Generator, np.ndarray], dict[str, np.ndarray]
]  # coins (reps, blocks, K) -> columns


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
    fails: float = 0.0  # share of B's runs that deliver nothing
    scatter_b: float | None = None  # coefficient of variation of B's runs
    storms_b: float = 0.0  # share of B's runs that take three times as much, the mean as before
    is_known_miss: bool = False


FAMILIES = {
    "plain": TaskFamily("runs scatter by half their mean, 16.7 points each"),
    "tiny": TaskFamily("2.7 points a run: rounding is everything", mean=2.7),
    "heavy": TaskFamily("sizes of tasks lognormal, sd 1", size=1.0),
    "noisy": TaskFamily("runs scatter by their whole mean", noise=1.0),
    "window": TaskFamily("a factor of sd .4 a window", window=0.4),
    "window-8": TaskFamily("a factor of sd .8 a window", window=0.8),
    "arm-in-window": TaskFamily("a factor of sd .4 for one arm's runs in a window", arm_in_window=0.4),
    "outages": TaskFamily("3x in 8 % of windows", outages=0.08),
    "lag": TaskFamily("two points of each run show in the next", lag=2.0),
    "drift": TaskFamily("a window's last run takes twice its first", drift=1.0),
    "fails": TaskFamily("one run in ten delivers nothing; the baseline's count as delivered", fails=0.1),
    "scatter .3 and .6": TaskFamily(
        "B's runs scatter by .6, A's by .3; means alike", noise=0.3, scatter_b=0.6
    ),
    "scatter .3 and .9": TaskFamily(
        "B's runs scatter by .9, A's by .3; means alike", noise=0.3, scatter_b=0.9
    ),
    "scatter and sizes": TaskFamily(
        "B's runs scatter by .9, A's by .3, sizes of tasks by sd 1",
        noise=0.3,
        scatter_b=0.9,
        size=1.0,
        is_known_miss=True,
    ),
    "storms of B": TaskFamily(
        "3x in 1 of 8 of B's runs alone, means alike", noise=0.3, storms_b=0.125, is_known_miss=True
    ),
    "arm-in-block": TaskFamily(
        "a factor of sd .4 for one arm's runs in a block", arm_in_block=0.4, is_known_miss=True
    ),
}


def points(family: TaskFamily, effect: float = 1.0) -> Draw:
    """What the runs take, as a meter of whole percents shows it; `effect`: times as much in A."""

    def draw(rng: np.random.Generator, coin: np.ndarray) -> dict[str, np.ndarray]:
        reps, blocks, k = coin.shape
        shape = (reps, blocks, 2, k)
        is_b = ~np.stack([coin, ~coin], axis=2)

        def scattered(cv: float) -> np.ndarray:
            return rng.gamma(1 / cv**2, cv**2, shape)

        runs = family.mean * scattered(family.noise)
        if family.scatter_b is not None:
            runs = np.where(is_b, family.mean * scattered(family.scatter_b), runs)
        if family.storms_b:
            hit = np.where(rng.random(shape) < family.storms_b, 3, 1) / (1 + 2 * family.storms_b)
            runs = np.where(is_b, runs * hit, runs)
        runs = runs * rng.lognormal(0, family.size, (reps, blocks, 1, k))
        runs = runs * rng.lognormal(0, family.window, (reps, blocks, 2, 1))
        runs = runs * np.where(rng.random((reps, blocks, 2, 1)) < family.outages, 3, 1)
        runs = runs * (1 + family.drift * np.arange(k) / (k - 1))
        of_arm = rng.lognormal(0, family.arm_in_window, (reps, blocks, 2, 1, 2))
        of_arm = of_arm * rng.lognormal(0, family.arm_in_block, (reps, blocks, 1, 1, 2))
        runs = runs * np.where(is_b, of_arm[..., 1] / effect, of_arm[..., 0])
        if family.lag:
            late = np.minimum(family.lag, runs)
            runs = runs - late
            runs[..., 1:] += late[..., :-1]
        seen = shown(rng, runs)
        done = (rng.random(coin.shape) >= family.fails).astype(float)
        a, b = (np.where(which, seen[:, :, 0], seen[:, :, 1]) for which in (coin, ~coin))
        three = {"points_a": a, "points_b": b, "delivered_b": done}
        return {name: x.reshape(reps, blocks * k) for name, x in three.items()}

    return draw


def by_cell(coin: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return sums of (reps, blocks, K) over cells, (reps, cells)."""
    two = np.stack([(values * ~coin).sum(axis=2), (values * coin).sum(axis=2)], axis=2)
    return two.reshape(len(coin), -1)


def of_its_cell(coin: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return (reps, blocks, 2) of cells for each task, (reps, blocks, K)."""
    return np.where(coin, values[:, :, 1:], values[:, :, :1])


def scores(kept: float, kind: str = "graded", low: float = 0.75, high: float = 0.95) -> Draw:
    """Scores of which B keeps a share: graded, with an arm's luck in a window; done or failed; failed window by window."""

    def draw(rng: np.random.Generator, coin: np.ndarray) -> dict[str, np.ndarray]:
        cells = (*coin.shape[:2], 2)
        a = rng.uniform(low, high, coin.shape)
        if kind == "graded":
            b = a * kept + rng.normal(0, 0.08, coin.shape) + of_its_cell(coin, rng.normal(0, 0.1, cells))
        elif kind == "done or failed":
            a, b = np.ones(coin.shape), (rng.random(coin.shape) < kept).astype(float)
        elif kind == "windows":
            b = a * of_its_cell(coin, rng.random(cells) < kept)
        else:
            b = np.ones(coin.shape)
        return {"quality_a": by_cell(coin, a), "quality_b": by_cell(coin, b)}

    return draw


def failures(more: float, kind: str, base: float = 0.01) -> Draw:
    """Errors and requests of which B fails `more`: one by one, in bursts, or as outages in a share of windows."""

    def draw(rng: np.random.Generator, coin: np.ndarray) -> dict[str, np.ndarray]:
        size = by_cell(coin, np.ones(coin.shape))
        na, nb = ((size * rng.integers(*BLOCK, size.shape) / K).astype(int) for _ in range(2))
        a = b = np.full(size.shape, base)
        if kind == "one by one":
            b = b + more
        elif kind == "bursts":
            a, b = (rng.beta(2, 2 / p - 2, size.shape) for p in (base, base + more))
        elif kind == "shared bursts":
            both = np.repeat(rng.beta(2, 2 / base - 2, (len(size), size.shape[1] // 2)), 2, axis=1)
            a, b = both, both + more
        else:
            share = float(kind)
            b = b + (rng.random(size.shape) < share) * more / share
        four = {
            "errors_a": rng.binomial(na, a),
            "requests_a": na,
            "errors_b": rng.binomial(nb, b),
            "requests_b": nb,
        }
        return {name: x.astype(float) for name, x in four.items()}

    return draw


def slowest(ratio: float, sd: float = 0.15, spells: float = 0.0, shared: float = 0.0) -> Draw:
    """p95 latencies; `spells`: in a share of windows B takes three times as long, the mean of the logs as before."""

    def draw(rng: np.random.Generator, coin: np.ndarray) -> dict[str, np.ndarray]:
        there = by_cell(coin, np.ones(coin.shape)) > 0
        both = 1500 * np.repeat(rng.lognormal(0, shared, coin.shape[:2]), 2, axis=1)
        hit = np.where(rng.random(there.shape) < spells, np.log(3), 0.0) - spells * np.log(3)
        a, b = (both * rng.lognormal(0, sd, there.shape) for _ in range(2))
        return {"p95_a": np.where(there, a, 0.0), "p95_b": np.where(there, ratio * b * np.exp(hit), 0.0)}

    return draw


def costs(
    ratio: float,
    window: float = 0.0,
    arm: float = 0.0,
    block: float = 0.0,
    size: float = 0.5,
    noise: float = 0.25,
    storm: float = 0.0,
) -> Draw:
    """Costs: sd of the log factors of a window, of one arm in a window, of one arm in a block; `storm`: windows at 3x."""

    def draw(rng: np.random.Generator, coin: np.ndarray) -> dict[str, np.ndarray]:
        windows = (*coin.shape[:2], 2)
        task = rng.lognormal(0, size, coin.shape)
        of_window = rng.lognormal(0, window, windows) * np.where(rng.random(windows) < storm, 3, 1)
        made = {}
        for name, is_first, share in (("cost_a", coin, 1.0), ("cost_b", ~coin, 1 / ratio)):
            its = of_window * rng.lognormal(0, arm, windows) * rng.lognormal(0, block, (*coin.shape[:2], 1))
            at = np.where(is_first, its[:, :, :1], its[:, :, 1:])
            made[name] = by_cell(coin, share * task * rng.lognormal(0, noise, coin.shape) * at)
        return made

    return draw


EXCELLENT: dict[str, Draw] = {
    "efficiency": points(FAMILIES["plain"]._replace(noise=0.1), 5.0),
    "quality": scores(1.0, "all of nothing", 0.0, 0.1),
    "errors": failures(-0.08, "one by one", 0.0801),
    "p95": slowest(0.5, 0.05),
    "cost": costs(12.0, size=0.2, noise=0.1),
}
GOOD: dict[str, Draw] = {
    "efficiency": points(FAMILIES["plain"], 2.0),
    "quality": scores(1.0),
    "errors": failures(0.0, "bursts"),
    "p95": slowest(1.0),
    "cost": costs(3.0),
}


class World(NamedTuple):
    """What a gate's numbers are like."""

    gate: str
    about: str
    draw: Draw
    is_known_miss: bool = False  # docs/statistics.md says it


WORLDS: dict[str, World] = {
    **{
        f"efficiency: {name}": World("efficiency", one.about, points(one), one.is_known_miss)
        for name, one in FAMILIES.items()
    },
    "quality: graded": World("quality", "an arm's luck in a window", scores(0.8)),
    "quality: done or failed": World("quality", "one task in five fails", scores(0.8, "done or failed")),
    "quality: windows": World(
        "quality", "all of B's in one window in five fail", scores(0.8, "windows"), True
    ),
    "errors: one by one": World("errors", "each request for itself", failures(0.02, "one by one")),
    "errors: bursts": World("errors", "the rate varies over windows", failures(0.02, "bursts")),
    "errors: shared bursts": World("errors", "a block's windows share them", failures(0.02, "shared bursts")),
    "errors: outages in 25 %": World(
        "errors", "all of it in a quarter of B's windows", failures(0.02, "0.25"), True
    ),
    "errors: outages in 8 %": World(
        "errors", "all of it in 8 % of B's windows", failures(0.02, "0.08"), True
    ),
    "p95: 15 % scatter": World("p95", "each window's own", slowest(1.3)),
    "p95: a factor a block": World("p95", "and one of sd .4 shared", slowest(1.3, shared=0.4)),
    "p95: 40 % scatter": World("p95", "each window's own", slowest(1.3, 0.4)),
    "p95: spells": World("p95", "3x in 1 of 8 of B's windows", slowest(1.3, spells=0.125), True),
    "cost: tasks for themselves": World("cost", "tasks scatter by themselves", costs(2.0)),
    "cost: a factor a window": World("cost", "sd .4 of the log, both arms'", costs(2.0, window=0.4)),
    "cost: arm-in-window": World("cost", "sd .4 for one arm's in a window", costs(2.0, arm=0.4)),
    "cost: arm-in-block": World("cost", "sd .4 for one arm's in a block", costs(2.0, block=0.4)),
    "cost: heavy tasks": World("cost", "sizes of tasks of sd 1", costs(2.0, size=1.0)),
    "cost: storms": World("cost", "3x in 1 of 8 windows, of both arms", costs(2.0, storm=0.125)),
}
FOUND = {  # one gate truly better, the rest excellent
    "efficiency 1.5x, plain": World("efficiency", "", points(FAMILIES["plain"], 1.5)),
    "efficiency 2x, plain": World("efficiency", "", points(FAMILIES["plain"], 2.0)),
    "cost 2.5x": World("cost", "", costs(2.5)),
    "cost 3x": World("cost", "", costs(3.0)),
    "cost 3x, a factor a window": World("cost", "", costs(3.0, window=0.4)),
    "p95 alike": World("p95", "", slowest(1.0)),
    "errors alike, in bursts": World("errors", "", failures(0.0, "bursts")),
    "quality alike": World("quality", "", scores(1.0)),
}
TRUTHS: dict[str, dict[str, Draw]] = {  # good in all but what is said
    "truly better": {},
    "efficiency 0.6x, plain": {"efficiency": points(FAMILIES["plain"], 0.6)},
    "cost 0.6x of the margin": {"cost": costs(1.2)},
    "quality 0.6x": {"quality": scores(0.6)},
    "all but errors 0.6x": {
        "efficiency": points(FAMILIES["plain"], 0.6),
        "quality": scores(0.6),
        "p95": slowest(1 / 0.6),
        "cost": costs(1.2),
    },
}


def ledgers(
    rng: np.random.Generator, reps: int, blocks: int, draws: dict[str, Draw]
) -> whole_by_task.TaskLedgers:
    """Return ledgers of which each gate's columns are drawn as `draws` has them."""
    coin = rng.random((reps, blocks, K)) < 0.5
    cells = 2 * np.arange(blocks)[:, None] + coin
    columns = {"cells": cells.reshape(reps, -1), "tasks": by_cell(coin, np.ones(coin.shape))}
    for gate in EXCELLENT:
        columns |= draws[gate](rng, coin)
    return whole_by_task.TaskLedgers(**columns)


def at_margin(name: str, blocks: int, reps: int, seed: int) -> Result:
    """How often the card ever says GO, and SOFT GO or better, looked at after every block."""
    world = (WORLDS | FOUND)[name]
    rng = generator(seed, "whole by task", name, blocks)
    some = ledgers(rng, reps, blocks, EXCELLENT | {world.gate: world.draw})
    if world.gate != "efficiency":
        return told(some, True)
    known = whole_by_task.efficiency_at(some.four, some, True)
    return told(some, True, known) | alone(some, known)


def alone(some: whole_by_task.TaskLedgers, known: np.ndarray) -> Result:
    """How often the test over tasks rejects, at any look at 5 % and at 20 %, and the bare test of tasks in one look of all."""
    n = some.cells.shape[1]
    half = n - n // 2  # laid out in two parts, of which the second is counted
    scores = whole_by_task.shares(some.four)
    once = signs.rejects([scores[:, :half], scores], [0.0, whole.ALPHA])[:, -1]
    return {
        "test": float((known == whole.PASS).any(axis=1).mean()),
        "soft test": float((known >= whole.SOFT).any(axis=1).mean()),
        "once": float(once.mean()),
    }


def truly(name: str, blocks: int, reps: int, seed: int) -> Result:
    """The words of a card that is truly good, or truly worse in one way and good in the others."""
    rng = generator(seed, "truly by task", name, blocks)
    return told(ledgers(rng, reps, blocks, GOOD | TRUTHS[name]))


def told(
    some: whole_by_task.TaskLedgers, is_yes_asked_alone: bool = False, known: np.ndarray | None = None
) -> Result:
    said = whole_by_task.words(some, is_yes_asked_alone, known)
    shares = {
        "GO": (said == whole.GO).any(axis=1),
        "soft": (said >= whole.SOFT_GO).any(axis=1),
        "NO-GO": (said == whole.NO_GO).any(axis=1),
    }
    return {name: float(share.mean()) for name, share in shares.items()} | {"reps": len(said)}


def power(name: str, effect: float, blocks: int, reps: int, seed: int) -> Result:
    """How often the test over tasks finds that B takes so many times less."""
    rng = generator(seed, "efficiency by task", name, effect, blocks)
    some = ledgers(rng, reps, blocks, EXCELLENT | {"efficiency": points(FAMILIES[name], effect)})
    found = whole_by_task.stands(some.four, some, whole.ALPHA)
    known = np.where(found, whole.PASS, whole.UNDECIDED)
    return alone(some, known) | {"reps": reps}


def design_by_window(name: str, effect: float, blocks: int, reps: int, seed: int) -> Result:
    """How often the sign-flip over blocks rejects where each window's runs are one arm's: as many runs, dealt by window."""
    rng = generator(seed, "efficiency by window", name, effect, blocks)
    coin = np.repeat(rng.random((reps, blocks, 1)) < 0.5, K, axis=2)
    runs = points(FAMILIES[name], effect)(rng, coin)
    a, b = (runs[x].reshape(reps, blocks, K).sum(axis=2) for x in ("points_a", "points_b"))
    done = np.full(a.shape, float(K))
    if blocks < whole.FIRST:
        return {"test": 0.0, "reps": reps}
    better, _ = whole.stands([done, a, done, b], blocks, whole.ALPHA)
    return {"test": float(better.any(axis=1).mean()), "reps": reps}
