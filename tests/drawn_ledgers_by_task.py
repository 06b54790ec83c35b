"""Ledgers by task whose numbers were drawn as arrays, one row a run and one a window and arm."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from drawn_ledgers import START, A, B
from tracker import rows


def ledger(ledgers, place, seen, step=1.0):
    """Return the rows of one replication: every task dealt, those of the first looks played, recorded as they came."""
    one = {name: column[place] for name, column in ledgers._asdict().items()}
    n, k = len(one["cells"]), ledgers.per_block
    plan = rows.Experiment(
        ts=START - timedelta(days=2), unit="task", n_tasks=n, per_window=k, n_blocks=n // k, seed=1
    )
    runs = [_run(task, arm, one) for task in range(n) for arm in (A, B)]
    dealt = [
        rows.Feature(
            ts=START - timedelta(days=1), state="assigned", turn=1 + (row["methodology"] == B), **row
        )
        for row in runs
    ]
    made = [plan, *dealt]
    for number, row in enumerate(runs[: 2 * seen]):
        made.append(_played(number, row, one, step))
    return [
        msgspec.structs.replace(row, row_id=f"r{number}", recorded_at=row.ts)
        for number, row in enumerate(made + _traffic(one, 2 * seen // k, len(runs)))
    ]


def _run(task, arm, one):
    cell = int(one["cells"][task])
    is_first = (cell % 2 == 1) == (arm == A)
    window = f"W{cell // 2}-{1 if is_first else 2}"
    return {"feature_id": f"T{task:02}", "window": window, "methodology": arm, "block": cell // 2}


def _played(number, row, one, step):
    task, side = number // 2, "a" if row["methodology"] == A else "b"
    cell = int(one["cells"][task])
    size, points = float(one["tasks"][cell]), float(one[f"points_{side}"][task])
    start = START + timedelta(hours=number)
    done = side == "a" or one["delivered_b"][task] > 0
    return rows.Feature(
        ts=start + timedelta(minutes=20),
        state="delivered" if done else "failed",
        turn=1 + (side == "b"),
        quality_score=float(one[f"quality_{side}"][cell]) / size,
        cost_usd=float(one[f"cost_{side}"][cell]) / size,
        points_pp=points,
        points_low_pp=max(0.0, points - step),
        points_high_pp=points + step,
        points_quota="five_hour",
        started_at=start,
        ended_at=start + timedelta(minutes=20),
        **row,
    )


def _traffic(one, cells, hours):
    ts = START + timedelta(hours=hours)
    return [
        rows.ProxyTelemetry(
            ts=ts,
            window=f"W{cell // 2}-{1 if (cell % 2 == 1) == (side == 'a') else 2}",
            methodology=arm,
            total_prompts=int(one[f"requests_{side}"][cell]),
            errors=int(one[f"errors_{side}"][cell]),
            p95_latency_ms=float(one[f"p95_{side}"][cell]),
        )
        for cell in range(cells)
        if one["tasks"][cell]
        for arm, side in ((A, "a"), (B, "b"))
    ]
