"""Requests of HTTP/1.1, without input or output: bytes of a client in, requests out.

Three kinds are told apart: plain ones, which come out whole; others that are well-formed (upgrades, HEAD,
HTTP/1.0 and the like) or too large to be kept, which are for somebody else to read; and what is no
request, which is refused with a status and a reason.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tracker.router.wire.http1 import (
    HEAD_END,
    TOKEN,
    BadMessage,
    BodyReader,
    Fields,
    Framing,
    read_fields,
    read_framing,
    small_names,
)

MAX_HEAD: Final = 64 * 1024  # bytes
MAX_BODY: Final = 32 * 1024 * 1024  # bytes of a message request; the Messages API takes no more
MAX_OTHER: Final = 1024 * 1024  # bytes of any other request's body that are kept; a larger one is streamed
_REQUEST_LINE: Final = re.compile(rb"(" + TOKEN + rb") ([\x21-\x7e]+) HTTP/1\.([01])\r\n")
_BARE_LINE_FEED: Final = re.compile(rb"(?<!\r)\n")
_FOLD: Final = re.compile(rb"\r\n[ \t]+")  # a field's value that goes on in the next line
_PLAIN_METHODS: Final = frozenset({b"GET", b"POST", b"PUT", b"PATCH", b"DELETE"})
_CONNECTION: Final = frozenset({b"keep-alive", b"close"})
# Each of them asks for more than a request and its reply.
_SPECIAL: Final = frozenset({b"upgrade", b"expect", b"trailer", b"te"})


class RequestHead(NamedTuple):
    """Request line and header fields of a plain request."""

    method: bytes
    target: bytes
    fields: Fields
    length: int | None  # of the body, bytes; None: chunked
    close: bool  # whether the client wants the connection closed afterwards


class PlainRequest(NamedTuple):
    """A plain request, whole."""

    head: RequestHead
    body: bytes  # without the framing


class OtherRequest(NamedTuple):
    """A request for somebody else: every byte that was read, its head first."""

    data: bytes


def read_request_head(raw: bytes) -> RequestHead | None:
    r"""Return the head of a plain request, None for another that is well-formed, BadMessage for none.

    >>> read_request_head(b"POST /v1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n").length
    2
    >>> read_request_head(b"HEAD /v1 HTTP/1.1\r\nHost: a\r\n\r\n") is None
    True
    """
    # Bare line feeds and folded values have one meaning for whoever reads such requests: they are judged by it.
    strict = raw
    if raw.count(b"\n") != raw.count(b"\r\n"):
        strict = _BARE_LINE_FEED.sub(b"\r\n", raw)
    if b"\r\n " in strict or b"\r\n\t" in strict:
        begin = strict.index(b"\r\n") + 2
        strict = strict[:begin] + _FOLD.sub(b" ", strict[begin:])
    first = _REQUEST_LINE.match(strict)
    if first is None or first[1] == b"PRI":
        raise BadMessage("no request line of HTTP/1.1")
    fields = read_fields(strict, first.end())
    names = small_names(fields)
    length, chunked, close = read_framing(fields, names)
    if names.count(b"host") > 1:
        raise BadMessage("more than one host")
    method, target = first[1], first[2]
    is_plain = (
        strict is raw
        and first[3] == b"1"
        and method in _PLAIN_METHODS
        and target.startswith(b"/")
        and names.count(b"host") == 1
        and _SPECIAL.isdisjoint(names)
        and (b"connection" not in names or fields[names.index(b"connection")][1].lower() in _CONNECTION)
        and names.count(b"connection") <= 1
    )
    if not is_plain:
        if chunked:
            raise BadMessage("a chunked body is taken with a plain request of HTTP/1.1 only")
        return None
    return RequestHead(method, target, fields, None if chunked else length or 0, close)


class RequestReader:
    """Reads the requests of one connection, one after the other."""

    def __init__(self, messages: bytes = b"/v1/messages") -> None:
        self._messages = messages  # the path whose requests are kept whole
        self._buffer = bytearray()
        self.head: RequestHead | None = None  # of the request that is under way
        self._head_size = 0
        self._limit = 0
        self._body: BodyReader | None = None  # of a chunked request
        self._content: list[bytes] = []
        self._size = 0

    @property
    def waiting(self) -> int:
        """Bytes that are kept until more come or somebody asks for the next request."""
        return len(self._buffer) + self._size

    @property
    def expected(self) -> int:
        """Bytes of the body that is under way, as far as one can know: of a chunked one, the most once it is large."""
        if self.head is None:
            return 0
        if self.head.length is not None:
            return self.head.length
        return self._limit if self._size > MAX_OTHER else 0

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        self._buffer += data

    def next(self) -> PlainRequest | OtherRequest | None:
        """Return the next request, None when it is not there whole.  BadMessage when it is none."""
        if self.head is None:
            other = self._take_head()
            if self.head is None:
                return other
        head = self.head
        if self._body is not None:
            return self._take_chunks(head, self._body)
        size = self._head_size + (head.length or 0)
        if len(self._buffer) < size:
            return None
        with memoryview(self._buffer) as view:
            body = bytes(view[self._head_size : size])
        del self._buffer[:size]
        self.head = None
        return PlainRequest(head, body)

    def is_message(self, head: RequestHead) -> bool:
        """Say whether a request is a message's, which the router may send elsewhere."""
        return head.method == b"POST" and head.target.partition(b"?")[0] == self._messages

    def _take_head(self) -> OtherRequest | None:
        found = HEAD_END.search(self._buffer)
        if (found.end() if found else len(self._buffer)) > MAX_HEAD:
            raise BadMessage("the head is endless", 431)
        if found is None:
            return None
        head = read_request_head(bytes(self._buffer[: found.end()]))
        self._limit = MAX_BODY if head is not None and self.is_message(head) else MAX_OTHER
        if head is None or (head.length or 0) > self._limit:
            if self._limit == MAX_BODY:
                self.head = head
                raise BadMessage(f"the body is longer than {MAX_BODY} bytes", 413)
            data = bytes(self._buffer)
            self._buffer.clear()
            return OtherRequest(data)
        self.head, self._head_size = head, found.end()
        if head.length is None:
            del self._buffer[: found.end()]
            self._body = BodyReader(Framing(None, True, False), trailers=False)
        return None

    def _take_chunks(self, head: RequestHead, body: BodyReader) -> PlainRequest | None:
        taken, content = body.feed(bytes(self._buffer))
        del self._buffer[:taken]
        self._content += content
        self._size += sum(map(len, content))
        if self._size > MAX_BODY:
            raise BadMessage(f"the body is longer than {MAX_BODY} bytes", 413)
        if not body.ended:
            return None
        whole = b"".join(self._content)
        self._content, self._size, self.head, self._body = [], 0, None, None
        return PlainRequest(head, whole)
