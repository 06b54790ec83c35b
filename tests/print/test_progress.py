"""What takes long says so, to a person who watches, and to nobody else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pyte
import pytest

from conftest import ROOT

SLOW = """
import sys, time
from tracker.print import progress
progress.AFTER_S = progress.EACH_S = 0.1
with progress.shown("counting \\x1b[2J sheep"):
    time.sleep(float(sys.argv[1]))
sys.stderr.write("after\\n")
"""


def said(seconds: float, **env: str) -> str:
    """Return what a terminal gets from something that takes so long."""
    mine, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(seconds)],
        stderr=theirs,
        env={"PYTHONPATH": str(ROOT / "lib"), "COLUMNS": "60", **env},
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(mine, 65536):
            seen += chunk
    except OSError:
        pass
    os.close(mine)
    assert running.wait(timeout=30) == 0
    return seen.decode()


def test_what_takes_long_is_said_with_its_time_and_goes_when_it_is_done():
    seen = said(1.0, TERM="xterm")
    assert "counting" in seen and " s" in seen and "\x1b" not in seen
    screen = pyte.Screen(60, 5)
    pyte.Stream(screen).feed(seen)
    assert screen.display[0].rstrip() == "after"


def test_what_is_soon_done_is_not_said():
    assert said(0.0, TERM="xterm") == "after\r\n"


def test_a_dumb_terminal_gets_one_line():
    assert said(1.0, TERM="dumb").splitlines() == ["-c: counting \\x1b[2J sheep …", "after"]


def test_a_pipe_gets_nothing():
    ran = subprocess.run(
        [sys.executable, "-c", SLOW, "0.5"], stderr=subprocess.PIPE, env={"PYTHONPATH": str(ROOT / "lib")}
    )
    assert ran.stderr == b"after\n"


@pytest.mark.parametrize("columns", [60, 30])
def test_the_line_is_never_longer_than_the_screen(columns):
    seen = said(0.5, TERM="xterm", COLUMNS=str(columns))
    assert max(map(len, seen.replace("\r", "\n").split("\n"))) < columns
