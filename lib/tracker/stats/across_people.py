"""Several people: how many times as many features per point the candidate delivers, each person counted once.

A person's windows share the person, so their number says little of other people.  The unit is the person:
one log ratio each, and Student's interval of their mean, the wider of two that treat few features differently.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tracker.stats.efficiency import ConfidenceInterval, Numbers
from tracker.stats.noninferiority import Bounds, mean_spread

LEAST = 2  # people: one tells nothing of others


class AcrossPeople(NamedTuple):
    """The candidate's features per point over the baseline's, for a person like these."""

    people: int
    ratios: tuple[float, ...]  # of each person, in the order given, 0 and up
    estimate: float | None  # their geometric mean; None without anybody
    ci: ConfidenceInterval  # 95 %; ends None below two people


class LogRatios(NamedTuple):
    """Each person's log ratio, with two ways of keeping the few features of a person finite."""

    by_exposure: np.ndarray  # one feature shared out by the arms' points: drawn towards 1
    by_halves: np.ndarray  # half a feature in each arm: nearly without bias from two features on


def log_ratios(features_a: Numbers, points_a: Numbers, features_b: Numbers, points_b: Numbers) -> LogRatios:
    """Return each person's log ratio; entry i of all four are the sums of person i's windows.

    log((F_B + s_B)/C_B) - log((F_A + s_A)/C_A), with s_B = C_B/(C_A + C_B) and s_A = 1 - s_B, and with
    both a half.  A person without any feature says 1, whichever arm used less.
    Source: Haldane (1956), Ann. Hum. Genet. 20 (the half); Gart and Zweifel (1967), Biometrika 54.

    >>> found = log_ratios([3, 0], [20.0, 40.0], [6, 0], [20.0, 10.0])
    >>> [[round(float(one), 3) for one in some] for some in found]
    [[0.619, 0.0], [0.619, 0.0]]
    """
    fa, ca, fb, cb = (np.asarray(some, float) for some in (features_a, points_a, features_b, points_b))
    share_b = cb / (ca + cb)
    halves = np.log((fb + 0.5) / cb) - np.log((fa + 0.5) / ca)
    return LogRatios(
        np.log((fb + share_b) / cb) - np.log((fa + 1.0 - share_b) / ca),
        np.where(fa + fb > 0, halves, 0.0),
    )


def across_people(
    features_a: Numbers, points_a: Numbers, features_b: Numbers, points_b: Numbers
) -> AcrossPeople:
    """Return the mean log ratio of people, each counted once, with an interval of n - 1 degrees of freedom.

    It holds for a random effect of the person on the ratio, and for any of the person's own pace, which
    cancels within the person.  With fewer than about two features a person and arm it is drawn towards 1.
    Source: Student (1908), Biometrika 6; docs/team.md has its coverage for 2 to 50 people.

    >>> found = across_people([4, 6, 5], [30.0, 40.0, 35.0], [8, 10, 6], [30.0, 35.0, 30.0])
    >>> found.people, round(found.estimate, 2)
    (3, 1.68)
    """
    logs = log_ratios(features_a, points_a, features_b, points_b)
    count = len(logs.by_exposure)
    ratios = tuple(float(one) for one in np.exp(logs.by_exposure))
    if not count:
        return AcrossPeople(0, ratios, None, ConfidenceInterval(None, None))
    estimate = math.exp(float(logs.by_exposure.mean()))
    low, high = bounds(logs, 0.025)
    return AcrossPeople(count, ratios, estimate, ConfidenceInterval(low, high))


def bounds(logs: LogRatios, tail: float) -> tuple[float | None, float | None]:
    """Return the two ratios that the mean lies between, each but for a one-sided error of `tail` (0..0.5).

    Student's bounds of both ways, the wider of each.  None below two people.
    Source: Student (1908), Biometrika 6.

    >>> some = np.log([1.5, 2.0, 1.2])
    >>> [round(end, 2) for end in bounds(LogRatios(some, some), 0.05)]
    [1.0, 2.36]
    """
    count = len(logs.by_exposure)
    if count < LEAST or tail <= 0:
        return None, None
    ends = [mean_spread(some).ends(tail) for some in logs]
    return math.exp(min(low for low, _ in ends)), math.exp(max(high for _, high in ends))


def mean_of_people(figures: Numbers, tail: float, is_ratio: bool = False) -> Bounds:
    """Bound the mean of people's own figures, each counted once; of ratios (above 0) the geometric one.

    Student's t of people less one degrees of freedom, each bound but for a one-sided error of `tail` (0..0.5).  Figures
    that rest on more blocks scatter less, which keeps the error below `tail` up to 0.04.  No bounds below two people.
    Sources: Student (1908), Biometrika 6; Ibragimov and Mueller (2010), J. Bus. Econ. Stat. 28, 453-468 (unequal scatter).

    >>> found = mean_of_people([2.0, 4.0, 8.0], 0.025, is_ratio=True)
    >>> round(found.estimate, 2), round(found.low, 2), found.n
    (4.0, 0.71, 3)
    """
    some = np.asarray(figures, float)
    count = len(some)
    if not count:
        return Bounds(None, None, None, 0, tail)
    if is_ratio:
        some = np.log(some)
    back: Callable[[float], float] = math.exp if is_ratio else float
    estimate = back(float(some.mean()))
    if count < LEAST:
        return Bounds(estimate, None, None, count, tail)
    spread = mean_spread(some)
    low, high = (back(max(-700.0, min(end, 700.0))) for end in spread.ends(tail))
    return Bounds(estimate, low, high, count, tail, (spread,), (spread,))
