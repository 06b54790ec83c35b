"""A made-up year of stretches, looked at every day: how often an unchanged quota is called smaller, and a smaller one found.

    python bench/statistics/drift.py --reps 1000

A stretch of a day has the money of two models, by the list and by the plan's own weights, which are not the list's;
a share of it from the cache; work that the log does not see; a gauge of whole points.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "lib")]

from tracker.money import worth  # noqa: E402
from tracker.stats import drift  # noqa: E402

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAYS = 365
SONNET, OPUS = "claude-sonnet-5-5", "claude-opus-5-5"
OWN = {SONNET: 1.0, OPUS: 1.6}  # the plan's own weights against the list's
Mix = Callable[
    [np.random.Generator, int], tuple[float, float]
]  # day -> Opus' share of the money, cache's share


def steady(rng: np.random.Generator, day: int) -> tuple[float, float]:
    return 0.0, 0.8 + 0.03 * rng.standard_normal()


def by_chance(rng: np.random.Generator, day: int) -> tuple[float, float]:
    return float(rng.choice([0.0, 0.5, 1.0])), 0.8 + 0.03 * rng.standard_normal()


def turned(rng: np.random.Generator, day: int) -> tuple[float, float]:
    """From Sonnet to Opus in May, when the same points have less list money in them."""
    return float(day > 120), 0.8 + 0.03 * rng.standard_normal()


def slowly(rng: np.random.Generator, day: int) -> tuple[float, float]:
    return day / DAYS, 0.8 + 0.03 * rng.standard_normal()


def cache_falls(rng: np.random.Generator, day: int) -> tuple[float, float]:
    return 0.0, 0.9 - 0.5 * (day > 180) + 0.03 * rng.standard_normal()


FAMILIES: dict[str, tuple[Mix, float, float]] = {  # mix, sd of log noise, chance of a day with work elsewhere
    "one model": (steady, 0.15, 0.0),
    "mix by chance": (by_chance, 0.15, 0.0),
    "another model from a day on": (turned, 0.15, 0.0),
    "mix that moves slowly": (slowly, 0.15, 0.0),
    "cache share falls": (cache_falls, 0.15, 0.0),
    "work elsewhere on some days": (steady, 0.15, 0.15),
}
CACHE_OWN = 1.3  # weight of cached money in the plan, against the list's


def year(
    rng: np.random.Generator, family: str, shrinks: float = 1.0, day: int = DAYS
) -> list[worth.PricedStretch]:
    """Return a year's stretches, five days a week; from `day` on a point holds `shrinks` of what it held."""
    mix, noise, elsewhere = FAMILIES[family]
    made = []
    for now in range(DAYS):
        if now % 7 >= 5:
            continue
        usd = float(rng.lognormal(np.log(8.0), 0.4))
        opus, cached = mix(rng, now)
        cached = float(np.clip(cached, 0.0, 1.0))
        weight = (1 - opus) * OWN[SONNET] + opus * OWN[OPUS]
        weight *= 1 + (CACHE_OWN - 1) * cached * 0.3
        used = usd * weight * float(rng.lognormal(0, noise)) / (shrinks if now >= day else 1.0) * 1.5
        if rng.random() < elsewhere:
            used *= 1 + float(rng.exponential(0.5))
        points = float(np.floor(used + rng.random()))
        if points < worth.LEAST_PP:
            continue
        shares = sorted(((SONNET, 1 - opus), (OPUS, opus)), key=lambda one: -one[1])
        made.append(
            worth.PricedStretch(
                START + timedelta(days=now),
                START + timedelta(days=now, hours=4),
                points,
                1.0,
                40,
                1_000_000,
                usd,
                tuple((name, share) for name, share in shares if share > 0),
                cached,
                "stock",
            )
        )
    return made


def alarms(family: str, reps: int, seed: int, shrinks: float = 1.0, day: int = DAYS) -> dict[str, Any]:
    """Return how often a year raises an alarm at any daily look, and what is said of the change then."""
    raised, waits, inside, sized, offs = 0, [], 0, 0, []
    for rep in range(reps):
        rng = np.random.default_rng([seed, rep])
        found = worth.drift_of(year(rng, family, shrinks, day))
        if not found["smaller"]:
            continue
        raised += 1
        said = found["change"]
        true = START + timedelta(days=day)
        waits.append((found["since"] - true).days)
        inside += (
            said["from"] <= true <= said["to"] or said["from"].date() <= true.date() <= said["to"].date()
        )
        sized += said["low"] <= shrinks <= said["high"]
        offs.append(abs((said["around"] - true).days))
    return {
        "family": family,
        "reps": reps,
        "shrinks": shrinks,
        "alarms_pct": 100 * raised / reps,
        "days_until": float(np.median(waits)) if waits else None,
        "date_held_pct": 100 * inside / raised if raised else None,
        "size_held_pct": 100 * sized / raised if raised else None,
        "days_off": float(np.median(offs)) if offs else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument(
        "--power", action="store_true", help="a smaller quota from day 180 on, instead of an unchanged one"
    )
    args = parser.parse_args()
    assert drift.REJECTS == 20
    for family in FAMILIES:
        for shrinks in (0.9, 0.8, 0.7, 0.5) if args.power else (1.0,):
            day = 180 if args.power else DAYS
            sys.stdout.write(json.dumps(alarms(family, args.reps, args.seed, shrinks, day)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
