"""The plugin in a real Claude Code: installed in a person's own project, its hooks, agent and skills at work."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from pathlib import Path

import pytest

from clients.world import CLIENTS, ROOT, World, installed
from conftest import clean_env, run

VERSION = installed("claude-code")[-1] if CLIENTS.exists() else ""
ASKS = [
    {
        "model": "sonnet",
        "nth": 1,
        "content": [
            {"type": "text", "text": "let me ask"},
            {"type": "tool_use", "id": "toolu_1", "name": "Agent", "input": {
                "description": "look", "prompt": "look around", "subagent_type": "tracker:haiku-subagent"}},
        ],
    },
    {
        "model": "opus",
        "nth": 1,
        "content": [{"type": "tool_use", "id": "toolu_2", "name": "mcp__tracker__status", "input": {}}],
    },
]  # fmt: skip


class Seat:
    """A person's own project with the newest client, a made-up login, the toolkit on PATH, providers on loopback."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder, "claude-code", VERSION)
        self.world.backend.stop()  # a provider that streams answers instead
        self.project, script = self.world.work, folder / "asks.json"
        script.write_text(json.dumps(ASKS))
        self.arrivals, tls = folder / "arrivals.jsonl", folder / "tls"
        tls.mkdir()
        self.servers: list[subprocess.Popen[str]] = []
        said = self._serve(
            folder, "mock-provider", "--as", "anthropic", "--used-pct", "10", "--five-hour-tokens", "1000000", "--tls", str(tls), "--faults", str(script),
            "--log", str(self.arrivals),
        )  # fmt: skip
        port = said["url"].rpartition(":")[2]
        network = self._serve(folder, "mock-network", "--route", f"api.anthropic.com={port}")["url"]
        self.env = clean_env(self.world.home, **self.world.env)
        self.env |= {"PATH": f"{ROOT / 'bin'}:{self.world.env['PATH']}", "HTTPS_PROXY": network}
        self.env |= {name: str(tls / "ca.pem") for name in ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")}

    def _serve(self, folder: Path, tool: str, *words: str) -> dict[str, str]:
        command = [str(ROOT / "bin" / tool), *words]
        self.servers.append(
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=clean_env(folder))
        )
        return json.loads(self.servers[-1].stdout.readline())

    def run(self, *words: str, stdin: str = "", **env: str):
        return run([*words], stdin=stdin, cwd=self.project, env=self.env | env, timeout=240)

    def rows(self, kind: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.run("ledger-cat", "--kind", kind).out.splitlines()]

    def stop(self) -> None:
        for server in reversed(self.servers):
            server.terminate()
            server.wait(timeout=20)


@pytest.fixture(scope="module")
def seat(tmp_path_factory):
    """Return a seat where the plugin was installed in the project by the client's own commands."""
    made = Seat(tmp_path_factory.mktemp("seat"))
    try:
        added = made.run("claude", "plugin", "marketplace", "add", str(ROOT))
        assert added.status == 0, added.out + added.err
        put = made.run("claude", "plugin", "install", "tracker@plan-meters", "--scope", "project")
        assert put.status == 0, put.out + put.err
        yield made
    finally:
        made.stop()


@pytest.mark.parametrize("what", [".", "plugin"])
def test_the_client_itself_finds_nothing_wrong_with_it(seat, what):
    ran = seat.run("claude", "plugin", "validate", "--strict", str(ROOT / what))
    assert ran.status == 0, ran.out + ran.err


def test_it_is_the_projects_and_has_hooks_agent_and_skills(seat):
    settings = json.loads((seat.project / ".claude/settings.json").read_text())
    assert settings["enabledPlugins"] == {"tracker@plan-meters": True}
    said = seat.run("claude", "plugin", "details", "tracker@plan-meters").out
    for word in ("haiku-subagent", "decision-card", "status-line", "SessionStart", "SubagentStop"):
        assert word in said, said


def test_a_session_of_a_task_marks_it_keeps_its_readings_and_its_subagent_runs_on_haiku(seat):
    plan = seat.run("experiment", "register", "--unit", "task", "--seed", "7").out
    assert seat.run("ledger-append", stdin=plan).status == 0
    bank = "feature_id,predicted_size\n" + "".join(f"F-{n},50\n" for n in range(1, 4))
    deal = seat.run("assign-tasks", "--seed", "7", "--per-window", "3", stdin=bank).out
    assert seat.run("ledger-append", stdin=deal).status == 0
    first = next(row for row in seat.rows("feature") if row["methodology"] == "stock_anthropic")
    session = str(uuid.uuid4())
    # Without a terminal the client draws no status line: what it would be told goes through the real script.
    told = {
        "session_id": session,
        "transcript_path": f"{seat.world.home}/.claude/projects/p/{session}.jsonl",
        "model": {"id": "claude-sonnet-5-5"},
        "version": VERSION,
        "rate_limits": {"five_hour": {"used_percentage": 12.5, "resets_at": 4102444800}},
    }
    tee = seat.run(
        str(ROOT / "scripts/statusline-tee.sh"), "cat", stdin=json.dumps(told, separators=(",", ":"))
    )
    assert tee.status == 0

    words = ["claude", "-p", "say hello", "--model", "sonnet", "--session-id", session]
    words += ["--output-format", "stream-json", "--verbose", "--include-hook-events"]
    ran = seat.run(*words, TRACKER_TASK=first["feature_id"])

    assert ran.status == 0, ran.out + ran.err
    marks = [
        (row["feature_id"], row["state"])
        for row in seat.rows("feature")
        if row["state"] in ("started", "ended")
    ]
    assert marks == [(first["feature_id"], "started"), (first["feature_id"], "ended")], ran.out[:3000]
    [reading] = seat.rows("snapshot")
    assert reading["meters"][0]["used_pct"] == 12.5
    assert reading["notes"] in (
        ["hook SubagentStart tracker:haiku-subagent"],
        ["hook Stop"],
    )  # they come at once
    seen = [json.loads(line) for line in seat.arrivals.read_text().splitlines()]
    assert any("haiku" in (row.get("model") or "") for row in seen), seen
    assert f"{first['feature_id']} in " in ran.out
    assert seat.run("ledger-verify").status == 0


def test_the_client_connects_to_the_mcp_server_and_asks_it(seat):
    added = seat.run("claude", "mcp", "add", "tracker", "--", "tracker", "mcp")
    assert added.status == 0, added.out + added.err
    said = seat.run("claude", "mcp", "list").out
    assert re.search(r"^tracker: tracker mcp - .*Connected", said, re.MULTILINE), said
    before = len(seat.arrivals.read_text().splitlines())
    words = [
        "claude",
        "-p",
        "ask tracker how things stand",
        "--model",
        "opus",
        "--allowedTools",
        "mcp__tracker__status",
    ]
    ran = seat.run(*words, "--output-format", "stream-json", "--verbose")
    assert ran.status == 0, ran.out[:3000] + ran.err
    assert len(seat.arrivals.read_text().splitlines()) > before
    results = [line for line in ran.out.splitlines() if '"tool_result"' in line]
    assert any("window" in line and '"is_error":true' not in line for line in results), results


@pytest.mark.slow
def test_on_a_terminal_the_status_lines_own_reading_is_what_the_hook_stores(seat, tmp_path):
    """Given the status line in the person's settings, when a reply came and the session ended, its reading is stored.

    At the reply's own end the line may not have been drawn yet; the end of the session takes what it showed last.
    """
    settings = {"statusLine": {"type": "command", "command": str(ROOT / "scripts/statusline-tee.sh")}}
    (seat.world.home / ".claude/settings.json").write_text(json.dumps(settings))
    ledger = {"TRACKER_DATA_DIR": str(tmp_path / "ledger"), "STATUSLINE_LOG": str(tmp_path / "lines.jsonl")}
    seat.world.env |= seat.env | ledger

    pane = seat.world.screen(
        100, "claude --model sonnet", "say hello", r"costs nothing and arrives whole", leave="/exit"
    )

    shown = re.search(rb"claude 5 h (\d+) %", pane)
    assert shown, pane.decode()
    rows = seat.run("ledger-cat", "--kind", "snapshot", **ledger).out.splitlines()
    assert rows, (tmp_path / "lines.jsonl").read_text()
    reading = json.loads(rows[-1])
    assert (reading["surface"], reading["source"], reading["window"]) == ("statusline", "automation", None)
    five_hour = next(one for one in reading["meters"] if one["meter"] == "five_hour")
    assert int(five_hour["used_pct"]) == int(shown[1]) > 10, (reading, pane.decode())
    assert reading["client_version"] == VERSION
