"""The capture tools as processes: how fast they start, and that what they write is a row."""

from __future__ import annotations

import subprocess

import pytest

from conftest import BIN, ROOT
from tracker import jsonl, rows

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
