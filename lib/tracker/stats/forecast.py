"""When a quota will be full: what one's own past did from moments like this one, drawn many times.

A future is pieced together from stretches of the past that began at the same time of day, on days that
are used alike, and with about as much use just before (the nearest-neighbour bootstrap of Lall and
Sharma 1996); which days count how much is drawn anew for each future (Rubin's Bayesian bootstrap, 1981),
so that a short past gives a wide interval.  Work that is going on at a pace, or for a time, that the past
does not have goes on for as long again with probability one half (Gott 1993).  bench/statistics/forecasts.py
measures how often the interval holds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracker.stats.usage_series import FULL_PCT, Floats, UsageSeries

NOMINAL = 0.85  # of the futures lie in an interval that is to hold in 80 %: the past has not shown everything
FUTURES = 400
LEAST_DAYS = 10  # of past, and two lengths of the quota, below which nothing is forecast
LEAST_DAYS_USED = 5
DAYS_SCALE = 0.5  # how far off a future's level is for one day of past (standard deviation of its log)
SAME_CLOCK = 1.0  # hours; standard deviation of the time of day's kernel
RECENT = (1.0, 5.0)  # hours over which "about as much use before" looks
GAP = 1.0  # hour without use that ends a run of work
FEW = 12.0  # moments like this one, below which a run's own pace counts for more than they do


def least_days(length_hours: float) -> float:
    """Return how many days of past a forecast of a quota of this length takes.

    Source: bench/statistics/forecasts.py, where the interval holds less often with a shorter past.

    >>> least_days(5), least_days(168)
    (10, 14.0)
    """
    return max(LEAST_DAYS, 2 * length_hours / 24)


class QuotaForecast(NamedTuple):
    """What a quota will come to until its reset, with 80 % intervals.

    Times are seconds on the readings' clock; None means: not before the reset.
    """

    full_share: float  # of the futures: full before the reset
    full_low: float | None
    full_at: float | None  # half of the futures are full by then
    full_high: float | None
    unused_low: float  # percent of the quota left at the reset
    unused: float
    unused_high: float


class TooFewReadings(Exception):
    """Nothing is forecast; the text says what there is and what it takes."""


def forecast(
    seen: UsageSeries,
    used_pct: float,
    resets_at: float,
    rng: np.random.Generator,
    step_pp: float = 1.0,
    days: float = LEAST_DAYS,
    futures: int = FUTURES,
) -> QuotaForecast:
    """Return when the quota will be full, or what will be left at its reset; `seen` ends now.

    `used_pct` was rounded down by less than `step_pp`; `days` of past are needed.  Raises TooFewReadings.
    Source: Lall and Sharma (1996), A nearest neighbor bootstrap for resampling hydrologic time series;
    Rubin (1981), The Bayesian bootstrap; Gott (1993), Nature 363.

    >>> seen = UsageSeries(np.tile([1.0, 0.0], 120), 3600.0, 0.0)  # ten days, a point every other hour
    >>> forecast(seen, 20.0, 3600.0, np.random.default_rng(1)).full_at is None
    True
    """
    worked = days_with_use(seen, days)
    length = max(1, int(np.ceil((resets_at - seen.end) / seen.width - 1e-9)))
    paths = _futures(seen, length, rng, futures)
    paths *= rng.lognormal(0.0, DAYS_SCALE / np.sqrt(worked), (futures, 1))
    last = (resets_at - seen.end) / seen.width - (length - 1)  # the part of the last stretch before the reset
    paths[:, -1] *= last
    hidden = rng.random((futures, 1)) * min(step_pp, max(0.0, FULL_PCT - used_pct))
    level = used_pct + hidden + np.cumsum(paths, axis=1)
    full = level >= FULL_PCT
    at = np.where(full.any(1), full.argmax(1), length)
    when = np.full(futures, np.inf)
    for index in np.flatnonzero(at < length):
        end, step = level[index, at[index]], paths[index, at[index]]
        part = 1.0 if step <= 0 else 1 - (end - FULL_PCT) / step
        when[index] = seen.end + seen.width * (at[index] + float(np.clip(part, 0, 1)))
    when = np.where(when > resets_at, np.inf, when)
    side = (1 - NOMINAL) / 2
    low, middle, high = np.quantile(when, (side, 0.5, 1 - side), method="inverted_cdf")
    left = np.clip(FULL_PCT - level[:, -1], 0.0, FULL_PCT)
    unused = np.quantile(left, (side, 0.5, 1 - side))

    def moment(value: float) -> float | None:
        return float(value) if np.isfinite(value) else None

    return QuotaForecast(
        float(np.isfinite(when).mean()), moment(low), moment(middle), moment(high), *map(float, unused)
    )


def days_with_use(seen: UsageSeries, least: float) -> int:
    """Return how many days something was used on; raises TooFewReadings unless there is a past to look back on.

    Source: see least_days.

    >>> days_with_use(UsageSeries(np.ones(240), 3600.0, 0.0), 10)
    10
    """
    days = len(seen.points) * seen.width / 86400.0
    worked = len(np.unique(seen.hours_at[np.nan_to_num(seen.points) > 0] // 24))
    if days < least or worked < LEAST_DAYS_USED:
        raise TooFewReadings(f"{days:.1f} of {least:.0f} days, {worked} of {LEAST_DAYS_USED} with use")
    return worked


def _futures(seen: UsageSeries, length: int, rng: np.random.Generator, futures: int) -> Floats:
    """Return what is used in each of the next `length` stretches, a row a future."""
    past = _filled(seen)
    per_hour = 3600.0 / seen.width
    look = [max(1, round(hours * per_hour)) for hours in RECENT]
    run = _run(past, round(GAP * per_hour))
    # What is going on now says nothing of what comes after it, unless it is all that there ever was.
    over = len(past) - 1 if 3 * len(run) > len(past) else len(past) - 1 - len(run)
    chosen = _Moments(seen, past, over, look, rng, futures)
    before = np.zeros((futures, max(look)))
    tail = past[-max(look) :]
    before[:, max(look) - len(tail) :] = tail
    made = np.concatenate([before, np.zeros((futures, length))], axis=1)
    at = np.zeros(futures, dtype=int)
    if len(run):
        alike = chosen.draw(made, at, np.arange(futures))[1]
        at = _going_on(run, made, 1.0 / (1.0 + alike / FEW), round(GAP * per_hour), length, rng)
    longest = length if length <= 24 * per_hour else round(16 * per_hour)
    while (at < length).any():
        open_now = np.flatnonzero(at < length)
        starts, _ = chosen.draw(made, at, open_now)
        want = np.full(len(open_now), longest)
        if longest < length:
            want = rng.integers(round(4 * per_hour), longest + 1, len(open_now))
        for row, start, size in zip(open_now, starts, want, strict=True):
            here = at[row] + max(look)
            piece = past[start + 1 : start + 1 + min(size, length - at[row])]
            made[row, here : here + len(piece)] = piece
            at[row] += len(piece)
    return made[:, max(look) :]


def _going_on(
    run: Floats, made: Floats, unlike: Floats, pause: int, length: int, rng: np.random.Generator
) -> NDArray[np.int_]:
    """Let the run of work that is going on now go on, in as many futures as it is unlike the past.

    Return how far each future is known by that; a run that has ended is followed by a pause.
    """
    futures, age = len(made), len(run)
    at = np.zeros(futures, dtype=int)
    lasts = np.ceil(age * (1.0 / (1.0 - rng.random(futures)) - 1.0))
    before = made.shape[1] - length
    for row in np.flatnonzero(rng.random(futures) < unlike):
        size = int(min(lasts[row], length))
        pace = rng.choice(run, min(age, 4)).mean()
        made[row, before : before + size] = rng.choice(run, size) if size < 8 else pace
        at[row] = min(length, size + pause)
    return at


def _run(past: Floats, gap: int) -> Floats:
    """Return what each stretch used of the run of work that is going on; nothing when there is none."""
    used = np.flatnonzero(past > 0)
    if not len(used) or len(past) - 1 - used[-1] >= gap:
        return past[:0]
    first = len(used) - 1
    while first > 0 and used[first] - used[first - 1] <= gap:
        first -= 1
    return past[used[first] :]


def _filled(seen: UsageSeries) -> Floats:
    """Return the past, with what was used in the hour before where a full quota hides what would have been."""
    past = seen.points.copy()
    hour = max(1, round(3600.0 / seen.width))
    for index in np.flatnonzero(np.isnan(past)):
        before = past[max(0, index - hour) : index]
        past[index] = before.mean() if len(before) else 0.0
    return past


class _Moments:
    """The past's moments, and how much each is like one that a future has come to."""

    def __init__(
        self,
        seen: UsageSeries,
        past: Floats,
        over: int,
        look: list[int],
        rng: np.random.Generator,
        futures: int,
    ) -> None:
        self.rng = rng
        self.moments = slice(0, over)  # each has a stretch behind it to copy
        self.look = look
        self.width = seen.width / 3600.0
        self.end = seen.end / 3600.0
        ends = seen.hours_at + self.width
        self.clock = ends % 24
        self.days = (ends // 24).astype(int)
        sums = np.concatenate([[0.0], np.cumsum(past)])
        index = np.arange(1, len(past) + 1)
        self.use = [np.sqrt((sums[index] - sums[np.maximum(0, index - n)]) / n) for n in look]
        self.scale = [max(float(use[use > 0].std()) if (use > 0).any() else 0.0, 1e-6) for use in self.use]
        number = np.unique(self.days, return_inverse=True)[1]
        self.weight = rng.standard_exponential((futures, number.max() + 1))[:, number[self.moments]]
        self.alike_days = _alike_days(self.days, past)

    def draw(
        self, made: Floats, at: NDArray[np.int_], rows: NDArray[np.int_]
    ) -> tuple[NDArray[np.int_], Floats]:
        """Return a moment of the past for each of these futures, and how many were like it."""
        most = max(self.look)
        moments = self.moments
        now = self.end + at[rows] * self.width
        hours, of = np.unique(now % 24, return_inverse=True)  # many futures have come to the same hour
        apart = np.abs(self.clock[moments][None, :] - hours[:, None])
        apart = np.minimum(apart, 24 - apart)
        score = (-0.5 * (apart / SAME_CLOCK) ** 2)[of]
        for n, use, scale in zip(self.look, self.use, self.scale, strict=True):
            here = at[rows] + most
            mine = np.array(
                [np.sqrt(made[row, h - n : h].sum() / n) for row, h in zip(rows, here, strict=True)]
            )
            unlike = use[moments][None, :] - mine[:, None]
            unlike /= 0.35 * scale
            np.square(unlike, out=unlike)
            unlike *= 0.5
            score -= unlike
        kind = self.alike_days[(now // 24).astype(int) % 7]
        like = np.exp(score, out=score)
        like *= kind[:, self.days[moments] % 7]
        total = like.sum(1)
        alike = total**2 / np.maximum((like**2).sum(1), 1e-300) * np.minimum(1.0, total)
        like += (1e-9 * np.exp(-apart))[of]
        like *= self.weight[rows]
        edges = np.cumsum(like, axis=1, out=like)
        picks = self.rng.random(len(rows)) * edges[:, -1]
        return np.array([np.searchsorted(edge, pick) for edge, pick in zip(edges, picks, strict=True)]), alike


def _alike_days(days: NDArray[np.int_], past: Floats) -> Floats:
    """Return how much each weekday's use says about each other's, 0..1, as far as their totals show."""
    first = days.min()
    totals = np.sqrt(np.bincount(days - first, past))
    weekday = (np.arange(len(totals)) + first) % 7
    whole = slice(1, -1) if len(totals) > 8 else slice(None)  # the first and last day are in part
    totals, weekday = totals[whole], weekday[whole]
    means, counts = np.zeros(7), np.bincount(weekday, minlength=7)
    for day in range(7):
        means[day] = totals[weekday == day].mean() if counts[day] else totals.mean()
    rest = totals - means[weekday]
    free = max(1, len(totals) - np.count_nonzero(counts))
    within = float((rest**2).sum() / free) if len(totals) > 8 else float(totals.var())
    spread = within * (0.25 + 1.0 / np.maximum(1, counts)[:, None] + 1.0 / np.maximum(1, counts)[None, :])
    return np.asarray(np.exp(-0.5 * (means[:, None] - means[None, :]) ** 2 / np.maximum(spread, 1e-9)))
