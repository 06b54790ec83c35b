"""The ledger from end to end: many at once, killed and starved, and no way to edit."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from conftest import BIN, ROOT
from readings import at, reading
from tracker.ledger import stored_rows, verify


def test_taking_back_a_reading_of_a_finished_window_says_what_it_leaves(tool, put):
    put(reading("W1", at("09:00"), 5.0, phase="before"))
    put(reading("W1", at("11:00"), 25.0, phase="after"))
    made = tool("complete-window", "--window", "W1", "--claude-features", "2", stdin=tool("ledger-cat").out)
    assert tool("ledger-append", stdin=made.out).status == 0
    ran = tool("ledger-undo", "--last", "after")
    assert "W1 was finished with it; `complete-window --supersede` computes it again" in ran.err


def test_there_is_no_command_that_edits():
    tools = {path.name for path in BIN.iterdir() if path.name.startswith("ledger-")}
    assert tools == {"ledger-append", "ledger-cat", "ledger-merge", "ledger-undo", "ledger-verify"}


def test_readers_see_whole_calls_while_others_write(data):
    """Writers append pairs; a reader never sees half of one."""
    writer = (
        "import sys, pathlib; from tracker import jsonl; from tracker.ledger import append\n"
        "import json\n"
        "for n in range(150):\n"
        "    rows = [dict(kind='evidence', ts='2026-01-05T00:00:00Z', check='c', result=f'{sys.argv[2]}/{n}/{k}') for k in 'ab']\n"
        "    fresh = [append.New(jsonl.decode(json.dumps(r).encode(), 1), r) for r in rows]\n"
        "    append.append(pathlib.Path(sys.argv[1]), fresh)\n"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT / "lib")}
    running = [
        subprocess.Popen([sys.executable, "-c", writer, str(data), str(one)], env=env) for one in range(3)
    ]
    deadline = time.monotonic() + 60
    looks = 0
    while any(process.poll() is None for process in running) and time.monotonic() < deadline:
        if (data / "evidence.jsonl").exists():
            assert sum(1 for _ in stored_rows.in_force(data)) % 2 == 0
            looks += 1
    assert [process.wait() for process in running] == [0, 0, 0]
    assert looks
    assert sum(1 for _ in stored_rows.in_force(data)) == 900
    assert not [one for one in verify.verify(data) if one.wrong]


@pytest.mark.slow
def test_a_slice_of_the_torture():
    """`make torture` is the whole of it."""
    ran = subprocess.run(
        [
            sys.executable,
            str(ROOT / "bench" / "torture.py"),
            "--writers",
            "3",
            "--rows",
            "300",
            "--kills",
            "10",
            "--least",
            "0",
        ],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "lib")},
        timeout=200,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("\nok ") + ran.stdout.startswith("ok ") == 9
