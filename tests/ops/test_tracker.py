"""The dispatcher: the field plans' commands as they are typed, each a pipe of the tools."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from conftest import BIN, ROOT, TOOLS, clean_env
from tracker.ops import dispatch

PRINTED = """You are currently using your subscription to power your Claude Code usage

Current session: {}% used · resets Nov 20, 3pm (UTC)
Current week (all models): {}% used · resets Nov 24, 9am (UTC)
"""
BEFORE, AFTER = "2026-11-20T10:05:00Z", "2026-11-20T12:00:00Z"


def ingest(tool, window, used, week, at, *more):
    """Record one reading of the meters through `tracker ingest claude`."""
    return tool(
        "tracker",
        "ingest",
        "claude",
        "--window",
        window,
        "--stdin",
        "--at",
        at,
        *more,
        stdin=PRINTED.format(used, week),
    )


def rows(tool, *options):
    """Return the ledger's rows in force."""
    return [json.loads(line) for line in tool("ledger-cat", *options).out.splitlines()]


def test_every_command_joins_tools_that_exist(tool):
    for name, command in {**dispatch.INGEST, **dispatch.COMMANDS}.items():
        assert {tool.split()[0] for tool in command.pipe} <= set(TOOLS)
        words = ("ingest", name) if name in dispatch.INGEST else (name,)
        ran = tool("tracker", *words, "--help")
        assert ran.status == 0
        assert ran.out.startswith(f"usage: {command.options_of.split()[0]} ")


def test_a_tool_that_is_no_command_is_one_as_it_is_and_run_takes_each(tool):
    assert tool("tracker", "router", "--help").out.startswith("usage: router ")
    assert tool("tracker", "run", "preview", "--help").out.startswith("usage: preview ")
    read = tool("tracker", "run", "preview", stdin="")
    assert (read.status, read.err) == (66, tool("preview", stdin="").err)
    ran = tool("tracker", "run", "nix")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "tracker: no tool is called 'nix'; `ls $(tracker where tools)` shows them\n"


def test_where_prints_one_path_for_a_script_or_each_with_its_reason(tool, tmp_path):
    everything = tool("tracker", "where")
    assert f"ledger   {tmp_path}/data\n" in everything.out
    assert "the ledger's folder: TRACKER_DATA_DIR" in everything.out
    assert tool("tracker", "where", "log").out == f"{tmp_path}/logs/usage.jsonl\n"
    assert tool("tracker", "--data-dir", "/elsewhere", "where", "ledger").out == "/elsewhere\n"
    assert tool("tracker", "where", "nowhere").status == 2


def test_the_plans_matrix_for_a_stock_window_runs_as_it_is_typed(tool):
    assert ingest(tool, "W0-CL-1", 9, 30, BEFORE).status == 0
    assert ingest(tool, "W0-CL-1", 31, 33, AFTER).status == 0
    complete = "complete --window W0-CL-1 --claude-features 3 --quality 1.0 --outcome pass"
    ran = tool("tracker", *complete.split(), "--methodology", "stock_anthropic")
    assert (ran.status, ran.out) == (0, ""), ran.err
    (window,) = rows(tool, "--kind", "window")
    assert (window["features"], window["capacity_pp"], window["methodology"]) == (3, 22, "stock_anthropic")
    audit = tool("tracker", "window-audit", "--window", "W0-CL-1", "--format", "json")
    assert json.loads(audit.out)
    card = tool("tracker", "decision-card", "--window", "W0-CL-1")
    assert "W0-CL-1" in card.out


def test_the_phase_is_inferred_and_the_source_is_stamped(tool):
    ingest(tool, "W1", 9, 30, BEFORE)
    ingest(tool, "W1", 31, 33, AFTER)
    assert [(row["phase"], row["source"]) for row in rows(tool, "--kind", "snapshot")] == [
        ("before", "ingest"),
        ("after", "ingest"),
    ]


def test_alias_start_end_and_delete(tool):
    def alias(*words, used=9, at=BEFORE):
        when = () if words[0] == "delete" else ("--at", at)
        return tool("tracker", "alias", *words, *when, stdin=PRINTED.format(used, 33))

    assert alias("start", "claude", "--window", "W1").status == 0
    assert alias("start", "claude", "--window", "W1").status == 75  # one before a window
    assert alias("delete", "claude", "--window", "W1").status == 0
    assert rows(tool, "--kind", "snapshot") == []
    assert alias("start", "claude", "--window", "W1").status == 0
    assert alias("end", "claude", "--window", "W1", used=31, at=AFTER).status == 0
    assert [row["source"] for row in rows(tool, "--kind", "snapshot")] == ["alias", "alias"]


def test_an_option_of_ledger_append_reaches_it(tool):
    assert ingest(tool, "W1", 9, 30, BEFORE).status == 0
    early = ingest(tool, "W1", 31, 33, AFTER, "--stopped-at", "2026-11-20T11:58:00Z")
    assert early.status == 75
    assert "work stopped 120 s before" in early.err.replace("2 min 00 s", "120 s")
    options = set(re.findall(r"(?m)^  (--[a-z-]+)", tool("ledger-append", "--help").out))
    assert options - {"--version", "--data-dir"} == set(dispatch.FOR_APPEND)


def test_the_data_folder_may_stand_before_or_after_the_command(tool, tmp_path):
    words = ("ingest", "claude", "--window", "W1", "--at", BEFORE)
    assert tool("tracker", *words, "--data-dir", "one", stdin=PRINTED.format(9, 30)).status == 0
    assert tool("tracker", "--data-dir", "two", *words, stdin=PRINTED.format(9, 30)).status == 0
    assert (tmp_path / "one" / "snapshots.jsonl").exists()
    assert (tmp_path / "two" / "snapshots.jsonl").exists()
    assert not (tmp_path / "data").exists()


def test_a_refused_reading_writes_nothing(tool, tmp_path):
    ran = tool("tracker", "ingest", "claude", "--window", "W1", stdin="nothing of the kind\n")
    assert ran.status == 65
    assert ran.err.startswith("capture: no_panel: ")
    assert ran.err.count("\n") == 1
    assert not list(tmp_path.rglob("snapshots.jsonl"))


@pytest.mark.parametrize("module", ["tracker", "tracker.cli"])
@pytest.mark.parametrize("path", ["lib", "tracker/src"])
def test_python_m_is_the_same_with_any_python(module, path, tmp_path):
    env = clean_env(tmp_path, PYTHONPATH=str(ROOT / path))
    ran = subprocess.run(
        [sys.executable, "-m", module, "--version"],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    direct = subprocess.run(
        [BIN / "tracker", "--version"], env=env, capture_output=True, text=True, check=True
    )
    assert ran.stdout == direct.stdout != ""


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ((), "required: COMMAND"),
        (("prevew",), "prevew"),
        (("ingest",), "required: what"),
        (("ingest", "cursor"), "cursor"),
        (("alias", "begin", "claude"), "begin"),
        (("preview", "--data-dir"), "--data-dir: expected one"),
    ],
)
def test_wrong_words_are_named_on_one_line(tool, words, seen):
    ran = tool("tracker", *words)
    assert ran.status == 2
    assert seen in ran.err
    assert ran.err.count("\n") == 1
