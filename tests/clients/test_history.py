"""What real clients write down is what the loopback provider billed, to the token."""

from __future__ import annotations

import json
import subprocess

import pytest

from clients.world import ROOT, World, installed
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
def provider(tmp_path, request):
    script = tmp_path / "faults.json"
    script.write_text(json.dumps(getattr(request, "param", FAULTS)))
    log = tmp_path / "arrivals.jsonl"
    command = [str(ROOT / "bin" / "mock-provider"), "--faults", str(script), "--log", str(log)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_env(tmp_path))
    try:
        yield json.loads(server.stdout.readline())["url"], log
    finally:
        server.terminate()
        server.wait(timeout=20)


def asked(version, url, home, *more, config=None):
    """Let a client of that version ask the provider at `url` something; return how it ended, and its environment."""
    (home / "work").mkdir(parents=True, exist_ok=True)
    clients = ROOT / ".cache" / "clients" / f"claude-code-{version}" / "node_modules" / ".bin"
    env = clean_env(
        home, ANTHROPIC_BASE_URL=url, ANTHROPIC_API_KEY="sk-ant-api03-made-up", DISABLE_AUTOUPDATER="1"
    )
    env |= {
        "PATH": f"{clients}:{env['PATH']}",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "TERM": "xterm",
    } | ({"CLAUDE_CONFIG_DIR": str(config)} if config else {})
    words = ["claude", "-p", "say hello", *more]
    ran = subprocess.run(
        words, cwd=home / "work", env=env, capture_output=True, stdin=subprocess.DEVNULL, timeout=240
    )
    return ran, env


@pytest.mark.parametrize("provider", [[{"path": "/v1/messages", "status": 400}]], indirect=True)
@pytest.mark.parametrize("version", installed("claude-code"))
def test_a_request_that_failed_is_a_row_without_tokens(version, provider, tmp_path):
    ran, env = asked(version, provider[0], tmp_path / "home")
    assert ran.returncode != 0
    history = subprocess.run([str(ROOT / "bin" / "ingest-history")], env=env, capture_output=True, timeout=60)
    written = [json.loads(line) for line in history.stdout.splitlines()]
    assert {(row["status"], row["err_type"]) for row in written} == {(400, "4xx")}
    assert len(written) <= len(provider[1].read_text().splitlines())  # older clients try in other ways too
    assert not [name for row in written for name in row if name.endswith("_tokens")]


@pytest.mark.parametrize("version", installed("claude-code")[-1:])
def test_a_session_that_was_resumed_is_counted_once_in_two_accounts_folders(version, provider, tmp_path):
    home = tmp_path / "home"
    folders = [home / ".claude-a", home / ".claude-b"]
    for folder in folders:
        for words in ((), ("--continue",)):
            ran, env = asked(version, provider[0], home, *words, config=folder)
            assert ran.returncode == 0, ran.stdout + ran.stderr
    env["CLAUDE_CONFIG_DIR"] = ",".join(map(str, folders))
    history = subprocess.run([str(ROOT / "bin" / "ingest-history")], env=env, capture_output=True, timeout=60)
    written = [json.loads(line) for line in history.stdout.splitlines()]
    assert {row["account"] for row in written} == {".claude-a", ".claude-b"}
    traces = [row["trace_id"] for row in written]
    assert len(traces) == len(set(traces)) >= 4
    report = subprocess.run(
        [str(ROOT / "bin" / "summarize"), "--format", "json"],
        input=history.stdout,
        capture_output=True,
        env=env,
    )
    assert json.loads(report.stdout)["total"]["requests"] == len(written)


@pytest.mark.parametrize("version", installed("claude-code"))
def test_every_token_that_was_billed_is_in_the_history_once(version, provider, tmp_path):
    url, log = provider
    model = "sonnet" if version.startswith("2.0.") else "opus"
    ran, env = asked(version, url, tmp_path / "home", "--model", model)
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


@pytest.mark.parametrize("version", installed("claude-code"))
def test_a_limit_that_was_reached_stands_in_the_transcript_with_its_reset(version, tmp_path):
    """A real client with a made-up login meets a plan that is used up; older ones do not name the quota."""
    world = World(tmp_path, "claude-code", version)
    command = [str(ROOT / "bin" / "mock-provider"), "--used-pct", "100"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_env(tmp_path))
    try:
        env = world.env | {"ANTHROPIC_BASE_URL": json.loads(server.stdout.readline())["url"]}
        del env["HTTPS_PROXY"]
        words = ["claude", "-p", "say hello"]
        ran = subprocess.run(
            words, cwd=world.work, env=env, capture_output=True, stdin=subprocess.DEVNULL, timeout=240
        )
    finally:
        world.backend.stop()
        server.terminate()
        server.wait(timeout=20)
    assert ran.returncode != 0
    history = subprocess.run([str(ROOT / "bin" / "ingest-history")], env=env, capture_output=True, timeout=60)
    written = [json.loads(line) for line in history.stdout.splitlines()]
    assert {row["err_type"] for row in written if row["kind"] == "usage"} == {"429"}
    readings = [row["meters"] for row in written if row["kind"] == "snapshot"]
    page = subprocess.run([str(ROOT / "bin" / "plan-now")], env=env, capture_output=True, timeout=60)
    if "hit your limit" in ran.stdout.decode():  # 2.0.77
        assert not readings and b"which one, Claude Code did not write down" in page.stdout
    else:
        assert {(one["meter"], one["used_pct"]) for some in readings for one in some} == {
            ("five_hour", 100.0)
        }
        assert b"100 % used, 0 % left, resets" in page.stdout
