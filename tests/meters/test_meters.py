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
from tracker import providers, rows
from tracker.meters import ADVICE, Refusal, capture, reset_times

FIXTURES = ROOT / "tests" / "fixtures" / "meters"
TEXTS = sorted(
    path for path in FIXTURES.glob("*/*") if path.suffix != ".json" or path.name.endswith(".text.json")
)
SHARED = ROOT.parent / "shared"


def clock_of(expected) -> reset_times.Clock:
    at = datetime.fromisoformat(expected["at"]) if expected.get("at") else datetime.now(UTC)
    zone = reset_times.zone(expected["tz"]) if expected.get("tz") else UTC
    return reset_times.Clock(at, zone, given="at" in expected)


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
    surfaces = {f"{one.name}-{name}" for one in providers.PROVIDERS for name in one.surface_names()}
    assert {path.name for path in FIXTURES.iterdir()} == surfaces


def test_every_refusal_word_has_an_advice_and_a_paragraph():
    told = (ROOT / "docs" / "meters.md").read_text()
    for word in ADVICE:
        assert f"`{word}`" in told


# What older notes call these refusals.
SAME_WORD = {
    "no_limits": {"deferred", "not_available"},
    "transient_rate_limit": {"endpoint_rate_limited"},
}
SAME_METER = {"monthly_tools": "monthly", "monthly_credits": "credits"}
NOTED = sorted(path for path in SHARED.glob("panes/*.json") if not path.name.endswith(".sample.json"))


@pytest.mark.parametrize("path", NOTED, ids=lambda path: path.stem[:40])
def test_a_noted_text_of_a_real_client_reads_as_noted(path):
    """Runs where the folder of noted client texts lies beside the repository; it is none of ours."""
    noted = json.loads(path.read_text())
    expect = noted["expect"]
    said = noted["reference_now_utc"]
    zone = noted["host_tz_if_pane_has_none"]
    at = reset_times.Clock(
        datetime.fromisoformat(said) if said else datetime.now(UTC),
        reset_times.zone(zone.split()[0]) if zone else UTC,
        given=said is not None,
    )
    raw = (path.parent / noted["file"]).read_bytes()
    try:
        got = capture.snapshot(raw, noted["provider"].split("/")[0], at)
    except Refusal as why:
        if noted["surface"] == "ccusage_blocks_json":
            assert "--take" in str(why)
        else:
            assert why.word in SAME_WORD.get(expect["status"], {expect["status"]})
        return
    if noted["surface"] == "ccusage_blocks_json":
        assert all(made["used_pct"] is None for made in got["meters"])
        return
    assert got["status"] == expect["status"]
    wanted = {
        (SAME_METER.get(window["kind"], window["kind"]), window["pool"]): window
        for window in expect["windows"]
    }
    assert {(made["meter"], made["pool"]) for made in got["meters"]} == set(wanted)
    for made in got["meters"]:
        window = wanted[made["meter"], made["pool"]]
        if window["used_percent"] is None:
            assert made["used_pct"] is None
        else:
            assert made["used_pct"] == pytest.approx(window["used_percent"], abs=0.006)
        if window["resets_at_utc"]:
            apart = datetime.fromisoformat(made["resets_at"]) - datetime.fromisoformat(
                window["resets_at_utc"]
            )
            assert abs(apart.total_seconds()) <= 63


RENDERED = SHARED / "panes-rendered"
EXPECTED = (
    [json.loads(line) for line in (RENDERED / "EXPECTED.jsonl").read_text().splitlines()]
    if RENDERED.exists()
    else []
)


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected["file"])
def test_a_text_that_a_real_client_rendered_reads_as_its_backend_said(expected):
    path = RENDERED / expected["file"]
    made = json.loads(path.with_suffix(".json").read_text())
    stamp = made.get("captured_at")
    when = datetime.fromisoformat(stamp) if stamp else datetime.fromtimestamp(made["captured_at_unix"], UTC)
    provider = "claude" if expected["client"] == "claude-code" else "codex"
    try:
        got = capture.snapshot(path.read_bytes(), provider, reset_times.Clock(when, UTC))["meters"]
    except Refusal:
        assert expected["no_data"]
        return
    shown = [row for row in expected["rows"] if row["shown"]]
    assert [meter["label"] for meter in got] == [row["label"] for row in shown]
    for meter, row in zip(got, shown, strict=True):
        left = row.get("polarity") == "left"
        assert meter["used_pct"] == (100 - row["number_shown"] if left else row["number_shown"])
        if meter["resets_at"] and row.get("resets_at_true"):
            apart = datetime.fromisoformat(meter["resets_at"]) - datetime.fromisoformat(row["resets_at_true"])
            assert -61 <= apart.total_seconds() <= 61


def test_of_a_card_of_an_unknown_day_no_bare_clock_time_is_made_an_instant():
    card = b"5h limit: 28% left (resets 03:14)\nWeekly limit: 55% left (resets 03:24)\n"
    now = reset_times.Clock(datetime(2026, 3, 1, 11, tzinfo=UTC), UTC, given=False)
    row = capture.snapshot(card, "codex", now)
    assert brief(row["meters"]) == [
        ["five_hour", "default", 72.0, None],
        ["weekly_all", "default", 45.0, None],
    ]
    assert row["flags"] == ["reset-in-past"]
