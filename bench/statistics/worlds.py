"""Worlds that the whole card is held on: one gate exactly at its margin, everything else so good that it never decides.

The rest is better than good on purpose: whatever the other gates hold back would only lower the share of GO.  A world
draws the columns of its own gate; the others come from `EXCELLENT`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import whole
from cells import BY_NAME, Result, blocks, generator
from families import FAMILIES, FEATURES, capacity, shown

Draw = Callable[..., dict[str, np.ndarray]]
Shape = tuple[int, int]
POINTS = ("features_a", "points_a", "features_b", "points_b")
MIDDLE = 50.0  # points of a window


class World(NamedTuple):
    """What a gate's numbers are like."""

    gate: str
    about: str
    draw: Draw  # (rng, shape) -> columns of `whole.Ledgers`
    is_known_miss: bool = False  # what few blocks do not show, no method sees; docs/statistics.md says it
    is_margin: bool = True  # False: truly better than the margin, to see what the card finds
    share: float = 0.0  # of B's windows, in which all that is bad of it comes
    quiet: Draw | None = None  # the same where it does not come


# Efficiency -----------------------------------------------------------------------------------------------------


def of_family(name: str, effect: float = 1.0) -> Draw:
    return lambda rng, shape: dict(zip(POINTS, blocks(BY_NAME[name], rng, shape, effect), strict=True))


def rates(
    rng: np.random.Generator, shape: Shape, harder: list[np.ndarray], effect: float = 1.0
) -> dict[str, np.ndarray]:
    """Three features a window of 50 points at one rate; `harder`: what each arm's windows take more, on top."""
    made = []
    for arm, times in enumerate(harder):
        points = capacity(rng, shape, MIDDLE)
        features = rng.poisson(FEATURES / MIDDLE * points * (effect if arm else 1.0)).astype(float)
        made += [features, shown(rng, points * times)]
    return dict(zip(POINTS, made, strict=True))


def factors(sd: float, shared: float = 0.0) -> Draw:
    """A log-normal factor a window, and one that a block's windows share."""

    def draw(rng, shape):
        both = rng.lognormal(0, shared, shape)
        return rates(rng, shape, [both * rng.lognormal(0, sd, shape) for _ in range(2)])

    return draw


def storms(share: float, times: float = 3.0, of_b: bool = False) -> Draw:
    """A share of windows takes so many times as much; of B alone, with the same mean."""

    def draw(rng, shape):
        hit = [np.where(rng.random(shape) < share, times, 1.0) for _ in range(2)]
        return rates(rng, shape, [np.full(shape, 1 + share * (times - 1)), hit[1]] if of_b else hit)

    return draw


def drifting(sd: float = 0.4, rho: float = 0.7) -> Draw:
    """The hardness of work wanders over the windows in their order (AR(1)), of which a coin gives each arm one a block."""

    def draw(rng, shape):
        reps, n = shape
        log = np.empty((reps, 2 * n))
        log[:, 0] = rng.normal(0, sd, reps)
        for k in range(1, 2 * n):
            log[:, k] = rho * log[:, k - 1] + rng.normal(0, sd * (1 - rho**2) ** 0.5, reps)
        first, second = np.exp(log[:, 0::2]), np.exp(log[:, 1::2])
        coin = rng.random(shape) < 0.5
        return rates(rng, shape, [np.where(coin, first, second), np.where(coin, second, first)])

    return draw


def lagging(points: float = 2.0, of: float = 12.0) -> Draw:
    """So many points of each window show in the next one's readings, which is the other arm's as often as not."""

    def draw(rng, shape):
        reps, n = shape
        used = capacity(rng, (reps, 2 * n), of)
        features = rng.poisson(FEATURES / of * used).astype(float)
        late = np.minimum(points, used)
        seen = used - late
        seen[:, 1:] += late[:, :-1]
        seen = shown(rng, seen)
        coin = rng.random(shape) < 0.5
        pairs = [(x[:, 0::2], x[:, 1::2]) for x in (features, seen)]
        a = [np.where(coin, one, two) for one, two in pairs]
        b = [np.where(coin, two, one) for one, two in pairs]
        return dict(zip(POINTS, (*a, *b), strict=True))

    return draw


def unequal(sd: float = 0.0, nothing: float = 0.0) -> Draw:
    """One rate, but B's windows scatter by a factor, or yield nothing in a share (the others as much more)."""

    def draw(rng, shape):
        made = rates(rng, shape, [np.ones(shape), rng.lognormal(-(sd**2) / 2, sd, shape)])
        if nothing:
            points = capacity(rng, shape, MIDDLE)
            features = rng.poisson(FEATURES / MIDDLE / (1 - nothing) * points).astype(float)
            made |= {
                "features_b": features * (rng.random(shape) >= nothing),
                "points_b": shown(rng, points),
            }
        return made

    return draw


# The gates of bounds --------------------------------------------------------------------------------------------

TASKS = 3


def costs(
    ratio: float,
    shared: float = 0.0,
    size: float = 0.5,
    noise: float = 0.25,
    storm: float = 0.0,
    block: float = 0.0,
    tasks: int = TASKS,
) -> Draw:
    """Sums of costs: `shared` is the sd of a window's log factor, `storm` the share of windows that cost three times as much."""

    def draw(rng, shape):
        of = (*shape, tasks)
        task = rng.lognormal(0, size, of) * rng.lognormal(0, block, (*shape, 1))
        a, b = (
            (task * rng.lognormal(0, noise, of)).sum(axis=2)
            * rng.lognormal(0, shared, shape)
            * np.where(rng.random(shape) < storm, 3, 1)
            for _ in range(2)
        )
        return {"cost_a": a, "cost_b": b / ratio}

    return draw


def failures(more: float, kind: str, base: float = 0.01) -> Draw:
    """Errors and requests of which B fails `more`: one by one, in bursts, or as outages in a share of windows."""

    def draw(rng, shape):
        na, nb = rng.integers(250, 450, shape), rng.integers(250, 450, shape)
        a = b = np.full(shape, base)
        if kind == "one by one":
            b = b + more
        elif kind == "bursts":
            a, b = rng.beta(2, 2 / base - 2, shape), rng.beta(2, 2 / (base + more) - 2, shape)
        elif kind == "shared bursts":
            both = rng.beta(2, 2 / base - 2, shape)
            a, b = both, both + more
        else:
            share = float(kind)
            b = b + (rng.random(shape) < share) * more / share
        four = rng.binomial(na, a), na, rng.binomial(nb, b), nb
        names = ("errors_a", "requests_a", "errors_b", "requests_b")
        return {name: x.astype(float) for name, x in zip(names, four, strict=True)}

    return draw


def slowest(ratio: float, sd: float = 0.15, spells: float = 0.0, shared: float = 0.0) -> Draw:
    """p95 latencies; `spells`: a share of B's windows takes three times as long, the mean of the logs as before."""

    def draw(rng, shape):
        both = 1500 * rng.lognormal(0, shared, shape)
        hit = np.where(rng.random(shape) < spells, np.log(3), 0.0) - spells * np.log(3)
        return {
            "p95_a": both * rng.lognormal(0, sd, shape),
            "p95_b": both * ratio * rng.lognormal(0, sd, shape) * np.exp(hit),
        }

    return draw


def scores(kept: float, kind: str = "graded", tasks: int = TASKS) -> Draw:
    """Sums of scores of which B keeps a share: graded, as tasks done or failed, or failed window by window."""

    def draw(rng, shape):
        of = (*shape, tasks)
        a = rng.uniform(0.75, 0.95, of)
        if kind == "graded":
            b = a * kept + rng.normal(0, 0.08, of) + rng.normal(0, 0.1, (*shape, 1))
        elif kind == "done or failed":
            a, b = np.ones(of), (rng.random(of) < kept).astype(float)
        else:
            b = a * (rng.random((*shape, 1)) < kept)
        return {
            "quality_a": a.sum(axis=2),
            "quality_b": b.sum(axis=2),
            "tasks": np.full(shape, float(tasks)),
        }

    return draw


EXCELLENT: dict[str, Draw] = {
    "efficiency": of_family("planned", 4.0),
    "quality": scores(1.25, tasks=10),
    "errors": failures(-0.05, "one by one", 0.0501),
    "p95": slowest(0.7, 0.05),
    "cost": costs(6.0, size=0.2, noise=0.1),
}
GOOD: dict[str, Draw] = {
    "efficiency": of_family("planned", 2.0),
    "quality": scores(1.0),
    "errors": failures(0.0, "bursts"),
    "p95": slowest(1.0),
    "cost": costs(3.0),
}
WORLDS: dict[str, World] = {
    **{f"efficiency: {one.name}": World("efficiency", one.about, of_family(one.name)) for one in FAMILIES},
    "efficiency: a factor a window": World("efficiency", "sd .4 of the log, each window's own", factors(0.4)),
    "efficiency: a factor a block": World("efficiency", "sd .4 of the log, shared", factors(0.15, 0.4)),
    "efficiency: outages": World("efficiency", "3x the points in 8 % of windows", storms(0.08)),
    "efficiency: storms": World("efficiency", "3x the points in 1 of 8 windows", storms(0.125)),
    "efficiency: drift": World("efficiency", "AR(1) .7 over the windows", drifting()),
    "efficiency: lag": World("efficiency", "2 of 12 points show a window later", lagging()),
    "efficiency: scatter of B 4x": World("efficiency", "sd .6 of B's log points alone", unequal(0.6)),
    "efficiency: scatter of B 7x": World("efficiency", "sd 1 of B's log points alone", unequal(1.0)),
    "efficiency: storms of B": World(
        "efficiency",
        "3x in 1 of 8 of B's alone",
        storms(0.125, of_b=True),
        share=0.125,
        quiet=lambda rng, shape: rates(rng, shape, [np.full(shape, 1.25), np.ones(shape)]),
    ),
    "efficiency: B yields nothing": World(
        "efficiency", "in 15 % of B's windows alone", unequal(nothing=0.15)
    ),
    "quality: graded": World("quality", "scores with a block's luck", scores(0.8)),
    "quality: done or failed": World("quality", "one task in five fails", scores(0.8, "done or failed")),
    "quality: ten tasks": World(
        "quality", "ten tasks a block, done or failed", scores(0.8, "done or failed", 10)
    ),
    "quality: windows": World(
        "quality",
        "one window in five fails whole",
        scores(0.8, "windows"),
        True,
        share=0.2,
        quiet=scores(1.0, "windows"),
    ),
    "errors: one by one": World("errors", "each request for itself", failures(0.02, "one by one")),
    "errors: bursts": World("errors", "the rate varies over windows", failures(0.02, "bursts")),
    "errors: shared bursts": World("errors", "a block's windows share them", failures(0.02, "shared bursts")),
    "errors: outages in 25 %": World(
        "errors",
        "all of it in a quarter of B's windows",
        failures(0.02, "0.25"),
        True,
        share=0.25,
        quiet=failures(0.0, "one by one"),
    ),
    "errors: outages in 8 %": World(
        "errors",
        "all of it in 8 % of B's windows",
        failures(0.02, "0.08"),
        True,
        share=0.08,
        quiet=failures(0.0, "one by one"),
    ),
    "p95: 15 % scatter": World("p95", "each window's own", slowest(1.3)),
    "p95: a factor a block": World("p95", "and one of sd .4 shared", slowest(1.3, shared=0.4)),
    "p95: 40 % scatter": World("p95", "each window's own", slowest(1.3, 0.4)),
    "p95: spells": World(
        "p95",
        "3x in 1 of 8 of B's windows",
        slowest(1.3, spells=0.125),
        True,
        share=0.125,
        quiet=slowest(1.3 * 3**-0.125),
    ),
    "cost: tasks for themselves": World("cost", "three tasks a block", costs(2.0)),
    "cost: a factor a window": World("cost", "sd .4 of the log", costs(2.0, 0.4)),
    "cost: a factor a block": World("cost", "sd .4 of the log, shared", costs(2.0, block=0.4)),
    "cost: heavy tasks": World("cost", "sizes of tasks of sd 1", costs(2.0, size=1.0)),
    "cost: storms": World("cost", "3x in 1 of 8 windows, of both arms", costs(2.0, storm=0.125)),
    "cost: one task": World("cost", "one task a block", costs(2.0, tasks=1)),
}
FOUND = {  # one gate truly better, the rest excellent: what looking and its price leave to be found
    "efficiency 1.5x, planned": World("efficiency", "", of_family("planned", 1.5), is_margin=False),
    "efficiency 2x, planned": World("efficiency", "", of_family("planned", 2.0), is_margin=False),
    "efficiency 2x, poisson-50": World("efficiency", "", of_family("poisson-50", 2.0), is_margin=False),
    "cost 2.5x": World("cost", "", costs(2.5), is_margin=False),
    "cost 3x, a factor a window": World("cost", "", costs(3.0, 0.4), is_margin=False),
    "p95 alike": World("p95", "", slowest(1.0), is_margin=False),
    "errors alike, in bursts": World("errors", "", failures(0.0, "bursts"), is_margin=False),
    "quality alike": World("quality", "", scores(1.0), is_margin=False),
}
TRUTHS: dict[str, dict[str, Draw]] = {  # good in all but what is said; 0.6x: 0.6 times as good
    "truly better": {},
    "efficiency 0.6x, planned": {"efficiency": of_family("planned", 0.6)},
    "efficiency 0.6x, poisson-50": {"efficiency": of_family("poisson-50", 0.6)},
    "cost 0.6x of the margin": {"cost": costs(1.2)},
    "quality 0.6x": {"quality": scores(0.6)},
    "all but errors 0.6x, poisson-50": {
        "efficiency": of_family("poisson-50", 0.6),
        "quality": scores(0.6),
        "p95": slowest(1 / 0.6),
        "cost": costs(1.2),
    },
}


def ledgers(rng: np.random.Generator, shape: Shape, draws: dict[str, Draw]) -> whole.Ledgers:
    """Return ledgers of which each gate's columns are drawn as `draws` has them."""
    columns: dict[str, np.ndarray] = {}
    for gate in EXCELLENT:
        columns |= draws[gate](rng, shape)
    return whole.Ledgers(**columns)


def at_margin(name: str, n: int, reps: int, seed: int) -> Result:
    """How often the card ever says GO, and SOFT GO or better, looked at after every block."""
    world = (WORLDS | FOUND)[name]
    rng = generator(seed, "whole", name, n)
    some = ledgers(rng, (reps, n), EXCELLENT | {world.gate: world.draw})
    return (
        told(some, world.gate != "efficiency") | single_looks(some, world.gate) | floors(name, n, reps, seed)
    )


def floors(name: str, n: int, reps: int, seed: int) -> Result:
    """How often none of B's windows shows what makes it bad, by the look at which a quiet candidate passes.

    A method that passes a quiet candidate at a look has passed there the bad one too that was quiet so far, which has a
    chance of (1 - share)^look.  `none`: in all n windows; `GO` and `soft` below: at the looks of the card itself.
    """
    world = (WORLDS | FOUND)[name]
    if world.quiet is None:
        return {}
    some = ledgers(generator(seed, "quiet", name, n), (reps, n), EXCELLENT | {world.gate: world.quiet})
    said = whole.words(some, world.gate != "efficiency")
    found = {"none": (1 - world.share) ** n}
    for key, word in (("GO floor", whole.GO), ("soft floor", whole.SOFT_GO)):
        yes = said >= word
        looks = whole.FIRST + yes.argmax(axis=1)
        found[key] = float(np.where(yes.any(axis=1), (1 - world.share) ** looks, 0.0).mean())
    return found


def single_looks(some: whole.Ledgers, name: str) -> Result:
    """How often a gate of bounds passes with one look's bounds: at any look, and at the last one alone."""
    if name == "efficiency":
        return {}
    gate, n = whole.GATES[name], some.points_a.shape[1]
    passes = [
        gate(whole.Ledgers(*(x[:, :k] for x in some)), whole.STRICT)[0] for k in range(whole.FIRST, n + 1)
    ]
    return {"unpaid": float(np.any(passes, axis=0).mean()), "one look": float(passes[-1].mean())}


def truly(name: str, n: int, reps: int, seed: int) -> Result:
    """The words of a card that is truly good, or truly worse in one way and good in the others."""
    rng = generator(seed, "truly", name, n)
    return told(ledgers(rng, (reps, n), GOOD | TRUTHS[name]))


def told(some: whole.Ledgers, is_yes_asked_alone: bool = False) -> Result:
    said = whole.words(some, is_yes_asked_alone)
    shares = {
        "GO": (said == whole.GO).any(axis=1),
        "soft": (said >= whole.SOFT_GO).any(axis=1),
        "NO-GO": (said == whole.NO_GO).any(axis=1),
    }
    return {name: float(share.mean()) for name, share in shares.items()} | {"reps": len(said)}
