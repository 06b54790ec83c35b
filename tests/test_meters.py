"""Every meter text of tests/fixtures/meters reads exactly as the file beside it says.

`<surface>/<case>.txt` is the text, `<case>.json` what it must give: `at`, `tz`, and either `meters`
(with `status` and `flags`) or `refused`.  The texts are our own, in the shapes that clients print.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from conftest import ROOT
from tracker import rows
from tracker.meters import ADVICE, Refusal, capture, clock, registry

FIXTURES = ROOT / "tests" / "fixtures" / "meters"
TEXTS = sorted(
    path for path in FIXTURES.glob("*/*") if path.suffix != ".json" or path.name.endswith(".text.json")
)
SHARED = ROOT.parent / "shared"


def clock_of(expected) -> clock.Clock:
    at = datetime.fromisoformat(expected["at"]) if expected.get("at") else datetime.now(UTC)
    return clock.Clock(at, clock.zone(expected["tz"]) if expected.get("tz") else UTC)


def answer(path: Path) -> Path:
    return path.with_name(path.name.split(".")[0] + ".json")


def read(path: Path, expected) -> dict:
    """Return the snapshot of a text as `{meters, status, flags, …}`, or `{refused}`."""
    provider = expected.get("provider") or path.parent.name.split("-")[0]
    try:
        row = capture.snapshot(path.read_bytes(), provider, clock_of(expected))
    except Refusal as why:
        return {"refused": why.word}
    decoded = msgspec.json.decode(json.dumps(row), type=rows.Snapshot)
    assert all(made.used_pct is None or made.used_pct >= 0 for made in decoded.meters)
    return row


def brief(meters) -> list:
    """Return meters as lists of (meter, pool, percent used, instant of the reset)."""
    return [[made["meter"], made["pool"], made["used_pct"], made["resets_at"]] for made in meters]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.name.split('.')[0]}")
def test_a_text_reads_as_the_file_beside_it_says(path):
    expected = json.loads(answer(path).read_text())
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


def test_every_surface_has_texts_of_its_own():
    surfaces = {f"{provider}-{name}" for provider, name, *_ in registry.SURFACES}
    assert {path.name for path in FIXTURES.iterdir()} == surfaces


def test_every_refusal_word_has_an_advice_and_a_paragraph():
    told = (ROOT / "docs" / "meters.md").read_text()
    for word in ADVICE:
        assert f"`{word}`" in told
