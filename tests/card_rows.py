"""Rows of made-up experiments, for the tests of preview and card."""

from __future__ import annotations

import json

from conftest import ROOT

A, B = "stock_anthropic", "mitm_offload"
SAMPLE = ROOT / "data" / "samples" / "week0"


def window(i, arm, features, points, block=None, **more):
    row = {
        "kind": "window",
        "ts": f"2026-01-{1 + i % 28:02d}T{9 if arm == A else 15:02d}:00:00Z",
        "window": f"W{i}-{arm[:2]}",
        "methodology": arm,
        "provider": "claude",
        "block": block,
        "features": features,
        "capacity_pp": points,
        "quality_score": 0.9,
        "outcome": "pass",
        "feature_id": f"F{i}",
        "errors": [],
    }
    return row | more


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def blocks(n, fa=3, ca=40, fb=3, cb=20):
    return [
        row for i in range(n) for row in (window(i, A, fa, ca + i % 3, i), window(i, B, fb, cb + i % 2, i))
    ]


def sample_rows():
    return [
        json.loads(line) for path in sorted(SAMPLE.glob("*.jsonl")) for line in path.read_text().splitlines()
    ]


PLAN = {"kind": "experiment", "ts": "2025-12-01T00:00:00Z", "n_blocks": 12, "seed": 1}


def experiment(n=12, cb=20, quality=0.92, errors=3, p95=1550, cost=0.3, fb=3):
    """Return the rows of n blocks in which the candidate is as good as the arguments say."""
    rows = [dict(PLAN)]
    for i in range(n):
        for arm, features, points in ((A, 3, 40 + i % 4), (B, fb, cb + i % 3)):
            name, b = f"W{i}-{arm[:2]}", arm == B
            ts = f"2026-01-{1 + i:02d}T{15 if b else 9:02d}:00:00Z"
            rows.append(
                {
                    "kind": "window",
                    "ts": ts,
                    "window": name,
                    "methodology": arm,
                    "provider": "claude",
                    "block": i,
                    "features": features,
                    "capacity_pp": points,
                    "outcome": "pass",
                    "quality_score": 0.9,
                    "errors": [],
                }
            )
            rows.append(
                {
                    "kind": "proxy_telemetry",
                    "ts": ts,
                    "window": name,
                    "methodology": arm,
                    "total_prompts": 400,
                    "errors": errors if b else 3,
                    "p95_latency_ms": (p95 if b else 1500) + 10 * (i % 5),
                }
            )
            for task in range(3):
                rows.append(
                    {
                        "kind": "feature",
                        "ts": ts,
                        "feature_id": f"T{i}-{task}",
                        "window": name,
                        "methodology": arm,
                        "quality_score": (quality if b else 0.93) + 0.01 * task,
                        "cost_usd": (cost if b else 0.9) * (1 + 0.1 * task),
                    }
                )
    return rows


def gate(made, name):
    return next(one for one in made["gates"] if one["name"] == name)


def lose(rows, name, **anomaly):
    """Take a window's capacity away, and explain why."""
    for row in rows:
        if row.get("window") == name and row["kind"] == "window":
            row.update(capacity_pp=None, errors=["negative-delta"])
    explained = {"kind": "anomaly", "ts": "2026-02-01T00:00:00Z", "window": name, "anomaly": "negative-delta"}
    return [*rows, dict(explained, row_id="a-" + name), dict(explained, acknowledges="a-" + name, **anomaly)]
