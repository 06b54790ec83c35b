"""Replies of HTTP/1.1, without input or output: bytes of a provider in, events out."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tracker.router.wire.http1 import (
    HEAD_END,
    BadMessage,
    BodyReader,
    Fields,
    Framing,
    read_fields,
    read_framing,
    small_names,
)

MAX_HEAD: Final = 256 * 1024  # bytes
_BEGUN: Final = b"HTTP/1."
MOST_INTERIM: Final = 20  # interim replies (1xx) before the one that counts
_STATUS_LINE: Final = re.compile(rb"(HTTP/1\.[01]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n")


class ReplyHead(NamedTuple):
    """Status line and header fields of a reply."""

    raw: bytes  # as it came, with the empty line
    version: bytes
    status: int  # 100..999
    reason: bytes
    fields: Fields
    length: int | None  # of the body, bytes; None: not known beforehand
    chunked: bool
    close: bool  # whether the provider closes the connection afterwards

    @property
    def until_close(self) -> bool:
        """Whether the body ends with its connection."""
        return self.length is None and not self.chunked

    def get(self, name: bytes) -> bytes:
        """Return a header's value, b"" when there is none; `name` in lower case."""
        return next((value for key, value in self.fields if key.lower() == name), b"")


class ReplyPart(NamedTuple):
    """Bytes of a reply's body that arrived together."""

    raw: bytes  # as they came
    content: list[bytes]  # without the framing


class ReplyEnd(NamedTuple):
    """The reply is there whole."""

    reusable: bool  # whether its connection can carry another request


ReplyEvent = ReplyHead | ReplyPart | ReplyEnd


def read_reply_head(raw: bytes) -> ReplyHead:
    r"""Return the head in these bytes, which end with its empty line; BadMessage when it is none.

    >>> read_reply_head(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").length
    0
    """
    first = _STATUS_LINE.match(raw)
    if first is None or not raw.endswith(b"\r\n\r\n"):
        raise BadMessage("no status line of HTTP/1 with a status of three digits")
    fields = read_fields(raw, first.end())
    length, chunked, close = read_framing(fields, small_names(fields))
    status = int(first[2])
    if status in (204, 304):
        length, chunked = 0, False
    close = close or first[1] == b"HTTP/1.0" or (length is None and not chunked)
    return ReplyHead(raw, first[1], status, first[3] or b"", fields, length, chunked, close)


class ReplyReader:
    """Reads one reply: its head, parts of its body as they arrive, its end."""

    def __init__(self, head_only: bool = False, trailers: bool = True) -> None:
        """Read a reply; `head_only`: to a CONNECT, after whose head no HTTP follows.

        Without `trailers` the fields behind a chunked body are left out of its bytes.
        """
        self._head_only = head_only
        self._passes_trailers = trailers
        self.head: ReplyHead | None = None
        self._buffer = b""
        self._body: BodyReader | None = None
        self._interim = 0

    def feed(self, data: bytes) -> list[ReplyEvent]:
        """Take bytes; return what they bring.  BadMessage for bytes that are no reply.

        Bytes behind the reply's end make its connection not reusable: nobody asked for them.
        """
        events: list[ReplyEvent] = []
        if self.head is None:
            rest = self._take_head(data, events)
            if self.head is None or self._head_only or not (rest or self.head.length == 0):
                return events
            data = rest
        assert self._body is not None
        assert self.head is not None
        taken, content = self._body.feed(data)
        raw = data if taken == len(data) else data[:taken]
        if not self._passes_trailers and self._body.trailer_at is not None:
            raw = data[: self._body.trailer_at] + (b"\r\n" if self._body.ended else b"")
        if raw:
            events.append(ReplyPart(raw, content))
        if self._body.ended:
            events.append(ReplyEnd(not self.head.close and taken == len(data)))
        return events

    def end_of_input(self) -> list[ReplyEvent]:
        """Take the end of the connection; BadMessage when the reply is not there whole."""
        if self._body is None:
            raise BadMessage("server closed connection")
        self._body.end_of_input()
        return [ReplyEnd(False)]

    def _take_head(self, data: bytes, events: list[ReplyEvent]) -> bytes:
        """Return what stands behind the head, once it is there."""
        self._buffer += data
        while found := HEAD_END.search(self._buffer):
            raw, self._buffer = self._buffer[: found.end()], self._buffer[found.end() :]
            head = read_reply_head(raw)
            if head.status == 101:
                raise BadMessage("the protocol was switched unasked")
            self._interim += 1
            if head.status < 200:
                if self._interim > MOST_INTERIM:
                    raise BadMessage("endless interim replies")
                continue
            self.head = head
            self._body = BodyReader(Framing(head.length, head.chunked, head.close))
            events.append(head)
            rest, self._buffer = self._buffer, b""
            return rest
        if not self._buffer.startswith(_BEGUN[: len(self._buffer)]):
            raise BadMessage("no status line of HTTP/1")
        if len(self._buffer) > MAX_HEAD:
            raise BadMessage("the head is endless")
        return b""
