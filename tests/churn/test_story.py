"""Churn from end to end: the tool, the ledger, and a fortnight in between."""

from __future__ import annotations

import json
import subprocess
import sys

from conftest import BIN, ROOT
from histories import WORDS, Repo
from readings import parsed
from tracker.churn import survival


def test_the_repository_is_the_one_named_also_inside_a_git_hook(repo, base, tool, tmp_path):
    end = repo.commit("work", 0, app__py=["import this", *WORDS[:10]])
    elsewhere = Repo(tmp_path / "elsewhere")
    words = ["--window", "W1", "--commit-start", base, "--commit-end", end, "--repo", str(repo.path)]
    ran = tool("churn", *words, GIT_DIR=str(elsewhere.path / ".git"), GIT_WORK_TREE=str(elsewhere.path))
    assert parsed(ran.out)[0]["skipped"] is None, ran.err


def test_the_tool_measures_refreshes_and_supersedes(repo, base, tool):
    end = repo.commit("work", 0, new__py=WORDS[:10])
    repo.commit("rewrite", 3, new__py=WORDS[:5])
    options = (
        "--window",
        "W1",
        "--provider",
        "claude",
        "--methodology",
        "stock_anthropic",
        "--repo",
        str(repo.path),
    )
    young = tool(
        "churn", *options, "--commit-start", base, "--commit-end", end, TRACKER_NOW="2026-01-10T09:00:00Z"
    )
    assert (young.status, young.err) == (0, "")
    assert tool("ledger-append", stdin=young.out).status == 0
    first = parsed(tool("ledger-cat").out)[0]
    assert (first["churn_14d"], first["matures_at"], first["provider"]) == (
        None,
        "2026-01-19T09:00:00Z",
        "claude",
    )

    refresh = ("churn", "--refresh", "--repo", str(repo.path))
    early = tool(*refresh, stdin=tool("ledger-cat").out, TRACKER_NOW="2026-01-19T08:59:00Z")
    assert early.status == 66
    due = tool(*refresh, stdin=tool("ledger-cat").out, TRACKER_NOW="2026-01-19T09:01:00Z")
    assert due.status == 0
    assert tool("ledger-append", stdin=due.out).status == 0
    (row,) = parsed(tool("ledger-cat").out)
    assert (row["churn_14d"], row["supersedes"], row["provider"]) == (0.5, first["row_id"], "claude")
    assert tool(*refresh, stdin=tool("ledger-cat").out, TRACKER_NOW="2026-02-19T09:01:00Z").status == 66


def test_the_tool_warns_and_writes_a_row_when_the_start_is_missing(repo, base, tool):
    ran = tool("churn", "--window", "W1", "--commit-end", base, "--repo", str(repo.path))
    assert ran.status == 0
    assert ran.err == (
        "churn: W1: churn skipped: commit-start missing; "
        "run it again with --commit-start and the commit before the work "
        f"({survival.EMPTY_TREE}, the empty tree, when there is none)\n"
    )
    assert json.loads(ran.out)["skipped"] == "commit-start missing"


def test_a_folder_that_is_no_repository_is_said(tool, tmp_path):
    ran = tool("churn", "--window", "W1", "--commit-start", "a", "--commit-end", "b", "--repo", str(tmp_path))
    assert "name the repository with --repo" in ran.err
    assert json.loads(ran.out)["skipped"]


def test_numpy_and_friends_stay_out():
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", str(ROOT / "lib" / "start.py"), str(BIN / "churn"), "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert "numpy" not in loaded
