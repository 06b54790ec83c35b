"""The way from mitmproxy to a reply that is being fetched in this process.

mitmproxy streams a reply only from a server.  So a request whose reply somebody else fetches is pointed
to a listener of our own on loopback: mitmproxy asks there for a random word, good for one reply, and
the reply's bytes are written there as they arrive.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from typing import NamedTuple, cast

from tracker.router.ways.delivery import Delivery, Fetch

# mitmproxy opens at most five connections per client and address at a time.
PER_LISTENER = 5
MAX_HEAD = 8 * 1024  # bytes


class RelayAddress(NamedTuple):
    """Where mitmproxy must go for a reply, and what it must ask for."""

    client: str
    listener: int
    port: int
    word: str


class Relay:
    """The listeners, and the deliveries that wait for mitmproxy."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Delivery, Fetch]] = {}
        self._listeners: list[asyncio.Server] = []
        self._under_way: Counter[tuple[str, int]] = Counter()  # by client and listener
        self.callers: set[_Caller] = set()

    @property
    def ports(self) -> set[int]:
        """Where it listens."""
        return {one.sockets[0].getsockname()[1] for one in self._listeners if one.sockets}

    async def address(self, delivery: Delivery, fetch: Fetch, client: str) -> RelayAddress:
        """Return where a client's reply can be had; `give_back` it when the request has ended."""
        listener = 0
        while self._under_way[client, listener] >= PER_LISTENER:
            listener += 1
        self._under_way[client, listener] += 1
        while len(self._listeners) <= listener:
            loop = asyncio.get_running_loop()
            self._listeners.append(await loop.create_server(lambda: _Caller(self), "127.0.0.1", 0))
        word = secrets.token_hex(16)
        self._waiting[word] = delivery, fetch
        return RelayAddress(client, listener, self._listeners[listener].sockets[0].getsockname()[1], word)

    def give_back(self, address: RelayAddress) -> None:
        """Forget an address; a delivery that nobody came for is not made."""
        delivery, _ = self._waiting.pop(address.word, (None, None))
        if delivery is not None and delivery.begun:
            delivery.cancel()
        at = address.client, address.listener
        self._under_way[at] -= 1
        if self._under_way[at] <= 0:
            del self._under_way[at]

    def take(self, word: str) -> tuple[Delivery, Fetch] | None:
        """Return a delivery to the caller with its word, once."""
        return self._waiting.pop(word, None)

    def close(self) -> None:
        """Stop listening, and end what is under way."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        for caller in list(self.callers):
            caller.close()
        self._waiting.clear()


class _Caller(asyncio.Protocol):
    """One connection from mitmproxy; it asks for one reply after the other."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._buffer = b""
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._room: asyncio.Future[None] | None = None  # while mitmproxy takes no more for now

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not of that class
        self.relay.callers.add(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._buffer.endswith(b"\r\n\r\n"):
            if len(self._buffer) > MAX_HEAD:
                self.close()
            return
        words, self._buffer = self._buffer.split(b" ", 2), b""
        found = self.relay.take(words[1].decode("latin-1")[1:]) if len(words) == 3 else None
        if found is None or self._task is not None:
            return self.close()
        self._task = asyncio.get_running_loop().create_task(self._answer(*found))

    def connection_lost(self, exc: Exception | None) -> None:
        self.relay.callers.discard(self)
        if self._task is not None:
            self._task.cancel()  # the client left: so does the request upstream

    def pause_writing(self) -> None:
        self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def _answer(self, delivery: Delivery, fetch: Fetch) -> None:
        transport = self._transport
        assert transport is not None
        try:
            if not delivery.begun:
                await delivery.begin(fetch)
            transport.write(delivery.take())
            while not delivery.ended:
                if self._room is not None:
                    await self._room
                await delivery.more()
                transport.write(delivery.take())
        except BaseException:
            delivery.cancel()
            transport.abort()
            raise
        finally:
            self._task = None
        if delivery.cut_off:
            transport.abort()  # a body that would end with the connection must not look whole
        elif delivery.close:
            transport.close()
