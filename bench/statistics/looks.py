"""Gates looked at after every block, one exactly at its margin: how often it passes at any look, and what that costs.

A card says GO only when every gate passes, so a gate's own share of passes bounds that of GO from above.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from cells import Result, generator

from tracker.stats import noninferiority, sequential
from tracker.verdict.gates.errors import OUTAGE
from tracker.verdict.gates.gate import LENIENT, STRICT

Columns = tuple[np.ndarray, ...]  # each (replications, blocks)
FIRST, TASKS = 5, 3


def costs(ratio: float, shared: float) -> Callable[..., Columns]:
    """Costs of three tasks a block; `shared` is the sd of the log factor that a window's tasks have in common."""

    def draw(rng, shape) -> Columns:
        task = rng.lognormal(0, 0.5, (*shape, TASKS))
        a, b = (
            (task * rng.lognormal(0, 0.25, (*shape, TASKS))).sum(axis=2) * rng.lognormal(0, shared, shape)
            for _ in range(2)
        )
        return a, b / ratio

    return draw


def failures(more: float, kind: str) -> Callable[..., Columns]:
    """Errors and requests; B fails `more` of them besides, in bursts or as outages in 8 % of its windows."""

    def draw(rng, shape) -> Columns:
        na, nb = rng.integers(250, 450, shape), rng.integers(250, 450, shape)
        if kind == "bursts":
            rates = rng.beta(2, 198, shape), rng.beta(2, 2 / (0.01 + more) - 2, shape)
        else:
            rates = np.full(shape, 0.01), 0.01 + (rng.random(shape) < 0.08) * more / 0.08
        return rng.binomial(na, rates[0]), na, rng.binomial(nb, rates[1]), nb

    return draw


def slowest(ratio: float) -> Callable[..., Columns]:
    """p95 latencies, each scattered by 15 %."""

    def draw(rng, shape) -> Columns:
        return 1500 * rng.lognormal(0, 0.15, shape), 1500 * ratio * rng.lognormal(0, 0.15, shape)

    return draw


def scores(kept: float) -> Callable[..., Columns]:
    """Sums of three scores a block, of which B keeps a share; a block's luck is shared."""

    def draw(rng, shape) -> Columns:
        a = rng.uniform(0.75, 0.95, (*shape, TASKS))
        b = a * kept + rng.normal(0, 0.08, (*shape, TASKS)) + rng.normal(0, 0.1, (*shape, 1))
        return a.sum(axis=2), b.sum(axis=2), np.full(shape, float(TASKS))

    return draw


GATES = {  # bounds(columns, tail) -> whether the gate passes
    "cost": lambda c, tail: _at_least(noninferiority.cost_ratio(*c, tail).low, 2.0),
    "errors": lambda c, tail: _at_most(noninferiority.error_difference(*c, OUTAGE * 0.02, tail).high, 0.02),
    "p95": lambda c, tail: _at_most(noninferiority.latency_ratio(*c, tail).high, 1.3),
    "quality": lambda c, tail: _at_least(noninferiority.quality(*c, 0.8, tail).low, 0.0),
}
FAMILIES = {
    "cost, tasks for themselves": ("cost", costs(2.0, 0.0)),
    "cost, a factor a window": ("cost", costs(2.0, 0.4)),
    "cost, truly 2.5x": ("cost", costs(2.5, 0.0)),
    "cost, truly 3x, a factor a window": ("cost", costs(3.0, 0.4)),
    "errors in bursts": ("errors", failures(0.02, "bursts")),
    "errors as outages": ("errors", failures(0.02, "outages")),
    "errors, truly alike": ("errors", failures(0.0, "bursts")),
    "p95": ("p95", slowest(1.3)),
    "p95, truly alike": ("p95", slowest(1.0)),
    "quality": ("quality", scores(0.8)),
    "quality, truly alike": ("quality", scores(1.0)),
}


def _at_least(end: float | None, margin: float) -> bool:
    return end is not None and end >= margin


def _at_most(end: float | None, margin: float) -> bool:
    return end is not None and end <= margin


def looked(family: str, n: int, reps: int, seed: int) -> Result:
    """How often a gate passes at any look of n blocks: strictly, softly, and with one look's bounds at each."""
    rng = generator(seed, "looks", family, n)
    gate, draw = FAMILIES[family]
    passes = GATES[gate]
    columns = draw(rng, (reps, n))
    strict = soft = unpaid = once = 0
    for row in zip(*columns, strict=True):
        so_far = [[column[:k] for column in row] for k in range(FIRST, n + 1)]
        share = [(k / n) ** 2 for k in range(FIRST, n + 1)]
        once += passes(so_far[-1], STRICT)
        strict += any(passes(c, STRICT * s) for c, s in zip(so_far, share, strict=True))
        soft += any(passes(c, LENIENT * s) for c, s in zip(so_far, share, strict=True))
        unpaid += any(passes(c, STRICT) for c in so_far)
    return {
        "strict": strict / reps,
        "soft": soft / reps,
        "each look as the only one": unpaid / reps,
        "one look": once / reps,
        "reps": reps,
    }


UNEQUAL = {  # sd of the log points, share of storms of 3x, share of windows that yield nothing: of B only
    "alike": (0.15, 0.0, 0.0),
    "scatter 4x": (0.6, 0.0, 0.0),
    "scatter 7x": (1.0, 0.0, 0.0),
    "storm in 1 of 8": (0.15, 0.125, 0.0),
    "15 % yield nothing": (0.15, 0.0, 0.15),
}


def unequal(name: str, n: int, reps: int, seed: int) -> Result:
    """How often the sign-flip rejects arms of one rate whose windows scatter unequally."""
    rng = generator(seed, "unequal", name, n)
    rejects = sum(
        sequential.sign_flip(*_arm(rng, n, *UNEQUAL["alike"]), *_arm(rng, n, *UNEQUAL[name]), n).rejected_at
        is not None
        for _ in range(reps)
    )
    return {"rejects": rejects / reps, "reps": reps}


def _arm(rng, n: int, sd: float, storm: float, nothing: float) -> Columns:
    points = rng.gamma(16, 50 / 16, n)
    features = rng.poisson(3 / 50 * points) * (rng.random(n) >= nothing)
    points = points * rng.lognormal(-(sd**2) / 2, sd, n) * (1 - nothing)
    points = points * np.where(rng.random(n) < storm, 3, 1) / (1 + 2 * storm)
    return features.astype(float), np.floor(points)


def sparse(capacity_a: float, capacity_b: float, rate: float, reps: int, seed: int) -> Result:
    """How often the e-value ever reaches 20 in 50 looks at one rate a point and unequal capacities."""
    rng = generator(seed, "sparse", capacity_a, capacity_b, rate)
    points = np.full(50, float(capacity_a)), np.full(50, float(capacity_b))
    rejects = sum(
        sequential.e_process(
            rng.poisson(rate * points[0]), points[0], rng.poisson(rate * points[1]), points[1]
        ).rejected_at
        is not None
        for _ in range(reps)
    )
    return {"rejects": rejects / reps, "reps": reps}
