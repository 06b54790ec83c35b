"""What is there of a window, and what is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from tracker import rows
from tracker.windows import finish, reading_pairs

ITEMS = (
    "before",
    "after",
    "features",
    "quality",
    "outcome",
    "methodology",
    "commits",
    "churn",
    "telemetry",
    "evidence",
)


class Audit(msgspec.Struct, kw_only=True):
    """One window's state: required items there and missing, and what a reader must know."""

    window: str
    methodology: str | None
    complete: str  # "present/required"
    share: float  # present / required, 0..1
    present: list[str]
    missing: list[str]
    duplicates: list[str]
    anomalies: list[dict[str, Any]]
    near_ids: list[str]  # other windows whose id differs only in zero padding
    evidence: list[dict[str, Any]]
    telemetry: dict[str, Any] | None
    counts: dict[str, int]  # rows of each kind
    canonical: str | None  # row_id of the finished window
    capacity_pp: float | None
    errors: list[str]
    notes: list[str]


def window_ids(all_rows: Iterable[rows.Row]) -> list[str]:
    """Return every window that the rows speak of, in order of appearance."""
    names = (getattr(row, "window", None) for row in all_rows)
    return list(dict.fromkeys(name for name in names if name and name != "WEEK0"))


def padded_alike(first: str, second: str) -> bool:
    """Say whether two ids differ only in how their numbers are padded.

    >>> padded_alike("W0-CL-1", "W0-CL-01"), padded_alike("W0-CL-1", "W0-CL-11")
    (True, False)
    """
    return first != second and _unpadded(first) == _unpadded(second)


def _unpadded(name: str) -> str:
    return re.sub(r"\d+", lambda digits: str(int(digits[0])), name)


def audit(all_rows: Sequence[rows.Row], window: str) -> Audit:
    """Return what is there of one window; telemetry is required of an offload window only."""
    mine = [row for row in all_rows if getattr(row, "window", None) == window]
    finished = next((row for row in mine if isinstance(row, rows.Window)), None)
    methodology = finished.methodology if finished else None
    pairs = reading_pairs.best_pairs(mine)
    own = [pair for key, pair in pairs.items() if finished is None or key.provider == finished.provider]
    telemetry = next((row for row in mine if isinstance(row, rows.ProxyTelemetry)), None)
    measured = [row for row in mine if isinstance(row, rows.Churn) and not row.skipped]
    there = {
        "before": any(pair.before for pair in own),
        "after": any(pair.after for pair in own),
        "features": finished is not None,
        "quality": finished is not None and finished.quality_score is not None,
        "outcome": finished is not None and finished.outcome is not None,
        "methodology": finished is not None,
        # The field plans name the commits at `churn`; whoever names them at `complete` need not do so twice.
        "commits": any(one.commit_start and one.commit_end for one in (finished, *measured) if one),
        "churn": bool(measured),
        "telemetry": telemetry is not None,
        "evidence": any(isinstance(row, rows.Evidence) for row in mine),
    }
    required = [
        item for item in ITEMS if item != "telemetry" or (methodology and finish.is_offload(methodology))
    ]
    present = [item for item in required if there[item]]
    return Audit(
        window=window,
        methodology=methodology,
        complete=f"{len(present)}/{len(required)}",
        share=len(present) / len(required),
        present=present,
        missing=[item for item in required if not there[item]],
        duplicates=reading_pairs.duplicates(mine),
        anomalies=[_said(row) for row in mine if isinstance(row, rows.Anomaly)],
        near_ids=[other for other in window_ids(all_rows) if padded_alike(other, window)],
        evidence=[_said(row) for row in mine if isinstance(row, rows.Evidence)],
        telemetry=_said(telemetry) if telemetry else None,
        counts=dict(Counter(str(row.__struct_config__.tag) for row in mine)),
        canonical=finished.row_id if finished else None,
        capacity_pp=finished.capacity_pp if finished else None,
        errors=finished.errors if finished else [],
        notes=finished.notes if finished else [],
    )


STAMPS = {"schema_version", "tool_version", "supersedes", "recorded_at", "batch", "prev_sha256"}


def _said(row: rows.Row) -> dict[str, Any]:
    return {
        name: value
        for name, value in msgspec.to_builtins(row).items()
        if value is not None and name not in STAMPS
    }
