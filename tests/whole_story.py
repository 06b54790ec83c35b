"""The rows of a whole experiment as commands write them: registration, deal, readings, windows, traffic, features."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from io import BytesIO

import msgspec

from tracker.evidence import reader
from tracker.verdict import card
from tracker.verdict.gates import MARGINS
from tracker.windows import tasks

A, B = "stock_anthropic", "mitm_offload"
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
SEED, N = 7, 12
BAD = (1, 2, 3)  # the blocks in which the candidate does badly, where a test says so
REGISTERED = {"kind": "experiment", "ts": "2026-02-28T08:00:00Z", "n_blocks": N, "seed": SEED}


def at(day, hour=0):
    return (START + timedelta(days=day, hours=hour)).isoformat().replace("+00:00", "Z")


LATE = at(20)


def dealt():
    bank = [tasks.BankTask(f"F-{i}", None, 50.0) for i in range(1, N + 1)]
    made = tasks.assign(bank, SEED, START - timedelta(days=2))
    every = (json.loads(msgspec.json.encode(row)) for row in made)
    return [{name: value for name, value in row.items() if value is not None} for row in every]


def story(points_b=20, errors=3, quality=0.93, cost=0.3, deal=True, readings=True, registered=REGISTERED):
    """Return the rows of N blocks; what is given as a pair is of the BAD blocks and of the others."""
    rows = [dict(registered), *(dealt() if deal else [])]
    for row in sorted(dealt(), key=lambda row: (row["block"], row["turn"])):
        block, window, is_b = row["block"], row["window"], row["methodology"] == B

        def of(value, bad=block in BAD):
            return value[0 if bad else 1] if isinstance(value, tuple) else value

        begun, ended = (at(block - 1, 6 * row["turn"] + more) for more in (0, 3))
        points = of(points_b) + block % 3 if is_b else 40 + block % 4
        named = {"window": window, "methodology": row["methodology"]}
        if readings:
            rows += [
                reading(window, "before", begun, 5, block),
                reading(window, "after", ended, 5 + points, block),
            ]
        rows.append(
            {
                "kind": "proxy_telemetry",
                "ts": ended,
                "total_prompts": 400,
                "errors": of(errors) if is_b else 3,
                "p95_latency_ms": 1500 + 10 * (block % 5),
                "first_ts": begun,
                "last_ts": ended,
            }
            | named
        )
        rows.append(
            {
                "kind": "window",
                "ts": ended,
                "provider": "claude",
                "features": 3,
                "capacity_pp": points,
                "block": block,
                "quality_score": 0.93,
                "outcome": "pass",
                "started_at": begun,
                "ended_at": ended,
                "errors": [],
            }
            | named
        )
        rows += [
            {
                "kind": "feature",
                "ts": ended,
                "feature_id": f"{row['feature_id']}.{task}",
                "state": "delivered",
                "quality_score": of(quality) if is_b else 0.93,
                "cost_usd": of(cost) if is_b else 0.9,
            }
            | named
            for task in range(3)
        ]
    return [{"row_id": f"r{place}", "recorded_at": row["ts"]} | row for place, row in enumerate(rows)]


def reading(window, phase, ts, used, block):
    return {
        "kind": "snapshot",
        "ts": ts,
        "provider": "claude",
        "surface": "get_usage",
        "window": window,
        "phase": phase,
        "meters": [{"meter": "five_hour", "used_pct": used, "resets_at": at(block, -1)}],
    }


def of(rows, kind, arm=None, blocks=BAD):
    """Return the rows of a kind, and of an arm, that are of these blocks' windows; deals are not."""
    return [
        row
        for row in rows
        if row["kind"] == kind
        and row.get("state") != "assigned"
        and (arm is None or row.get("methodology") == arm)
        and row["window"].rpartition("-")[2] in {f"{block:02}" for block in blocks}
    ]


def undo(rows, when=LATE):
    return [
        {
            "kind": "undo",
            "ts": when,
            "recorded_at": when,
            "undoes": row["row_id"],
            "row_id": f"u-{row['row_id']}",
        }
        for row in rows
    ]


def instead(rows, when=LATE, says=True, **changed):
    """Return rows in the place of these, which say that they are (`says`) or only come after them."""
    return [
        row
        | changed
        | {"row_id": f"n-{row['row_id']}", "recorded_at": when}
        | ({"supersedes": row["row_id"]} if says else {})
        for row in rows
    ]


def chained(rows):
    """Return the lines of rows in the order in which they were recorded, each naming the one before it in its file."""
    last: dict[str, str] = {}
    lines = []
    for row in sorted(rows, key=lambda row: row.get("recorded_at") or row["ts"]):
        line = json.dumps(row | {"prev_sha256": last.get(row["kind"])} if row.get("recorded_at") else row)
        last[row["kind"]] = hashlib.sha256(line.encode()).hexdigest()
        lines.append(line.encode() + b"\n")
    return b"".join(lines)


def judged(rows):
    """Return the card of these rows, as a ledger would hold them."""
    return card.card(reader.read(BytesIO(chained(rows)), None, MARGINS))
