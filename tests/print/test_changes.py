"""What a tool changed is said in one line to whoever watches, and to nobody else."""

from __future__ import annotations

import os
import pty
import subprocess

from conftest import BIN, clean_env
from readings import at, lines, reading
from tracker.print import changes


def said_on_a_terminal(tmp_path, *command: str, stdin: bytes) -> str:
    mine, theirs = pty.openpty()
    subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        input=stdin,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        check=True,
        cwd=tmp_path,
        env=clean_env(tmp_path),
    )
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(mine, 4096):
            seen += part
    except OSError:
        pass  # how Linux says that the other end is closed
    os.close(mine)
    return seen.decode().replace("\r\n", "\n")


BEFORE = reading("W1", at("09:00"), 4, phase="before")
AFTER = reading("W1", at("12:00"), 31.5, phase="after")


def test_ledger_append_says_what_it_recorded(tmp_path):
    assert said_on_a_terminal(tmp_path, "ledger-append", stdin=lines(BEFORE)) == (
        "ledger-append: recorded 1 snapshot of W1\n"
    )


def test_complete_window_says_what_the_window_came_to(tmp_path):
    command = ("complete-window", "--window", "W1", "--claude-features", "3")
    said = said_on_a_terminal(tmp_path, *command, stdin=lines(BEFORE, AFTER))
    assert said.splitlines()[-1].startswith(
        "complete-window: W1 is finished: claude, week0, 3 features, 27.5 points"
    )


def test_a_log_of_a_job_holds_no_chatter(tool):
    ran = tool("ledger-append", stdin=lines(BEFORE))
    assert (ran.status, ran.out, ran.err) == (0, "", "")


def test_many_windows_are_named_up_to_three():
    said = changes.appended([{"kind": "window", "window": f"W{number}"} for number in range(5)])
    assert said == "recorded 5 window of W0, W1, W2 and 2 more"


def test_churn_says_why_it_was_not_measured():
    assert changes.measured({"window": "W1", "skipped": "no-commits"}) == "W1: not measured (no-commits)"


def test_churn_says_the_share_once_it_is_known():
    row = {"window": "W1", "added_lines": 120, "churn_14d": 0.25, "skipped": None}
    assert changes.measured(row) == "W1: 120 lines added, 25.0% of them gone again a fortnight later"
