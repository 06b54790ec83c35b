"""Git, run the same way everywhere: which repository, whose words, and no git at all."""

from __future__ import annotations

import subprocess

import pytest

from histories import Repo
from tracker import cli, git


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path / "repo")


def test_the_repository_is_the_one_named_whatever_a_hook_was_told(repo, tmp_path, monkeypatch):
    other = Repo(tmp_path / "other")
    first, second = repo.commit("here"), other.commit("there", 1)
    assert first != second
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git/index"))
    assert git.run(repo.path, "rev-parse", "HEAD").stdout.decode().strip() == first


def test_paths_come_as_they_are_and_messages_in_english(repo, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    repo.write("ü ä.txt", ["x"])
    repo.commit("names")
    assert git.run(repo.path, "ls-files").stdout.decode() == "ü ä.txt\n"
    assert git.reason(git.run(repo.path, "log", "nowhere")).startswith("fatal: ambiguous argument")


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (b"warning: first\nfatal: why\nhint: more\n", "fatal: why"),
        (b"\n\nsomething\n", "something"),
        (b"error: could not\n", "error: could not"),
        (b"", "no message"),
        (b"\xff\xfe broken\n", "\ufffd\ufffd broken"),
    ],
)
def test_a_failure_is_told_by_the_line_that_says_why(said, line):
    assert git.reason(subprocess.CompletedProcess([], 1, b"", said)) == line


def test_a_machine_without_git_is_told_what_to_install(repo, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(cli.Stop, match="git is not on PATH; install it") as stopped:
        git.run(repo.path, "status")
    assert stopped.value.status == cli.NO_SETTING
