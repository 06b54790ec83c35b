"""One reading in one line for people: a snapshot row's values in, text out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

Snapshot = dict[str, Any]


def render(snapshot: Snapshot, buffer: timedelta, reset: datetime | None = None) -> str:
    """Return what was read, for which window, and when its AFTER may be taken; `ts`, `resets_at`: datetimes.

    `reset` is when the quota that is the window's capacity is full again.

    >>> from datetime import UTC
    >>> render({"window": "W1", "provider": "claude", "phase": "after", "ts": datetime(2026, 3, 2, 9, tzinfo=UTC),
    ...     "agent_id": None, "meters": [{"meter": "five_hour", "pool": "default", "used_pct": 4.0,
    ...     "resets_at": None}]}, timedelta(minutes=5))
    'W1 claude AFTER at 09:00 UTC: five_hour 4 % used; agent main'
    """
    at: datetime = snapshot["ts"]
    phase = (snapshot["phase"] or "reading").upper()
    said = f"{snapshot['window'] or '(no window)'} {snapshot['provider']} {phase} at {at:%H:%M} UTC: "
    said += ", ".join(map(quota, snapshot["meters"]))
    said += f"; agent {snapshot['agent_id'] or 'main'}"
    if snapshot["phase"] == "before":
        said += f"; AFTER from {at + buffer:%H:%M} UTC, {buffer.seconds // 60} min after work stops"
        said += f", not {reset:%H:%M}-{reset + buffer:%H:%M} (reset)" if reset else ""
    return said


def quota(meter: dict[str, Any]) -> str:
    """Return one quota: its name, how much of it is used, when it begins anew."""
    name = meter["meter"] if meter["pool"] == "default" else f"{meter['meter']} {meter['pool']}"
    used = "not known" if meter["used_pct"] is None else f"{meter['used_pct']:g} % used"
    return f"{name} {used}" + (f" (resets {meter['resets_at']:%d %b %H:%M})" if meter["resets_at"] else "")
