"""Real Claude Code through the router, between recording providers on loopback; the login is made up."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from clients.collector import Collector
from clients.world import CLIENTS, installed
from conftest import ROOT, clean_env, run
from lanes import KEY, MESSAGE, ROUTER, SSE_HEAD, Lanes, chunk, event, mitmdump, reply, running
from tracker.lanes import SHIPPED

pytestmark = [pytest.mark.router, pytest.mark.slow]

LOGIN = "sk-ant-oat01-made-up-login-of-a-test"
ACCOUNT = "aaaaaaaa-1111-4222-8333-444444444444"
EMAIL = "jo.made-up@example.org"
COMMANDS = {"bin-router": [str(ROOT / "bin" / "router")], "mitmdump": mitmdump(ROUTER)}
USAGE = {"five_hour": {"utilization": 37.0, "resets_at": "2099-01-01T00:00:00Z"}, "seven_day": None}


class Ran(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture(scope="module", params=installed("claude-code"))
def program(request):
    path = CLIENTS / f"claude-code-{request.param}" / "node_modules" / ".bin" / "claude"
    assert path.exists(), f"no Claude Code {request.param}; `make test-clients` installs it"
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

    # As scripts/sub-env.sh has it.
    token = (shared_proxy.authority.parent / "router-token").read_text().strip()

    def call(*args: str, anthropic=(), zai=(), timeout: float = 240, **env: str) -> Ran:
        for provider, script in ((lanes.anthropic, list(anthropic)), (lanes.zai, list(zai))):
            provider.answer = answering(script)
        done = subprocess.run(
            [program, "-p", *args],
            cwd=work,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "HTTPS_PROXY": f"http://tracker:{token}@127.0.0.1:{shared_proxy.port}",
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

    call.is_old = "code-2.0." in str(program)
    call.proxy = shared_proxy
    call.may_renew = False  # whether this story lets the client renew its login
    rows_before = len(shared_proxy.lines("usage.jsonl"))
    call.rows = lambda: shared_proxy.lines("usage.jsonl")[rows_before:]
    yield call
    seen = [arrived.head + arrived.body for arrived in lanes.zai.arrived]
    for mark in (LOGIN, ACCOUNT, EMAIL, "sk-ant"):
        assert not any(mark.encode() in whole for whole in seen), f"{mark} on Z.AI's lane"
    assert not any(KEY.encode() in arrived.head + arrived.body for arrived in lanes.anthropic.arrived)
    assert call.may_renew or not asked_to_renew(lanes)


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


def stream(*blocks: bytes, stop: str = "end_turn", model: str = "m") -> bytes:
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
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
    blocks = [
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event("ping"),
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": text}),
        event("content_block_stop", index=0),
    ]
    return either(blocks, {"type": "text", "text": text}, "end_turn")


def uses(name: str, **given: str):
    block = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
    blocks = [
        event("content_block_start", index=0, content_block=block),
        event(
            "content_block_delta",
            index=0,
            delta={"type": "input_json_delta", "partial_json": json.dumps(given)},
        ),
        event("content_block_stop", index=0),
    ]
    return either(blocks, block | {"input": given}, "tool_use")


def either(blocks: list[bytes], block: dict, stop: str):
    """Answer in the form that the client asked for, as the model that it asked for: 2.0 asks again without a stream."""

    def answer(arrived, writer):
        asked = re.search(rb'"model": ?"([^"]+)"', arrived.body)
        model = asked[1].decode() if asked else "m"
        whole = reply(MESSAGE | {"model": model, "content": [block], "stop_reason": stop})
        is_stream = b'"stream":true' in arrived.body
        writer.write(stream(*blocks, stop=stop, model=model) if is_stream else whole)

    return answer


def fails(status: str, body: dict, **headers: str):
    return lambda arrived, writer: writer.write(reply(body, status, **headers))


def half() -> bytes:
    """Return the first half of a stream."""
    whole = stream(
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": "half"}),
    )
    size = whole.index(b"event: message_delta") - 2  # here ends the line that says the chunk's size
    return whole[: whole.rindex(b"\r\n", 0, size) + 2]


def breaks_off(arrived, writer):
    writer.write(half())
    writer.close()


async def is_reset(arrived, writer):
    writer.write(half())
    await writer.drain()
    await asyncio.sleep(0.1)  # long enough for the half to arrive
    writer.transport.abort()


def ends_early(arrived, writer):
    writer.write(half() + b"0\r\n\r\n")


def turns_into_an_error(arrived, writer):
    error = {"type": "overloaded_error", "message": "busy"}
    writer.write(half() + chunk(event("error", error=error)) + b"0\r\n\r\n")


def is_picky(status: str):
    """Refuse system messages, which 2.1 sends, in the words on which it leaves them out."""

    def answer(arrived, writer):
        if any(message["role"] == "system" for message in arrived.json["messages"]):
            return writer.write(
                reply(error("messages.1.role: Input should be 'user' or 'assistant'"), status)
            )
        return says("second time")(arrived, writer)

    return answer


def error(message: str, kind: str = "invalid_request_error") -> dict:
    return {"type": "error", "error": {"type": kind, "message": message}}


def turns(provider) -> list:
    return [one for one in provider.arrived if "/messages" in one.target and b"SAY-" in one.body]


@pytest.mark.parametrize("model, lane", [("sonnet", "anthropic"), ("opus", "anthropic"), ("haiku", "zai")])
def test_each_model_is_answered_on_its_lane(claude, lanes, model, lane):
    ran = claude("--model", model, "SAY-hi")
    assert (ran.status, ran.out.strip()) == (0, "well done"), ran
    mine, other = (lanes.zai, lanes.anthropic) if lane == "zai" else (lanes.anthropic, lanes.zai)
    assert turns(mine) and not turns(other)


@pytest.fixture(
    scope="module", params=[lane for lane in SHIPPED if lane.name != "zai"], ids=lambda lane: lane.name
)
def other_lane(request, lanes, tmp_path_factory):
    """A bin/router with another lane in force, and that lane."""
    lane = request.param
    env = {"OFFLOAD_LANE": lane.name, lane.key_variable: KEY}
    with running(lanes, tmp_path_factory.mktemp(lane.name), command=COMMANDS["bin-router"], **env) as proxy:
        yield lane, proxy


@pytest.fixture(scope="module", params=COMMANDS)
def by_quota(request, lanes, tmp_path_factory):
    """A router that goes by what is left of the quota."""
    env = {"OFFLOAD_WHEN": "five_hour>80"}
    with running(lanes, tmp_path_factory.mktemp("quota"), command=COMMANDS[request.param], **env) as proxy:
        yield proxy


def used(share: float):
    """Answer well, and say how much of the five-hour quota is used."""
    limits = f"anthropic-ratelimit-unified-5h-utilization: {share}\r\nanthropic-ratelimit-unified-5h-reset: 4102444800\r\n"

    def answer(arrived, writer):
        made: list[bytes] = []
        says("well done")(arrived, type("Writer", (), {"write": staticmethod(made.append)}))
        first, rest = made[0].split(b"\r\n", 1)
        writer.write(first + b"\r\n" + limits.encode() + rest)

    return answer


@pytest.mark.parametrize("shared_proxy", ["bin-router"], indirect=True)
def test_haiku_moves_lane_above_the_mark_and_back_below_it(claude, lanes, by_quota):
    by_quota.forget()
    token = (by_quota.authority.parent / "router-token").read_text().strip()
    through = {
        "HTTPS_PROXY": f"http://tracker:{token}@127.0.0.1:{by_quota.port}",
        "NODE_EXTRA_CA_CERTS": str(by_quota.authority),
    }
    went = []
    for number, share in enumerate((0.50, 0.85, 0.77, 0.70)):
        for model in ("sonnet", "haiku"):
            ran = claude("--model", model, f"SAY-{model}-{number}", anthropic=[used(share)] * 9, **through)
            assert (ran.status, ran.out.strip()) == (0, "well done"), ran
            mark = f"SAY-{model}-{number}".encode()
            # A session's Haiku beside the loop, which names it, may hold the words as well: it has no tools.
            sent = {"anthropic": turns(lanes.anthropic), "zai": turns(lanes.zai)}
            went.append(
                [
                    name
                    for name, some in sent.items()
                    if any(mark in one.body and one.json.get("tools") for one in some)
                ]
            )
    assert went == [["anthropic"]] * 3 + [["zai"], ["anthropic"], ["zai"], ["anthropic"], ["anthropic"]]
    rows = by_quota.lines("usage.jsonl")
    assert {row["decision"] for row in rows if row["lane"] == "zai"} == {"quota"}
    assert {row["offload_when"] for row in rows} == {"five_hour>80"}
    assert not any("sonnet" in row["model"] for row in rows if row["lane"] == "zai")


@pytest.mark.parametrize("shared_proxy", ["bin-router"], indirect=True)
def test_every_other_lane_answers_the_real_client_too(claude, lanes, other_lane):
    lane, proxy = other_lane
    proxy.forget()
    through = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", "NODE_EXTRA_CA_CERTS": str(proxy.authority)}
    ran = claude("--model", "haiku", "SAY-hi", **through)
    assert (ran.status, ran.out.strip()) == (0, "well done"), ran
    sent = turns(lanes.zai)
    assert sent and sent[0].headers["host"] == lane.hosts[0] and sent[0].json["model"] == lane.model
    rows = [row for row in proxy.lines("usage.jsonl") if row["decision"] == "forced_model"]
    assert rows and {(row["lane"], row["backend_provider"]) for row in rows} == {(lane.name, lane.backend)}


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


def test_the_clients_own_telemetry_is_a_second_count_that_agrees_with_the_routers(claude, lanes, tmp_path):
    """Given a client that tells a collector what it asked, when both counts are laid side by side, they agree."""
    collector = Collector(tmp_path / "otel.jsonl")
    tool = "Task" if claude.is_old else "Agent"
    given = {"description": "Look", "prompt": "SAY-sub", "subagent_type": "general-purpose", "model": "haiku"}
    script = [uses(tool, **given), says("parent done")]
    ran = claude(
        "--model", "sonnet", "SAY-main", anthropic=script, zai=[says("subagent done")], **collector.env
    )
    collector.stop()
    assert ran.status == 0 and turns(lanes.zai), ran
    log, client = tmp_path / "usage.jsonl", tmp_path / "client.jsonl"
    log.write_text("".join(json.dumps(row) + "\n" for row in claude.rows()))
    env = clean_env(tmp_path)
    told = run([str(ROOT / "bin/ingest-otel")], stdin=collector.file.read_bytes(), cwd=tmp_path, env=env)
    assert told.status == 0, told.err
    assert not any(mark in told.out for mark in (EMAIL, ACCOUNT, "SAY-"))
    client.write_text(told.out)

    def proof(path: Path):
        words = ["--client", str(client), "--format", "json", str(path)]
        ran = run([str(ROOT / "bin/verify-routing"), *words], cwd=tmp_path, env=env)
        return ran.status, json.loads(ran.out)

    status, proven = proof(log)
    counts = proven["second_count"]["models"]
    assert (status, proven["breaches"]) == (0, []), (
        proven,
        [
            (r["session_id"], r["model"], r["routed_model"], r["status"], r["err_type"], r["decision"])
            for r in claude.rows()
        ],
    )
    assert {"glm", "sonnet"} <= {word for one in counts for word in one["model"].split("-")}, counts
    if not claude.is_old:  # 2.0 names no session to the router, so only all of it can be compared
        known = ("replies", "prompt_tokens", "completion_tokens")
        assert [[one["client"][it] for it in known] for one in counts] == [
            [one["router"][it] for it in known] for one in counts
        ]

    # A reply that the router's log does not have is one that went past it.
    kept = [row for row in claude.rows() if "haiku" not in row["model"]]
    log.write_text("".join(json.dumps(row) + "\n" for row in kept))
    status, proven = proof(log)
    assert (status, {one["rule"] for one in proven["breaches"]}) == (1, {"past-the-router"})


def test_packed_requests_are_routed(claude, lanes):
    ran = claude("--model", "haiku", "SAY-packed", CLAUDE_CODE_GZIP_REQUEST_BODIES="1")
    assert (ran.status, ran.out.strip()) == (0, "well done"), ran
    assert turns(lanes.zai)


def test_usage_is_asked_of_anthropic_alone(claude, lanes):
    ran = claude("/usage")
    assert ran.status == 0 and not any(b"/usage" in one.body for one in lanes.zai.arrived)
    if not claude.is_old:
        assert "37% used" in ran.out


class Fault(NamedTuple):
    """What a provider answers the client's turn, and what comes of it."""

    answers: list  # in turn; what follows them goes well
    shown: str  # pattern of what the client prints
    turns: int  # how often it asks
    err_type: str | None  # what the router's log calls it
    old_shown: str | None = None  # the same for 2.0, where it differs: it asks
    old_turns: int | None = None  # once more without a stream after any failure of one


WELL = "^second time$"
UNIFIED = {
    f"anthropic_ratelimit_unified_{name}": value
    for name, value in {
        "status": "rejected",
        "reset": "4102444800",
        "representative_claim": "five_hour",
        "5h_status": "rejected",
        "5h_reset": "4102444800",
        "5h_utilization": "1.01",
    }.items()
}
BUSY = fails("529 x", error("busy", "overloaded_error"))
FAULTS = {
    "429-retry-after": Fault(
        [fails("429 x", error("busy", "rate_limit_error"), retry_after="2")], WELL, 2, "429"
    ),
    "429-rejected": Fault(
        [fails("429 x", error("limit", "rate_limit_error"), **UNIFIED)] * 9,
        "You've hit your 5-hour limit",
        1,
        "429",
        "You've hit your session limit",
        2,
    ),
    "529": Fault([BUSY, BUSY], WELL, 3, "5xx"),
    "503": Fault([fails("503 x", error("down", "api_error"))], WELL, 2, "5xx"),
    "500": Fault([fails("500 x", error("down", "api_error"))], WELL, 2, "5xx"),
    "reset-before": Fault([lambda arrived, writer: writer.transport.abort()], WELL, 2, "net"),
    "reset-inside": Fault([is_reset], WELL, 2, "truncated"),
    "eof": Fault([breaks_off], WELL, 2, "truncated"),
    "eof-without-stop": Fault([ends_early], WELL, 2, "truncated", "^Execution error$", 1),
    "sse-error": Fault([turns_into_an_error], WELL, 2, "truncated"),
    "400": Fault([fails("400 x", error("made-up reason"))] * 9, "made-up reason", 1, "4xx", None, 2),
    "413": Fault(
        [fails("413 x", error("made-up size", "request_too_large"))] * 9,
        "Request too large",
        1,
        "4xx",
        "made-up size",
        2,
    ),
    "system-role-400": Fault([is_picky("400 x")] * 9, WELL, 2, "4xx", WELL, 1),
    "system-role-422": Fault([is_picky("422 x")] * 9, WELL, 2, "4xx", WELL, 1),
}
# What Z.AI alone answers, and what the router makes of it.
KEY_REFUSED = error("token expired or incorrect", "authentication_error")
ZAI_FAULTS = {
    # Another provider's word on Anthropic's limits does not reach the client, which would stop at once and show it.
    "429-rejected": Fault(
        [fails("429 x", error("limit", "rate_limit_error"), retry_after="1", **UNIFIED)], WELL, 2, "429"
    ),
    "401": Fault(
        [fails("401 x", KEY_REFUSED)] * 9, r"Z\.AI refused the router's key \(401\)", 1, "401", None, 2
    ),
    "403": Fault(
        [fails("403 x", KEY_REFUSED)] * 9, r"Z\.AI refused the router's key \(403\)", 1, "4xx", None, 2
    ),
    "1302": Fault([fails("429 x", {"error": {"code": "1302", "message": "busy"}})], WELL, 2, "429"),
    "1308": Fault(
        [
            fails(
                "429 x",
                {
                    "error": {
                        "code": "1308",
                        "message": "Usage limit reached. It will reset at 2099-01-01 00:00:00",
                    }
                },
            )
        ]
        * 9,
        "Usage limit reached",
        1,
        "429",
        "Rate limit reached",
        2,
    ),
    "1261": Fault(
        [fails("400 x", {"error": {"code": "1261", "message": "Prompt exceeds max length"}})] * 9,
        "Prompt is too long",
        1,
        "4xx",
        None,
        2,
    ),
}


@pytest.mark.parametrize("fault", [*FAULTS, *ZAI_FAULTS])
def test_a_fault_of_zai_is_to_the_client_what_it_should_be(claude, lanes, fault):
    has_the_effect(claude, lanes.zai, (FAULTS | ZAI_FAULTS)[fault], "haiku", "zai")


@pytest.mark.parametrize("fault", ["429-rejected", "529", "reset-inside", "eof", "sse-error", "400"])
def test_a_fault_of_anthropic_is_what_it_is_without_a_router(claude, lanes, fault):
    has_the_effect(claude, lanes.anthropic, FAULTS[fault], "sonnet", "anthropic")


def has_the_effect(claude, provider, fault: Fault, model: str, lane: str) -> None:
    expected, count = fault.shown, fault.turns
    if claude.is_old:
        expected, count = fault.old_shown or fault.shown, fault.old_turns or fault.turns
    ran = claude("--model", model, "SAY-hi", **{lane: [*fault.answers, says("second time")]})
    assert re.search(expected, ran.out.strip(), re.IGNORECASE), ran
    assert (ran.status == 0) == (expected in (WELL, "^Execution error$")), ran
    asked = turns(provider)
    assert len(asked) == count, ran
    if fault.answers[0] is turns_into_an_error or (claude.is_old and count > 1):
        assert b'"stream":true' not in asked[1].body
    if fault is FAULTS["429-retry-after"] and not claude.is_old:
        assert asked[1].at - asked[0].at >= 2
    if count > 1 or expected != WELL:
        until = time.monotonic() + 30
        while (
            not any(row["err_type"] == fault.err_type for row in claude.rows()) and time.monotonic() < until
        ):
            time.sleep(0.02)
        assert any(row["err_type"] == fault.err_type and row["lane"] == lane for row in claude.rows())


def test_only_anthropics_401_makes_the_client_renew_its_login(claude, lanes):
    if claude.is_old:
        pytest.skip("2.0 tries for minutes")
    claude.may_renew = True
    refused = fails("401 Unauthorized", error("Invalid bearer token", "authentication_error"))
    ran = claude("--model", "sonnet", "SAY-hi", anthropic=[refused] * 9)
    assert ran.status != 0 and "Failed to authenticate" in ran.out
    assert asked_to_renew(lanes)


def asked_to_renew(lanes) -> bool:
    asked = {line["target"] for line in lanes.asked}
    return bool(asked & {"platform.claude.com:443", "console.anthropic.com:443"})
