"""A reply on its way to the client: whole, in pieces, broken off, left alone."""

from __future__ import annotations

import asyncio
import json
import socket
import struct

import pytest

from tracker.router.log import message_log
from tracker.router.log.message_log import MessageLog
from tracker.router.ways.delivery import SHORT, Delivery, FetchedReply
from tracker.router.wire.upstream_connection import UpstreamConnection

HEAD = b"HTTP/1.1 200 OK\r\n"
ASKED = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Seen:
    """A watcher that remembers."""

    def __init__(self):
        self.heads, self.content, self.ends = [], b"", []

    def reply_began(self, head):
        self.heads.append(head.status)

    def reply_content(self, pieces):
        self.content += b"".join(pieces)

    def reply_ended(self, error):
        self.ends.append(error)


@pytest.fixture
def anomalies(monkeypatch):
    found = []
    monkeypatch.setattr(message_log.MessageLog, "anomaly", lambda self, *words: found.append(words))
    return found


def deliver(*said: bytes | float | None, story=None):
    """Run a delivery of what a provider says: bytes, pauses in seconds, None for a reset; return what came of it."""

    async def provider(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        for word in said:
            if isinstance(word, bytes):
                writer.write(word)
                await writer.drain()
            elif word is None:
                now = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
                writer.transport.abort()
            else:
                await asyncio.sleep(word)
        writer.close()

    async def run():
        server = await asyncio.start_server(provider, "127.0.0.1", 0)
        connection = UpstreamConnection()
        released = []
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: connection, *server.sockets[0].getsockname())
        delivery, seen = Delivery(MessageLog()), Seen()
        delivery.watcher = seen

        async def fetch():
            head = await connection.ask(ASKED, b"")
            return FetchedReply(head, b"", b"", connection, lambda: released.append(connection.usable))

        async with asyncio.timeout(10):
            if story is not None:
                await story(delivery, fetch)
            else:
                await delivery.begin(fetch)
            pieces = [delivery.take()]
            while not delivery.ended:
                await delivery.more()
                pieces.append(delivery.take())
        server.close()
        return delivery, seen, pieces, released

    return asyncio.run(run())


def test_a_short_reply_comes_whole_and_gives_its_connection_back():
    reply = HEAD + b"content-length: 5\r\n\r\nhello"
    delivery, seen, pieces, released = deliver(reply[:30], 0.02, reply[30:40], 0.02, reply[40:], 0.1)
    assert pieces == [reply] and seen.content == b"hello" and seen.ends == [None]
    assert released == [True] and not delivery.close


def test_a_stream_comes_piece_by_piece_framing_and_all():
    head = HEAD + b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    _, seen, pieces, _ = deliver(head, 0.05, b"3\r\nabc\r\n", 0.05, b"2\r\nde\r\n0\r\n\r\n", 0.1)
    assert pieces == [head, b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n"] and seen.content == b"abcde"


def test_a_body_that_ends_with_its_connection_ends_the_clients():
    delivery, seen, pieces, _ = deliver(HEAD + b"\r\nall", b" of it")
    assert b"".join(pieces) == HEAD + b"\r\nall of it" and seen.ends == [None]
    assert delivery.close and not delivery.cut_off


@pytest.mark.parametrize(
    "said, words",
    [
        ([], "server closed connection"),
        ([HEAD + b"content-length: 9\r\n\r\nhalf"], "broke off"),
        ([b"HTTP/1.1 20 OK\r\n\r\n"], "status of three digits"),
        ([HEAD + b"transfer-encoding: chunked\r\n\r\n-5\r\n"], "a chunk has no size"),
        ([HEAD + b"transfer-encoding: chunked\r\n\r\n3\r\nabcd\r\n"], "longer than its size"),
    ],
)
def test_what_is_no_reply_is_a_502_in_the_clients_own_shape(said, words, anomalies):
    delivery, seen, pieces, released = deliver(*said)
    raw = b"".join(pieces)
    error = json.loads(raw.partition(b"\r\n\r\n")[2])
    assert (
        raw.startswith(b"HTTP/1.1 502 ") and error["type"] == "error" and words in error["error"]["message"]
    )
    assert delivery.close and released == [] and words in seen.ends[0]
    # A row says why, but not of a provider that merely falls silent.
    assert bool(anomalies) == (words not in ("server closed connection", "broke off"))


def test_a_reply_that_breaks_off_after_the_client_has_a_part_is_cut_off_there():
    delivery, seen, pieces, _ = deliver(HEAD + b"\r\npart", 0.05, None)
    assert b"".join(pieces) == HEAD + b"\r\npart" and delivery.cut_off and seen.ends == ["connection reset"]


def test_an_own_reply_needs_no_connection():
    async def story(delivery, fetch):
        async def own():
            head = (await fetch()).head
            return FetchedReply(head, b"{}", b"{}", None, lambda: None)

        await delivery.begin(own)

    _, seen, pieces, _ = deliver(HEAD + b"content-length: 2\r\n\r\n", story=story)
    assert pieces == [HEAD + b"content-length: 2\r\n\r\n{}"] and seen.content == b"{}"


@pytest.mark.parametrize("when", ["before", "waiting", "as the head came", "between", "after"])
def test_a_client_that_leaves_leaves_nothing_behind(when):
    connections = []

    async def story(delivery, fetch):
        async def watched():
            reply = await fetch()
            connections.append(reply.connection)
            if when == "as the head came":
                asyncio.get_running_loop().call_soon(delivery.cancel)
            return reply

        if when == "before":
            delivery.cancel()
        task = asyncio.get_running_loop().create_task(delivery.begin(watched))
        if when == "waiting":
            await asyncio.sleep(0.05)
            delivery.cancel()
        await asyncio.wait([task])
        if when in ("between", "after"):
            await asyncio.sleep(0)
            delivery.cancel()

    said = [0.3] if when == "waiting" else []
    body = HEAD + b"content-length: %d\r\n\r\n" % (2 if when == "after" else SHORT + 1)
    delivery, seen, _, _ = deliver(*said, body, b"{}", 0.5, story=story)
    assert delivery.ended and seen.ends == ([None] if when == "after" else ["Client disconnected."])
    assert all(one.closed for one in connections) or when == "after"
