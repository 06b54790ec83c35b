"""Which files are read, and which never are."""

import pytest

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
