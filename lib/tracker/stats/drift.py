"""Has a value become smaller?  A test that may be looked at every day, and about when it changed.

Values stand in strata: within one, they are alike as long as nothing changed, whatever their distribution; between
strata nothing is compared.  Each new value is ranked among the earlier ones of its stratum (a conformal p-value,
uniform and independent of the past while nothing changes) and bet against: the product of the bets is a test
martingale, and reaches 20 with a chance of at most 5 %, however often one looks (Ville).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tracker.stats.distributions import student

Floats = npt.NDArray[np.float64]
REJECTS = 20.0
POWERS = np.array([0.2, 0.35, 0.5, 0.65, 0.8])  # of the bets
SEED = 20260101  # of the luck that parts equal ranks
FIRST = 4  # values of a stratum that are not bet on: a rank among so few says nothing
SPREAD = 3.5  # log likelihood within which a date is not told from the best one


def p_values(values: Floats, strata: Sequence[object], tolerance: float) -> Floats:
    """Return each value's rank among the earlier ones of its stratum, 0..1, small when it is small; nan: no bet.

    A value counts as `tolerance` (0.1: a tenth) larger than it is, so that less than that is no evidence.
    Source: Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World (2005), 2.2 and 8.2 (smoothed ranks).

    >>> p_values(np.array([10.0, 11.0, 12.0, 13.0, 14.0, 5.0]), ["a"] * 6, 0.1).round(2).tolist()[:4]
    [nan, nan, nan, nan]
    """
    luck = np.random.default_rng(SEED).random(len(values))
    earlier: dict[object, list[float]] = {}
    made = np.full(len(values), np.nan)
    for place, (value, stratum) in enumerate(zip(values, strata, strict=True)):
        before = earlier.setdefault(stratum, [])
        if len(before) >= FIRST:
            raised = value * (1 + tolerance)
            others = np.array(before)
            below, same = float((others < raised).sum()), float((others == raised).sum())
            made[place] = (below + luck[place] * (same + 1)) / (len(before) + 1)
        before.append(float(value))
    return made


def evidence(p: Floats, weeks: Sequence[int]) -> Floats:
    """Return the evidence after each value that something became smaller: 20 and more rejects, at any look.

    A bet on p is a p^(a-1), averaged over `POWERS`; it may begin in any week k (0, 1, …), each with the share
    1/((k+1)(k+2)) of the stake.  What is not begun yet waits at 1.
    Sources: Ville (1939); Vovk and Wang (2021), Annals of Statistics 49, 1736 (the bets).

    >>> evidence(np.array([0.5, 0.01, 0.02, 0.01, 0.01, 0.02]), [0, 0, 0, 1, 1, 1]).round(1).tolist()[-1] > 20
    True
    """
    last = max(weeks, default=0)
    logs = np.zeros((last + 1, len(POWERS)))
    shares = 1 / ((np.arange(last + 1) + 1) * (np.arange(last + 1) + 2))
    made = np.ones(len(p))
    for place, (value, week) in enumerate(zip(p, weeks, strict=True)):
        if not math.isnan(value):
            bets = np.log(POWERS) + (POWERS - 1) * math.log(max(float(value), 1e-12))
            logs[: week + 1] += bets
        begun = np.exp(np.minimum(logs[: week + 1], 700)).mean(axis=1) @ shares[: week + 1]
        made[place] = begun + 1 / (week + 2)
    return made


class ChangePoint(NamedTuple):
    """Where a series of values changed, if it did: places of values, and how many times the value it became."""

    place: int  # of the first value after it
    first: int  # the earliest and the latest place that the values do not tell from it
    last: int
    times: float  # value after over value before
    low: float | None  # 95 % interval of that, the place taken as known
    high: float | None


def change(values: Floats, strata: Sequence[object]) -> ChangePoint | None:
    """Return the place that parts the values best, on the logarithm and within strata; None where none can.

    Source: the likelihood of one change of a normal mean, Hinkley (1970), Biometrika 57, 1.

    >>> found = change(np.array([10.0, 11.0, 10.0, 11.0, 5.0, 5.5, 5.0, 5.2]), ["a"] * 8)
    >>> found.place, round(found.times, 2)
    (4, 0.49)
    """
    logs = np.log(values)
    groups = [np.flatnonzero(np.array([one == name for one in strata])) for name in dict.fromkeys(strata)]
    splits = np.arange(1, len(values))
    gained = np.zeros(len(splits))  # squares that a change at each split explains, at one step for all strata
    weight = np.zeros(len(splits))
    moment = np.zeros(len(splits))
    squares, freedom = 0.0, -1
    for places in groups:
        of = logs[places]
        squares += float(((of - of.mean()) ** 2).sum())
        freedom += len(of) - 1
        before = np.searchsorted(places, splits)
        after = len(of) - before
        total = np.concatenate([[0.0], np.cumsum(of)])
        with np.errstate(divide="ignore", invalid="ignore"):
            step = (total[-1] - total[before]) / after - total[before] / before
        both = (before > 0) & (after > 0)
        of_weight = np.where(both, before * after / len(of), 0.0)
        weight += of_weight
        moment += np.where(both, of_weight * np.where(both, step, 0.0), 0.0)
    usable = weight > 0
    if not usable.any() or freedom < 2:
        return None
    gained[usable] = moment[usable] ** 2 / weight[usable]
    left = np.maximum(squares - gained, 1e-12 * max(squares, 1e-12))
    likelihood = np.where(usable, -0.5 * (freedom + 1) * np.log(left), -np.inf)
    best = int(likelihood.argmax())
    near = np.flatnonzero(likelihood >= likelihood[best] - SPREAD)
    shift = float(moment[best] / weight[best])
    half = student(0.975, freedom) * math.sqrt(float(left[best]) / freedom / float(weight[best]))
    return ChangePoint(
        int(splits[best]),
        int(splits[near[0]]),
        int(splits[near[-1]]),
        math.exp(shift),
        math.exp(shift - half),
        math.exp(shift + half),
    )
