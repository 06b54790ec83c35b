"""What the report shows: the preview's and the card's own values, and what is drawn beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from tracker import rows
from tracker.evidence.facts import Facts
from tracker.evidence.pairing import capacity_bounds, usable
from tracker.history import ticks
from tracker.verdict import card, judging, overview

Table = dict[str, Any]
STEP = 1.0  # points: the difference of two whole percents is off by less


def contents(facts: Facts, raw: bytes) -> Table:
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
        "churn": [{"arm": arm["name"], **arm["churn"]} for arm in preview["arms"] if arm["churn"]],
        "method": {
            "merged": any(window.person for window in facts.windows),
            "rows": facts.rows_read,
            "input_sha256": hashlib.sha256(raw).hexdigest(),
            "card_sha256": made["inputs_sha256"] if made else None,
        },
    }


def _answer(preview: Table, made: Table | None) -> Table:
    """Return the word, the sentence behind it, and the comparison's interval: across people where there are several.

    There is no ratio where the rows of several ledgers were read as one.
    """
    both, people = preview["comparison"], preview["people"]
    ratio, ci = (people["ratio"], people["ci"]) if people else (both["rate_ratio"], both["ci"])
    if preview["plan"]["ledgers_contradict"]:
        ratio, ci = None, {"low": None, "high": None}
    return {
        "word": made["verdict"] if made else judging.INSUFFICIENT,
        "claim": preview["claims"][0] if preview["claims"] else "nothing may be claimed",
        "baseline": both["baseline"],
        "candidate": both["candidate"],
        "ratio": ratio,
        "low": ci["low"],
        "high": ci["high"],
        "people": people["people"] if people else None,
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
        "person": window.person,
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
    """Return each quota's readings in the order of time, and the resets that they name; estimates are none.

    A quota of several people's ledgers is each one's own.
    """
    people: dict[str, list[rows.Snapshot]] = {}
    for row in snapshots:
        people.setdefault(row.person or "", []).append(row)
    return [
        {
            "person": person or None,
            "name": " ".join(
                filter(
                    None,
                    (
                        quota.provider,
                        quota.account,
                        quota.meter,
                        quota.pool if quota.pool != "default" else None,
                    ),
                )
            ),
            "readings": [(one.ts, one.used_pct) for one in its],
            "resets": sorted({one.resets_at for one in its if one.resets_at is not None}),
        }
        for person, theirs in people.items()
        for quota, its in ticks.by_quota(ticks.ticks(theirs)).items()
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
