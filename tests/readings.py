"""Rows for the tests of the ledger and of windows: short to write, whole when sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tracker import jsonl, rows

DAY = datetime(2026, 1, 5, tzinfo=UTC)


def at(clock: str, days: int = 0) -> datetime:
    """`at("09:30")` is that time of the tests' day."""
    hours, minutes = clock.split(":")
    return DAY + timedelta(days=days, hours=int(hours), minutes=int(minutes))


def text(time: datetime | None) -> str | None:
    return time and time.isoformat().replace("+00:00", "Z")


def meter(name: str, used_pct: float | None, resets: datetime | None = None, **more) -> dict:
    return {"meter": name, "used_pct": used_pct, "resets_at": text(resets), **more}


FIVE_RESETS = at("13:00")
WEEK_RESETS = at("09:00", 3)


def reading(
    window: str | None,
    time: datetime,
    five: float | None,
    *,
    weekly: float | None = 30.0,
    resets: datetime | None = FIVE_RESETS,
    weekly_resets: datetime | None = WEEK_RESETS,
    provider: str = "claude",
    phase: str | None = None,
    **more,
) -> dict:
    """One snapshot row: five-hour and weekly percent used."""
    meters = [] if five is None else [meter("five_hour", five, resets)]
    if weekly is not None:
        meters.append(meter("weekly_all", weekly, weekly_resets))
    row = {"kind": "snapshot", "ts": text(time), "provider": provider, "surface": "print", "meters": meters}
    return row | {key: value for key, value in {"window": window, "phase": phase, **more}.items() if value}


def credits(window: str, time: datetime, used: float, total: float = 2000, **more) -> dict:
    """One Z.AI reading: credits of the five-hour quota."""
    quota = meter("five_hour", round(100 * used / total), at("13:00"), used=used, total=total)
    return {
        "kind": "snapshot",
        "ts": text(time),
        "provider": "glm",
        "surface": "quota",
        "meters": [quota],
        "window": window,
        **more,
    }


def evidence(number: int = 0, **more) -> dict:
    return {"kind": "evidence", "ts": text(DAY), "check": "pytest", "result": f"pass {number}", **more}


def lines(*rows: dict) -> bytes:
    return b"".join(json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in rows)


def parsed(out: str) -> list[dict]:
    return [json.loads(line) for line in out.splitlines()]


def raw_lines(path):
    return path.read_bytes().splitlines()


def broken(data, torn: bytes, name: str = "evidence.jsonl"):
    with (data / name).open("ab") as file:
        file.write(torn)


def rows_of(*made: dict) -> list[rows.Row]:
    """Return rows as the tools read them."""
    return [jsonl.decode(lines(row), 1) for row in made]
