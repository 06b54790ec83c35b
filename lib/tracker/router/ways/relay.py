"""The way from mitmproxy to a reply that somebody else in this process is fetching.

mitmproxy streams a reply only from a server.  So a request that goes over a warm connection is
pointed to a listener of our own on loopback: mitmproxy sends it one line with a ticket, and the
reply's bytes are written there as they arrive.  A ticket is a random word, good for one request.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import NamedTuple, cast

from tracker.router.wire.h1_connection import Connection, Reply, ReplyError

# mitmproxy opens at most five connections per client and address at a time.
PER_LISTENER = 5


class Answer(NamedTuple):
    """A reply: its head, and its body either whole or still on a connection."""

    reply: Reply
    body: bytes | None  # with its framing, when it has been read already
    payload: bytes | None  # the same without its framing
    connection: Connection | None
    release: Callable[[], None]

    def abandon(self) -> None:
        """Close the connection of a reply that nobody will read."""
        if self.connection is not None:
            self.connection.abort()


Job = Callable[[], Awaitable[Answer]]


class Ticket(NamedTuple):
    """Where mitmproxy must go for a job, and what it must ask for."""

    client: str
    listener: int
    port: int
    word: str


class Relay:
    """The listeners, and the jobs that wait for their callers."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._listeners: list[asyncio.Server] = []
        self._under_way: Counter[tuple[str, int]] = Counter()  # by client and listener
        self.callers: set[_Caller] = set()

    async def ticket(self, job: Job, client: str) -> Ticket:
        """Return the ticket of a client's job; `give_back` it when the request has ended."""
        listener = 0
        while self._under_way[client, listener] >= PER_LISTENER:
            listener += 1
        self._under_way[client, listener] += 1
        while len(self._listeners) <= listener:
            loop = asyncio.get_running_loop()
            self._listeners.append(await loop.create_server(lambda: _Caller(self), "127.0.0.1", 0))
        word = secrets.token_hex(16)
        self._jobs[word] = job
        return Ticket(client, listener, self._listeners[listener].sockets[0].getsockname()[1], word)

    def give_back(self, ticket: Ticket) -> None:
        """Forget a ticket; its job, if nobody came for it, is not done."""
        self._jobs.pop(ticket.word, None)
        at = ticket.client, ticket.listener
        self._under_way[at] -= 1
        if self._under_way[at] <= 0:
            del self._under_way[at]

    def take(self, word: str) -> Job | None:
        """Return a job to the caller with its ticket, once."""
        return self._jobs.pop(word, None)

    def close(self) -> None:
        """Stop listening, and end what is under way."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        for caller in list(self.callers):
            caller.close()
        self._jobs.clear()


class _Caller(asyncio.Protocol):
    """One connection from mitmproxy; it asks for one reply after the other."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._buffer = b""
        self._task: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not of that class
        self.relay.callers.add(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._buffer.endswith(b"\r\n\r\n"):
            if len(self._buffer) > 8192:
                self.close()
            return
        words, self._buffer = self._buffer.split(b" ", 2), b""
        job = self.relay.take(words[1].decode("latin-1")[1:]) if len(words) == 3 else None
        if job is None or self._task is not None:
            return self.close()
        self._task = asyncio.get_running_loop().create_task(self._answer(job))

    def connection_lost(self, exc: Exception | None) -> None:
        self.relay.callers.discard(self)
        if self._task is not None:
            self._task.cancel()  # the client left: so does the request upstream

    def pause_writing(self) -> None:
        if self._connection is not None:
            self._connection.pause()

    def resume_writing(self) -> None:
        if self._connection is not None:
            self._connection.resume()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def _answer(self, job: Job) -> None:
        transport = self._transport
        assert transport is not None
        try:
            answer = await job()
        except (OSError, TimeoutError, ReplyError):
            self._task = None
            transport.close()  # mitmproxy answers 502, as it does when it cannot reach a server
            return
        try:
            if answer.connection is None:
                transport.write(answer.reply.head + (answer.body or b""))
            else:
                self._connection = answer.connection
                await answer.connection.pass_on(transport.write, answer.reply.head)
                self._connection = None
                answer.release()
        except BaseException as wrong:
            self._connection = None
            answer.abandon()
            # A body that would end with the connection must not look whole.
            (transport.abort if answer.reply.framing.until_close else transport.close)()
            if not isinstance(wrong, (OSError, ReplyError)):
                raise
        finally:
            self._task = None
        if answer.reply.framing.close or answer.reply.framing.until_close:
            transport.close()
