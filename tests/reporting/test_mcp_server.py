"""The questions over the protocol, asked by its own SDK's client on stdin and stdout."""

from __future__ import annotations

import json
import subprocess

import anyio
import pytest
from mcp import Client, StdioServerParameters

from conftest import BIN, ROOT, clean_env, run
from tracker.reporting import questions


def talk(tmp_path, *words: str, **env: str):
    """Return (tools, {question: result as text}, {question: result as JSON}) of a server that was started for it."""
    server = StdioServerParameters(
        command=str(BIN / "mcp-server"), args=list(words), env=clean_env(tmp_path, **env)
    )

    async def ask():
        async with Client(server, read_timeout_seconds=120) as client:
            tools = (await client.list_tools()).tools
            texts = {one.name: await client.call_tool(one.name, {}) for one in tools}
            jsons = {one.name: await client.call_tool(one.name, {"format": "json"}) for one in tools}
            return tools, texts, jsons, client.instructions

    return anyio.run(ask)


@pytest.fixture
def ledger(tmp_path):
    rows = b"".join(path.read_bytes() for path in sorted((ROOT / "data/samples/week0").glob("*.jsonl")))
    put = run([str(BIN / "ledger-append"), "--force"], stdin=rows, cwd=tmp_path, env=clean_env(tmp_path))
    assert put.status == 0, put.err
    return tmp_path


def test_every_question_is_a_tool_that_says_it_only_reads(ledger):
    log = str(ROOT / "data/samples/logs/usage.jsonl")
    before = sorted((path, path.stat().st_mtime_ns) for path in (ledger / "data").rglob("*"))
    tools, texts, jsons, about = talk(ledger, "--log", log)
    assert [tool.name for tool in tools] == [question.name for question in questions.QUESTIONS]
    assert all(tool.annotations.read_only_hint and not tool.annotations.destructive_hint for tool in tools)
    assert "compute none" in about
    typed = run([str(BIN / "verify-routing"), "--format", "json", log], cwd=ledger, env=clean_env(ledger))
    assert jsons["verify-routing"].content[0].text == typed.out
    assert not texts["preview"].is_error
    assert "features" in texts["preview"].content[0].text
    assert sorted((path, path.stat().st_mtime_ns) for path in (ledger / "data").rglob("*")) == before


def test_nothing_to_work_on_is_an_error_that_says_so(tmp_path):
    _, texts, _, _ = talk(tmp_path)
    assert texts["verify-routing"].is_error
    assert texts["verify-routing"].content[0].text.startswith("exit status 66\nverify-routing: ")
    assert texts["preview"].is_error


def test_it_ends_well_when_its_client_leaves(tool):
    assert tool("mcp-server", stdin="") == (0, "", "")


def test_an_answer_that_repeats_what_it_was_asked_steers_no_terminal(tmp_path):
    bidi = "\u202eabc\u2066"
    start = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    asked = [
        {"jsonrpc": "2.0", "id": bidi, "method": "initialize", "params": start},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {
            "jsonrpc": "2.0",
            "id": bidi + "2",
            "method": "tools/call",
            "params": {"name": bidi, "arguments": {}},
        },
    ]
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in asked)
    server = subprocess.Popen(
        [BIN / "mcp-server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=clean_env(tmp_path),
        cwd=tmp_path,
    )
    try:
        server.stdin.write(lines.encode())
        server.stdin.flush()
        got = [server.stdout.readline().decode() for _ in range(2)]
    finally:
        server.stdin.close()
        server.wait(60)
        server.stdout.close()
    assert [json.loads(line)["id"] for line in got] == [bidi, bidi + "2"]
    assert all(line.isascii() for line in got)
