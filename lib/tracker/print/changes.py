"""What a tool changed, in one line for the person at the terminal: rows' values in, a line out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tracker import cli

Row = dict[str, Any]


def appended(rows: Iterable[Row]) -> str:
    """Return what was recorded: how many rows of each kind, of which windows.

    >>> appended([{"kind": "snapshot", "window": "W1"}, {"kind": "anomaly", "window": "W1"}])
    'recorded 1 snapshot, 1 anomaly of W1'
    """
    kinds: Counter[str] = Counter()
    windows: dict[str, None] = {}
    for row in rows:
        kinds[row["kind"]] += 1
        if row.get("window"):
            windows[row["window"]] = None
    said = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    return f"recorded {said}" + (f" of {cli.some(list(windows), 3)}" if windows else "")


def finished(row: Row, anomalies: int) -> str:
    """Return what a finished window came to.

    >>> finished({"window": "W1", "provider": "claude", "methodology": "week0", "features": 3.0,
    ...     "capacity_pp": None, "supersedes": None}, 1)
    'W1 is finished: claude, week0, 3 features, capacity not known; 1 anomaly'
    """
    capacity = row.get("capacity_pp")
    used = "capacity not known" if capacity is None else f"{capacity:g} points of the quota"
    what = "corrected" if row.get("supersedes") else "finished"
    odd = f"; {anomalies} anomal{'y' if anomalies == 1 else 'ies'}" if anomalies else ""
    return (
        f"{row['window']} is {what}: {row['provider']}, {row['methodology']}, {row['features']:g} features, "
        f"{used}{odd}"
    )


def measured(row: Row) -> str:
    """Return what a window's churn is, or why and until when it is not known.

    >>> measured({"window": "W1", "added_lines": 120, "churn_14d": None, "matures_at": "2026-01-19T09:00:00Z",
    ...     "skipped": None})
    'W1: 120 lines added; how many are gone again is known from 2026-01-19 on'
    """
    if row.get("skipped"):
        return f"{row['window']}: not measured ({row['skipped']})"
    said = f"{row['window']}: {row['added_lines']:,} lines added"
    if row.get("churn_14d") is not None:
        return f"{said}, {row['churn_14d']:.1%} of them gone again a fortnight later"
    due = row.get("matures_at")
    return said + (f"; how many are gone again is known from {due[:10]} on" if due else "")
