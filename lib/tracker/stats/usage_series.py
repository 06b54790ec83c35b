"""Readings of a gauge into what was used in each stretch of time: the series that a forecast looks back on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FULL_PCT = 100.0
SPREAD = 1800.0  # seconds: readings come with use, so what a gap hides was used in its last half hour


class GaugeReadings(NamedTuple):
    """The readings of one of a quota's own windows, oldest first; none is lower than the one before."""

    times: Sequence[float]  # seconds
    used: Sequence[float]  # percent, 0 and up
    opened: float | None = None  # when the quota's window began, if that is known
    ends: float | None = None  # its reset


class UsageSeries(NamedTuple):
    """Points used in stretches of equal width, oldest first; the last one ends at `end`."""

    points: Floats  # NaN: not known, since nobody looked or the quota was full
    width: float  # seconds
    end: float  # seconds, on the clock of the readings

    @property
    def hours_at(self) -> Floats:
        """When each stretch begins, in hours since the epoch of the readings' clock."""
        start = self.end - self.width * len(self.points)
        return np.asarray((start + self.width * np.arange(len(self.points))) / 3600.0)


def series(windows: Sequence[GaugeReadings], end: float, width: float) -> UsageSeries:
    """Return what was used in each stretch of `width` seconds up to `end`, in points of the quota.

    The first window's first reading is where the series begins; later windows begin at 0 used.  From the
    reading that shows the quota full to its reset, what somebody would have used is not known.
    Source: differences of the gauge's readings; a gauge does not fall inside its window.

    >>> day = GaugeReadings([0.0, 1800.0, 3600.0], [10.0, 12.0, 12.0])
    >>> series([day], 3600.0, 1800.0).points.tolist()
    [2.0, 0.0]
    """
    first = windows[0].times[0]
    count = max(1, math.ceil((end - first) / width))
    edges = end - width * np.arange(count, -1, -1.0)
    known = [(first, 0.0)]
    full = []
    for index, one in enumerate(windows):
        at, used = known[-1][0], one.used[0] if index == 0 else 0.0
        if one.opened is not None and one.opened > at:
            at = one.opened
        for time, value in zip(one.times, one.used, strict=True):
            total = known[-1][1]
            start = min(time, max(at, time - SPREAD))
            if start > known[-1][0]:
                known.append((start, total))
            known.append((max(time, known[-1][0]), total + max(0.0, value - used)))
            at, used = time, max(used, value)
        if used >= FULL_PCT:
            since = next(t for t, value in zip(one.times, one.used, strict=True) if value >= FULL_PCT)
            full.append((since, one.ends if one.ends is not None else one.times[-1]))
    times, totals = (np.array(column) for column in zip(*known, strict=True))
    points = np.diff(np.interp(edges, times, totals))
    for since, until in full:
        points[(edges[1:] > since) & (edges[:-1] < until)] = np.nan
    return UsageSeries(points, width, end)


class PaceSeen(NamedTuple):
    """Points used in an hour of work, and what that rests on."""

    points: float  # points of the quota in an hour in which something was used
    low: float | None  # 80 % interval over days; None with fewer than three
    high: float | None
    hours: float  # of work
    days: int  # with work


def pace(seen: UsageSeries, rng: np.random.Generator, draws: int = 400) -> PaceSeen | None:
    """Return the burn per working hour: all points over all time in which some were used; None without use.

    Source: a ratio of sums; its interval resamples days (Efron and Tibshirani 1993, ch. 6).

    >>> pace(UsageSeries(np.array([2.0, 0.0, 4.0]), 3600.0, 0.0), np.random.default_rng(1)).points
    3.0
    """
    points = np.nan_to_num(seen.points)
    days = (seen.hours_at // 24).astype(int)
    number = np.unique(days, return_inverse=True)[1]
    used = np.bincount(number, points)
    worked = np.bincount(number, (points > 0) * seen.width / 3600.0)
    used, worked = used[worked > 0], worked[worked > 0]
    if not len(used):
        return None
    low = high = None
    if len(used) >= 3:
        picks = rng.integers(0, len(used), (draws, len(used)))
        low, high = np.quantile(used[picks].sum(1) / worked[picks].sum(1), (0.1, 0.9)).tolist()
    return PaceSeen(float(used.sum() / worked.sum()), low, high, float(worked.sum()), len(used))
