"""The way on which every reply that the router fetches reaches its client.

Whoever writes to the client, the tunnel's layer or the relay, asks for bytes again and again (`begin`,
then `more`) and takes what has come in the meantime.  A short reply comes whole, so that one that
breaks off can still be told as a 502; every other one comes piece by piece.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, NamedTuple, Protocol

from mitmproxy import flow as flows
from mitmproxy import http

from tracker import lanes
from tracker.router.log.message_log import MessageLog
from tracker.router.log.message_request import Request
from tracker.router.ways.error_replies import error_reply
from tracker.router.wire.replies import ReplyEnd, ReplyEvent, ReplyHead, ReplyPart
from tracker.router.wire.upstream_connection import ReplyError, UpstreamConnection

SHORT: Final = 256 * 1024  # bytes of a reply with a length that are passed on at once


class FetchedReply(NamedTuple):
    """A reply as the client is to see it: its head, and its body, read already or still on a connection."""

    head: ReplyHead
    raw: bytes  # what has been read of the body, with its framing
    content: bytes  # the same without its framing
    connection: UpstreamConnection | None  # where the rest of it comes from; None: there is no more
    release: Callable[[], None]  # called when the connection has given it all

    def abandon(self) -> None:
        """Close the connection of a reply that nobody will read."""
        if self.connection is not None:
            self.connection.abort()


# Sends a request and waits for its reply; ReplyError, OSError or TimeoutError when there is none.
Fetch = Callable[[], Awaitable[FetchedReply]]


class Watcher(Protocol):
    """Who is told how a delivery goes."""

    def reply_began(self, head: ReplyHead) -> None:
        """Take the reply's head, before the client has it."""

    def reply_content(self, pieces: list[bytes]) -> None:
        """Take pieces of its body, without the framing."""

    def reply_ended(self, error: str | None) -> None:
        """Take the end; `error` says what is wrong with it, if anything."""


class FlowWatcher:
    """Tells the log of a delivery, as mitmproxy would tell it of a flow."""

    def __init__(self, flow: http.HTTPFlow, request: Request | None, log: MessageLog) -> None:
        self._flow, self._request, self._log = flow, request, log

    def reply_began(self, head: ReplyHead) -> None:
        """Begin to count."""
        fields = http.Headers(head.fields)
        self._flow.response = http.Response(
            head.version, head.status, head.reason, fields, None, None, time.time(), None
        )
        self._log.responseheaders(self._flow)

    def reply_content(self, pieces: list[bytes]) -> None:
        """Count."""
        tee = self._request.tee if self._request is not None else None
        if tee is not None:
            for piece in pieces:
                tee(piece)

    def reply_ended(self, error: str | None) -> None:
        """Write the row."""
        if error is not None:
            self._flow.error = flows.Error(error)
            self._log.error(self._flow)
            return
        if self._request is not None and self._request.tee is not None:
            self._request.tee(b"")
        self._log.response(self._flow)


class Delivery:
    """A reply that is being fetched, and those of its bytes that the client does not have yet."""

    def __init__(self, log: MessageLog, close: bool = False) -> None:
        """Prepare; `close`: the client wants its connection closed with this reply."""
        self.close = close  # whether the client's connection ends with this reply
        self.begun = False
        self.ended = False  # whether no more bytes will come
        self.error: str | None = None  # what is wrong with it
        self.cut_off = (
            False  # whether the client has a part, and its connection's end would make it look whole
        )
        self.reply: FetchedReply | None = None
        self.entry: Request | None = None  # the log's
        self.watcher: Watcher | None = None
        self._log = log
        self._pieces: list[bytes] = []
        self._gone = False  # whether the client left
        self._taken = False  # whether it has a part of the reply
        self._task: asyncio.Task[Any] | None = None

    async def begin(self, fetch: Fetch) -> None:
        """Have the reply fetched; return when there is something to write."""
        self.begun = True
        await self._run(self._begin(fetch))

    async def more(self) -> None:
        """Wait until there is something to write, or the end."""
        if not self._pieces and not self.ended:
            await self._run(self._receive())

    def take(self) -> bytes:
        """Return what has come since the last call."""
        self._taken = True
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        return data

    def cancel(self) -> None:
        """Stop: the client left."""
        self._gone = True
        if self._task is not None:
            self._task.cancel()
        elif self.begun:
            self._leave()

    def fail(self, why: str) -> None:
        """End with an error; a client that has nothing yet is told by a 502."""
        if self.ended:
            return
        if self.reply is not None:
            self.reply.abandon()
        if not (self._taken or self._gone):
            self._pieces = [error_reply(502, f"The router has no reply to pass on: {why}.")]
            if self.entry is not None:
                self.entry.more["client_status"], self.entry.error = 502, why
                if self.reply is not None:
                    self.entry.upstream_status = self.reply.head.status
                elif self.entry.failure is None:
                    self.entry.failure = why  # no reply came, whatever status the client is told
        elif self._taken and self.reply is not None:
            self.cut_off = self.reply.head.until_close
        self.close = True
        self._end(why)

    async def _run(self, step: Coroutine[Any, Any, None]) -> None:
        if self._gone:
            step.close()
            return self._leave()
        self._task = asyncio.current_task()
        try:
            await step
        except ReplyError as wrong:
            if wrong.malformed:
                lane = self.entry.lane if self.entry is not None else lanes.ANTHROPIC
                self._log.anomaly("malformed-reply", f"{lane}: {wrong}")
            self.fail(str(wrong))
        except (OSError, TimeoutError) as wrong:
            self.fail("it timed out" if isinstance(wrong, TimeoutError) else "the provider cannot be reached")
        except asyncio.CancelledError:
            self._leave()
            raise
        finally:
            self._task = None

    async def _begin(self, fetch: Fetch) -> None:
        reply = self.reply = await fetch()
        head = reply.head
        self.close = self.close or head.close
        if self.watcher is not None:
            self.watcher.reply_began(head)
            if reply.content:
                self.watcher.reply_content([reply.content])
        self._pieces.append(head.raw + reply.raw if reply.raw else head.raw)
        connection = reply.connection
        if connection is None:
            return self._end(None)
        if head.length is not None and head.length <= SHORT:
            while not self.ended:
                self._take_up(await connection.events())
        else:
            # The first event of a stream is the client's to wait for; the head of any other reply waits too.
            is_stream = head.get(b"content-type").lower().startswith(b"text/event-stream")
            self._take_up(await connection.events(at_once=is_stream))

    async def _receive(self) -> None:
        assert self.reply is not None
        assert self.reply.connection is not None
        self._take_up(await self.reply.connection.events())

    def _take_up(self, events: list[ReplyEvent]) -> None:
        for event in events:
            if isinstance(event, ReplyPart):
                self._pieces.append(event.raw)
                if self.watcher is not None:
                    self.watcher.reply_content(event.content)
            elif isinstance(event, ReplyEnd):
                assert self.reply is not None
                self.reply.release()
                self._end(None)

    def _leave(self) -> None:
        self._gone = True
        if self.entry is not None:
            self.entry.left = True
        self.fail("Client disconnected.")

    def _end(self, error: str | None) -> None:
        self.ended, self.error = True, error
        if self.watcher is not None:
            self.watcher.reply_ended(error)


def failure(wrong: BaseException) -> str:
    """Return why no reply came, in the log's two words."""
    return "timed out" if isinstance(wrong, TimeoutError) else "no reply"
