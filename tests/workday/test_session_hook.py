"""What a hook of Claude Code is good for: readings of its own session, and a task's two ends."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from conftest import BIN, ROOT, clean_env, run
from tracker import cli
from tracker.workday import session_hook

TEE = str(ROOT / "scripts" / "statusline-tee.sh")


def event(name: str, session: str = "s-1", **more: str) -> str:
    """Return a hook's input as Claude Code 2.1.332 gives it."""
    return json.dumps(
        {
            "session_id": session,
            "transcript_path": "/x/projects/p/s-1.jsonl",
            "cwd": "/x",
            "hook_event_name": name,
        }
        | more
    )


@pytest.fixture
def status_line(tmp_path):
    """`status_line(12.5)` is a reply of the session `s-1` as the status line is told it."""

    def shown(used: float, session: str = "s-1") -> None:
        told = {
            "session_id": session,
            "transcript_path": "/x/projects/p/s.jsonl",
            "model": {"id": "claude-sonnet-5-5"},
            "version": "2.1.332",
            "rate_limits": {"five_hour": {"used_percentage": used, "resets_at": 4102444800}},
        }
        said = json.dumps(told, separators=(",", ":"))
        assert run([TEE, "cat"], stdin=said, cwd=tmp_path, env=clean_env(tmp_path)).status == 0

    return shown


def snapshots(tool) -> list[dict[str, object]]:
    printed = tool("ledger-cat", "--kind", "snapshot").out
    return [json.loads(line) for line in printed.splitlines()]


def test_a_reading_is_the_last_status_line_of_the_hooks_own_session(tool, status_line):
    status_line(12.5)
    status_line(13.0)
    status_line(77.0, session="s-2")
    ran = tool("session-hook", stdin=event("Stop"))
    assert (ran.status, ran.out) == (0, "")
    [row] = snapshots(tool)
    assert row["meters"][0]["used_pct"] == 13.0
    assert (row["window"], row["phase"], row["surface"], row["source"]) == (
        None,
        None,
        "statusline",
        "automation",
    )
    assert row["notes"] == ["hook Stop"]


def test_what_did_not_move_is_no_new_reading(tool, status_line):
    for used in (12.5, 12.5, 12.5, 14.0):
        status_line(used)
        tool("session-hook", stdin=event("Stop"))
    assert [row["meters"][0]["used_pct"] for row in snapshots(tool)] == [12.5, 14.0]


def test_hooks_that_come_at_once_store_a_reading_once(status_line, tmp_path):
    status_line(12.5)
    command = [str(BIN / "session-hook")]
    some = [subprocess.Popen(command, stdin=subprocess.PIPE, env=clean_env(tmp_path)) for _ in range(4)]
    for one in some:
        one.stdin.write(event("Stop").encode())
        one.stdin.close()
    assert [one.wait(60) for one in some] == [0] * 4
    assert (tmp_path / "data/snapshots.jsonl").read_text().count('"used_pct":12.5') == 1


def test_a_subagents_two_ends_are_readings_with_its_type(tool, status_line):
    status_line(12.5)
    tool("session-hook", stdin=event("SubagentStart", agent_id="a1", agent_type="tracker:haiku-subagent"))
    status_line(13.5)
    tool("session-hook", stdin=event("SubagentStop", agent_id="a1", agent_type="tracker:haiku-subagent"))
    assert [row["notes"] for row in snapshots(tool)] == [
        ["hook SubagentStart tracker:haiku-subagent"],
        ["hook SubagentStop tracker:haiku-subagent"],
    ]


def test_without_a_status_line_nothing_is_stored_and_nothing_said(tool, tmp_path):
    ran = tool("session-hook", stdin=event("Stop"))
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert not (tmp_path / "data").exists()


def test_a_session_that_begins_is_told_how_the_quotas_stand(tool, status_line):
    status_line(12.5)
    said = json.loads(tool("session-hook", stdin=event("SessionStart", source="startup")).out)[
        "systemMessage"
    ]
    assert said.startswith("tracker: ")
    assert "12.5" in said or "12" in said
    assert tool("session-hook", stdin=event("SessionStart", source="clear")).out == ""


def dealt(tool) -> None:
    """Deal three tasks of one block, as a person does."""
    plan = tool(
        "experiment", "register", "--unit", "task", "--tasks", "9", "--per-window", "3", "--seed", "7"
    ).out
    assert tool("ledger-append", stdin=plan).status == 0
    bank = "feature_id,predicted_size\n" + "".join(f"F-{n},50\n" for n in (1, 2, 3))
    deal = tool("assign-tasks", "--seed", "7", "--per-window", "3", stdin=bank)
    assert deal.status == 0, deal.err
    assert tool("ledger-append", stdin=deal.out).status == 0


def marks(tool) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in tool("ledger-cat", "--kind", "feature").out.splitlines()]
    return [(row["feature_id"], row["state"]) for row in rows if row["state"] in ("started", "ended")]


def test_a_session_with_a_task_marks_its_two_ends_and_clear_goes_on(tool):
    dealt(tool)

    def hook(name: str, **more: str):
        return tool("session-hook", stdin=event(name, **more), TRACKER_TASK="F-1")

    began = json.loads(hook("SessionStart", source="startup").out)["systemMessage"]
    assert "F-1 in " in began
    assert began.endswith("has begun"), began
    hook("SessionEnd", reason="clear")
    hook("SessionStart", source="clear")
    assert marks(tool) == [("F-1", "started")]
    assert "F-1" not in hook("SessionStart", source="resume").out
    assert json.loads(hook("SessionEnd", reason="other").out)["systemMessage"].endswith("has ended")
    assert marks(tool) == [("F-1", "started"), ("F-1", "ended")]


def test_what_cannot_be_marked_is_said_and_never_stops_the_client(tool):
    dealt(tool)
    ran = tool("session-hook", stdin=event("SessionStart", source="startup"), TRACKER_TASK="F-9")
    assert ran.status == 0
    assert "not recorded: F-9 was not dealt (dealt: F-" in json.loads(ran.out)["systemMessage"]
    assert marks(tool) == []


def test_a_reading_of_a_hook_changes_no_windows_numbers(tool, status_line):
    rows = b"".join(path.read_bytes() for path in sorted((ROOT / "data/samples/week0").glob("*.jsonl")))
    before = tool("preview", "--format", "json", stdin=rows).out
    status_line(55.0)
    tool("session-hook", stdin=event("Stop"))
    mine = tool("ledger-cat", "--raw").out.encode()
    assert mine
    after = tool("preview", "--format", "json", stdin=rows + mine).out
    assert (
        json.loads(after)["arms"] == json.loads(before)["arms"]
        if "arms" in json.loads(before)
        else after == before
    )


@pytest.mark.parametrize(
    "raw", [b"{}", b"[1]", b"[" * 100_000, b'{"hook_event_name":1,"session_id":"s"}', b"\xff"]
)
def test_what_is_no_hooks_input_is_refused(raw):
    with pytest.raises(cli.Stop) as refused:
        session_hook.read(raw)
    assert refused.value.status == cli.BAD_INPUT


def test_a_plugin_without_the_toolkit_on_path_says_nothing(tmp_path):
    script = [str(ROOT / "plugin/hooks/session.sh")]
    ran = run(script, stdin=event("Stop"), cwd=tmp_path, env={"PATH": "/usr/bin:/bin"})
    assert (ran.status, ran.out, ran.err) == (0, "", "")


def test_the_plugin_calls_the_events_that_the_tool_knows():
    hooks = json.loads((ROOT / "plugin/hooks/hooks.json").read_text())["hooks"]
    assert set(hooks) == {"SessionStart", *session_hook.READS}
    assert os.access(ROOT / "plugin/hooks/session.sh", os.X_OK)


def test_the_plugins_version_is_the_toolkits():
    from tracker import __version__

    assert json.loads((ROOT / "plugin/.claude-plugin/plugin.json").read_text())["version"] == __version__
