"""Which files are read, and which never are."""

import os
import shutil
from pathlib import Path

import pytest

from conftest import BIN, clean_env, run
from tracker.history import client_files


@pytest.fixture
def home(tmp_path):
    for name in (
        ".claude/projects/-home-me-app/s1.jsonl",
        ".claude/projects/-home-me-app/s1/subagents/agent-a1.jsonl",
        ".claude/.credentials.json",
        ".claude/history.jsonl",
        ".claude-work/projects/-x/s2.jsonl",
        ".codex/sessions/2026/11/20/rollout-1.jsonl",
        ".codex/sessions/2026/11/20/notes.jsonl",
        ".codex/auth.json",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}\n")
    return tmp_path


def names(found):
    return sorted(source.path.name for source in found)


def test_transcripts_and_rollouts_are_found_and_no_login(home):
    assert names(client_files.find(home, {})) == ["agent-a1.jsonl", "rollout-1.jsonl", "s1.jsonl"]


def test_every_configured_folder_is_looked_in(home):
    where = {"CLAUDE_CONFIG_DIR": f"{home}/.claude , {home}/.claude-work"}
    found = client_files.find(home, where)
    assert names(found) == ["agent-a1.jsonl", "rollout-1.jsonl", "s1.jsonl", "s2.jsonl"]
    assert {source.account for source in found if source.client == "claude"} == {".claude", ".claude-work"}


def test_a_file_named_twice_is_read_once(home):
    path = home / ".claude/projects/-home-me-app/s1.jsonl"
    assert names(client_files.find(home, {}, [path, path, home / ".claude"])) == [
        "agent-a1.jsonl",
        "s1.jsonl",
    ]


def test_a_named_file_says_whose_it_is_by_its_name(home):
    assert (
        client_files.find(home, {}, [home / ".codex/sessions/2026/11/20/rollout-1.jsonl"])[0].client
        == "codex"
    )


def test_folders_of_one_name_are_told_apart_by_whose_they_are(home):
    for person in ("ann", "bob"):
        path = home / "team" / person / ".claude/projects/x/s.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text("{}\n")
    folders = sorted((home / "team").glob("*/.claude"))
    assert {one.account for one in client_files.find(home, {}, folders)} == {"ann/.claude", "bob/.claude"}
    inside = [folder / "projects" for folder in folders]
    assert {one.account for one in client_files.find(home, {}, inside)} == {"ann/.claude", "bob/.claude"}


def test_links_are_followed_each_folder_once_and_a_circle_ends(home):
    far = home / "far" / "project"
    far.mkdir(parents=True)
    (far / "s9.jsonl").write_text("{}\n")
    projects = home / ".claude" / "projects"
    (projects / "linked").symlink_to(far)
    (projects / "again").symlink_to(far)
    (far / "up").symlink_to(projects)
    (projects / "self.jsonl").symlink_to(projects / "self.jsonl")
    assert names(client_files.find(home, {})).count("s9.jsonl") == 1


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root reads everything")
def test_a_folder_that_may_not_be_read_is_named(home):
    shut = home / ".claude" / "projects" / "shut"
    shut.mkdir()
    (shut / "b.jsonl").write_text("{}\n")
    words = [str(BIN / "ingest-history"), "--only", "usage"]
    if os.geteuid() == 0:
        words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *words]
    for folder, said in (
        (shut, "shut could not be read"),
        (home / ".claude", "could not be read (Permission"),
    ):
        folder.chmod(0)
        ran = run(words, cwd=home, env=clean_env(home))
        folder.chmod(0o755)
        assert said in ran.err and "Traceback" not in ran.err


def test_a_folder_that_was_set_and_is_not_there_is_named(home, tool):
    where = {"CLAUDE_CONFIG_DIR": f"{home}/.claude,{home}/.claud-work", "CODEX_HOME": f"{home}/nowhere"}
    unread = {}
    client_files.find(home, where, None, unread)
    assert sorted(Path(path).name for path in unread) == [".claud-work", "nowhere"]
    assert (
        ".claud-work could not be read (no such folder; CLAUDE_CONFIG_DIR"
        in tool("ingest-history", **where).err
    )
    nothing = {}
    client_files.find(home, {}, None, nothing)
    assert nothing == {}
