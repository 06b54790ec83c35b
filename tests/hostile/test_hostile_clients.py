"""What odd clients send, and time: both routers refuse it clearly, stay well, and nothing stays stuck."""

from __future__ import annotations

import contextlib
import signal
import socket
import ssl
import time

import pytest

from hostile import seeds
from lanes import ask, connect, exchange, request

pytestmark = pytest.mark.router
HEAD = b"POST /v1/messages HTTP/1.1\r\nHost: api.anthropic.com\r\n"
BODY = b'{"model":"claude-haiku-4-5","max_tokens":5,"messages":[]}'
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"
# What a client sends, and whether both routers must refuse it with 400 or more; else they answer it somehow.
SENT = {
    "trailers": (CHUNKED + b"\r\n%x\r\n%s\r\n0\r\nX-Sum: 1\r\n\r\n" % (len(BODY), BODY), True),
    "announced trailers": (CHUNKED + b"Trailer: X-Sum\r\n\r\n%x\r\n%s\r\n0\r\nX-Sum: 1\r\n\r\n" % (len(BODY), BODY), True),
    "a length among trailers": (CHUNKED + b"\r\n%x\r\n%s\r\n0\r\nContent-Length: 9\r\n\r\n" % (len(BODY), BODY), True),
    "a length with a sign": (HEAD + b"Content-Length: +5\r\n\r\nabcde", True),
    "a length in hex": (HEAD + b"Content-Length: 0x5\r\n\r\nabcde", True),
    "two equal lengths": (HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", False),
    "a list of lengths": (HEAD + b"Content-Length: 2, 2\r\n\r\n{}", False),
    "chunked twice": (HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", True),
    "chunked behind a vertical tab": (HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", True),
    "an encoding that nobody knows": (HEAD + b"Transfer-Encoding: odd\r\n\r\n", True),
    "a blank before a colon": (HEAD + b"Content-Length : 2\r\n\r\n{}", True),
    "a header without a name": (HEAD + b": x\r\n\r\n", True),
    "a line without a colon": (HEAD + b"nothing\r\n\r\n", True),
    "a chunk with a sign": (CHUNKED + b"\r\n-1\r\n\r\n", True),
    "a chunk with an underscore": (CHUNKED + b"\r\n1_0\r\n\r\n", True),
    "an endless size": (CHUNKED + b"\r\n" + b"0" * 9000 + b"\r\n", True),
    "an endless extension": (CHUNKED + b"\r\n1;" + b"a" * 9000 + b"\r\n", True),
    "another host": (b"POST /v1/messages HTTP/1.1\r\nHost: api.anthropic.com\r\nHost: api.z.ai\r\nContent-Length: 0\r\n\r\n", True),
    "a NUL in the target": (b"POST /v1/mess\0ages HTTP/1.1\r\nHost: api.anthropic.com\r\nContent-Length: 0\r\n\r\n", True),
    "HTTP/3": (b"POST /v1/messages HTTP/3.0\r\nHost: api.anthropic.com\r\n\r\n", True),
    "prior knowledge of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", True),
    "an upgrade": (HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY), False),
    "an expectation": (HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY), False),
    "an odd expectation": (HEAD + b"Expect: the worst\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY), False),
    "a folded header": (HEAD + b"X-A: b\r\n c\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY), False),
    "bare line feeds": ((HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY)).replace(b"\r\n", b"\n") + BODY, False),
    "TLS within TLS": (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"\r\n\r\n", True),
    "nothing but ends of lines": (b"\r\n" * 50 + HEAD + b"\r\n", False),
    "an SSH greeting": (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", False),
    "a method in small letters": (b"post /v1/messages HTTP/1.1\r\nHost: api.anthropic.com\r\nContent-Length: 0\r\n\r\n", False),
    "less than its length": (HEAD + b"Content-Length: 99\r\n\r\n{", False),
}  # fmt: skip


def said_to(proxy, sent: bytes, seconds: float = 5) -> bytes:
    """Return what a client got for some bytes within some seconds; b"" when it was cut off."""
    got = b""
    with contextlib.suppress(OSError, ssl.SSLError), connect(proxy) as connection:
        connection.settimeout(seconds)
        connection.sendall(sent)
        while b"\r\n\r\n" not in got:
            piece = connection.recv(65536)
            if not piece:
                break
            got += piece
    return got


def is_well(lanes, proxy) -> bool:
    lanes.forget()
    return [ask(proxy, request(model)).status for model in ("claude-haiku-4-5", "claude-sonnet-5-5")] == [
        200,
        200,
    ]


@pytest.mark.parametrize("what", SENT)
def test_what_a_client_sends_is_answered_or_refused(lanes, either, what):
    lanes.forget()
    sent, is_refused = SENT[what]
    if what == "TLS within TLS" and "mitmdump" in str(either.process.args):
        sent, is_refused = sent + b"\0" * 200, False  # mitmproxy takes it for what it is
    if what == "less than its length":
        with connect(either) as connection:
            connection.sendall(sent)
    else:
        begun = time.monotonic()
        got = said_to(either, sent, 30)
        assert time.monotonic() - begun < 29, "it hangs"
        if is_refused:
            assert got[:13] in (
                b"HTTP/1.1 400 ",
                b"HTTP/1.1 431 ",
                b"HTTP/1.1 501 ",
                b"HTTP/1.1 502 ",
                b"",
            ), got[:200]
            assert got or b"mitmdump" in str(either.process.args).encode(), "cut off without a word"
            assert not lanes.zai.arrived and not lanes.anthropic.arrived
    assert is_well(lanes, either) and "Traceback" not in either.printed


def test_trailers_are_told_to_be_none(lanes, either):
    """In plain words, and by either router."""
    got = said_to(either, SENT["trailers"][0], 10)
    assert got.startswith(b"HTTP/1.1 400 ") and b"railer" in got


def test_a_mutation_of_each_leaves_the_router_well(lanes, ours, record_property):
    dice, tried = seeds.dice("clients"), 0
    for what in SENT if seeds.TIMES > 1 else dice.sample(list(SENT), 5):
        raw = bytearray(SENT[what][0])
        for _ in range(dice.randrange(1, 4)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        tried += 1
        said_to(ours, bytes(raw), 0.4)
    record_property("tried", tried)
    assert is_well(lanes, ours) and "Traceback" not in ours.printed


def test_a_client_that_sends_its_head_byte_by_byte_stops_nobody(lanes, router):
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(connect(router)) for _ in range(20)]
        for sign in HEAD[:30]:
            for connection in slow:
                connection.sendall(bytes([sign]))
        assert ask(router, request()).status == 200


def test_a_router_that_is_idle_or_asleep_leaves_nothing_stuck(lanes, router):
    """Some seconds here, half an hour by `make hostile ARGS='--idle 30'`.

    What was open all the time still works, or was closed, as mitmproxy does after ten minutes; a new one works.
    """

    def works_or_was_closed(connection, sent):
        try:
            found = exchange(connection, sent).raw
        except OSError:
            found = b""
        assert found.startswith(b"HTTP/1.1 200 ") or (not found and seeds.IDLE_SECONDS > 60)
        with connect(router) as new:
            assert exchange(new, request()).status == 200

    with connect(router) as kept, connect(router) as begun:
        assert exchange(kept, request()).status == 200
        begun.sendall(HEAD)  # and no more
        time.sleep(seeds.IDLE_SECONDS)
        works_or_was_closed(kept, request("claude-sonnet-5-5"))
        router.process.send_signal(signal.SIGSTOP)
        with socket.create_connection(("127.0.0.1", router.port), 5):  # comes while it sleeps, and leaves
            time.sleep(seeds.IDLE_SECONDS)
        router.process.send_signal(signal.SIGCONT)
        works_or_was_closed(kept, request())
        works_or_was_closed(begun, b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY))
    assert is_well(lanes, router)
    assert "Traceback" not in router.printed
