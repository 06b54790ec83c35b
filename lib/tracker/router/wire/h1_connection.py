"""One HTTP/1.1 connection to a provider, on asyncio: send a request, read its reply as it arrives.

It knows just enough of HTTP to tell where a reply ends, so that the connection can serve another
request; the reply itself passes as the bytes that came.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import cast

MAX_HEAD = 256 * 1024  # bytes
PIECE = 100_000  # bytes written at once
MAX_LINE = 8 * 1024  # of a chunk's size line or a trailer
_HEAD_END = re.compile(rb"\n\r?\n")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}\Z")

Fields = list[tuple[bytes, bytes]]
Sink = Callable[[bytes], object]


class ReplyError(Exception):
    """The reply did not come, or broke off; the text says how."""


class Framing:
    """Finds the end of one reply's body in the bytes that arrive, and can undo its framing."""

    def __init__(self, status: int, fields: Fields) -> None:
        self.until_close = False
        self._left = 0  # bytes of the body, or of the chunk with its CRLF, that are still to come
        self._chunked = False
        self._line = b""  # the begun line between chunks
        self._last = False  # in the trailer
        self.ended = False
        self.close = False  # whether the provider will close the connection
        length: int | None = None
        for name, value in fields:
            lower = name.lower()
            if lower == b"content-length":
                # ValueError: a reply whose end is in doubt is not passed on, as in mitmproxy.
                if length is not None or not value.isdigit():
                    raise ValueError("no one content-length")
                length = int(value)
            elif lower == b"transfer-encoding":
                self._chunked = value.lower().rpartition(b",")[2].strip() == b"chunked"
                self.until_close = not self._chunked
            elif lower == b"connection" and b"close" in value.lower():
                self.close = True
        if length is not None and (self._chunked or self.until_close):
            raise ValueError("content-length and transfer-encoding")
        if status in (204, 304):
            self.ended = True
        elif not self._chunked and not self.until_close:
            if length is None:
                self.until_close = True
            else:
                self._left, self.ended = length, length == 0

    @property
    def left(self) -> int | None:
        """Bytes of the body that are still to come; None when nobody knows."""
        return None if self._chunked or self.until_close else self._left

    def feed(self, data: bytes, payload: Sink | None = None) -> int:
        """Take bytes; return how many of them belong to this reply.  `payload` is given the body."""
        if self.until_close:
            if payload is not None:
                payload(data)
            return len(data)
        if not self._chunked:
            taken = min(self._left, len(data))
            if payload is not None:
                payload(data[:taken])
            self._left -= taken
            self.ended = self._left == 0
            return taken
        return self._feed_chunks(data, payload)

    def _feed_chunks(self, data: bytes, payload: Sink | None) -> int:
        at, size = 0, len(data)
        while at < size and not self.ended:
            if self._left:
                taken = min(self._left, size - at)
                if payload is not None and self._left > 2:
                    payload(data[at : at + min(taken, self._left - 2)])
                self._left -= taken
                at += taken
                continue
            cut = data.find(b"\n", at)
            if cut < 0:
                self._line += data[at:]
                if len(self._line) > MAX_LINE:
                    raise ValueError("endless chunk line")
                return size
            line = (self._line + data[at:cut]).strip()
            self._line = b""
            at = cut + 1
            if self._last:
                self.ended = not line
            else:
                digits = line.partition(b";")[0].rstrip()
                if not _SIZE.match(digits):  # int() would take a sign, and go backwards for ever
                    raise ValueError("no chunk size")
                if length := int(digits, 16):
                    self._left = length + 2
                else:
                    self._last = True
        return at


class Reply:
    """The head of a reply, and the way to its body."""

    def __init__(self, head: bytes, version: bytes, status: int, reason: bytes, fields: Fields) -> None:
        self.head = head  # as it came, with the empty line
        self.version = version
        self.status = status
        self.reason = reason
        self.fields = fields
        self.framing = Framing(status, fields)
        if version == b"HTTP/1.0":
            self.framing.close = True

    def get(self, name: bytes) -> bytes:
        """Return a header's value, b"" when there is none; `name` in lower case."""
        return next((value for key, value in self.fields if key.lower() == name), b"")


def parse_head(head: bytes) -> Reply:
    """Return the reply whose head this is; ValueError when it is none.

    >>> parse_head(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n").framing.ended
    True
    """
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    version, _, rest = first.partition(b" ")
    if version not in (b"HTTP/1.1", b"HTTP/1.0") or b"\n" in first:
        raise ValueError("no HTTP/1 reply")
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip() or b"\n" in line:
            raise ValueError("malformed header")
        fields.append((name, value.strip()))
    return Reply(head, version, int(rest[:3]), rest[4:], fields)


class Connection(asyncio.Protocol):
    """One connection; one exchange at a time.

    `on_idle_close` is called when the provider closes it between two exchanges.
    """

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.on_idle_close: Callable[[Connection], None] | None = None
        self.sent = False  # whether bytes of the present exchange went out
        self.reply: Reply | None = None
        self._buffer = b""
        self._head: asyncio.Future[Reply] | None = None
        self._body: asyncio.Future[None] | None = None
        self._sink: Sink | None = None
        self._payload: Sink | None = None
        self._early: list[bytes] = []  # body bytes that came before anyone asked for them
        self._paused = False
        self.closed = False

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are not of that class

    def data_received(self, data: bytes) -> None:
        if self.reply is not None:
            self._take_body(data)
        elif self._head is not None:
            self._take_head(data)
        else:
            self.abort("the provider spoke unasked")

    def eof_received(self) -> bool:
        return False  # close our side as well; connection_lost tells whoever waits

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        reply = self.reply
        if reply is not None and reply.framing.until_close and exc is None:
            reply.framing.ended = True
            self._end()
            return
        idle = self._head is None and reply is None
        self._fail("connection reset" if exc else "server closed connection")
        if idle and self.on_idle_close is not None:
            self.on_idle_close(self)

    # What the pool and the relay call

    @property
    def usable(self) -> bool:
        """Whether a request can be sent."""
        return not self.closed and self.transport is not None and not self.transport.is_closing()

    @property
    def all_sent(self) -> bool:
        """Whether the provider took the whole request; it may answer before it has, and read no further."""
        return self.transport is not None and not self.transport.get_write_buffer_size()

    async def exchange(self, head: bytes, body: bytes) -> Reply:
        """Send a request, return the head of its reply.  ReplyError when none comes.

        Interim replies (1xx) are passed over.  `sent` tells afterwards whether anything went out.
        """
        self.sent = False
        if not self.usable:
            raise ReplyError("connection is closed")
        assert self.transport is not None
        self._buffer, self.reply, self._early = b"", None, []
        self._head = asyncio.get_running_loop().create_future()
        self.sent = True
        # In pieces, so that the provider reads the first while the next is being encrypted.
        whole = memoryview(body)
        self.transport.write(head + body[:PIECE])
        for at in range(PIECE, len(body), PIECE):
            self.transport.write(whole[at : at + PIECE])
        try:
            return await self._head
        finally:
            self._head = None

    async def tunnel(self, request: bytes) -> Reply:
        """Ask a proxy for a tunnel; what follows its reply is no longer HTTP of ours."""
        reply = await self.exchange(request, b"")
        self.reply = None
        return reply

    async def read(self) -> tuple[bytes, bytes]:
        """Return the whole body twice: as it came, and with its framing undone."""
        payload: list[bytes] = []
        raw: list[bytes] = []
        await self.pass_on(raw.append, payload=payload.append)
        return b"".join(raw), b"".join(payload)

    async def pass_on(self, sink: Sink, head: bytes = b"", payload: Sink | None = None) -> None:
        """Give `head` and the body to `sink` as it arrives, framing and all; return at its end.

        `payload` is given the body without its framing.  ReplyError when it breaks off.  Afterwards the
        connection is idle again, or closed.
        """
        assert self.reply is not None
        self._sink, self._payload = sink, payload
        self._body = asyncio.get_running_loop().create_future()
        early, self._early = b"".join(self._early), []
        try:
            if early:
                self._take_body(early, head)
            else:
                if head:
                    sink(head)
                if self.reply.framing.ended:
                    self._end()
            if self.closed and not self._body.done():
                self._fail("server closed connection")
            await self._body
        finally:
            self._body = self._sink = self._payload = self.reply = None
            self.resume()

    def pause(self) -> None:
        """Let the provider wait."""
        if self.usable and not self._paused:
            assert self.transport is not None
            self._paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        """Let the provider go on."""
        if self._paused and self.usable:
            assert self.transport is not None
            self.transport.resume_reading()
        self._paused = False

    def abort(self, why: str = "cancelled") -> None:
        """Close at once; whoever waits gets a ReplyError."""
        if self.transport is not None:
            self.transport.abort()
        self.closed = True
        self._fail(why)

    # The rest

    def _take_head(self, data: bytes) -> None:
        self._buffer += data
        while found := _HEAD_END.search(self._buffer):
            head, rest = self._buffer[: found.end()], self._buffer[found.end() :]
            try:
                reply = parse_head(head)
            except ValueError as wrong:
                return self.abort(f"unexpected server response: {wrong}")
            self._buffer = rest
            if 100 <= reply.status < 200:
                continue
            self.reply, self._buffer = reply, b""
            if self._head is not None and not self._head.done():
                self._head.set_result(reply)
            if rest:
                self._take_body(rest)
            return
        if len(self._buffer) > MAX_HEAD:
            self.abort("unexpected server response: endless head")

    def _take_body(self, data: bytes, before: bytes = b"") -> None:
        reply = self.reply
        assert reply is not None
        if self._sink is None:
            self._early.append(data)
            return
        try:
            taken = reply.framing.feed(data, self._payload)
        except ValueError as wrong:
            return self.abort(f"unexpected server response: {wrong}")
        self._sink(before + (data if taken == len(data) else data[:taken]))
        if reply.framing.ended:
            if taken < len(data):
                reply.framing.close = True  # it said more than was asked: not to be trusted again
            self._end()

    def _end(self) -> None:
        reply = self.reply
        if reply is not None and (reply.framing.close or reply.framing.until_close) and self.transport:
            self.closed = True
            self.transport.close()
        if self._body is not None and not self._body.done():
            self._body.set_result(None)

    def _fail(self, why: str) -> None:
        for waiting in (self._head, self._body):
            if waiting is not None and not waiting.done():
                waiting.set_exception(ReplyError(why))
