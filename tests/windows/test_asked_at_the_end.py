"""What a window delivered is asked on a terminal, a real one, while the rows come by a pipe."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest

from conftest import BIN, clean_env
from readings import at, lines, reading

ASKED = "what was delivered?"


class Seat:
    """A shell's line on a pseudo-terminal of its own, with a person who types."""

    def __init__(self, home, line):
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(home)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execve(
                "/bin/bash", ["bash", "--noprofile", "--norc", "-o", "pipefail", "-c", line], clean_env(home)
            )

    def wait_for(self, text, seconds=30):
        end = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < end, self.seen
            if select.select([self.fd], [], [], 0.2)[0]:
                self.seen += os.read(self.fd, 65536).decode()

    def types(self, keys):
        os.write(self.fd, keys.encode())

    def ends(self):
        """Return the line's status, once everything that it prints was read."""
        try:
            while part := os.read(self.fd, 65536):
                self.seen += part.decode()
        except OSError:
            pass  # how Linux says that the other end is closed
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


DEALT = {"kind": "feature", "ts": "2026-01-05T08:00:00Z", "window": "W1", "state": "assigned", "block": 1}
ROWS = [
    {**DEALT, "feature_id": "F-1", "methodology": "week0"},
    {**DEALT, "feature_id": "F-2", "methodology": "week0"},
    reading("W1", at("09:00"), 9.0, phase="before"),
    reading("W1", at("11:00"), 31.5, weekly=33.0, phase="after"),
]


@pytest.fixture
def seat(tmp_path, tool):
    assert tool("ledger-append", stdin=lines(*ROWS)).status == 0
    return lambda line: Seat(tmp_path, line)


COMPLETE = "tracker complete --window W1"
PIPE = "ledger-cat --window W1 | complete-window --window W1 | ledger-append"


def kept(tool, kind):
    return [json.loads(line) for line in tool("ledger-cat", "--kind", kind).out.splitlines()]


@pytest.mark.parametrize("line", [COMPLETE, PIPE])
def test_answers_become_the_window_and_its_features(seat, tool, line):
    person = seat(line)
    person.wait_for("dealt: F-1, F-2")
    person.types("F-1=0.9\nF-2=0.7,failed\n\n")
    assert person.ends() == 0, person.seen
    (window,) = kept(tool, "window")
    assert (window["features"], window["quality_score"], window["outcome"]) == (1, 0.8, "partial")
    ended = {row["feature_id"]: row["state"] for row in kept(tool, "feature") if row["state"] != "assigned"}
    assert ended == {"F-1": "delivered", "F-2": "failed"}


def test_a_wrong_answer_is_asked_again_and_nothing_typed_is_lost(seat, tool):
    person = seat(COMPLETE)
    person.wait_for(ASKED)
    person.types("F-1=0.9\nF-2=9\n")
    person.wait_for("from 0 to 1 ('9'); type that line again")
    person.types("F-1=0.8\n")
    person.wait_for("F-1 is given twice")
    person.types("F-2=0.5\n\n")
    assert person.ends() == 0
    assert {row["feature_id"]: row["quality_score"] for row in kept(tool, "feature")[2:]} == {
        "F-1": 0.9,
        "F-2": 0.5,
    }


def test_an_empty_answer_says_that_nothing_was_delivered(seat, tool):
    person = seat(COMPLETE)
    person.wait_for(ASKED)
    person.types("\n")
    assert person.ends() == 0
    (window,) = kept(tool, "window")
    assert (window["features"], window["quality_score"]) == (0, None)


@pytest.mark.parametrize(("key", "status"), [("\x03", 130), ("\x04", 75)])
@pytest.mark.parametrize("line", [COMPLETE, PIPE])
def test_ctrl_c_and_ctrl_d_keep_the_window_open(seat, tool, line, key, status):
    person = seat(line)
    person.wait_for(ASKED)
    person.types("F-1=0.9\n")
    time.sleep(0.3)
    person.types(key)
    ended = person.ends()
    assert ended in (status, -signal.SIGINT if status == 130 else 66), person.seen
    assert kept(tool, "window") == [] and len(kept(tool, "feature")) == 2
    if status == 75:
        assert "the window stays open" in person.seen
    again = seat(f"{COMPLETE} --feature F-1=0.9")
    assert again.ends() == 0, again.seen


def test_a_window_that_cannot_be_finished_is_refused_before_anything_is_asked(seat):
    person = seat("tracker complete --window W9")
    assert person.ends() == 66
    assert ASKED not in person.seen


@pytest.mark.parametrize("option", ["--claude-features 2", "--feature F-1=0.9"])
def test_who_says_it_by_options_is_not_asked(seat, option):
    person = seat(f"{COMPLETE} {option}")
    assert person.ends() == 0
    assert ASKED not in person.seen


def test_a_correction_keeps_what_was_delivered_and_does_not_ask(seat, tool):
    assert seat(f"{COMPLETE} --claude-features 2").ends() == 0
    person = seat(f"{COMPLETE} --supersede --quality 0.5")
    assert person.ends() == 0, person.seen
    assert ASKED not in person.seen
    (window,) = kept(tool, "window")
    assert (window["features"], window["quality_score"]) == (2, 0.5)


def test_nobody_is_asked_whose_stderr_is_a_file(seat, tmp_path):
    person = seat(f"{COMPLETE} 2> said")
    assert person.ends() == 2
    assert re.search(r"how many features\? name them", (tmp_path / "said").read_text())


def test_a_terminal_of_somebody_else_is_not_asked(tool, tmp_path):
    """stderr is a terminal, but not the one that the process belongs to: there is nobody to answer."""
    mine, theirs = pty.openpty()
    rows = tool("ledger-cat").out.encode() or lines(*ROWS)

    done = subprocess.run(
        [str(BIN / "complete-window"), "--window", "W1"],
        input=rows,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        cwd=tmp_path,
        env=clean_env(tmp_path),
        start_new_session=True,
        timeout=30,
    )
    os.close(theirs)
    os.close(mine)
    assert done.returncode == 2


def test_a_quality_of_0_is_the_one_that_was_typed(tool):
    ran = tool(
        "complete-window", "--window", "W1", "--feature", "F-1=0.9", "--quality", "0", stdin=lines(*ROWS)
    )
    assert json.loads(ran.out.splitlines()[0])["quality_score"] == 0
