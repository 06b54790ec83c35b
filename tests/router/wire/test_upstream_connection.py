"""A connection to a provider: what is sent, awaited, held back, and what makes it useless for the next request."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from tracker.router.wire.upstream_connection import AHEAD, ReplyError, UpstreamConnection

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
ASKED = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@contextlib.asynccontextmanager
async def connected(provider):
    """Yield a connection to a provider: a coroutine function of its reader and writer."""
    server = await asyncio.start_server(provider, "127.0.0.1", 0)
    connection = UpstreamConnection()
    await asyncio.get_running_loop().create_connection(lambda: connection, *server.sockets[0].getsockname())
    async with asyncio.timeout(10):
        yield connection
    connection.abort()
    server.close()


def says(*words: bytes, pause: float = 0.0):
    async def provider(reader, writer):
        for word in words:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(word)
            await asyncio.sleep(pause)

    return provider


def test_one_connection_serves_one_request_after_the_other():
    async def story():
        async with connected(says(OK, OK, pause=0.01)) as connection:
            for _ in range(2):
                assert (await connection.ask(ASKED, b"")).status == 200
                assert await connection.read(100) == (b"{}", b"{}", True)
                assert connection.usable and connection.all_sent

    asyncio.run(story())


def test_interim_replies_are_passed_over():
    async def story():
        async with connected(
            says(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\na: b\r\n\r\n" + OK)
        ) as one:
            assert (await one.ask(ASKED, b"")).status == 200

    asyncio.run(story())


@pytest.mark.parametrize(
    "said, usable",
    [
        (OK, True),
        (OK + b"HTTP/1.1 200 OK\r\n", False),  # more than was asked for
        (OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"), False),
        (OK.replace(b"1.1", b"1.0"), False),
    ],
)
def test_a_connection_is_kept_only_when_its_reply_lets_it(said, usable):
    async def story():
        async with connected(says(said, pause=0.2)) as connection:
            await connection.ask(ASKED, b"")
            assert (await connection.read(100)).content == b"{}"
            assert connection.usable is usable

    asyncio.run(story())


def test_a_provider_that_speaks_unasked_is_hung_up_on():
    async def provider(reader, writer):
        writer.write(OK)
        await reader.read()

    async def story():
        async with connected(provider) as connection:
            await asyncio.sleep(0.05)
            assert not connection.usable
            with pytest.raises(ReplyError):
                await connection.ask(ASKED, b"")
            assert not connection.sent

    asyncio.run(story())


@pytest.mark.parametrize(
    "said, malformed",
    [
        (b"", False),
        (b"HTTP/1.1 200 OK\r\ncontent-le", False),
        (b"SSH-2.0-x\r\n\r\n", True),
        (b"x" * 300_000, True),
    ],
)
def test_no_reply_is_an_error_that_tells_silence_from_nonsense(said, malformed):
    async def provider(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    async def story():
        async with connected(provider) as connection:
            with pytest.raises(ReplyError) as wrong:
                await connection.ask(ASKED, b"")
            assert wrong.value.malformed is malformed and connection.sent and not connection.usable

    asyncio.run(story())


def test_a_provider_that_answers_before_it_has_read_is_not_sent_another_request():
    async def provider(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.pause_reading()
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\n{}")
        await asyncio.sleep(0.3)

    async def story():
        async with connected(provider) as connection:
            body = bytes(20_000_000)
            reply = await connection.ask(b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body), body)
            assert reply.status == 413 and (await connection.read(100)).ended
            assert not connection.all_sent

    asyncio.run(story())


def test_a_large_body_is_handed_over_no_faster_than_it_is_read():
    waiting = []

    async def provider(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        left = 20_000_000
        while left:
            left -= len(await reader.read(1_000_000))
            await asyncio.sleep(0)
        writer.write(OK)

    async def story():
        async with connected(provider) as connection:

            async def watch():
                while True:
                    waiting.append(connection.transport.get_write_buffer_size())
                    await asyncio.sleep(0)

            watching = asyncio.get_running_loop().create_task(watch())
            await connection.ask(b"POST / HTTP/1.1\r\ncontent-length: 20000000\r\n\r\n", bytes(20_000_000))
            watching.cancel()
        assert max(waiting) < 1_000_000

    asyncio.run(story())


def test_a_reply_that_nobody_takes_is_held_back():
    sent = []

    async def provider(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(2000):
                writer.write(bytes(100_000))
                await writer.drain()
                sent.append(100_000)

    async def story():
        async with connected(provider) as connection:
            await connection.ask(ASKED, b"")
            await asyncio.sleep(0.3)
            assert connection._size < 2 * AHEAD and sum(sent) < 100_000_000  # sockets keep up to 37 MB
            taken = 0
            while taken < 200_000_000:
                taken += sum(len(event.raw) for event in await connection.events())

    asyncio.run(story())
