"""bin/router reads clients with layers of its own: what passes is what an empty mitmdump would pass."""

from __future__ import annotations

import socket
import time

import pytest

from lanes import (
    ANTHROPIC,
    COMMANDS,
    END,
    LOGIN,
    MITMDUMP,
    OURS,
    SSE_HEAD,
    START,
    chunk,
    connect,
    delta,
    exchange,
    most_memory_mb,
    reply,
    request,
    running,
)

pytestmark = pytest.mark.router
HOST = b"Host: api.anthropic.com\r\n"
LOGGED_IN = b"authorization: " + LOGIN.encode() + b"\r\n"
MESSAGE = b'{"model":"claude-sonnet-5-5","max_tokens":9,"messages":[]}'


def head(line: bytes, *fields: bytes) -> bytes:
    return b"\r\n".join((line, HOST[:-2], LOGGED_IN[:-2], *fields)) + b"\r\n\r\n"


PLAIN = {
    "get": head(b"GET /api/oauth/profile HTTP/1.1", b"Accept: */*"),
    "empty value": head(b"GET /a HTTP/1.1", b"X-Empty:"),
    "spaces": head(b"GET /a?b=c%20d HTTP/1.1", b"X-Spaces: \t two words  "),
    "bytes": head(b"GET /a HTTP/1.1", b"X-Name: J\xc3\xbcrgen"),
    "case": head(b"POST /api/event_logging/batch HTTP/1.1", b"cOnTeNt-LeNgTh: 2") + b"{}",
    "twice": head(b"GET /a HTTP/1.1", b"X-A: 1", b"x-a: 2"),
    "put": head(b"PUT /a HTTP/1.1", b"Content-Length: 3") + b"abc",
    "delete": head(b"DELETE /a HTTP/1.1"),
    "count": head(b"POST /v1/messages/count_tokens HTTP/1.1", b"Content-Length: %d" % len(MESSAGE)) + MESSAGE,
    "message": head(b"POST /v1/messages HTTP/1.1", b"Content-Length: %d" % len(MESSAGE)) + MESSAGE,
    "keep-alive": head(b"GET /a HTTP/1.1", b"Connection: keep-alive"),
}
OTHER = {
    "head": head(b"HEAD /a HTTP/1.1"),
    "options": head(b"OPTIONS * HTTP/1.1"),
    "chunked": head(b"POST /v1/messages HTTP/1.1", b"Transfer-Encoding: chunked")
    + chunk(MESSAGE)
    + b"0\r\n\r\n",
    "expect": head(
        b"POST /v1/messages HTTP/1.1", b"Expect: 100-continue", b"Content-Length: %d" % len(MESSAGE)
    )
    + MESSAGE,
    "absolute": head(b"GET https://api.anthropic.com/a HTTP/1.1"),
    "old": head(b"GET /a HTTP/1.0"),
    "te": head(b"GET /a HTTP/1.1", b"TE: trailers"),
    "close": head(b"GET /a HTTP/1.1", b"Connection: close"),
    "no length that is one": head(b"POST /a HTTP/1.1", b"Content-Length: +2") + b"{}",
    "two lengths": head(b"POST /a HTTP/1.1", b"Content-Length: 2", b"Content-Length: 3") + b"{}",
    "smuggled": head(b"POST /a HTTP/1.1", b"Content-Length: 2", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "space in a name": head(b"GET /a HTTP/1.1", b"X A: b"),
    "folded": head(b"GET /a HTTP/1.1", b"X-A: b\r\n c"),
    "line feeds": head(b"POST /a HTTP/1.1", b"Content-Length: 2").replace(b"\r\n", b"\n") + b"{}",
    "line feeds at the end": head(b"GET /a HTTP/1.1", b"X-A: b")[:-4] + b"\n\r\n",
    "no host": b"GET /a HTTP/1.1\r\nAccept: */*\r\n\r\n",
}


@pytest.fixture(scope="module", params=["upstream", "regular"])
def pair(request, lanes, tmp_path_factory):
    """An empty mitmdump and bin/router, in the same mode, and where their client finds Anthropic."""
    mode, env, at = "", {}, (ANTHROPIC, 443)
    if request.param == "regular":
        at = ("localhost", lanes.anthropic.port)
        mode = "regular"
        env["ANTHROPIC_HOST"] = f"localhost:{lanes.anthropic.port}"
        env["ZAI_BASE_URL"] = f"https://localhost:{lanes.zai.port}/api/anthropic"
    folder = tmp_path_factory.mktemp("proxies")
    with (
        running(lanes, folder / "empty", command=[str(MITMDUMP)], mode=mode) as empty,
        running(lanes, folder / "ours", command=OURS, mode=mode, **env) as ours,
    ):
        yield empty, ours, at


def passed(lanes, proxy, at, sent, pieces=1):
    """Return what a client got for some bytes, and what arrived of them."""
    lanes.forget()
    lanes.anthropic.answer = lambda arrived, writer: writer.write(
        reply(b"" if arrived.head.startswith(b"HEAD") else {"you asked for": arrived.target})
    )
    with connect(proxy, at[0], port=at[1]) as connection:
        *early, last = (sent[len(sent) * n // pieces : len(sent) * (n + 1) // pieces] for n in range(pieces))
        for piece in early:
            connection.sendall(piece)
            time.sleep(0.002)
        got = exchange(connection, last)
        if got.raw == b"HTTP/1.1 100 Continue\r\n\r\n":
            got = exchange(connection, b"")
    arrived = [(one.head, one.body) for one in lanes.anthropic.arrived]
    assert not lanes.zai.arrived
    return got.raw, arrived


@pytest.mark.parametrize("name", [*PLAIN, *OTHER])
def test_what_passes_is_what_an_empty_mitmdump_passes(lanes, pair, name):
    empty, ours, at = pair
    sent = (PLAIN | OTHER)[name]
    expected, got = passed(lanes, empty, at, sent), passed(lanes, ours, at, sent)
    assert got[1] == expected[1]
    if got[1]:
        assert got[0] == expected[0]
    else:  # refused, in mitmproxy's words
        assert got[0].split(b"\r\n")[0] == expected[0].split(b"\r\n")[0]


@pytest.mark.parametrize("pieces", [2, 7, 60])
def test_a_request_in_pieces_is_one_request(lanes, pair, pieces):
    _, ours, at = pair
    got, [(arrived, body)] = passed(lanes, ours, at, PLAIN["message"], pieces)
    assert b" 200 " in got and arrived + b"\r\n\r\n" + body == PLAIN["message"]


def test_requests_that_do_not_wait_for_a_reply_are_answered_in_turn(lanes, pair):
    _, ours, at = pair
    lanes.forget()
    lanes.anthropic.answer = lambda arrived, writer: writer.write(reply({"you asked for": arrived.target}))
    with connect(ours, at[0], port=at[1]) as connection:
        connection.sendall(PLAIN["message"] + PLAIN["get"] + OTHER["chunked"] + PLAIN["count"])
        got = b""
        connection.settimeout(10)
        while got.count(b"you asked for") < 4:
            got += connection.recv(65536)
    targets = [one.target for one in lanes.anthropic.arrived]
    assert targets == ["/v1/messages", "/api/oauth/profile", "/v1/messages", "/v1/messages/count_tokens"]
    assert [line for line in got.split(b'"') if line.startswith(b"/")] == [one.encode() for one in targets]


def test_haiku_is_routed_before_and_after_the_connection_was_handed_over(lanes, pair):
    _, ours, at = pair
    lanes.forget()
    ours.forget()
    with connect(ours, at[0], port=at[1]) as connection:
        for sent in (request(), OTHER["chunked"], request(stream=True)):
            assert exchange(connection, sent).status == 200
    assert len(lanes.zai.arrived) == 2 and len(lanes.anthropic.arrived) == 1


def test_a_reply_that_ends_with_its_connection_ends_the_clients(lanes, pair):
    _, ours, at = pair
    lanes.forget()

    def endless(arrived, writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nall of it")
        writer.close()

    lanes.anthropic.answer = endless
    with connect(ours, at[0], port=at[1]) as connection:
        connection.settimeout(10)
        connection.sendall(PLAIN["message"])
        got = b""
        while piece := connection.recv(65536):
            got += piece
    assert got.endswith(b"\r\n\r\nall of it")


def test_plain_text_in_the_tunnel_is_mitmproxys_matter(lanes, pair):
    _, ours, at = pair
    with socket.create_connection(("127.0.0.1", ours.port), 10) as raw:
        raw.sendall(f"CONNECT {at[0]}:{at[1]} HTTP/1.1\r\nHost: {at[0]}\r\n\r\n".encode())
        assert raw.recv(4096).startswith(b"HTTP/1.1 200 Connection established\r\n\r\n")
        raw.sendall(PLAIN["get"])
        assert b" 502 " in raw.recv(4096).split(b"\r\n")[0] + b" "  # Anthropic's port speaks TLS only
    got, _ = passed(lanes, ours, at, PLAIN["get"])
    assert b" 200 " in got


@pytest.mark.parametrize("command", ["mitmdump", "bin-router"])
def test_a_client_that_does_not_read_slows_its_provider_down(lanes, tmp_path, command):
    """A stream of 400 MB piles up in the sockets' buffers (Linux: up to 33 MB each), not in the router."""
    sent = []

    async def flood(arrived, writer):
        writer.write(SSE_HEAD + b"\r\n" + chunk(START))
        piece = chunk(delta("x" * 65_000))
        for _ in range(6000):
            writer.write(piece)
            await writer.drain()
            sent.append(len(piece))

    with running(lanes, tmp_path, command=COMMANDS[command]) as proxy:
        lanes.forget()
        lanes.anthropic.answer = flood
        with connect(proxy) as connection:
            took = most_memory_mb(proxy)
            connection.sendall(request("claude-sonnet-5-5", stream=True))
            before = -1
            while not sent or len(sent) != before:  # until it is held up
                before = len(sent)
                time.sleep(0.5)
            assert len(sent) < 3000
            assert most_memory_mb(proxy) < took + 40


@pytest.mark.parametrize("command", ["mitmdump", "bin-router"])
def test_a_connection_that_had_to_wait_for_a_slow_client_serves_the_next(lanes, tmp_path, command):
    text = delta("x" * 65_000) * 100

    async def long(arrived, writer):
        writer.write(SSE_HEAD + b"\r\n" + chunk(START) + chunk(text) + chunk(END) + b"0\r\n\r\n")
        await writer.drain()

    with running(lanes, tmp_path, command=COMMANDS[command]) as proxy:
        for model, provider in (("claude-sonnet-5-5", lanes.anthropic), ("claude-haiku-4-5", lanes.zai)):
            lanes.forget()
            for answer in (long, long, None):
                if answer:
                    provider.answer = answer
                with connect(proxy) as connection:
                    connection.sendall(request(model, stream=True))
                    time.sleep(0.5)
                    got = exchange(connection, b"")
                assert got.body == START + text + END


def test_no_exchange_hangs_when_something_in_it_breaks(lanes, tmp_path):
    """A reply whose log entry cannot be made still passes; one that cannot be sent is a 502."""
    with running(lanes, tmp_path, command=OURS) as proxy:
        lanes.forget()
        lanes.anthropic.answer = lambda arrived, writer: writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"
        )
        with connect(proxy) as connection:
            got = exchange(connection, request("claude-sonnet-5-5"))
        assert got.status == 502 and got.json["type"] == "error"
        assert proxy.usage(1)[0]["err_type"] == "net"


@pytest.mark.parametrize("command", ["mitmdump", "bin-router"])
def test_a_short_reply_that_breaks_off_is_a_502(lanes, tmp_path, command):
    with running(lanes, tmp_path, command=COMMANDS[command]) as proxy:
        lanes.forget()

        def half(arrived, writer):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{")
            writer.close()

        lanes.zai.answer = lanes.anthropic.answer = half
        for model in ("claude-sonnet-5-5", "claude-haiku-4-5"):
            with connect(proxy) as connection:
                assert exchange(connection, request(model)).status == 502
        assert {row["err_type"] for row in proxy.usage(2)} <= {"truncated", "net"}


def test_a_head_with_bare_line_feeds_is_a_502(lanes, tmp_path):
    with running(lanes, tmp_path, command=OURS) as proxy:
        lanes.forget()
        heads = [b"HTTP/1.1 200 OK\ncontent-length: 0\n\n", b"HTTP/1.1 200 OK\r\na: b\nc: d\r\n\r\n"]
        lanes.anthropic.answer = lambda arrived, writer: writer.write(heads.pop())
        for _ in range(2):
            with connect(proxy) as connection:
                assert exchange(connection, request("claude-sonnet-5-5")).status == 502


@pytest.mark.parametrize("size", [b"-6", b"+6", b"0x6", b"1_0", b""])
def test_a_chunk_without_a_size_ends_the_reply_and_not_the_router(lanes, tmp_path, size):
    """Python's int() takes all of these but the last; -6 would lead back to the line's own start, for ever."""
    with running(lanes, tmp_path, command=OURS) as proxy:
        lanes.forget()

        async def broken(arrived, writer):
            writer.write(SSE_HEAD + b"\r\n" + chunk(START))
            await writer.drain()
            writer.write(size + b"\r\nxxxxxx\r\n")

        lanes.anthropic.answer = broken
        with connect(proxy) as connection:
            connection.settimeout(10)
            got = exchange(connection, request("claude-sonnet-5-5", stream=True))
        assert b"xxxxxx" not in got.raw
        # Whether the reply's beginning was on its way already when the chunk came is a matter of timing.
        [row] = proxy.usage(1)
        was_told = got.status == 502
        assert (row["err_type"], row["client_status"]) == (("net", 502) if was_told else ("truncated", None))
        assert "a chunk has no size" in proxy.anomalies(1)[0]["detail"]
        lanes.forget()
        with connect(proxy) as connection:
            assert exchange(connection, request("claude-sonnet-5-5")).status == 200
