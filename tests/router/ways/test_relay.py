"""The relay: a random word is good for one reply, and five go to a listener."""

from __future__ import annotations

import asyncio

from tracker.router.log.message_log import MessageLog
from tracker.router.ways.delivery import Delivery, FetchedReply
from tracker.router.ways.relay import MAX_HEAD, PER_LISTENER, Relay
from tracker.router.wire.replies import read_reply_head

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


async def fetch():
    return FetchedReply(read_reply_head(HEAD), b"{}", b"{}", None, lambda: None)


def play(story):
    async def run():
        relay = Relay()
        async with asyncio.timeout(10):
            await story(relay)
        relay.close()

    asyncio.run(run())


async def ask(port: int, raw: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    try:
        if raw.endswith(b"\r\n\r\n"):
            return await reader.readexactly(len(HEAD) + 2)
        return await reader.read()
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
    finally:
        writer.close()


def get(word: str) -> bytes:
    return f"GET /{word} HTTP/1.1\r\n\r\n".encode()


def test_a_word_brings_its_reply_once():
    async def story(relay):
        address = await relay.address(Delivery(MessageLog()), fetch, "c")
        assert await ask(address.port, get(address.word)) == HEAD + b"{}"
        assert await ask(address.port, get(address.word)) == b""

    play(story)


def test_another_word_and_what_is_no_request_are_hung_up_on():
    async def story(relay):
        address = await relay.address(Delivery(MessageLog()), fetch, "c")
        for raw in (get("0" * 32), b"x\r\n\r\n", b"x" * (MAX_HEAD + 1)):
            assert await ask(address.port, raw) == b""
        assert await ask(address.port, get(address.word)) == HEAD + b"{}"

    play(story)


def test_a_sixth_reply_of_one_client_has_a_listener_of_its_own():
    async def story(relay):
        made = [await relay.address(Delivery(MessageLog()), fetch, "c") for _ in range(PER_LISTENER + 1)]
        assert len({one.port for one in made[:-1]}) == 1 and made[-1].port != made[0].port
        assert (await relay.address(Delivery(MessageLog()), fetch, "d")).port == made[0].port
        relay.give_back(made[0])
        assert (await relay.address(Delivery(MessageLog()), fetch, "c")).port == made[0].port

    play(story)


def test_an_address_that_is_given_back_brings_nothing():
    async def story(relay):
        address = await relay.address(Delivery(MessageLog()), fetch, "c")
        relay.give_back(address)
        assert relay.take(address.word) is None

    play(story)
