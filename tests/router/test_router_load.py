"""The router when it is crowded, cut off, or asked for much: nothing lost, nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest

from conftest import ROOT
from lanes import (
    COMMANDS,
    END,
    KEY,
    LOGIN,
    MITMDUMP,
    ROUTER,
    SSE_HEAD,
    START,
    ask,
    chunk,
    connect,
    delta,
    exchange,
    mitmdump,
    most_memory_mb,
    request,
    running,
)

pytestmark = pytest.mark.router


async def slowly(arrived, writer):
    writer.write(SSE_HEAD + b"\r\n" + chunk(START))
    for _ in range(5):
        await asyncio.sleep(0.1)
        writer.write(chunk(delta("word")))
    writer.write(chunk(END) + b"0\r\n\r\n")


def sockets(proxy) -> int:
    """Return how many connections a proxy holds open; what listens does not count."""
    listed = Path(f"/proc/{proxy.process.pid}/fd")
    if not listed.exists():
        pytest.skip("no /proc on this machine")
    found = 0
    for one in listed.iterdir():
        with contextlib.suppress(OSError):  # closed while we were looking
            found += str(one.readlink()).startswith("socket:")
    return found


def test_a_hundred_streams_at_a_time_all_come_whole(lanes, proxy):
    lanes.zai.answer = lanes.anthropic.answer = slowly
    models = ["claude-haiku-4-5", "claude-sonnet-5-5"] * 50
    sent = [request(model, stream=True) for model in models]
    got = [None] * len(sent)
    before = sockets(proxy)

    def one(number):
        got[number] = ask(proxy, sent[number])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(sent))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [reply.body for reply in got] == [START + delta("word") * 5 + END] * 100
    assert len(lanes.zai.arrived) == len(lanes.anthropic.arrived) == 50
    rows = proxy.usage(100)
    assert {row["err_type"] for row in rows} == {None}
    assert sorted(row["lane"] for row in rows) == ["anthropic"] * 50 + ["zai"] * 50
    # Only eight idle connections to each provider, and the relay's listeners, may be left; behind another
    # proxy mitmdump also keeps what it had dialled for clients that then did not need it.
    may_stay = before + 18 + (50 if "mitmdump" in proxy.process.args[0] else 0)
    until = time.monotonic() + 20
    while sockets(proxy) > may_stay and time.monotonic() < until:
        time.sleep(0.1)
    assert sockets(proxy) <= may_stay


def test_five_megabytes_pass_on_both_lanes(lanes, proxy):
    text = "x" * 5_000_000
    messages = [{"role": "user", "content": text}]
    for provider, model in ((lanes.zai, "claude-haiku-4-5"), (lanes.anthropic, "claude-sonnet-5-5")):
        got = ask(proxy, request(body={"model": model, "max_tokens": 5, "messages": messages}))
        assert got.status == 200
        assert provider.arrived[0].json["messages"] == messages


MOST_MEMORY = 200  # MB


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-5-5"])
def test_large_messages_wait_their_turn_and_small_ones_do_not(lanes, tmp_path, command, model):
    with running(lanes, tmp_path, command=COMMANDS[command]) as proxy:
        lanes.forget()
        provider = lanes.zai if "haiku" in model else lanes.anthropic
        got = {}

        def send(number):
            text = chr(97 + number) * 29_700_000
            body = {"model": model, "max_tokens": 5, "messages": [{"role": "user", "content": text}]}
            with connect(proxy) as connection:
                got[number] = exchange(connection, request(body=body), timeout=300)

        threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        while not got and any(thread.is_alive() for thread in threads):
            with connect(proxy) as connection:
                assert exchange(connection, request(model), timeout=60).status == 200
        for thread in threads:
            thread.join(300)
        assert [got[number].status for number in range(4)] == [200] * 4  # none was refused
        large = [arrived.json["messages"][0]["content"] for arrived in provider.arrived]
        assert sorted((text[:1], len(text)) for text in large if len(text) > 9) == [
            (chr(97 + number), 29_700_000) for number in range(4)
        ]
        assert most_memory_mb(proxy) <= MOST_MEMORY


def test_credentials_never_share_a_connection(lanes, tmp_path):
    with running(lanes, tmp_path, command=COMMANDS["bin-router"]) as proxy:
        lanes.forget()
        for login in ("one", "two", "one", "two"):
            sent = request("claude-sonnet-5-5").replace(LOGIN.encode(), f"Bearer {login}".encode())
            assert ask(proxy, sent).status == 200
        used = {}
        for arrived in lanes.anthropic.arrived:
            used.setdefault(arrived.connection, set()).add(arrived.headers["authorization"])
        assert len(lanes.anthropic.arrived) == 4
        assert all(len(logins) == 1 for logins in used.values())
        assert len(used) == 2  # each login's second request found its connection warm


def test_a_connection_that_the_provider_closed_is_not_used_again(lanes, tmp_path):
    with running(lanes, tmp_path, command=COMMANDS["bin-router"]) as proxy:
        lanes.forget()

        def once(arrived, writer):
            from lanes import answer_well

            answer_well(arrived, writer)
            writer.close()

        for provider, model in ((lanes.zai, "claude-haiku-4-5"), (lanes.anthropic, "claude-sonnet-5-5")):
            provider.answer = once
            for _ in range(3):
                assert ask(proxy, request(model)).status == 200
                time.sleep(0.1)
            assert len({arrived.connection for arrived in provider.arrived}) == 3


@pytest.mark.parametrize(
    ("command", "how"),
    [("mitmdump", signal.SIGTERM), ("bin-router", signal.SIGTERM), ("bin-router", signal.SIGHUP)],
)
def test_no_row_is_lost_when_the_proxy_is_ended_in_the_middle_of_streams(lanes, tmp_path, command, how):
    with running(lanes, tmp_path, command=COMMANDS[command]) as proxy:
        lanes.forget()
        lanes.zai.answer = lanes.anthropic.answer = slowly
        for number in range(4):
            ask(proxy, request()) if number < 2 else None
        open_connections = []
        for model in ("claude-haiku-4-5", "claude-sonnet-5-5", "claude-haiku-4-5"):
            connection = connect(proxy)
            connection.sendall(request(model, stream=True))
            connection.recv(100)
            open_connections.append(connection)
        assert proxy.stop(how) == 0
        rows = proxy.usage(5)
        assert [row["err_type"] for row in rows].count("truncated") == 3
        assert command == "mitmdump" or len(proxy.printed.splitlines()) == 1


def test_the_log_is_rotated_by_size_and_no_row_is_lost(lanes, tmp_path):
    with running(lanes, tmp_path, "usage_log_max_mb=0.002", command=COMMANDS["bin-router"]) as proxy:
        lanes.forget()
        with connect(proxy) as connection:
            for _ in range(40):
                exchange(connection, request("claude-sonnet-5-5"))
        proxy.stop()
        files = sorted((proxy.folder / "logs").glob("usage*.jsonl"))
        rows = [json.loads(line) for path in files for line in path.read_text().splitlines()]
        assert len(files) > 5
        assert len({row["trace_id"] for row in rows}) == len(rows) == 40
        assert max(path.stat().st_size for path in files) < 2 * 2048 + 1024


def test_the_control_file_acts_on_a_running_proxy(lanes, proxy):
    control = proxy.folder / "logs" / "router.control"
    try:
        for line, decision in (
            ("OFFLOAD_PAUSED=1", "paused"),
            ("FORCE_HAIKU_TO_ZAI=0", "off"),
            ("ZAI_HEADER_MODE=authorization", "forced_model"),
            ("OFFLOAD_PAUSED=perhaps", "paused"),
            ("WHAT=1", "unreadable_setting"),
        ):
            control.parent.mkdir(exist_ok=True)
            new = control.with_suffix(".new")
            new.write_text(f"# a comment\n{line}\n")
            new.rename(control)
            ask(proxy, request())
            assert proxy.usage(1)[0]["decision"] == decision, line
            proxy.forget()
    finally:
        control.unlink(missing_ok=True)
    ask(proxy, request())
    assert proxy.usage(1)[0]["decision"] == "forced_model"


@pytest.mark.parametrize(
    "model, headers, decision",
    [
        ("claude-sonnet-5-5", ["x-claude-code-request-class: subagent"], "forced_class"),
        ("claude-sonnet-5-5", ["x-claude-code-agent-id: a1"], "forced_class"),
        ("claude-opus-5-5", ["x-claude-code-request-class: subagent"], "kept"),
        ("claude-sonnet-5-5", ["x-claude-code-request-class: main"], "kept"),
        ("claude-sonnet-5-5", ["x-claude-code-agent-id: reviewer-7"], "forced_class"),
    ],
)
def test_classes_are_routed_when_asked_for(lanes, class_proxy, model, headers, decision):
    class_proxy.forget()
    lanes.forget()
    ask(class_proxy, request(model, None, *headers))
    assert class_proxy.usage(1)[0]["decision"] == decision
    assert bool(lanes.zai.arrived) == (decision == "forced_class")


@pytest.fixture(scope="module")
def class_proxy(lanes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes")
    classes = "subagent,reviewer-7"
    with running(
        lanes, folder, command=COMMANDS["bin-router"], ROUTE_CLASSES=classes, FORCE_HAIKU_TO_ZAI="0"
    ) as proxy:
        yield proxy


@pytest.mark.parametrize(
    "env, word",
    [
        ({"FORCE_HAIKU_TO_ZAI": "1", "ZAI_HEADER_MODE": "cookie"}, "unreadable_setting"),
        ({"ZAI_MAX_TOKENS": "many"}, "unreadable_setting"),
        ({"ZAI_API_KEY": "two words"}, "no_zai_key"),
    ],
)
def test_what_cannot_be_read_means_anthropic_untouched(lanes, tmp_path, env, word):
    with running(lanes, tmp_path, command=COMMANDS["bin-router"], **env) as proxy:
        lanes.forget()
        sent = request()
        assert ask(proxy, sent).status == 200
        assert lanes.anthropic.arrived[0].head + b"\r\n\r\n" + lanes.anthropic.arrived[0].body == sent
        assert not lanes.zai.arrived
        assert proxy.usage(1)[0]["decision"] == word
        assert proxy.anomalies(1)[0]["anomaly"] == word.replace("_", "-")
        assert len(proxy.printed.splitlines()) == 2  # where it listens, and what is wrong


def test_models_are_mapped_and_max_tokens_clamped(lanes, tmp_path):
    env = {"ZAI_MODEL_MAP": "haiku-5=glm-4.5-air,haiku=glm-4.6", "ZAI_MAX_TOKENS": "1000"}
    with running(lanes, tmp_path, command=COMMANDS["bin-router"], **env) as proxy:
        lanes.forget()
        thinking = {"type": "enabled", "budget_tokens": 5000}
        ask(proxy, request(body={"model": "claude-haiku-5-5", "max_tokens": 128000, "thinking": thinking}))
        ask(proxy, request("claude-3-haiku"))
        first, second = (arrived.json for arrived in lanes.zai.arrived)
        assert (first["model"], first["max_tokens"]) == ("glm-4.5-air", 1000)
        assert first["thinking"]["budget_tokens"] == 999
        assert (second["model"], second["max_tokens"]) == ("glm-4.6", 64)


@pytest.mark.parametrize("command", COMMANDS)
def test_http2_clients_are_served_on_both_lanes(lanes, tmp_path, command):
    """The h2 client runs in .venv-router, where mitmproxy brings the h2 package."""
    with running(lanes, tmp_path, "connection_strategy=lazy", command=COMMANDS[command]) as proxy:
        lanes.forget()
        ask_by_http2(lanes, proxy)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_redirect_of_a_lane_is_a_502_for_http2_as_well(lanes, tmp_path, command):
    with running(lanes, tmp_path, "connection_strategy=lazy", command=COMMANDS[command]) as proxy:
        lanes.forget()
        away = b"HTTP/1.1 307 x\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n"
        lanes.anthropic.answer, lanes.zai.answer = slowly, lambda _, writer: writer.write(away)
        replies = ask_http2(proxy, 4)
        assert sorted(status for status, _ in replies) == [200, 200, 502, 502]
        assert "evil" not in json.dumps(replies)


def ask_http2(proxy, count):
    python = MITMDUMP.with_name("python")
    client = ROOT / "tests" / "fixtures" / "router" / "h2_client.py"
    ran = subprocess.run(
        [python, client, str(proxy.port), str(proxy.authority), str(count)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def ask_by_http2(lanes, proxy):
    lanes.zai.answer = lanes.anthropic.answer = slowly
    replies = ask_http2(proxy, 24)
    whole = (START + delta("word") * 5 + END).decode()
    assert replies == [[200, whole]] * 24
    assert len(lanes.zai.arrived) == len(lanes.anthropic.arrived) == 12
    assert all(arrived.headers["x-api-key"] == KEY for arrived in lanes.zai.arrived)
    assert not any("x-claude-code-session-id" in arrived.headers for arrived in lanes.zai.arrived)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("force", "spoken"), [("0", "h2"), ("1", "http/1.1")])
def test_http1_is_spoken_when_it_is_forced(lanes, tmp_path, command, force, spoken):
    """What a client that offers both ends up with, behind CONNECT."""
    options = {"command": COMMANDS[command], "MITM_FORCE_H1": force}
    with running(lanes, tmp_path, "connection_strategy=lazy", **options) as proxy:
        context = ssl.create_default_context(cafile=str(proxy.authority))
        context.set_alpn_protocols(["h2", "http/1.1"])
        with socket.create_connection(("127.0.0.1", proxy.port), 20) as plain:
            plain.sendall(b"CONNECT api.anthropic.com:443 HTTP/1.1\r\nHost: api.anthropic.com:443\r\n\r\n")
            assert b" 200 " in plain.recv(4096)
            with context.wrap_socket(plain, server_hostname="api.anthropic.com") as tunnel:
                assert tunnel.selected_alpn_protocol() == spoken


def test_a_fault_in_the_addon_means_anthropic_untouched_and_no_crash(lanes, tmp_path):
    broken = ROOT / "tests" / "fixtures" / "router" / "broken.py"
    with running(lanes, tmp_path, command=mitmdump(ROUTER, broken)) as proxy:
        lanes.forget()
        sent = request(stream=True)
        assert ask(proxy, sent).status == 200
        [arrived] = lanes.anthropic.arrived
        assert arrived.head + b"\r\n\r\n" + arrived.body == sent and not lanes.zai.arrived
        assert proxy.usage(1)[0]["decision"] == "router_error"
        [anomaly] = proxy.anomalies(1)
        assert anomaly["anomaly"] == "router-error" and anomaly["detail"].startswith("KeyError at broken.py")
        ask(proxy, request("claude-sonnet-5-5", None, "x-break-log: 1", stream=True))
        got = ask(proxy, request("claude-sonnet-5-5", stream=True))
        assert got.status == 200 and got.body.endswith(END)
        assert "made-up-secret" not in proxy.printed + json.dumps(proxy.anomalies(2))
