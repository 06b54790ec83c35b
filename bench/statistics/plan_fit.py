"""Made-up loads on plans whose quotas are known: does plan-fit's cost hold the truth, is the cheaper plan named?

    python bench/statistics/plan_fit.py --reps 400

Half of the weeks are on plan a, half on plan b of the same price, on which the same work takes a fifth more points.
The gauges show whole percents; the plan weighs work in its own way, which the list prices only come near to.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "lib")]

from tracker import rows  # noqa: E402
from tracker.money import plan_fits, queues  # noqa: E402
from tracker.money.plans import Plan, PlanTable  # noqa: E402
from tracker.money.prices import Tokens  # noqa: E402
from tracker.money.queues import HeldQuota, TimedWork  # noqa: E402

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = 3600.0
PRICE = 100.0
WEEKS = 8
TIMES = 1.2  # how many times the points of plan a the same work takes on plan b
A = Plan("a", "claude", PRICE, "USD", "2026-03-01", "made up", shown=("A",))
B = A._replace(name="b", shown=("B",))


class Habit(NamedTuple):
    """How somebody works, and how the plan counts it."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4)  # of the week
    hours: tuple[float, float] = (9.0, 17.0)
    a_day: float = 60  # requests
    scatter: float = 1.0  # sd of the log of a request's money
    day: float = 0.3  # sd of the log that a day's number of requests has
    five: float = 0.6  # of the five-hour quota that a day fills
    week: float = 0.6  # of the weekly quota that a week fills
    noise: float = 0.15  # sd of the log of what a session's work counts, next to its list price
    weight: float = 1.0  # what the plan counts the dear model's money at
    dear: tuple[float, float] = (0.5, 0.5)  # share of its requests, at first and at last
    seen: float = 0.6  # share of replies at which the gauge is read
    weeks: int = WEEKS


HABITS = {
    "steady": Habit(days=tuple(range(7)), day=0.1),
    "office hours": Habit(),
    "evenings": Habit(hours=(18.0, 23.0), a_day=40),
    "bursts": Habit(days=(0, 3), a_day=150, day=0.8),
    "long agent runs": Habit(days=(1, 4), hours=(0.0, 23.0), a_day=200, scatter=0.5),
    "five-hour binds": Habit(five=1.4, week=0.3),
    "weekly binds": Habit(five=0.4, week=1.3),
    "both bind": Habit(five=1.2, week=1.2),
    "weighed otherwise": Habit(weight=1.6),
    "a mix that moves": Habit(weight=1.6, dear=(0.9, 0.1)),
    "hard sessions": Habit(noise=0.5),
    "few readings": Habit(seen=0.05),
    "a coarse week": Habit(five=0.2, week=0.12),
    "a month": Habit(weeks=4),
}


class MadeUpPrices:
    """A list price of a dollar a million of prompt tokens."""

    as_of = "made up"

    def cost(self, model: str, lane: str, when: datetime, tokens: Tokens) -> float | None:
        return tokens.prompt / 1e6


class MadeUpLoad(NamedTuple):
    """Requests: seconds since the start, list money, what the plan counts it at."""

    at: np.ndarray
    usd: np.ndarray
    counts: np.ndarray


def load_of(rng: np.random.Generator, habit: Habit) -> MadeUpLoad:
    """Return somebody's weeks."""
    at, usd, counts = [], [], []
    days = [(week, 7 * week + day) for week in range(habit.weeks) for day in habit.days]
    for week, day in days:
        n = max(1, rng.poisson(habit.a_day * rng.lognormal(-(habit.day**2) / 2, habit.day)))
        when = np.sort(rng.uniform(*habit.hours, n)) * HOUR + day * 24 * HOUR
        money = rng.lognormal(-(habit.scatter**2) / 2, habit.scatter, n)
        part = habit.dear[0] + (habit.dear[1] - habit.dear[0]) * week / habit.weeks
        is_dear = rng.random(n) < rng.beta(4 * part, 4 * (1 - part))
        session = rng.lognormal(-(habit.noise**2) / 2, habit.noise, int(when[-1] // (2 * HOUR)) + 1)
        at.append(when)
        usd.append(money)
        counts.append(
            money * np.where(is_dear, habit.weight, 1.0) * session[(when // (2 * HOUR)).astype(int)]
        )
    return MadeUpLoad(np.concatenate(at), np.concatenate(usd), np.concatenate(counts))


def holds(habit: Habit) -> dict[str, tuple[float, float]]:
    """Return seconds and what a window of each quota of plan a holds, in what the plan counts."""
    mean = (1 + habit.weight) / 2 * habit.a_day
    return {
        "five_hour": (5 * HOUR, mean / max(1.0, (habit.hours[1] - habit.hours[0]) / 5) / habit.five),
        "weekly_all": (7 * 24 * HOUR, mean * len(habit.days) / habit.week),
    }


def readings(rng: np.random.Generator, habit: Habit, made: MadeUpLoad) -> list[rows.Snapshot]:
    """Return what was read: whole percents, on plan a at first and on plan b from the middle on."""
    ends = dict.fromkeys(holds(habit), -1.0)
    used = dict.fromkeys(ends, 0.0)
    found = []
    middle = habit.weeks * 7 * 24 * HOUR / 2
    on_b = False
    for at, counts in zip(made.at, made.counts, strict=True):
        turned, on_b = not on_b and at >= middle, at >= middle
        meters = []
        for name, (length, whole) in holds(habit).items():
            if at >= ends[name] or turned:
                used[name], ends[name] = 0.0, at + length
            used[name] += 100 * counts / whole * (TIMES if on_b else 1.0)
            # What is above 100 is what bought extra use shows.
            resets = START + timedelta(seconds=round(ends[name]))
            meters.append(rows.Meter(meter=name, used_pct=float(np.floor(used[name])), resets_at=resets))
        if rng.random() < habit.seen:
            when = START + timedelta(seconds=float(at) + 1)
            plan = "B" if on_b else "A"
            found.append(
                rows.Snapshot(ts=when, provider="claude", surface="statusline", meters=meters, plan=plan)
            )
    return found


def requests(made: MadeUpLoad) -> list[rows.Usage]:
    """Return the requests as rows."""
    return [
        rows.Usage(
            ts=START + timedelta(seconds=float(at)),
            model="claude-made-up",
            lane="stock",
            status=200,
            latency_ms=None,
            decision="history",
            op="stream",
            prompt_tokens=max(1, round(1e6 * usd)),
            completion_tokens=0,
        )
        for at, usd in zip(made.at, made.usd, strict=True)
    ]


def truth(habit: Habit, made: MadeUpLoad, times: float) -> tuple[float, float]:
    """Return what the load truly takes of the month's money, and the percent of it that truly waits."""
    work = queues.by_minute(
        TimedWork(START.timestamp() + float(at), float(counts))
        for at, counts in zip(made.at, made.counts, strict=True)
    )
    days = (made.at[-1] - made.at[0]) / (24 * HOUR)
    total, shares, held = float(made.counts.sum()), [], []
    for name, (length, whole) in holds(habit).items():
        count = queues.opened(work, length) if length <= 24 * HOUR else max(1.0, days * 24 * HOUR / length)
        shares.append(total * times / whole / count)
        held.append(HeldQuota(name, length, whole / times))
    return PRICE * max(shares), queues.play(work, held).share


def coverage(name: str, reps: int, seed: int) -> dict[str, Any]:
    """Return how often cost and waiting hold the truth, and how two plans 20 % apart are called."""
    habit = HABITS[name]
    held = {"cost": 0, "waiting": 0}
    width, right, wrong, pointed = [], 0, 0, 0
    for rep in range(reps):
        rng = np.random.default_rng([seed, rep, list(HABITS).index(name)])
        made = load_of(rng, habit)
        told = plan_fits.table(
            requests(made),
            readings(rng, habit, made),
            [],
            MadeUpPrices(),
            PlanTable((A, B)),
            {},
            plan_fits.FitSettings(),
        )["loads"][0]
        of = {fit["plan"]: fit for fit in told["fits"]}
        for plan, times in (("a", 1.0), ("b", TIMES)):
            cost, share = truth(habit, made, times)
            used, waiting = of[plan]["used"], of[plan]["waiting_pct"]
            held["cost"] += used["low"] is None or used["low"] <= cost <= (used["high"] or np.inf)
            ends = [waiting["low"], waiting["high"]]
            held["waiting"] += None in ends or ends[0] - 0.5 <= 100 * share <= ends[1] + 0.5
            if used["low"] is not None and used["high"] is not None:
                width.append((used["high"] - used["low"]) / used["estimate"])
        compared = told["comparisons"]
        right += bool(compared) and compared[0]["cheaper"] == "a"
        wrong += bool(compared) and compared[0]["cheaper"] == "b"
        pointed += of["a"]["used"]["estimate"] < of["b"]["used"]["estimate"]
    return {
        "profile": name,
        "reps": reps,
        "cost_held_pct": 50 * held["cost"] / reps,
        "waiting_held_pct": 50 * held["waiting"] / reps,
        "no_interval_pct": 100 - 50 * len(width) / reps,
        "median_width_pct": 100 * float(np.median(width)) if width else None,
        "cheaper_named_pct": 100 * right / reps,
        "dearer_named_pct": 100 * wrong / reps,
        "cheaper_by_estimate_pct": 100 * pointed / reps,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--profile", choices=list(HABITS), action="append")
    args = parser.parse_args()
    for name in args.profile or HABITS:
        sys.stdout.write(json.dumps(coverage(name, args.reps, args.seed)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
