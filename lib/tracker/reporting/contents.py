"""What the report shows: the preview's and the card's own values, and what is drawn beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from tracker import rows
from tracker.evidence.facts import Facts
from tracker.evidence.pairing import capacity_bounds, usable
from tracker.verdict import card, overview

Table = dict[str, Any]
STEP = 1.0  # points: the difference of two whole percents is off by less


def contents(facts: Facts, churns: Iterable[rows.Churn], raw: bytes) -> Table:
    """Return everything that the page shows: `preview` and `card` as their tools print them, and the charts' series.

    `raw` is the input as it came; its sha256 is what a second person compares.  A ledger without a window
    has no card: `card` is None then.
    """
    preview = overview.preview(facts)
    made = card.card(facts) if facts.windows else None
    return {
        "answer": _answer(preview, made),
        "preview": preview,
        "card": made,
        "windows": [_window(facts, window) for window in facts.windows],
        "quotas": _quotas(facts.snapshots),
        "lanes": _lanes(facts),
        "costs": _costs(facts),
        "churn": _churn(facts, churns),
        "method": {
            "rows": facts.rows_read,
            "input_sha256": hashlib.sha256(raw).hexdigest(),
            "card_sha256": made["inputs_sha256"] if made else None,
        },
    }


def _answer(preview: Table, made: Table | None) -> Table:
    """Return the word, the sentence behind it, and the comparison's interval."""
    both = preview["comparison"]
    return {
        "word": made["verdict"] if made else card.INSUFFICIENT,
        "claim": preview["claims"][0] if preview["claims"] else "nothing may be claimed",
        "baseline": both["baseline"],
        "candidate": both["candidate"],
        "ratio": both["rate_ratio"],
        "low": both["ci"]["low"],
        "high": both["ci"]["high"],
        "worst": made["worst_case"]["verdict"] if made else None,
    }


def _window(facts: Facts, window: rows.Window) -> Table:
    """Return a window's features per point; its bounds are what the meter's whole percents can hide."""
    least, most = capacity_bounds(window)
    if usable(window) and least == most:
        least, most = least - STEP, most + STEP
    telemetry = facts.telemetry_of(window)
    return {
        "window": window.window,
        "arm": window.methodology,
        "provider": window.provider,
        "block": window.block,
        "started_at": window.started_at,
        "ended_at": window.ended_at or (window.ts if window.ts.year > 1 else None),
        "features": window.features,
        "capacity_pp": window.capacity_pp,
        "quota": window.capacity_quota,
        "per_point": window.features / window.capacity_pp if usable(window) and window.capacity_pp else None,
        "low": window.features / most if most > 0 else None,
        "high": window.features / least if least > 0 else None,
        "requests": telemetry.total_prompts if telemetry else None,
        "errors": list(window.errors),
    }


def _quotas(snapshots: Sequence[rows.Snapshot]) -> list[Table]:
    """Return each quota's readings in the order of time, and the resets that they name."""
    found: dict[tuple[str, str, str, str], list[tuple[datetime, float, datetime | None]]] = {}
    for reading in snapshots:
        for meter in reading.meters:
            if meter.used_pct is not None:
                key = (reading.provider, reading.account or "", meter.meter, meter.pool)
                found.setdefault(key, []).append((reading.ts, meter.used_pct, meter.resets_at))
    return [
        {
            "name": " ".join(filter(None, (*key[:3], key[3] if key[3] != "default" else ""))),
            "readings": [(at, used) for at, used, _ in sorted(its, key=lambda one: one[0])],
            "resets": sorted({reset for _, _, reset in its if reset is not None}),
        }
        for key, its in sorted(found.items())
    ]


def _lanes(facts: Facts) -> list[Table]:
    """Return the requests of each window by lane, in the order of time."""
    ended = {
        facts.names.key(window.window, window.methodology): window.ended_at or window.ts
        for window in facts.windows
    }
    found = []
    for key, row in facts.telemetry.items():
        at = row.first_ts or ended.get(key) or row.ts
        if at.year == 1:
            continue
        others = dict(row.routed_by_lane)
        if not others and row.routed_prompts:
            others = {"other lanes": row.routed_prompts}
        found.append(
            {
                "window": row.window,
                "at": at,
                "lanes": {"anthropic": row.total_prompts - sum(others.values()), **others},
            }
        )
    return sorted(found, key=lambda one: one["at"])


def _costs(facts: Facts) -> list[Table]:
    """Return what each arm's features cost at list prices, those that have a price."""
    found: dict[str, list[float]] = {}
    for row in facts.features:
        arm = facts.names.arm_of(row)
        if row.cost_usd is not None and arm:
            found.setdefault(arm, []).append(row.cost_usd)
    return [
        {
            "arm": arm,
            "features": len(its),
            "usd": sum(its),
            "usd_per_feature": sum(its) / len(its),
            "each": sorted(its),
        }
        for arm, its in sorted(found.items())
    ]


def _churn(facts: Facts, churns: Iterable[rows.Churn]) -> list[Table]:
    """Return how much of each arm's added lines was gone after a fortnight, and how much is too young to know.

    Of several rows of a window and range the last one counts: it is the one that has ripened.
    """
    last: dict[tuple[str, str | None, str | None], rows.Churn] = {}
    for row in churns:
        last[row.window, row.methodology, row.commit_start] = row
    arms: dict[str, list[rows.Churn]] = {}
    for row in last.values():
        arm = row.methodology or facts.names.methodology.get(row.window)
        if arm and row.added_lines is not None:
            arms.setdefault(arm, []).append(row)
    return [_churn_of(arm, its) for arm, its in sorted(arms.items())]


def _churn_of(arm: str, its: Sequence[rows.Churn]) -> Table:
    ripe = [row for row in its if row.churn_14d is not None]
    lines = sum(row.added_lines or 0 for row in ripe)
    gone = sum((row.added_lines or 0) * (row.churn_14d or 0.0) for row in ripe)
    return {
        "arm": arm,
        "windows": len(its),
        "ripe": len(ripe),
        "ripe_lines": lines,
        "gone_lines": gone,
        "share": gone / lines if lines else None,
        "young_lines": sum(row.added_lines or 0 for row in its if row.churn_14d is None),
        "ripens": max((row.matures_at for row in its if row.matures_at), default=None),
    }
