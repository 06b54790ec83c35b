"""What a tool changed is said in one line to whoever watches, and to nobody else."""

from __future__ import annotations

import os
import pty
import subprocess

import pytest

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


@pytest.fixture
def work(tmp_path):
    """The options that name a repository's two commits, of which the second adds three lines."""
    repo = tmp_path / "work"
    git = ["git", "-C", str(repo), "-c", "user.name=n", "-c", "user.email=n@example.com"]
    subprocess.run(["git", "init", "-q", str(repo)], check=True)
    for text in ("", "one\ntwo\nthree\n"):
        (repo / "file").write_text(text)
        subprocess.run([*git, "add", "file"], check=True)
        subprocess.run([*git, "commit", "-qm", "work"], check=True)
    return ("--repo", str(repo), "--commit-start", "HEAD~1", "--commit-end", "HEAD")


def test_churn_says_what_it_measured(tmp_path, work):
    said = said_on_a_terminal(tmp_path, "churn", "--window", "W1", *work, stdin=b"")
    assert said.startswith("churn: W1: 3 lines added; how many are gone again is known from 2")
    assert said.count("\n") == 1


def test_a_log_of_a_job_holds_no_chatter(tool, work):
    append = ("ledger-append",), BEFORE
    finish = ("complete-window", "--window", "W1", "--claude-features", "3"), BEFORE, AFTER
    churn = (("churn", "--window", "W1", *work),)
    for command, *some in (append, finish, churn):
        ran = tool(*command, stdin=lines(*some))
        assert (ran.status, ran.err) == (0, ""), command


def test_many_windows_are_named_up_to_three():
    said = changes.appended([{"kind": "window", "window": f"W{number}"} for number in range(5)])
    assert said == "recorded 5 window of W0, W1, W2 and 2 more"


def test_churn_says_why_it_was_not_measured():
    assert changes.measured({"window": "W1", "skipped": "no-commits"}) == "W1: not measured (no-commits)"


def test_churn_says_the_share_once_it_is_known():
    row = {"window": "W1", "added_lines": 120, "churn_14d": 0.25, "skipped": None}
    assert changes.measured(row) == "W1: 120 lines added, 25.0% of them gone again a fortnight later"
