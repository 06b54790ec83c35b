"""Hostile bytes from either side: refused with a clear status, recorded, and never paid for in memory."""

from __future__ import annotations

import gzip
import json
import signal
import threading
import time

import pytest

from lanes import (
    ANTHROPIC,
    COMMANDS,
    Reply,
    ask,
    chunk,
    connect,
    exchange,
    most_memory_mb,
    reply,
    request,
    running,
)

pytestmark = pytest.mark.router
HEAD = b"POST /v1/messages HTTP/1.1\r\nHost: api.anthropic.com\r\n"
MOST_MB = 200


@pytest.fixture(scope="module")
def ours(lanes, tmp_path_factory):
    """One bin/router for all of these: what one of them leaves behind is the next one's matter."""
    with running(lanes, tmp_path_factory.mktemp("ours"), command=COMMANDS["bin-router"]) as proxy:
        yield proxy


@pytest.fixture
def router(lanes, ours):
    lanes.forget()
    ours.forget()
    return ours


def is_well(lanes, proxy) -> bool:
    """Say whether a router still serves both lanes."""
    return [ask(proxy, request(model)).status for model in ("claude-haiku-4-5", "claude-sonnet-5-5")] == [
        200,
        200,
    ]


@pytest.mark.parametrize(
    "sent, status, why",
    [
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "no request line"),
        (HEAD + b"Host: evil.org\r\nContent-Length: 0\r\n\r\n", 400, "more than one host"),
        (HEAD + b"X-A: b\0c\r\nContent-Length: 0\r\n\r\n", 400, "header field"),
        (HEAD + b"X-A: b\rc\r\nContent-Length: 0\r\n\r\n", 400, "header field"),
        (HEAD + b"X A: b\r\n\r\n", 400, "header field"),
        (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, "content-length"),
        (HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "both"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n", 400, "trailer"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n", 400, "longer than its size"),
        (HEAD + b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "chunked body"),
        (HEAD + b"Content-Length: 400000000\r\n\r\n", 413, "longer than"),
        (HEAD + b"X-A: " + b"b" * 70_000, 431, "endless"),
    ],
)
def test_what_is_no_request_is_refused_at_once(lanes, router, sent, status, why):
    with connect(router) as connection:
        got = exchange(connection, sent)
    assert got.status == status and got.json["type"] == "error" and why in got.json["error"]["message"]
    assert not lanes.anthropic.arrived and not lanes.zai.arrived
    [anomaly] = router.anomalies(1)
    assert anomaly["anomaly"] == "malformed-request" and why in anomaly["detail"]
    assert is_well(lanes, router) and "Traceback" not in router.printed


def test_a_message_that_is_refused_has_a_row_with_the_status_that_the_client_saw(lanes, router):
    before = len(router.lines("usage.jsonl"))
    with connect(router) as connection:
        exchange(connection, HEAD + b"Content-Length: 400000000\r\n\r\n")
    until = time.monotonic() + 5
    while len(router.lines("usage.jsonl")) == before and time.monotonic() < until:
        time.sleep(0.05)
    row = router.lines("usage.jsonl")[-1]
    assert (row["status"], row["client_status"], row["err_type"]) == (413, 413, "4xx")


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 000 \r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 -15 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 2_0 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx\0y: z\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx;y: z\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}}}0\r\n\r\n",
    ],
)
@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-5-5"])
def test_what_is_no_reply_is_a_502_and_a_row_says_why(lanes, router, model, said):
    lanes.zai.answer = lanes.anthropic.answer = lambda arrived, writer: writer.write(said)
    got = ask(router, request(model))
    assert got.status == 502 and got.json["error"]["type"] == "api_error"
    [row] = router.usage(1)
    assert row["client_status"] == 502 and row["err_type"] in ("net", "truncated")
    until = time.monotonic() + 5
    while (
        words := {row["anomaly"] for row in router.lines("anomalies.jsonl")}
    ) and "malformed-reply" not in words:
        assert time.monotonic() < until
        time.sleep(0.05)
    lanes.forget()
    assert is_well(lanes, router)


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-5-5"])
@pytest.mark.parametrize("kind", ["bomb", "stream bomb", "long", "long error"])
def test_a_reply_without_end_costs_no_memory(lanes, router, model, kind):
    packed = gzip.compress(bytes(300_000_000), 1) if "bomb" in kind else b""

    async def answer(arrived, writer):
        status = b"500 Oops" if "error" in kind else b"200 OK"
        media = b"text/event-stream" if "stream" in kind else b"application/json"
        coding = b"content-encoding: gzip\r\n" if packed else b""
        writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-type: " + media + b"\r\n" + coding)
        writer.write(b"transfer-encoding: chunked\r\n\r\n")
        for _ in range(1) if packed else range(80):
            writer.write(chunk(packed or bytes(1_000_000)))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    lanes.zai.answer = lanes.anthropic.answer = answer
    size, last = 0, b""
    with connect(router) as connection:
        connection.settimeout(60)
        connection.sendall(request(model))
        while not last.endswith(b"\r\n0\r\n\r\n") and not last.endswith(b"}}"):
            piece = connection.recv(1 << 20)
            assert piece
            size += len(piece)
            last = (last + piece)[-2000:]
    # What another lane calls a success and is none is the lane's failure: a 502 of the router's own.
    assert size > (len(packed) or 80_000_000) or last.startswith(b"HTTP/1.1 502 ")
    assert "haiku" in model or size > 1_000
    assert router.usage(1)[0]["status"] == (500 if "error" in kind else 200)
    assert most_memory_mb(router) <= MOST_MB


def test_a_request_that_grows_when_it_is_unpacked_goes_to_anthropic_as_it_came(lanes, router):
    bomb = gzip.compress(bytes(300_000_000), 1)
    ask(router, request(None, bomb, "Content-Encoding: gzip"))
    assert lanes.anthropic.arrived[0].body == bomb and not lanes.zai.arrived
    assert router.usage(1)[0]["decision"] == "malformed"
    assert most_memory_mb(router) <= MOST_MB


def test_a_client_that_sends_ahead_of_its_reply_is_held_back(lanes, router):
    go_on = threading.Event()

    async def wait(arrived, writer):
        import asyncio

        while not go_on.is_set():
            await asyncio.sleep(0.05)
        writer.write(reply({}))

    lanes.anthropic.answer = wait
    with connect(router) as connection:
        connection.sendall(request("claude-sonnet-5-5"))
        connection.settimeout(1.0)
        more, sent = request("claude-sonnet-5-5", bytes(1_000_000)), 0
        try:
            while sent < 200_000_000:
                connection.sendall(more)
                sent += len(more)
        except (TimeoutError, OSError):
            pass
        assert sent < 100_000_000 and most_memory_mb(router) <= MOST_MB
        go_on.set()
    lanes.forget()
    assert is_well(lanes, router)


def test_fifty_clients_that_read_slowly_do_not_stop_another(lanes, router):
    async def long(arrived, writer):
        if b"x-slow" not in arrived.head:
            return writer.write(reply({}))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 20000000\r\n\r\n")
        for _ in range(20):
            writer.write(bytes(1_000_000))
            await writer.drain()

    lanes.anthropic.answer = long
    slow = [connect(router) for _ in range(50)]
    for connection in slow:
        connection.sendall(request("claude-sonnet-5-5", None, "x-slow: 1"))
    time.sleep(2)
    # The slow ones read nothing at all, so who waits for them waits for ever.
    assert ask(router, request("claude-sonnet-5-5")).status == 200
    for connection in slow:
        connection.close()
    lanes.forget()
    assert is_well(lanes, router)


def test_a_router_that_was_asleep_serves_on(lanes, router):
    with connect(router) as connection:
        assert exchange(connection, request("claude-sonnet-5-5")).status == 200
        router.process.send_signal(signal.SIGSTOP)
        time.sleep(1)
        router.process.send_signal(signal.SIGCONT)
        assert exchange(connection, request("claude-sonnet-5-5")).status == 200
    assert is_well(lanes, router)


@pytest.mark.parametrize("host", [ANTHROPIC])
def test_a_plain_mitmdump_refuses_them_as_far_as_it_can(lanes, tmp_path, host):
    with running(lanes, tmp_path, command=COMMANDS["mitmdump"]) as proxy:
        lanes.forget()
        for sent in (
            HEAD + b"Host: evil.org\r\nContent-Length: 0\r\n\r\n",
            HEAD + b"X-A: b\0c\r\nContent-Length: 0\r\n\r\n",
        ):
            got: Reply = ask(proxy, sent, host)
            assert got.status == 400 and json.loads(got.body)["type"] == "error"
        assert not lanes.anthropic.arrived
