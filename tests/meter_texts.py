"""The meter texts of tests/fixtures/meters, and what each must give.

`<provider>-<surface>/<case>.txt` is the text, `<case>.json` what it must give: `at`, `tz`, and either
`meters` (with `status` and `flags`) or `refused`.  The texts are our own, in the shapes that clients print.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from conftest import ROOT
from tracker import rows
from tracker.meters import Refusal, capture, reset_times

FIXTURES = ROOT / "tests" / "fixtures" / "meters"


def texts(*surfaces: str) -> list[Path]:
    """Return the texts of some surfaces, `claude-tui` and so on; of every one without a name."""
    folders = [FIXTURES / name for name in surfaces] or sorted(FIXTURES.iterdir())
    found = [path for folder in folders for path in sorted(folder.iterdir())]
    return [path for path in found if path.suffix != ".json" or path.name.endswith(".text.json")]


def name_of(path: Path) -> str:
    """Return a text's name in the list of tests."""
    return f"{path.parent.name}/{path.name.split('.')[0]}"


def clock_of(expected: dict) -> reset_times.Clock:
    """Return the clock that a text is read by."""
    at = datetime.fromisoformat(expected["at"]) if expected.get("at") else datetime.now(UTC)
    zone = reset_times.zone(expected["tz"]) if expected.get("tz") else UTC
    return reset_times.Clock(at, zone, given="at" in expected)


def read(path: Path, expected: dict) -> dict:
    """Return the snapshot of a text as `{meters, status, flags, …}`, or `{refused}`."""
    provider = path.parent.name.split("-")[0]
    try:
        row = capture.snapshot(path.read_bytes(), provider, clock_of(expected))
    except Refusal as why:
        return {"refused": why.word}
    decoded = msgspec.json.decode(json.dumps(row), type=rows.Snapshot)
    assert all(made.used_pct is None or made.used_pct >= 0 for made in decoded.meters)
    return row


def brief(meters: list[dict]) -> list:
    """Return meters as lists of (meter, pool, percent used, instant of the reset)."""
    return [[made["meter"], made["pool"], made["used_pct"], made["resets_at"]] for made in meters]


def reads_as_noted(path: Path) -> None:
    """Assert that a text reads as the file beside it says."""
    expected = json.loads(path.with_name(f"{path.name.split('.')[0]}.json").read_text())
    got = read(path, expected)
    if "refused" in expected:
        assert got == {"refused": expected["refused"]}
        return
    assert "refused" not in got, got
    assert brief(got["meters"]) == expected["meters"]
    assert got["status"] == expected.get("status", "ok")
    assert got["flags"] == expected.get("flags", [])
    for name in ("plan", "client_version", "credits", "surface"):
        if name in expected:
            assert got[name] == expected[name]


def parsed(module: object, text: str, at: str = "2026-03-01T11:00:00Z", **more: str) -> object:
    """Return what a module of meters reads in a text."""
    return module.parse(text, reset_times.Clock(datetime.fromisoformat(at), UTC), **more)
