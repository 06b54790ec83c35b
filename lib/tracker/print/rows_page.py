"""Ledger rows for people: one line a row, what matters of its kind in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tracker.print.layout import grid

Row = dict[str, Any]
# What every row has, or the ledger stamped; the rest is what a row says.
STAMPED = {
    "kind",
    "ts",
    "window",
    "row_id",
    "schema_version",
    "tool_version",
    "source",
    "recorded_at",
    "batch",
} | {
    "prev_sha256",
    "agent_id",
    "raw_sha256",
}
MOST = 6  # fields that a row shows


def render(rows: Sequence[Row], markdown: bool = False) -> str:
    """Return a table of rows: when, kind, window, what they say, and the row_id that ledger-undo takes."""
    headers = ["time", "kind", "window", "says", "row"]
    lines = [
        [
            _time(row),
            str(row.get("kind", "")),
            row.get("window") or "",
            said(row),
            str(row.get("row_id", ""))[:8],
        ]
        for row in rows
    ]
    count = f"{len(rows):,} row{'' if len(rows) == 1 else 's'} in force"
    return f"{grid(lines, headers, markdown, least=('row',))}\n\n{count}\n"


def _time(row: Row) -> str:
    return str(row.get("ts", ""))[:16].replace("T", " ")


def said(row: Row) -> str:
    """Return what a row says in a few words: a reading's meters, else its first fields that are known.

    >>> said({"kind": "window", "methodology": "week0", "features": 3.0, "capacity_pp": None})
    'methodology week0, features 3'
    >>> said({"kind": "snapshot", "phase": "after", "meters": [{"meter": "five_hour", "used_pct": 31.5}]})
    'phase after, five_hour 31.5 %'
    """
    parts: list[str] = []
    for name, value in row.items():
        if name == "meters":
            parts += _meters(value)
        elif name not in STAMPED and value is not None and value != [] and not isinstance(value, dict):
            parts.append(f"{name} {_value(value)}")
    more = f", {len(parts) - MOST} more" if len(parts) > MOST else ""
    return ", ".join(parts[:MOST]) + more


def _meters(meters: Iterable[Row]) -> list[str]:
    return [
        f"{one.get('meter')} {'not known' if one.get('used_pct') is None else format(one['used_pct'], 'g') + ' %'}"
        for one in meters
    ]


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return str(value)
