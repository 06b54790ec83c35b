"""The capture tools as processes: how fast they start, and that what they write is a row."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime

import pytest

from conftest import BIN, ROOT
from meter_texts import brief
from tracker import jsonl, providers, rows
from tracker.meters import ADVICE, capture, reset_times

SCREEN = (ROOT / "tests" / "golden" / "capture-claude" / "reads-the-screen" / "in").read_bytes()


def test_what_a_capture_tool_writes_is_a_snapshot_row(tool):
    ran = tool(
        "capture-claude", "--window", "W1", "--phase", "after", "--at", "2026-03-01T11:00:00Z", stdin=SCREEN
    )
    assert ran.err == ""
    row = jsonl.decode(ran.out.encode(), 1)
    assert isinstance(row, rows.Snapshot)
    assert (row.window, row.phase, row.meters[0].used_pct) == ("W1", "after", 21)


@pytest.mark.parametrize(
    "heavy", ["msgspec", "typing", "hashlib", "shutil", "dataclasses", "inspect", "urllib"]
)
def test_a_pane_is_read_without_loading_what_starts_slowly(heavy):
    python = ROOT / ".venv" / "bin" / "python"
    ran = subprocess.run(
        [python, "-SI", "-X", "importtime", ROOT / "lib" / "start.py", BIN / "capture-claude"],
        input=SCREEN,
        capture_output=True,
    )
    loaded = {line.split(b"|")[-1].strip().decode() for line in ran.stderr.splitlines() if b"|" in line}
    assert "argparse" in loaded
    assert heavy not in loaded


def test_a_pane_after_a_long_line_of_garbage_is_still_answered_in_one_line(tool):
    ran = tool("capture-claude", stdin=b"\x00\xff\x1b[" * 3_000_000)
    assert ran.status == 65
    assert ran.out == ""
    assert ran.err.startswith("capture-claude: no_panel: ")
    assert ran.err.count("\n") == 1


def test_of_a_card_of_an_unknown_day_no_bare_clock_time_is_made_an_instant():
    card = b"5h limit: 28% left (resets 03:14)\nWeekly limit: 55% left (resets 03:24)\n"
    now = reset_times.Clock(datetime(2026, 3, 1, 11, tzinfo=UTC), UTC, given=False)
    row = capture.snapshot(card, "codex", now)
    assert brief(row["meters"]) == [
        ["five_hour", "default", 72.0, None],
        ["weekly_all", "default", 45.0, None],
    ]
    assert row["flags"] == ["reset-in-past"]


@pytest.mark.parametrize("provider", providers.NAMES)
def test_the_advice_is_the_provider_s_own(tool, provider):
    ran = tool("capture", provider, stdin="nothing of the kind\n")
    assert (ran.status, ran.out) == (65, "")
    advice = providers.BY_NAME[provider].advice.get("no_panel", ADVICE["no_panel"])
    assert ran.err.endswith(f"; {advice}\n")


def test_a_surface_of_another_provider_is_a_wrong_option(tool):
    ran = tool("capture", "glm", "--surface", "tui", stdin="x")
    assert (ran.status, ran.err) == (
        2,
        "capture: --surface tui: glm has ccusage, error, quota, router; name one\n",
    )


def test_a_text_in_utf_16_is_read(tool):
    text = "Current session: 22% used · resets Jun 28, 10:40am (UTC)\nCurrent week (all models): 31% used\n"
    ran = tool("capture", "claude", "--at", "2026-06-28T08:00:00Z", stdin=text.encode("utf-16"))
    assert jsonl.decode(ran.out.encode(), 1).meters[0].used_pct == 22
