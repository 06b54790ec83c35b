"""The repository map: old and new apart, who changed what, and what does not say what it is for."""

from __future__ import annotations

import subprocess


def commit(repo, when, who, **files):
    for name, text in files.items():
        path = repo / name.replace("__", "/").replace("_md", ".md").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    env = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, "PATH": "/usr/bin:/bin", "HOME": str(repo)}
    name = ["-c", f"user.name={who}", "-c", f"user.email={who}@example.com"]
    subprocess.run(["git", "add", "."], cwd=repo, env=env, check=True)
    subprocess.run(["git", *name, "commit", "-qm", "x"], cwd=repo, env=env, check=True)


def test_old_and_new_stand_apart_with_their_authors(tool, tmp_path):
    repo = tmp_path / "app"
    repo.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=repo, check=True)
    commit(repo, "2026-01-02T09:00:00Z", "ada", old_md="# What was here first\n", mute_py="x = 1\n")
    commit(repo, "2026-02-10T09:00:00Z", "bob", month_py='"""Count things.\n\nMore."""\n')
    commit(
        repo,
        "2026-03-01T09:00:00Z",
        "eve",
        new_md="# Fresh\n# TODO: more\n",
        a__b__c__one_md="x\n",
        a__b__c__two_md="y\n",
    )
    (repo / "new.md").write_text("# Fresh\nTODO twice TODO\n")
    ran = tool("repo-map", "--repo", "app", TRACKER_NOW="2026-03-02T09:00:00Z")
    assert ran.status == 0, ran.err
    week, rest = ran.out.split("## Changed this month (1)")
    month, rest = rest.split("## Older than 1 month (2)")
    old, wins = rest.split("## Quick wins")
    assert "- `new.md`: Fresh (2026-03-01, eve)" in week
    assert "- `a/b/c/`: 2 files (2026-03-01, eve)" in week
    assert "- `month.py`: Count things. (2026-02-10, bob)" in month
    assert "- `old.md`: What was here first (2026-01-02, ada)" in old
    assert "- `mute.py`: (does not say) (2026-01-02, ada)" in old
    assert "1. `new.md` has 2 TODO or FIXME" in wins
    assert "does not say what it is for" in wins


def test_a_folder_that_is_no_repository_is_said(tool, tmp_path):
    ran = tool("repo-map", "--repo", str(tmp_path))
    assert (ran.status, ran.out) == (66, "")
    assert "no repository in" in ran.err


def test_a_repository_without_commits_is_said(tool, tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path / "app")], check=True)
    assert tool("repo-map", "--repo", "app").status == 66
