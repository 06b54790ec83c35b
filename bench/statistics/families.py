"""Families of windows that the statistics must hold on: twelve of the design, four of our own.

A family draws (features, capacity) of windows: arrays of shape (replications, windows).  Capacity is
what a meter of whole percents shows; `effect` is how many times as many features per point the arm
delivers; `hardness` multiplies what a window's work takes, the same for both arms of a block.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

FEATURES = 3.0  # mean per window


class Family(NamedTuple):
    """A way in which windows come about."""

    name: str
    about: str
    draw: Callable[..., tuple[np.ndarray, np.ndarray]]
    own: bool = False


def shown(rng: np.random.Generator, points: np.ndarray) -> np.ndarray:
    """Return the difference of two readings in whole percent: the true points, off by less than one."""
    before = rng.random(points.shape)
    return np.floor(before + points) - np.floor(before)


def capacity(rng, shape, mean, cv=0.25):
    k = 1 / cv**2
    return rng.gamma(k, mean / k, shape)


def counted(mean_pp=50.0, over=1.0, zero=0.0, per_window=FEATURES, cv=0.25, most=None, tail=None):
    """Features come as counts at a rate per point; `over` is variance over mean, `zero` wasted windows."""

    def draw(rng, shape, effect=1.0, hardness=1.0):
        if tail is None:
            points = capacity(rng, shape, mean_pp, cv)
        else:
            points = mean_pp * rng.lognormal(-(tail**2) / 2, tail, shape)
        expected = per_window / mean_pp * points * effect / (1 - zero)
        points = points * hardness
        if over > 1:
            expected = rng.gamma(expected / (over - 1), over - 1)
        features = rng.poisson(expected)
        if zero:
            features = features * (rng.random(shape) >= zero)
        if most is not None:
            features = np.minimum(features, most)
        return features.astype(float), shown(rng, points)

    return draw


def caused(mean_pp=50.0, planned=False, cv=0.3):
    """What is delivered decides what is used: each feature takes so many points."""

    def draw(rng, shape, effect=1.0, hardness=1.0):
        features = rng.integers(2, 5, shape) if planned else 1 + rng.poisson(FEATURES - 1, shape)
        each = capacity(rng, shape, mean_pp / FEATURES / effect, cv)
        return features.astype(float), shown(rng, features * each * hardness)

    return draw


def learning():
    """The rate rises by a third over the windows: the mean of a trend is what is estimated."""
    plain = counted()

    def draw(rng, shape, effect=1.0, hardness=1.0):
        steps = np.linspace(0.85, 1.15, shape[1]) if shape[1] > 1 else np.ones(1)
        return plain(rng, shape, effect * steps, hardness)

    return draw


def probes():
    """A third of the windows are short probes of a tenth of the length."""
    plain = counted()

    def draw(rng, shape, effect=1.0, hardness=1.0):
        short = rng.random(shape) < 1 / 3
        long_f, long_c = plain(rng, shape, effect, hardness)
        points = capacity(rng, shape, 5.0) * hardness
        features = rng.poisson(FEATURES / 50 * effect * points).astype(float)
        return np.where(short, features, long_f), np.where(short, shown(rng, points), long_c)

    return draw


FAMILIES = (
    Family("poisson-50", "Poisson, 50 points a window", counted()),
    Family("poisson-8", "Poisson, 8 points a window", counted(8.0)),
    Family("over-2", "variance twice the mean", counted(over=2.0)),
    Family("over-4", "variance four times the mean", counted(over=4.0)),
    Family("over-2-8", "variance twice the mean, 8 points", counted(8.0, over=2.0)),
    Family("zero-inflated", "one window in five is wasted", counted(zero=0.2)),
    Family("caused-50", "features cause capacity, 50 points", caused()),
    Family("caused-8", "features cause capacity, 8 points", caused(8.0)),
    Family("heavy-tailed", "lognormal capacity, sigma 0.8", counted(tail=0.8)),
    Family("planned", "2, 3 or 4 features planned", caused(planned=True)),
    Family("capped", "never more than 4 features", counted(most=4)),
    Family("sparse", "0.7 features a window", counted(per_window=0.7)),
    Family("hard-days", "each window's work is up to twice as hard", counted(tail=0.35, over=1.5), own=True),
    Family("learning", "the rate rises by a third over the windows", learning(), own=True),
    Family("probes", "a third of the windows are short probes", probes(), own=True),
    Family("tiny-meter", "4 points a window: rounding is everything", caused(4.0, planned=True), own=True),
)


def lagging(points=2.0, mean_pp=12.0):
    """So many points of each window show in the next one's readings; what the last one owes nobody sees."""

    def draw(rng, shape, effect=1.0, hardness=1.0):
        used = capacity(rng, shape, mean_pp) * hardness
        features = rng.poisson(FEATURES / mean_pp * effect * used).astype(float)
        late = np.minimum(points, used)
        seen = used - late
        seen[:, 1:] += late[:, :-1]
        return features, shown(rng, seen)

    return draw


def stormy(share=0.125, times=3.0):
    """A share of windows takes so many times as much."""
    plain = counted()

    def draw(rng, shape, effect=1.0, hardness=1.0):
        return plain(rng, shape, effect, hardness * np.where(rng.random(shape) < share, times, 1.0))

    return draw


def drifting(sd=0.4, rho=0.7):
    """The hardness of the work wanders from window to window, AR(1)."""
    plain = counted()

    def draw(rng, shape, effect=1.0, hardness=1.0):
        log = rng.normal(0, sd, shape)
        for k in range(1, shape[1]):
            log[:, k] = rho * log[:, k - 1] + (1 - rho**2) ** 0.5 * log[:, k]
        return plain(rng, shape, effect, hardness * np.exp(log))

    return draw


# Where what one arm's interval leans on does not hold: windows alike, for themselves, and read in full.
POINTWISE = (
    Family("lag", "2 of 12 points show a window later", lagging()),
    Family("storms", "3x the points in 1 of 8 windows", stormy()),
    Family("drift", "AR(1) .7 over the windows, sd .4", drifting()),
)


def true_rate(family: Family, windows: int) -> float:
    """Return mean features over mean capacity of a family, by a million windows."""
    rng = np.random.default_rng(20260101)
    features, points = family.draw(rng, (1_000_000 // windows, windows))
    return float(features.sum() / points.sum())
