"""What real clients write down is what the loopback provider billed, to the token."""

from __future__ import annotations

import json
import subprocess

import pytest

from clients.world import ROOT, installed
from conftest import clean_env

FAULTS = [
    {
        "model": model,
        "nth": 1,
        "content": [
            {"type": "text", "text": "let me ask"},
            {"type": "tool_use", "id": "toolu_1", "name": name, "input": {
                "description": "look", "prompt": "look around", "subagent_type": "Explore", "model": "haiku"}},
        ],
    }
    for model, name in (("opus", "Agent"), ("sonnet", "Task"))
]  # fmt: skip


@pytest.fixture
def provider(tmp_path):
    script = tmp_path / "faults.json"
    script.write_text(json.dumps(FAULTS))
    log = tmp_path / "arrivals.jsonl"
    command = [str(ROOT / "bin" / "mock-provider"), "--faults", str(script), "--log", str(log)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_env(tmp_path))
    try:
        yield json.loads(server.stdout.readline())["url"], log
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.mark.parametrize("version", installed("claude-code"))
def test_every_token_that_was_billed_is_in_the_history_once(version, provider, tmp_path):
    url, log = provider
    home = tmp_path / "home"
    (home / "work").mkdir(parents=True)
    clients = ROOT / ".cache" / "clients" / f"claude-code-{version}" / "node_modules" / ".bin"
    env = clean_env(
        home, ANTHROPIC_BASE_URL=url, ANTHROPIC_API_KEY="sk-ant-api03-made-up", DISABLE_AUTOUPDATER="1"
    )
    env |= {
        "PATH": f"{clients}:{env['PATH']}",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "TERM": "xterm",
    }
    model = "sonnet" if version.startswith("2.0.") else "opus"
    words = ["claude", "-p", "say hello", "--model", model]
    ran = subprocess.run(
        words, cwd=home / "work", env=env, capture_output=True, stdin=subprocess.DEVNULL, timeout=240
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    history = subprocess.run([str(ROOT / "bin" / "ingest-history")], env=env, capture_output=True, timeout=60)
    assert history.returncode == 0, history.stderr
    written = [json.loads(line) for line in history.stdout.splitlines()]
    assert {row.get("agent_type") for row in written if row.get("subagent_id")} >= (
        {"Explore"} if model == "opus" else set()
    )
    assert {row["project"] for row in written} == {"work"}
    billed = {}
    for line in log.read_text().splitlines():
        arrival = json.loads(line)
        billed[arrival["request_id"]] = arrival["model"]
    told = {row["trace_id"]: row["model"] for row in written}
    assert len(told) == len(written)  # no reply twice, however many lines it was written in
    assert told.items() <= billed.items()
    # Of what it asks beside the conversation, titles for example, the client writes nothing down.
    assert len(told) >= 3
    # The mock answers with 40 tokens each, whatever the client made of it.
    assert {row["completion_tokens"] for row in written} == {40}
