"""Where a window's work is: kept, found again, and not believed of another window."""

import subprocess

import pytest

from tracker import cli
from tracker.workday import work


def test_a_repository_without_a_commit_has_no_head(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert work.head_of(tmp_path) is None
    assert work.commits_since(tmp_path, None) is None


def test_a_folder_that_is_no_repository_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(cli.Stop, match="no git repository") as stop:
        work.head_of(tmp_path)
    assert stop.value.status == cli.NOTHING


def test_what_is_kept_is_of_its_window_only(tmp_path):
    work.keep(tmp_path / "main", work.Work("W1", "/made/up", "abc"))
    assert work.kept(tmp_path / "main", "W1").head == "abc"
    assert work.kept(tmp_path / "main", "W2") is None
    work.forget(tmp_path / "main")
    assert work.kept(tmp_path / "main", "W1") is None


def test_a_damaged_note_is_no_note(tmp_path):
    (tmp_path / work.FILE).write_text('{"window": "W1"')
    assert work.kept(tmp_path, "W1") is None
