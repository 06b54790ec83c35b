"""Rows of experiments whose unit is the task: dealt by `assign-tasks`' own code, played as the arguments say."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec

from tracker import rows
from tracker.windows import deal_by_task
from tracker.windows.tasks import BankTask
from verdict_rows import START, A, B


def deal(tasks=9, per_window=3, seed=7):
    bank = [BankTask(f"F-{n:02}", None, 50.0) for n in range(1, tasks + 1)]
    return deal_by_task.deal(bank, seed, START - timedelta(days=1), per_window)


def registered(tasks=9, per_window=3, **terms):
    blocks = -(-tasks // per_window)
    more = {"unit": "task", "n_tasks": tasks, "per_window": per_window, "n_blocks": blocks, "seed": 7}
    return rows.Experiment(ts=START - timedelta(days=2), **(more | terms))


def played(tasks=9, per_window=3, ratio=2.0, seed=7, quality=0.92, cost=0.3, errors=1, scatter=0.3):
    """Return a whole experiment's rows in which the candidate takes 1/ratio of the points."""
    luck = random.Random(seed)
    made = [registered(tasks, per_window), *deal(tasks, per_window, seed)]
    dealt = made[1:]
    parts: dict[tuple[str, str], list[float]] = {}
    for place, row in enumerate(dealt):
        points = max(
            1.0, round(16 * luck.lognormvariate(0, scatter) / (ratio if row.methodology == B else 1))
        )
        start = START + timedelta(minutes=30 * place)
        end = start + timedelta(minutes=20)
        parts.setdefault((row.window, row.methodology), []).append(points)
        made.append(
            rows.Feature(
                ts=end,
                feature_id=row.feature_id,
                window=row.window,
                methodology=row.methodology,
                state="delivered",
                block=row.block,
                turn=row.turn,
                quality_score=0.93 if row.methodology == A else quality,
                points_pp=points,
                points_low_pp=max(0.0, points - 1),
                points_high_pp=points + 1,
                points_quota="five_hour",
                started_at=start,
                ended_at=end,
                cost_usd=0.9 if row.methodology == A else cost,
            )
        )
    for place, ((window, arm), points) in enumerate(parts.items()):
        ts = START + timedelta(minutes=30 * len(dealt), seconds=place)
        made.append(
            rows.ProxyTelemetry(
                ts=ts,
                window=window,
                methodology=arm,
                total_prompts=400 * len(points),
                errors=errors * len(points),
                p95_latency_ms=1500.0 + 10 * (place % 5),
            )
        )
    return made


def wild(some, points=(2, 9, 3, 70, 2, 9, 3, 7, 12, 4, 60, 3, 5, 2, 8), steady=20):
    """Return the rows with a candidate whose typical run is cheap, and whose dearest are not; the baseline's take the same."""
    made, place = [], 0
    for row in some:
        if getattr(row, "points_pp", None) is not None:
            used = float(steady)
            if row.methodology == B:
                used, place = float(points[place]), place + 1
            row = msgspec.structs.replace(
                row, points_pp=used, points_low_pp=max(0.0, used - 1), points_high_pp=used + 1
            )
        made.append(row)
    return made


def as_lines(some):
    return "".join(msgspec.json.encode(row).decode() + "\n" for row in some)
