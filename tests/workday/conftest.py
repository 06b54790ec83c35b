"""What a working day stands on: a repository, a plan that is dealt, and a shell that types."""

from __future__ import annotations

import pytest

from workdays import MORNING, PRINTED, TASKS, git


@pytest.fixture
def repo(tmp_path):
    folder = tmp_path / "app"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "commit", "-q", "--allow-empty", "-m", "start")
    return folder


@pytest.fixture
def day(tool, repo, tmp_path):
    """`day("begin", text=(12, 3), at=MORNING)` types `tracker begin` in the repository's shell."""

    def call(*words, text=None, at=MORNING, **env):
        given = ["--text"] if text else []
        options = {"begin": ["--repo", str(repo)], "end": ["--buffer-seconds", "0"]}.get(words[0], [])
        env.setdefault("USAGE_LOG", str(tmp_path / "usage.jsonl"))
        stdin = PRINTED.format(*text) if isinstance(text, tuple) else text or ""
        return tool("tracker", *words, *options, *given, stdin=stdin, TRACKER_NOW=at, **env)

    return call


@pytest.fixture
def dealt(tool):
    """A plan that is registered, and twelve windows that are dealt by its seed."""
    plan = tool(
        "experiment", "register", "--blocks", "6", "--seed", "7", TRACKER_NOW="2026-11-19T09:00:00Z"
    ).out
    assert tool("ledger-append", stdin=plan).status == 0
    ran = tool(
        "tracker",
        "assign-tasks",
        "--registered",
        "--seed",
        "7",
        stdin=TASKS,
        TRACKER_NOW="2026-11-19T09:00:00Z",
    )
    assert ran.status == 0, ran.err
