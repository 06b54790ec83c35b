"""Made-up years of windows on plans whose true cost is known: does plan-cost's interval hold it, is the cheaper plan named?

    python bench/statistics/plan_costs.py --reps 1000

A year is so many windows as somebody measures, 12 to 60; the gauges show whole percents, the truth is the cost of a
feature at the true points.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "lib")]

from tracker.money import plan_costs  # noqa: E402
from tracker.stats import comparison  # noqa: E402

WEEK = 100 / (365.25 / 12) * 7  # USD


class Profile(NamedTuple):
    """How somebody works: windows measured, features, five-hour and weekly points of a feature, scatter, windows a week."""

    windows: int
    features: float
    five: float
    weekly: float
    scatter: float = 0.3  # sd of the log of a feature's points
    day: float = 0.0  # sd of the log that a window's features share
    a_week: int = 20
    kind: str = "poisson"  # of the features


PROFILES = {
    "steady": Profile(30, 3, 12, 1.5),
    "few windows": Profile(12, 3, 12, 1.5),
    "many small windows": Profile(60, 1, 6, 0.8),
    "long agent runs": Profile(20, 8, 10, 1.2),
    "five-hour binds": Profile(30, 3, 28, 0.7, a_week=12),
    "both bind": Profile(30, 3, 20, 1.0),
    "planned features": Profile(30, 3, 12, 1.5, kind="planned"),
    "hard days": Profile(30, 3, 12, 1.5, day=0.4),
    "bursts": Profile(30, 3, 12, 1.5, kind="bursts"),
    "wasted windows": Profile(30, 3, 12, 1.5, kind="wasted"),
    "a coarse week": Profile(40, 2, 5, 0.5),
    "scattered tasks": Profile(30, 3, 12, 1.5, scatter=0.8),
}


def features_of(rng: np.random.Generator, profile: Profile, n: int) -> np.ndarray:
    """Return how many features each of n windows delivered."""
    if profile.kind == "planned":
        return rng.integers(2, 5, n).astype(float)
    if profile.kind == "bursts":
        return rng.negative_binomial(2, 2 / (2 + profile.features), n).astype(float)
    if profile.kind == "wasted":
        return np.where(rng.random(n) < 0.15, 0, rng.poisson(profile.features / 0.85, n)).astype(float)
    return rng.poisson(profile.features, n).astype(float)


def year(
    rng: np.random.Generator, profile: Profile, times: float = 1.0
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return features and whole points as read; `times` is how many times the points a feature takes on this plan."""
    n = profile.windows
    features = features_of(rng, profile, n)
    shared = rng.lognormal(-(profile.day**2) / 2, profile.day, n)
    idle = 0.3  # of a feature's work, in a window that delivers nothing as well
    mean = -(profile.scatter**2) / 2
    work = np.array([rng.lognormal(mean, profile.scatter, int(f)).sum() for f in features]) + idle
    true = {
        "five_hour": profile.five * times * work * shared,
        "weekly_all": profile.weekly * times * work * shared,
    }
    seen = {}
    for name, points in true.items():
        start = rng.random(n)
        seen[name] = np.floor(start + points)  # the gauge floors at both ends
    return features, seen


def truth(profile: Profile, times: float = 1.0) -> float:
    """Return the true money per feature: mean points per mean features, by the quota that binds."""
    per = (profile.features + 0.3) / profile.features
    if profile.kind == "planned":
        per = 3.3 / 3
    shares = profile.five / (100 * profile.a_week), profile.weekly / 100
    return WEEK * max(shares) * per * times


def cost_of(
    features: np.ndarray, seen: dict[str, np.ndarray], a_week: int
) -> tuple[dict[str, Any], np.ndarray, float]:
    """Return what plan-cost says of these windows, their money, and what a point is worth."""
    wholes = {"five_hour": 100.0 * a_week, "weekly_all": 100.0}
    money = {name: WEEK * points / wholes[name] for name, points in seen.items()}
    best = max(money, key=lambda name: money[name].sum())
    costs = [plan_costs.per_unit(features, money[name], WEEK / wholes[name]) for name in money]
    return plan_costs.worst(costs, list(money).index(best)), money[best], WEEK / wholes[best]


def coverage(name: str, reps: int, seed: int) -> dict[str, Any]:
    """Return how often the interval, and the one with rounding, hold the truth; and how two plans 20 % apart are called."""
    profile = PROFILES[name]
    held = rounded = right = wrong = pointed = 0
    true = truth(profile)
    for rep in range(reps):
        rng = np.random.default_rng([seed, rep, len(name), ord(name[0])])
        features, seen = year(rng, profile)
        cost, money, step = cost_of(features, seen, profile.a_week)
        held += (
            cost["low"] is not None and cost["low"] <= true and (cost["high"] is None or true <= cost["high"])
        )
        rounded += (cost["rounded_low"] or 0.0) <= true <= (cost["rounded_high"] or np.inf)
        other, seen = year(rng, profile, 1.2)  # the same price, and a fifth more points a feature
        _, dear, dear_step = cost_of(other, seen, profile.a_week)
        ratio = comparison.unpaired(features, money / step, other, dear / dear_step)
        turn = step / dear_step  # money per feature here over there; true is 1/1.2
        right += ratio.ci.high is not None and ratio.ci.high * turn < 1
        wrong += ratio.ci.low is not None and ratio.ci.low * turn > 1
        pointed += ratio.estimate is not None and ratio.estimate * turn < 1
    return {
        "profile": name,
        "windows": profile.windows,
        "reps": reps,
        "held_pct": 100 * held / reps,
        "held_with_rounding_pct": 100 * rounded / reps,
        "cheaper_named_pct": 100 * right / reps,
        "dearer_named_pct": 100 * wrong / reps,
        "cheaper_by_estimate_pct": 100 * pointed / reps,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20261128)
    args = parser.parse_args()
    for name in PROFILES:
        sys.stdout.write(json.dumps(coverage(name, args.reps, args.seed)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
