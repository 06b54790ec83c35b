"""What requests and replies of HTTP/1.1 have in common: fields, and where a body ends.

Nothing here reads or writes: bytes go in, what they mean comes out, and whatever could be read in two
ways is refused.  The grammar is RFC 9110's and RFC 9112's, read as strictly as h11 reads it or more so.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

MAX_LINE: Final = 8 * 1024  # bytes of a chunk's size line
MAX_TRAILER: Final = 64 * 1024  # bytes of all trailer fields

Fields = list[tuple[bytes, bytes]]

HEAD_END: Final = re.compile(rb"\n\r?\n")  # bare line feeds end lines for some readers: found, to be judged
TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_FIELD: Final = rb"(" + TOKEN + rb"):[\t\x20-\x7e\x80-\xff]*\r\n"
_FIELDS: Final = re.compile(rb"(?:" + _FIELD + rb")*\r\n")
_TRAILER: Final = re.compile(_FIELD)
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;[\t\x20-\x7e\x80-\xff]*)?[ \t]*\r\n\Z")
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
_LENGTH: Final = re.compile(rb"[0-9]{1,15}\Z")


class BadMessage(ValueError):
    """The bytes are no message that can be passed on; the text says why and quotes nothing of them."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status  # what a client is told


class Framing(NamedTuple):
    """How a body ends."""

    length: int | None  # bytes; None: not known beforehand
    chunked: bool
    close: bool  # whether the sender wants the connection closed afterwards


def read_fields(head: bytes, at: int) -> Fields:
    r"""Return the header fields that stand in a head from `at` to its empty line, names as they came.

    >>> read_fields(b"X-A:  b \r\n\r\n", 0)
    [(b'X-A', b'b')]
    """
    # One look at the whole is several times as fast as one at each line.
    if not _FIELDS.fullmatch(head, at):
        raise BadMessage("a header field is malformed")
    fields: Fields = []
    for line in head[at:-4].split(b"\r\n") if len(head) - at > 2 else ():
        name, _, value = line.partition(b":")
        fields.append((name, value.strip(b" \t")))
    return fields


def read_framing(fields: Fields, names: list[bytes]) -> Framing:
    """Return how the body below these fields ends; BadMessage where that could be read in two ways.

    `names` are theirs in small letters.
    """
    length: int | None = None
    chunked = close = False
    if b"content-length" in names:
        value = fields[names.index(b"content-length")][1]
        if names.count(b"content-length") > 1 or not _LENGTH.match(value):
            raise BadMessage("content-length is not one number")
        length = int(value)
    if b"transfer-encoding" in names:
        value = fields[names.index(b"transfer-encoding")][1]
        if names.count(b"transfer-encoding") > 1 or value.lower() != b"chunked":
            raise BadMessage("transfer-encoding is not one `chunked`")
        if length is not None:
            raise BadMessage("both content-length and transfer-encoding")
        chunked = True
    if b"connection" in names:
        close = any(
            name == b"connection" and b"close" in field[1].lower()
            for name, field in zip(names, fields, strict=True)
        )
    return Framing(length, chunked, close)


def small_names(fields: Fields) -> list[bytes]:
    """Return the fields' names in small letters."""
    return [name.lower() for name, _ in fields]


class BodyReader:
    """Finds the end of one body in the bytes that arrive, and undoes its framing."""

    def __init__(self, framing: Framing, trailers: bool = True) -> None:
        """Read a body of this framing; one that is neither chunked nor of a length ends with its connection."""
        self._left = framing.length or 0  # bytes of the body, or of the chunk, that are still to come
        self._chunked = framing.chunked
        self._until_close = not framing.chunked and framing.length is None
        self._may_have_trailers = trailers
        self._begun = b""  # a line, or the end of a chunk, that is not there whole
        self._in_chunk = False
        self._in_trailer = False
        self._trailer = 0  # bytes of it so far
        self.trailer_at: int | None = (
            None  # where in the bytes last fed it begins, its last empty line with it
        )
        self.ended = framing.length == 0

    def feed(self, data: bytes) -> tuple[int, list[bytes]]:
        """Take bytes; return how many of them belong to this body, and its content in pieces."""
        if self._until_close:
            return len(data), [data]
        if self._chunked:
            return self._feed_chunks(data)
        taken = min(self._left, len(data))
        self._left -= taken
        self.ended = not self._left
        return taken, [data if taken == len(data) else data[:taken]]

    def end_of_input(self) -> None:
        """Take the end of the connection; BadMessage when the body is not there whole."""
        if not self._until_close and not self.ended:
            raise BadMessage("the body broke off")
        self.ended = True

    def _feed_chunks(self, data: bytes) -> tuple[int, list[bytes]]:
        content: list[bytes] = []
        at, size = 0, len(data)
        self.trailer_at = 0 if self._in_trailer else None
        while at < size and not self.ended:
            if self._left:
                piece = data[at : at + self._left]
                content.append(piece)
                self._left -= len(piece)
                at += len(piece)
            elif self._in_chunk:
                at = self._end_chunk(data, at)
            else:
                at = self._take_line(data, at)
        return at, content

    def _end_chunk(self, data: bytes, at: int) -> int:
        piece = data[at : at + 2 - len(self._begun)]
        self._begun += piece
        if not b"\r\n".startswith(self._begun):
            raise BadMessage("a chunk is longer than its size")
        if len(self._begun) == 2:
            self._begun, self._in_chunk = b"", False
        return at + len(piece)

    def _take_line(self, data: bytes, at: int) -> int:
        cut = data.find(b"\n", at) + 1
        line = self._begun + (data[at:cut] if cut else data[at:])
        if len(line) > MAX_LINE:
            raise BadMessage("a line between chunks is endless")
        if not cut:
            self._begun = line
            return len(data)
        self._begun = b""
        if self._in_trailer:
            self._take_trailer(line)
        else:
            self._take_size(line)
            if self._in_trailer:
                self.trailer_at = cut
        return cut

    def _take_size(self, line: bytes) -> None:
        found = _CHUNK.match(line)  # int() alone would take signs, underscores and blanks
        if found is None:
            raise BadMessage("a chunk has no size")
        self._left = int(found[1], 16)
        self._in_chunk = self._left > 0
        self._in_trailer = not self._in_chunk

    def _take_trailer(self, line: bytes) -> None:
        if line == b"\r\n":
            self.ended = True
            return
        self._trailer += len(line)
        if not self._may_have_trailers:
            raise BadMessage("trailer fields are not taken")
        found = _TRAILER.fullmatch(line)
        if self._trailer > MAX_TRAILER or found is None or found[1].lower() in _FRAMING:
            raise BadMessage("a trailer field is malformed")
