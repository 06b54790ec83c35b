"""Ledgers of experiments whose numbers were drawn as arrays, one row a window, task and arm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from tracker import rows

START = datetime(2026, 1, 5, tzinfo=UTC)
A, B = "stock_anthropic", "mitm_offload"


def ledger(ledgers, place, blocks, n_blocks):
    """Return the rows of one replication's first blocks, recorded as they came."""
    one = {name: column[place] for name, column in ledgers._asdict().items()}
    made = [rows.Experiment(ts=START - timedelta(days=1), n_blocks=n_blocks, seed=1)]
    for block in range(blocks):
        for arm, label in (("a", A), ("b", B)):
            number = {name[:-2]: float(x[block]) for name, x in one.items() if name.endswith(f"_{arm}")}
            ts, window = START + timedelta(days=block, hours=6 * (arm == "b")), f"{arm}{block}"
            made.append(
                rows.Window(
                    ts=ts,
                    window=window,
                    methodology=label,
                    provider="claude",
                    block=block,
                    features=number["features"],
                    capacity_pp=number["points"],
                    quality_score=None,
                    outcome="pass",
                )
            )
            made.append(
                rows.ProxyTelemetry(
                    ts=ts,
                    window=window,
                    methodology=label,
                    total_prompts=int(number["requests"]),
                    errors=int(number["errors"]),
                    p95_latency_ms=number["p95"],
                )
            )
            tasks = int(one["tasks"][block])
            for task in range(max(tasks, int(number["features"]))):
                share = 1 / tasks if task < tasks else None
                made.append(
                    rows.Feature(
                        ts=ts,
                        feature_id=f"T{block}-{task}",
                        window=window,
                        methodology=label,
                        state="delivered" if task < number["features"] else "failed",
                        quality_score=share and number["quality"] * share,
                        cost_usd=share and number["cost"] * share,
                    )
                )
    return [
        msgspec.structs.replace(row, row_id=f"r{place}", recorded_at=row.ts) for place, row in enumerate(made)
    ]
