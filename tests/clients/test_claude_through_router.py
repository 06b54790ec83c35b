"""Real Claude Code through the router, between recording providers on loopback; the login is made up."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import NamedTuple

import pytest

from conftest import ROOT
from lanes import KEY, MESSAGE, ROUTER, SSE_HEAD, Lanes, chunk, event, mitmdump, reply, running

pytestmark = [pytest.mark.router, pytest.mark.slow]

VERSIONS = ("2.1.329", "2.0.77")
LOGIN = "sk-ant-oat01-made-up-login-of-a-test"
ACCOUNT = "aaaaaaaa-1111-4222-8333-444444444444"
EMAIL = "jo.made-up@example.org"
COMMANDS = {"bin-router": [str(ROOT / "bin" / "router")], "mitmdump": mitmdump(ROUTER)}
USAGE = {"five_hour": {"utilization": 37.0, "resets_at": "2099-01-01T00:00:00Z"}, "seven_day": None}


class Ran(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture(scope="module", params=VERSIONS)
def program(request):
    folder = ROOT / ".cache" / "clients" / f"claude-{request.param}"
    path = folder / "node_modules" / ".bin" / "claude"
    if not path.exists():
        npm = shutil.which("npm") or pytest.fail("npm is not installed; it brings the clients")
        package = f"@anthropic-ai/claude-code@{request.param}"
        command = [npm, "i", "--no-fund", "--no-audit", "--prefix", str(folder), package]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    return path


@pytest.fixture(scope="module")
def lanes(tmp_path_factory):
    lanes = Lanes(tmp_path_factory.mktemp("lanes"))
    yield lanes
    lanes.stop()


@pytest.fixture(scope="module", params=COMMANDS)
def shared_proxy(request, lanes, tmp_path_factory):
    with running(lanes, tmp_path_factory.mktemp("proxy"), command=COMMANDS[request.param]) as proxy:
        yield proxy


@pytest.fixture
def claude(program, lanes, shared_proxy, tmp_path):
    """`claude("--model", "haiku", "Say hi", zai=[first, then])` runs it; answers are used up in turn."""
    lanes.forget()
    home, work = tmp_path / "home", tmp_path / "home" / "work"
    work.mkdir(parents=True)
    (home / ".claude").mkdir()
    account = {"accountUuid": ACCOUNT, "emailAddress": EMAIL, "organizationUuid": ACCOUNT[::-1]}
    known = {
        "hasCompletedOnboarding": True,
        "oauthAccount": account,
        "projects": {str(work): {"hasTrustDialogAccepted": True}},
    }
    (home / ".claude.json").write_text(json.dumps(known))
    login = {
        "accessToken": LOGIN,
        "refreshToken": LOGIN.replace("oat", "ort"),
        "expiresAt": 4102444800000,
        "scopes": ["user:inference", "user:profile"],
        "subscriptionType": "max",
    }
    (home / ".claude" / ".credentials.json").write_text(json.dumps({"claudeAiOauth": login}))

    def call(*args: str, anthropic=(), zai=(), timeout: float = 90, **env: str) -> Ran:
        for provider, script in ((lanes.anthropic, list(anthropic)), (lanes.zai, list(zai))):
            provider.answer = answering(script)
        done = subprocess.run(
            [program, "-p", *args],
            cwd=work,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "HTTPS_PROXY": f"http://127.0.0.1:{shared_proxy.port}",
                "NODE_EXTRA_CA_CERTS": str(shared_proxy.authority),
                "DISABLE_AUTOUPDATER": "1",
                "TERM": "dumb",
            }
            | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    call.is_old = "2.0" in str(program)
    call.proxy = shared_proxy
    call.rows_before = len(shared_proxy.lines("usage.jsonl"))
    yield call
    seen = [arrived.head + arrived.body for arrived in lanes.zai.arrived]
    for mark in (LOGIN, ACCOUNT, EMAIL, "sk-ant"):
        assert not any(mark.encode() in whole for whole in seen), f"{mark} on Z.AI's lane"
    assert not any(KEY.encode() in arrived.head + arrived.body for arrived in lanes.anthropic.arrived)
    asked = {line["target"] for line in lanes.asked}
    assert "platform.claude.com:443" not in asked and "console.anthropic.com:443" not in asked


def answering(script):
    """Answer the client's own turns by a script, and everything else as a provider does when all is well."""

    def answer(arrived, writer):
        if "/messages" not in arrived.target:
            return writer.write(reply(USAGE if "usage" in arrived.target else {}))
        if "count_tokens" in arrived.target:
            return writer.write(reply({"input_tokens": 9}))
        is_turn = b"SAY-" in arrived.body and b"Warmup" not in arrived.body
        made = script.pop(0) if is_turn and script else says("well done")
        return made(arrived, writer)

    return answer


def stream(*blocks: bytes, stop: str = "end_turn") -> bytes:
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 1},
    }
    last = event(
        "message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage={"output_tokens": 9}
    )
    events = [event("message_start", message=message), *blocks, last, event("message_stop")]
    return SSE_HEAD + b"\r\n" + b"".join(map(chunk, events)) + b"0\r\n\r\n"


def says(text: str):
    made = stream(
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event("ping"),
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": text}),
        event("content_block_stop", index=0),
    )
    return either(made, {"type": "text", "text": text}, "end_turn")


def uses(name: str, **given: str):
    block = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
    made = stream(
        event("content_block_start", index=0, content_block=block),
        event(
            "content_block_delta",
            index=0,
            delta={"type": "input_json_delta", "partial_json": json.dumps(given)},
        ),
        event("content_block_stop", index=0),
        stop="tool_use",
    )
    return either(made, block | {"input": given}, "tool_use")


def either(streamed: bytes, block: dict, stop: str):
    """Answer in the form that the client asked for: 2.0 asks again without a stream when one failed."""
    whole = reply(MESSAGE | {"model": "m", "content": [block], "stop_reason": stop})
    return lambda arrived, writer: writer.write(streamed if b'"stream":true' in arrived.body else whole)


def fails(status: str, body: dict, **headers: str):
    return lambda arrived, writer: writer.write(reply(body, status, **headers))


def breaks_off(arrived, writer):
    pieces = []
    says("half")(arrived, type("Sink", (), {"write": pieces.append}))
    whole = b"".join(pieces)
    writer.write(whole[: whole.index(b"half") + 20])
    writer.close()


def turns(provider) -> list:
    return [one for one in provider.arrived if "/messages" in one.target and b"SAY-" in one.body]


@pytest.mark.parametrize("model, lane", [("sonnet", "anthropic"), ("opus", "anthropic"), ("haiku", "zai")])
def test_each_model_is_answered_on_its_lane(claude, lanes, model, lane):
    ran = claude("--model", model, "SAY-hi")
    assert (ran.status, ran.out.strip()) == (0, "well done"), ran
    mine, other = (lanes.zai, lanes.anthropic) if lane == "zai" else (lanes.anthropic, lanes.zai)
    assert turns(mine) and not turns(other)


def test_a_tool_is_used_on_the_offload_lane(claude, lanes):
    script = [uses("Bash", command="echo tool-$((40+2))", description="Say"), says("the tool said so")]
    ran = claude("--model", "haiku", "--allowedTools", "Bash", "--", "SAY-tool", zai=script)
    assert (ran.status, ran.out.strip()) == (0, "the tool said so"), ran
    assert any(b"tool-42" in one.body for one in turns(lanes.zai))


def test_a_subagent_on_haiku_goes_to_zai_while_its_parent_stays(claude, lanes):
    tool = "Task" if claude.is_old else "Agent"
    given = {"description": "Look", "prompt": "SAY-sub", "subagent_type": "general-purpose", "model": "haiku"}
    script = [uses(tool, **given), says("parent done")]
    ran = claude("--model", "sonnet", "SAY-main", anthropic=script, zai=[says("subagent done")])
    assert ran.status == 0 and "parent done" in ran.out, ran
    assert any(b"SAY-sub" in one.body for one in turns(lanes.zai))
    assert any(b"subagent done" in one.body for one in turns(lanes.anthropic))


def test_packed_requests_are_routed(claude, lanes):
    ran = claude("--model", "haiku", "SAY-packed", CLAUDE_CODE_GZIP_REQUEST_BODIES="1")
    assert (ran.status, ran.out.strip()) == (0, "well done"), ran
    assert turns(lanes.zai)


def test_usage_is_asked_of_anthropic_alone(claude, lanes):
    ran = claude("/usage")
    assert ran.status == 0 and not any(b"/usage" in one.body for one in lanes.zai.arrived)
    if not claude.is_old:
        assert "37% used" in ran.out


def test_a_refused_key_is_told_and_the_login_is_left_alone(claude, lanes):
    refused = fails("401 Unauthorized", {"error": {"code": "1002", "message": "no"}})
    ran = claude("--model", "haiku", "SAY-hi", zai=[refused] * 9)
    assert ran.status != 0 and "Z.AI refused the router's key" in ran.out + ran.err
    assert len(turns(lanes.zai)) == (2 if claude.is_old else 1)  # 2.0: once more, without a stream


@pytest.mark.parametrize(
    "fault",
    [
        fails("429 x", {"error": {"code": "1302", "message": "busy"}}, retry_after="1"),
        fails("529 x", {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}),
        fails("503 x", {"error": {"message": "down"}}),
        lambda arrived, writer: writer.close(),
        breaks_off,
    ],
    ids=["429", "529", "503", "reset", "eof"],
)
@pytest.mark.parametrize("model", ["haiku", "sonnet"])
def test_what_passes_is_tried_again_by_the_client(claude, lanes, fault, model):
    lane = "zai" if model == "haiku" else "anthropic"
    ran = claude("--model", model, "SAY-hi", **{lane: [fault, says("second time")]})
    assert (ran.status, ran.out.strip()) == (0, "second time"), ran
    assert len(turns(getattr(lanes, lane))) == 2


def test_a_bad_request_is_shown_and_not_tried_again(claude, lanes):
    bad = fails(
        "400 Bad Request",
        {"type": "error", "error": {"type": "invalid_request_error", "message": "made-up reason"}},
    )
    ran = claude("--model", "haiku", "SAY-hi", zai=[bad] * 5)
    assert "made-up reason" in ran.out + ran.err
    assert len(turns(lanes.zai)) == (2 if claude.is_old else 1)


def test_a_conversation_that_is_too_long_is_understood(claude, lanes):
    long = fails("400 Bad Request", {"error": {"code": "1261", "message": "Prompt exceeds max length"}})
    ran = claude("--model", "haiku", "SAY-hi", zai=[long] * 5)
    assert "prompt is too long" in (ran.out + ran.err).lower()


def test_a_system_message_that_zai_does_not_take_is_healed_by_the_client(claude, lanes):
    if claude.is_old:
        pytest.skip("2.0 sends no system messages")

    def picky(arrived, writer):
        if any(message["role"] == "system" for message in arrived.json["messages"]):
            text = "messages.1.role: Input should be 'user' or 'assistant'"
            body = {"type": "error", "error": {"type": "invalid_request_error", "message": text}}
            return writer.write(reply(body, "400 Bad Request"))
        return says("healed")(arrived, writer)

    ran = claude("--model", "haiku", "SAY-hi", zai=[picky] * 5)
    assert (ran.status, ran.out.strip()) == (0, "healed"), ran
