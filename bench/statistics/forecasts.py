"""How often the 80 % interval of "full on …" and "stays below" holds, over patterns of use with known truth.

forecasts.py [--reps N] [--pattern NAME] writes a table: of N looks a pattern, the share whose interval
held, for the instant at which the quota is full (or that it is not before the reset) and for what is left
at the reset; and the width of both.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent / "lib")]

from tracker.stats import forecast, usage_series  # noqa: E402

DAY, HOUR, MINUTES = 86400.0, 3600.0, 300.0  # use is made in stretches of five minutes
PER_HOUR, PER_DAY = 12, 288
QUOTAS = {"five_hour": 5 * HOUR, "weekly_all": 7 * DAY}
WEEK_OVER_SESSION = 8.0  # five-hour quotas in a weekly one
Rng = np.random.Generator
Uses = NDArray[np.float64]
Use = Callable[[int, Rng], Uses]


def _clocked(days: int, rng: Rng, hours: tuple[float, float], off: tuple[int, ...], spread: float) -> Uses:
    """Return use between two hours of the day, on days that are not off, in sessions with breaks."""
    use = np.zeros(days * PER_DAY)
    for day in range(days):
        if day % 7 in off:
            continue
        level = rng.lognormal(0, spread)
        at = hours[0] + rng.normal(0, 0.4)
        while at < hours[1] + rng.normal(0, 0.5):
            long = rng.exponential(0.9)
            first, last = (int(day * PER_DAY + max(0.0, t) * PER_HOUR) for t in (at, at + long))
            last = min(last, len(use))
            use[first:last] = level * rng.gamma(1.5, 1 / 1.5, max(0, last - first))
            at += long + rng.exponential(0.45)
    return use


def steady(days: int, rng: Rng) -> Uses:
    """A job that runs day and night."""
    level = np.repeat(rng.lognormal(0, 0.15, days), PER_DAY)
    return np.asarray(level * rng.gamma(2.0, 0.5, days * PER_DAY))


def office_hours(days: int, rng: Rng) -> Uses:
    """Monday to Friday, nine to six."""
    return _clocked(days, rng, (9, 18), (5, 6), 0.4)


def bursts(days: int, rng: Rng) -> Uses:
    """A few sittings at any time, each at a pace of its own."""
    use = np.zeros(days * PER_DAY)
    for _ in range(rng.poisson(2.2 * days)):
        first = int((rng.integers(days) + rng.uniform(8, 24) / 24) * PER_DAY)
        last = min(len(use), first + int(rng.lognormal(0, 0.8) * PER_HOUR))
        use[first:last] += rng.lognormal(0, 0.7) * rng.gamma(1.5, 1 / 1.5, max(0, last - first))
    return use


def weekend_off(days: int, rng: Rng) -> Uses:
    """Long days, more of it on some, nothing on Saturday and Sunday."""
    busy = _clocked(days, rng, (10, 22), (5, 6), 0.5)
    return np.asarray(busy * np.repeat(np.where(np.arange(days) % 7 == 2, 1.8, 1.0), PER_DAY))


def agent_run(days: int, rng: Rng) -> Uses:
    """A little by hand, and at the end one run of ten to forty hours such as was never there."""
    use = 0.25 * _clocked(days, rng, (9, 18), (5, 6), 0.4)
    first = int((days - 14 + rng.uniform(0, 5)) * PER_DAY)
    last = first + int(rng.uniform(10, 40) * PER_HOUR)
    use[first:last] += rng.lognormal(0, 0.3) * rng.gamma(3.0, 1 / 3.0, last - first)
    return use


def evenings(days: int, rng: Rng) -> Uses:
    """After work, past midnight; more at the weekend."""
    busy: Uses = _clocked(days, rng, (19, 24.5), (), 0.6)
    return busy + _clocked(days, rng, (11, 19), (0, 1, 2, 3, 4), 0.6)


def grown(days: int, rng: Rng) -> Uses:
    """Office hours, and twice as much of it in the last fortnight."""
    use = _clocked(days, rng, (9, 18), (5, 6), 0.4)
    use[-14 * PER_DAY - 7 * PER_DAY : -7 * PER_DAY] *= 2
    use[-7 * PER_DAY :] *= 2
    return use


class Pattern(NamedTuple):
    """A way of using a plan."""

    use: Use
    moved: bool = False  # the provider moves resets
    run: bool = False  # looked at while the run goes on: before it nobody can know of it


PATTERNS = {
    "steady": Pattern(steady),
    "office hours": Pattern(office_hours),
    "bursts": Pattern(bursts),
    "weekend off": Pattern(weekend_off),
    "one long agent run": Pattern(agent_run, run=True),
    "a reset moved": Pattern(office_hours, moved=True),
    "evenings": Pattern(evenings),
    "use that grew": Pattern(grown),
}


class World(NamedTuple):
    """A past and its future: what was wanted, and the quota's windows as the provider ran them."""

    wanted: Uses  # points of the quota that would have been used in each five minutes
    windows: list[tuple[int, int, int]]  # first stretch, the one of the reset, and of the reset as announced
    gauge: Uses  # percent at the end of each stretch, unrounded, at most 100
    window_of: NDArray[np.int_]  # number of the window, -1: none is open


def world(pattern: Pattern, quota: str, days: int, rng: Rng) -> World:
    """Make a world in which the quota is about as often full as not."""
    use = pattern.use(days, rng)
    length = int(QUOTAS[quota] / MINUTES)
    if quota == "weekly_all":
        week = use[-14 * PER_DAY : -7 * PER_DAY] if pattern.run else use / days * 7
        use = use * rng.uniform(60, 150) / max(1e-9, week.sum())
    else:
        worked = np.sort(np.convolve(use, np.ones(length), "valid"))[::-1]
        use = use * rng.uniform(50, 160) / max(1e-9, worked[: max(1, len(worked) // 5)].mean())
    windows: list[tuple[int, int, int]] = []
    gauge, window_of = np.zeros(len(use)), np.full(len(use), -1)
    at = int(rng.integers(0, length)) - length if quota == "weekly_all" else 0
    while at < len(use):
        first = at
        if quota == "five_hour":
            later = np.flatnonzero(use[at:] > 0)
            if not len(later):
                break
            first = at + int(later[0])
        announced = reset = first + length
        if pattern.moved and rng.random() < (0.5 if quota == "weekly_all" else 0.15):
            reset = first + int(length * rng.uniform(0.3, 0.95))
        inside = slice(max(0, first), min(len(use), reset))
        gauge[inside] = np.minimum(100.0, np.cumsum(use[inside]))
        window_of[inside] = len(windows)
        windows.append((first, reset, announced))
        at = reset
    return World(use, windows, gauge, window_of)


def seen_until(made: World, now: int, since: int, step: float, cadence: float, rng: Rng) -> list[Any]:
    """Return the readings that a person has who looks back from a stretch: some of those with use."""
    found: dict[int, list[tuple[float, float]]] = {}
    for index in range(since, now):
        number = int(made.window_of[index])
        if number < 0 or made.wanted[index] <= 0 or rng.random() > cadence:
            continue
        used = np.floor(made.gauge[index] / step) * step
        found.setdefault(number, []).append(((index + 1) * MINUTES, float(used)))
    return [
        usage_series.GaugeReadings(
            [time for time, _ in some],
            [used for _, used in some],
            made.windows[number][0] * MINUTES,
            min(made.windows[number][1], now) * MINUTES,
        )
        for number, some in sorted(found.items())
    ]


class Look(NamedTuple):
    """One look at a quota: what was said, and what came."""

    said: forecast.QuotaForecast
    full_at: float | None
    unused: float
    now: float
    resets_at: float

    @property
    def time_held(self) -> bool:
        """Whether the instant lies in its interval; not before the reset is later than every instant."""
        low, high, came = (
            np.inf if t is None else t for t in (self.said.full_low, self.said.full_high, self.full_at)
        )
        return bool(low - MINUTES <= came <= high + MINUTES)

    @property
    def left_held(self) -> bool:
        """Whether what is left at the reset lies in its interval, to a point as gauges show it."""
        return self.said.unused_low - 1 <= self.unused <= self.said.unused_high + 1


def look(name: str, quota: str, history: int, rng: Rng) -> Look | None:
    """Make a world, look at a random moment of its last week; None: nothing to look at, or too few readings."""
    days = 42
    made = world(PATTERNS[name], quota, days, rng)
    open_now = np.flatnonzero((made.window_of >= 0) & (made.gauge < 99.0))
    open_now = open_now[(open_now >= (days - 14) * PER_DAY) & (open_now < (days - 7) * PER_DAY)]
    if PATTERNS[name].run:  # two hours without a pause behind it
        going = np.convolve(made.wanted > 0, np.ones(2 * PER_HOUR), "full")[: len(made.wanted)]
        open_now = open_now[going[open_now] >= 2 * PER_HOUR]
    worked = open_now[made.wanted[open_now] > 0]
    from_these = worked if rng.random() < 0.7 else open_now
    if not len(from_these):
        return None
    now = int(rng.choice(from_these)) + 1
    number = int(made.window_of[now - 1])
    first, _, announced = made.windows[number]
    step = float(rng.choice([1.0, 0.1]))
    readings = seen_until(made, now, max(0, now - history * PER_DAY), step, rng.uniform(0.3, 1.0), rng)
    if not readings or announced > len(made.wanted):
        return None
    width = 900.0 if quota == "five_hour" else 3600.0
    past = usage_series.series(readings, now * MINUTES, width)
    current = readings[-1] if readings[-1].opened == first * MINUTES else None
    used = current.used[-1] if current else 0.0
    if used >= 100:
        return None
    least = forecast.least_days(QUOTAS[quota] / HOUR)
    try:
        said = forecast.forecast(past, used, announced * MINUTES, rng, step, least, futures=200)
    except forecast.TooFewReadings:
        return None
    level = made.gauge[now - 1] + np.cumsum(made.wanted[now:announced])
    full = np.flatnonzero(level >= 100)
    came = (now + int(full[0]) + 1) * MINUTES if len(full) else None
    unused = float(max(0.0, 100 - level[-1])) if len(level) else 100 - used
    return Look(said, came, unused, now * MINUTES, announced * MINUTES)


def looks(name: str, quota: str, history: int, reps: int, seed: int) -> Iterator[Look]:
    """Yield looks, each in a world of its own."""
    count = 0
    for number in range(20 * reps):
        key = zlib.crc32(f"{name} {quota} {history}".encode())
        one = look(name, quota, history, np.random.default_rng([seed, key, number]))
        if one is not None:
            count += 1
            yield one
        if count == reps:
            return


def coverage(name: str, quota: str, history: int, reps: int, seed: int) -> dict[str, Any]:
    """Return how often both intervals held, and how wide they were."""
    found = list(looks(name, quota, history, reps, seed))
    wide = [one.said.unused_high - one.said.unused_low for one in found]
    return {
        "pattern": name,
        "quota": quota,
        "days": history,
        "looks": len(found),
        "time_held": round(float(np.mean([one.time_held for one in found])), 4),
        "left_held": round(float(np.mean([one.left_held for one in found])), 4),
        "full": round(float(np.mean([one.full_at is not None for one in found])), 3),
        "said_full": round(float(np.mean([one.said.full_share for one in found])), 3),
        "left_width": round(float(np.median(wide)), 1),
        "after_reset": sum(
            (one.said.full_high or 0) > one.resets_at or (one.said.full_at or 0) > one.resets_at
            for one in found
        ),
    }


def main() -> None:
    """Run the simulation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=2000, help="looks a cell")
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--pattern", choices=PATTERNS)
    parser.add_argument(
        "--days", type=int, nargs="*", default=[15, 28], help="of past that are looked back on"
    )
    args = parser.parse_args()
    for quota in QUOTAS:
        for history in args.days:
            for name in [args.pattern] if args.pattern else PATTERNS:
                print(json.dumps(coverage(name, quota, history, args.reps, args.seed)), flush=True)


if __name__ == "__main__":
    main()
