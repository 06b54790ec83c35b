"""How wide an answer may be, and sentences that keep to it."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from tracker.print import screen

SAY = "from tracker.print import screen; import sys; sys.stderr.write(str(screen.width()))"


def width_said(columns: int | None, **env: str) -> str:
    """Return what a process takes its width to be, on a terminal of so many columns or in a pipe."""
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns or 0, 0, 0))
    done = subprocess.run(
        [sys.executable, "-c", SAY],
        stdout=theirs if columns else subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT / "lib"), **env},
        check=True,
    )
    os.close(mine)
    os.close(theirs)
    return done.stderr.decode()


def test_the_terminal_is_asked_unless_columns_says_another_and_a_pipe_has_no_bound():
    assert width_said(97) == "97"
    assert width_said(97, COLUMNS="70") == "70"
    assert width_said(None) == "None"
    assert width_said(None, COLUMNS="120") == "120"


@pytest.mark.parametrize("said", ["", "0", "wide", "-5", "8.5"])
def test_columns_that_say_nothing_are_passed_over(said):
    assert width_said(None, COLUMNS=said) == "None"


def test_what_is_too_narrow_to_read_is_taken_for_twenty_columns():
    assert width_said(None, COLUMNS="3") == str(screen.NARROWEST)


WORDS = st.lists(
    st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=12), min_size=1
)


@given(WORDS, st.integers(20, 60), st.sampled_from(["", "  - ", "- ", "    "]))
def test_no_line_is_longer_than_the_screen_and_no_word_is_broken_or_lost(words, columns, start):
    made = screen.fitted(start + " ".join(words), columns)
    assert all(len(line) <= columns for line in made.split("\n"))
    assert made.split() == (start + " ".join(words)).split()


def test_a_word_longer_than_the_screen_stays_whole():
    assert screen.fitted("sha256 " + "f" * 64, 40) == "sha256\n" + "f" * 64
