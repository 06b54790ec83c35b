"""Rows of a made-up ledger of two arms, for the tests of replays."""

from __future__ import annotations

import io
import json

from tracker.replay import log


def window(number, arm="stock_anthropic", features=3, points=30, weekly=4, **more):
    """A window row as a dict; `number` gives it a name and a time."""
    day, part = divmod(number, 3)
    start = f"2026-03-{1 + day:02d}T{7 + 5 * part:02d}:00:00Z"
    row = {
        "kind": "window",
        "ts": f"2026-03-{1 + day:02d}T{11 + 5 * part:02d}:30:00Z",
        "window": f"W0-{arm[:4]}-{number}",
        "methodology": arm,
        "provider": "claude",
        "features": features,
        "capacity_pp": points,
        "weekly_pp": weekly,
        "started_at": start,
    }
    return row | more


def two_arms(count=6, coin=False, **offload):
    """A log of both arms, `count` windows each, the second one cheaper in points."""
    made = []
    if coin:
        made.append({"kind": "experiment", "ts": "2026-02-28T09:00:00Z", "n_blocks": 12, "seed": 7})
    for block in range(count):
        first, second = (0, 1) if block % 3 else (1, 0)
        made.append(
            window(
                2 * block + first,
                features=2 + block % 3,
                points=28 + 3 * block,
                weekly=3 + block % 3,
                block=block,
            )
        )
        other = {"features": 2 + (block + 1) % 3, "points": 15 + 2 * block, "weekly": 2 + block % 2} | offload
        made.append(window(2 * block + second, arm="mitm_offload", block=block, **other))
    return made


def lines(found):
    """Return rows as JSON Lines."""
    return "".join(json.dumps(row) + "\n" for row in found)


def read(found):
    """Read rows as the replay reads a ledger."""
    return log.read(io.BytesIO(lines(found).encode()))


def snapshot(ts, percent, resets_at=None, provider="claude", **units):
    """A reading of a weekly quota as a dict."""
    meter = {"meter": "weekly_all", "used_pct": percent, "resets_at": resets_at} | units
    return {"kind": "snapshot", "ts": ts, "provider": provider, "surface": "print", "meters": [meter]}
