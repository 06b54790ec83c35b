"""A page that is watched: on a screen of its own with rich, on an emptied one without, in lines where there is none."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time

import pyte
import pytest

from conftest import ROOT

WATCH = """
import itertools, sys
if "--no-rich" in sys.argv:
    sys.modules["rich.console"] = None
from tracker import cli
from tracker.print import watch_screen
count = itertools.count()
def look():
    return f"look {min(next(count), 2)}"
cli.run(lambda: __import__("argparse").ArgumentParser(), lambda args: watch_screen.forever(
    lambda: f"first line\\n{look()}\\n", look, every=0.05), [])
"""
ENV = {"PYTHONPATH": str(ROOT / "lib"), "TERM": "xterm-256color", "PATH": os.environ["PATH"]}


def watched(*options: str, **env: str) -> tuple[str, int]:
    """Return what a terminal of 10 lines and 60 columns gets until Ctrl-C."""
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 60, 0, 0))
    running = subprocess.Popen(
        [sys.executable, "-c", WATCH, *options], stdin=theirs, stdout=theirs, stderr=theirs, env=ENV | env
    )
    os.close(theirs)
    seen, end, is_told = b"", time.monotonic() + 30, False
    try:
        while chunk := os.read(mine, 65536):
            seen += chunk
            if not is_told and (b"look 2" in seen or time.monotonic() > end):
                is_told = True
                running.send_signal(signal.SIGINT)
    except OSError:
        pass
    os.close(mine)
    return seen.decode(), running.wait(timeout=30)


@pytest.mark.parametrize("options", [(), ("--no-rich",)], ids=["rich", "without"])
def test_the_page_stands_alone_on_the_screen(options):
    seen, status = watched(*options)
    assert status == 130
    screen = pyte.Screen(60, 10)
    pyte.Stream(screen).feed(seen.partition("\x1b[?1049l")[0])
    lines = [line.rstrip() for line in screen.display]
    assert lines[:3] == ["first line", "look 2", ""]


def test_richs_screen_gives_back_what_was_there():
    seen, _ = watched()
    assert seen.count("\x1b[?1049h") == seen.count("\x1b[?1049l") == 1
    assert "\x1b[?25h" in seen.rpartition("\x1b[?25l")[2], "the cursor is shown again"


def test_a_dumb_terminal_gets_lines():
    seen, status = watched(TERM="dumb")
    lines = seen.replace("^C", "").splitlines()
    assert status == 130 and "\x1b" not in seen
    assert [line.split(" ", 1)[1] for line in lines] == ["look 0", "look 1", "look 2"]
