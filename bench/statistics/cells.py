"""One cell of the simulation: a method on a family at a number of windows, so many replications."""

from __future__ import annotations

import math
import zlib
from functools import lru_cache
from typing import Any

import numpy as np
from families import FAMILIES, POINTWISE, Family, true_rate

from tracker.stats import comparison, efficiency, sequential

BY_NAME = {family.name: family for family in (*FAMILIES, *POINTWISE)}
Result = dict[str, Any]


def generator(seed: int, *names: object) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(repr(names).encode())])


def one_arm(name: str, n: int, reps: int, seed: int) -> Result:
    """Coverage of the 95 % interval of one arm, its width, and the naive intervals beside it."""
    family = BY_NAME[name]
    rng, truth = generator(seed, "one", name, n), true_rate(family, n)
    features, points = family.draw(rng, (reps, n))
    held = usable = 0
    all_widths = []
    for f, c in zip(features, points, strict=True):
        ci = efficiency.interval(f, c)
        if ci.low is None:
            continue
        usable += 1
        high = math.inf if ci.high is None else ci.high
        held += ci.low <= truth <= high
        if f.sum() > 0:
            all_widths.append((high - ci.low) / (f.sum() / c.sum()))
    widths = float(np.median(all_widths)) if all_widths else math.nan
    return {"coverage": held / usable, "reps": usable, "width": widths} | naive(rng, features, points, truth)


def naive(rng: np.random.Generator, features: np.ndarray, points: np.ndarray, truth: float) -> Result:
    """Coverage of what people use: normal interval, percentile bootstrap, exact Poisson."""
    from scipy import stats

    some = points.sum(axis=1) > 0
    f, c = features[some][:4000], points[some][:4000]
    n = f.shape[1]
    each = np.where(c > 0, f / np.maximum(c, 1e-9), 0.0)
    half = 1.96 * each.std(axis=1, ddof=1) / math.sqrt(n)
    normal = np.abs(each.mean(axis=1) - truth) <= half
    picks = rng.integers(0, n, (400, n))
    again = f[:, picks].sum(axis=2) / np.maximum(c[:, picks].sum(axis=2), 1e-9)
    low, high = np.quantile(again, [0.025, 0.975], axis=1)
    total, used = f.sum(axis=1), c.sum(axis=1)
    exact_low = np.where(total > 0, stats.chi2.ppf(0.025, 2 * total) / 2, 0) / used
    exact_high = stats.chi2.ppf(0.975, 2 * total + 2) / 2 / used
    return {
        "normal": float(normal.mean()),
        "bootstrap": float(((low <= truth) & (truth <= high)).mean()),
        "exact_poisson": float(((exact_low <= truth) & (truth <= exact_high)).mean()),
    }


def blocks(
    family: Family, rng: np.random.Generator, shape: tuple[int, int], effect: float
) -> list[np.ndarray]:
    """Return (F_A, C_A, F_B, C_B): both windows of a block share its hardness; a coin decides who is first.

    The second window of a block finds its work a quarter easier.
    """
    hardness = rng.lognormal(0, 0.2, shape)
    first = rng.random(shape) < 0.5
    easier = 0.8
    fa, ca = family.draw(rng, shape, 1.0, hardness * np.where(first, 1, easier))
    fb, cb = family.draw(rng, shape, effect, hardness * np.where(first, easier, 1))
    return [fa, ca, fb, cb]


def two_arms(name: str, n: int, reps: int, seed: int, paired: bool, effect: float) -> Result:
    """Coverage of the rate ratio's interval, and how often its lower end says "better" of equal arms."""
    family = BY_NAME[name]
    rng = generator(seed, "two", name, n, paired, effect)
    if paired:
        four = blocks(family, rng, (reps, n), effect)
        made = comparison.paired
    else:
        four = [*family.draw(rng, (reps, n)), *family.draw(rng, (reps, n), effect)]
        made = comparison.unpaired
    truth = 1.0 if effect == 1.0 else true_ratio(name, effect, paired)
    held = better = worse = usable = 0
    for row in zip(*four, strict=True):
        found = made(*row)
        if found.ci.low is None and found.ci.high is None:
            continue
        usable += 1
        low, high = found.ci.low or 0.0, math.inf if found.ci.high is None else found.ci.high
        held += low <= truth <= high
        better += low > truth
        worse += high < truth
    return {"coverage": held / usable, "above": better / usable, "below": worse / usable, "reps": usable}


@lru_cache
def true_ratio(name: str, effect: float, paired: bool) -> float:
    """Return the ratio that the intervals ought to hold, from a million windows of each arm."""
    family = BY_NAME[name]
    rng = np.random.default_rng(20260102)
    if paired:
        fa, ca, fb, cb = blocks(family, rng, (200_000, 5), effect)
    else:
        fa, ca = family.draw(rng, (200_000, 5))
        fb, cb = family.draw(rng, (200_000, 5), effect)
    return float(fb.sum() / cb.sum() / (fa.sum() / ca.sum()))


def sign_flip(name: str, n: int, reps: int, seed: int, effect: float = 1.0) -> Result:
    """How often the sign-flip test rejects within n blocks, and after how many."""
    family = BY_NAME[name]
    rng = generator(seed, "flip", name, n, effect)
    rejected, used = 0, 0
    for row in zip(*blocks(family, rng, (reps, n), effect), strict=True):
        found = sequential.sign_flip(*row, n)
        rejected += found.rejected_at is not None
        used += found.rejected_at or n
    return {"rejects": rejected / reps, "blocks": used / reps, "reps": reps}


def e_process(name: str, n: int, reps: int, seed: int, effect: float = 1.0) -> Result:
    """How often the e-value ever reaches 20 within n peeks."""
    family = BY_NAME[name]
    rng = generator(seed, "e", name, n, effect)
    four = blocks(family, rng, (reps, n), effect)
    rejected = sum(sequential.e_process(*row).rejected_at is not None for row in zip(*four, strict=True))
    return {"rejects": rejected / reps, "reps": reps}


def peeking(name: str, n: int, reps: int, seed: int) -> Result:
    """How often common habits claim "B is better" of equal arms, looking after every block from the third."""
    family = BY_NAME[name]
    rng = generator(seed, "peek", name, n)
    fa, ca, fb, cb = (np.cumsum(part, axis=1) for part in blocks(family, rng, (reps, n), 1.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (fb / np.maximum(cb, 0.5)) / (fa / np.maximum(ca, 0.5))
        wald = np.log(ratio) - 1.96 * np.sqrt(1 / fa + 1 / fb) > 0
    good = (ratio >= 1.15)[:, 2:]
    return {
        "separation": float(good[:, 0].mean()),
        "two_previews": float((good[:, :-1] & good[:, 1:])[:, :1].any(axis=1).mean()),
        "wald": float(wald[:, 2:].any(axis=1).mean()),
        "reps": reps,
    }
