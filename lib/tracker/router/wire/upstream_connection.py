"""One HTTP/1.1 connection to a provider, on asyncio: send a request, take its reply as it arrives.

What the bytes mean is `replies`' matter; here they are sent, awaited and held back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple, cast

from tracker.router.wire.http1 import BadMessage
from tracker.router.wire.replies import ReplyEnd, ReplyEvent, ReplyHead, ReplyPart, ReplyReader

PIECE: Final = 100_000  # bytes written at once
AHEAD: Final = 1024 * 1024  # bytes of a reply that may wait for whoever takes it


class ReplyError(Exception):
    """The reply did not come, or broke off; the text says how.

    `malformed` tells that the provider said what is no HTTP/1.1 reply, rather than nothing.
    """

    def __init__(self, why: str, malformed: bool = False) -> None:
        super().__init__(why)
        self.malformed = malformed


class ReadBody(NamedTuple):
    """What was read of a body."""

    raw: bytes  # as it came
    content: bytes  # without its framing
    ended: bool  # whether that is all of it


class UpstreamConnection(asyncio.Protocol):
    """One connection; one request and its reply at a time.

    `on_idle_close` is called when the provider closes it between two requests.
    """

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.on_idle_close: Callable[[UpstreamConnection], None] | None = None
        self.sent = False  # whether bytes of the present request went out
        self.closed = False
        self._reader: ReplyReader | None = None  # while a reply is expected
        self._events: deque[ReplyEvent] = deque()
        self._size = 0  # bytes in them
        self._failure: ReplyError | None = None
        self._news: asyncio.Future[None] | None = None  # while somebody waits
        self._paused = False  # whether the provider must wait
        self._is_full = False  # whether it takes no more of our bytes for now

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are not of that class

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        if reader is None:
            return self.abort("the provider spoke unasked")
        try:
            events = reader.feed(data)
        except BadMessage as wrong:
            # What came just before is in doubt as well; if nobody has it, nobody gets it.
            self._events.clear()
            return self._abort(ReplyError(f"unexpected server response: {wrong}", malformed=True))
        self._take(events)
        if not self._paused and self._size > AHEAD and self.transport is not None and not self.closed:
            self._paused = True
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        return False  # close our side as well; connection_lost tells whoever waits

    def connection_lost(self, exc: Exception | None) -> None:
        was_closed, self.closed = self.closed, True
        reader = self._reader
        if reader is None:
            if not was_closed and self.on_idle_close is not None:
                self.on_idle_close(self)
            return
        try:
            if exc is not None:
                raise BadMessage("connection reset")
            self._take(reader.end_of_input())
        except BadMessage as wrong:
            self._fail(ReplyError(str(wrong)))

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._stir()

    # What the pool and the ways call

    @property
    def usable(self) -> bool:
        """Whether a request can be sent."""
        return not self.closed and self.transport is not None and not self.transport.is_closing()

    @property
    def all_sent(self) -> bool:
        """Whether the provider took the whole request; it may answer before it has, and read no further."""
        return self.transport is not None and not self.transport.get_write_buffer_size()

    async def ask(
        self, head: bytes, body: bytes, head_only: bool = False, trailers: bool = True
    ) -> ReplyHead:
        """Send a request, return the head of its reply.  ReplyError when none comes.

        Interim replies (1xx) are passed over.  `sent` tells afterwards whether anything went out.
        """
        self.sent = False
        if not self.usable:
            raise ReplyError("connection is closed")
        assert self.transport is not None
        self._reader, self._failure = ReplyReader(head_only, trailers), None
        self._events.clear()
        self._size = 0
        self.sent = True
        # In pieces, so that the provider reads the first while the next is being encrypted, and so that
        # a large body does not stand in memory twice.
        whole = memoryview(body)
        self.transport.write(head + body[:PIECE])
        for at in range(PIECE, len(body), PIECE):
            while self._is_full and not self._events and self._failure is None:
                await self._wait()
            if self._failure is not None:
                break
            self.transport.write(whole[at : at + PIECE])
        while not self._events:
            self._raise_failure()
            await self._wait()
        first = self._events.popleft()
        assert isinstance(first, ReplyHead)
        return first

    async def ask_for_tunnel(self, request: bytes) -> int:
        """Ask a proxy for a tunnel, return its status; what follows is no longer HTTP of ours."""
        reply = await self.ask(request, b"", head_only=True)
        self._reader = None
        self._events.clear()
        return reply.status

    async def events(self, at_once: bool = False) -> list[ReplyEvent]:
        """Return what came of the reply since the last call; wait for something unless `at_once`.

        ReplyError when the reply broke off; what came before that is returned first.
        """
        while not self._events:
            self._raise_failure()
            if at_once or self._reader is None:
                return []
            await self._wait()
        events = list(self._events)
        self._events.clear()
        self._size = 0
        if self._paused and self.usable:
            assert self.transport is not None
            self.transport.resume_reading()
        self._paused = False
        return events

    async def read(self, limit: int) -> ReadBody:
        """Return a body, or its beginning when it has more than `limit` bytes.  ReplyError when it breaks off."""
        raw: list[bytes] = []
        content: list[bytes] = []
        size, ended = 0, False
        while not ended and size <= limit:
            for event in await self.events():
                if isinstance(event, ReplyPart):
                    raw.append(event.raw)
                    content += event.content
                    size += len(event.raw)
                elif isinstance(event, ReplyEnd):
                    ended = True
        return ReadBody(b"".join(raw), b"".join(content), ended)

    def abort(self, why: str = "cancelled") -> None:
        """Close at once; whoever waits gets a ReplyError."""
        self._abort(ReplyError(why))

    # The rest

    def _take(self, events: list[ReplyEvent]) -> None:
        for event in events:
            self._events.append(event)
            if isinstance(event, ReplyPart):
                self._size += len(event.raw)
            elif isinstance(event, ReplyEnd):
                self._reader = None
                if not event.reusable and not self.closed and self.transport is not None:
                    self.closed = True
                    self.transport.close()
        self._stir()

    def _abort(self, failure: ReplyError) -> None:
        if self.transport is not None:
            self.transport.abort()
        self.closed = True
        self._fail(failure)

    def _fail(self, failure: ReplyError) -> None:
        self._reader = None
        if self._failure is None:
            self._failure = failure
        self._stir()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _wait(self) -> None:
        self._news = asyncio.get_running_loop().create_future()
        try:
            await self._news
        finally:
            self._news = None

    def _stir(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
