"""Warm connections: lent to one credential, sent a request once, closed in time."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from tracker.router.wire.upstream_connection import ReplyError
from tracker.router.wire.upstream_pool import Pool, Target, Trust

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
ASKED = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Provider:
    """A server on loopback that counts its connections; `answer` is what it does with each request."""

    def __init__(self, answer=None):
        self.opened, self.asked, self._answer = 0, 0, answer

    async def serve(self, reader, writer):
        self.opened += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                self.asked += 1
                if self._answer is None:
                    writer.write(OK)
                else:
                    await self._answer(reader, writer)
        writer.close()


def play(story, answer=None, idle_seconds=60.0):
    async def run():
        provider = Provider(answer)
        server = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
        pool = Pool(Trust(), idle_seconds)
        async with asyncio.timeout(10):
            await story(pool, Target("http", "127.0.0.1", server.sockets[0].getsockname()[1]), provider)
        pool.close()
        server.close()

    asyncio.run(run())


async def ask(pool, target, credential=b"one"):
    connection, _ = await pool.exchange(target, credential, ASKED, b"")
    assert (await connection.read(100)).ended
    pool.release(target, credential, connection)
    return connection


def test_a_connection_is_lent_again_but_never_to_another_credential():
    async def story(pool, target, provider):
        first = await ask(pool, target)
        assert await ask(pool, target) is first
        assert await ask(pool, target, b"two") is not first
        assert provider.opened == 2

    play(story)


def test_a_warm_connection_serves_whoever_comes_first():
    async def story(pool, target, provider):
        pool.warm(target)
        while not pool._idle:
            await asyncio.sleep(0.01)
        await ask(pool, target, b"two")
        assert provider.opened == 1

    play(story)


def test_a_connection_with_a_request_half_sent_serves_no_other():
    async def answer(reader, writer):
        writer.transport.pause_reading()
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\n{}")
        await asyncio.sleep(0.2)
        writer.transport.resume_reading()
        while await reader.read(65536):
            pass

    async def story(pool, target, provider):
        body = bytes(20_000_000)
        head = b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body)
        connection, _ = await pool.exchange(target, b"", head, body)
        assert (await connection.read(100)).content == b"{}"
        pool.release(target, b"", connection)
        assert not connection.usable and not pool._idle.get((target, pool.owner(b"")))

    play(story, answer)


def test_a_request_that_went_out_is_not_sent_again():
    async def answer(reader, writer):
        writer.transport.abort()

    async def story(pool, target, provider):
        with pytest.raises(ReplyError):
            await ask(pool, target)
        assert provider.asked == 1

    play(story, answer)


def test_idle_connections_are_closed_in_time():
    async def story(pool, target, provider):
        connection = await ask(pool, target)
        await asyncio.sleep(0.3)
        assert not connection.usable and not pool._idle and not pool._timers

    play(story, idle_seconds=0.1)


def test_a_connection_that_its_provider_closed_is_forgotten():
    async def answer(reader, writer):
        writer.write(OK)
        writer.close()

    async def story(pool, target, provider):
        await ask(pool, target)
        await asyncio.sleep(0.1)
        assert not pool._idle and not pool._timers
        await ask(pool, target)
        assert provider.opened == 2

    play(story, answer)


def test_a_target_that_nobody_listens_at_is_an_error():
    async def story(pool, target, provider):
        with pytest.raises(OSError):
            await ask(pool, target._replace(port=1))

    play(story)
