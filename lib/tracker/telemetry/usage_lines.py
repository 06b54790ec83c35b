"""Usage logs, line by line: every line becomes a row, or is refused by kind and number.

Nothing is passed over: for every stream, lines read = rows + refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Literal, NamedTuple

import msgspec

from tracker import jsonl
from tracker.rows import Usage
from tracker.telemetry import contract
from tracker.telemetry.sources import Cut, Part
from tracker.telemetry.sources import pieces as pieces_of

MAX_LINE = 1 << 24  # bytes; a longer line is refused without being kept

Kind = Literal[
    "blank",
    "truncated",
    "glued",
    "bad-utf8",
    "nul-bytes",
    "utf-7",
    "utf-16",
    "utf-32",
    "byte-order-mark",
    "not-json",
    "not-object",
    "other-kind",
    "missing-field",
    "wrong-type",
    "too-long",
    "cut-archive",
]
Refusal = tuple[Kind, str]  # and why, for a person


class _Other(msgspec.Struct, tag_field="kind", tag="\0"):
    """Never seen: being one of two makes the decoder insist on `kind`."""


class _Known(Usage, tag="usage", forbid_unknown_fields=True):
    """A usage row with no field but those declared."""


_known: msgspec.json.Decoder[_Known | _Other] = msgspec.json.Decoder(_Known | _Other)
_usage: msgspec.json.Decoder[Usage | _Other] = msgspec.json.Decoder(Usage | _Other)
_anything = msgspec.json.Decoder()
TOO_LONG: Refusal = ("too-long", f"more than {MAX_LINE >> 20} MiB")
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Refused(NamedTuple):
    """A line that is no usage row."""

    line: int  # from 1
    kind: Kind
    why: str


class Block(NamedTuple):
    """Some whole lines of a stream, in order."""

    first: int  # number of its first line, from 1
    raw: list[bytes]  # the lines without their newlines
    rows: list[Usage | None]  # beside them: the row, or None where the line was refused
    refused: list[Refused]
    known: bool = False  # every line is a row of declared fields only

    @property
    def usage(self) -> list[Usage]:
        """The rows alone."""
        if not self.refused:
            return self.rows  # type: ignore[return-value]
        return [row for row in self.rows if row is not None]


def blocks(pieces: Iterable[bytes], number: int = 1) -> Iterator[Block]:
    """Yield every line of a stream that comes in pieces, whatever stands on it; numbered from `number`.

    >>> [(block.usage, block.refused[0][:2]) for block in blocks([b"\\n"])]
    [([], (1, 'blank'))]
    """
    for text in whole_lines(pieces):
        block = decode(text, number)
        yield block
        number += len(block.raw)


def of_parts(parts: list[Part]) -> Iterator[tuple[str, Block]]:
    """Yield (file, lines) of all parts."""
    for part in parts:
        yield from ((part.name, block) for block in blocks(pieces_of(part)))


def whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes | Refusal]:
    """Cut pieces of at most BLOCK bytes at line ends; a line that cannot be had is (kind, why) instead."""
    begun: list[bytes] = []  # pieces of a line whose newline has not come yet
    size = 0
    try:
        for piece in pieces:
            if size > MAX_LINE:
                _, newline, piece = piece.partition(b"\n")
                if not newline:
                    continue
                yield TOO_LONG
                begun, size = [], 0
            head, newline, tail = piece.rpartition(b"\n")
            if newline:
                text = b"".join([*begun, head])
                if size and len(text) > MAX_LINE and text.find(b"\n", 0, MAX_LINE + 1) < 0:
                    yield TOO_LONG
                    _, newline, text = text.partition(b"\n")
                if newline:
                    yield text
                begun, size = [], 0
            size += len(tail)
            if size > MAX_LINE:
                begun = []
            elif tail:
                begun.append(tail)
    except Cut as cut:
        yield "cut-archive", str(cut)
    else:
        if size:
            yield b"".join(begun) if size <= MAX_LINE else TOO_LONG


def decode(text: bytes | Refusal, first: int) -> Block:
    """Return the rows of some lines, and why the others are none."""
    if not isinstance(text, bytes):
        return Block(first, [b""], [None], [Refused(first, *text)])
    lines = text.split(b"\n")
    if text.isascii():  # the decoder skips unknown fields without a look at their UTF-8
        try:
            return Block(first, lines, list(map(_known.decode, lines)), [], True)  # type: ignore[arg-type]
        except _UNREADABLE as wrong:
            newer = "unknown field" in str(wrong)
        if newer:
            with suppress(*_UNREADABLE):
                return Block(first, lines, list(map(_usage.decode, lines)), [])  # type: ignore[arg-type]
    found: list[Usage | None] = []
    refused: list[Refused] = []
    for number, raw in enumerate(lines, first):
        row = judge(raw)
        if isinstance(row, Usage):
            found.append(row)
        else:
            found.append(None)
            refused.append(Refused(number, *row))
    return Block(first, lines, found, refused)


def judge(raw: bytes) -> Usage | Refusal:
    """Return the row on one line, or (kind, why) of its refusal."""
    try:
        raw.decode()
        row = _usage.decode(raw)
        assert isinstance(row, Usage)
        return row
    except _UNREADABLE as wrong:
        event = contract.read(raw)
        return event if isinstance(event, Usage) else _reason(raw, event or wrong)


def _reason(raw: bytes, wrong: Exception) -> Refusal:
    if not raw.strip():
        return "blank", "nothing on the line"
    if foreign := jsonl.foreign_encoding(raw):
        return foreign
    if b"\0" in raw:
        return "nul-bytes", f"{raw.count(0)} NUL bytes"
    if isinstance(wrong, UnicodeDecodeError):
        return "bad-utf8", f"byte {wrong.start + 1} is no UTF-8"
    if isinstance(wrong, msgspec.ValidationError):
        return _wrong_shape(raw, str(wrong))
    if raw.lstrip().startswith(b"{"):
        if raw.count(b'"kind":') > 1 or "trailing characters" in str(wrong):
            return "glued", "more than one row on the line"
        if "truncated" in str(wrong):
            return "truncated", f"cut off after {len(raw)} bytes"
    return "not-json", f"{len(raw)} bytes starting {raw[:24]!r}"


def _wrong_shape(raw: bytes, wrong: str) -> Refusal:
    try:
        value = _anything.decode(raw)
    except _UNREADABLE:
        # A field was wrong before the decoder came to where the JSON itself breaks.
        return _reason(raw, msgspec.DecodeError("truncated"))
    if not isinstance(value, dict):
        return "not-object", wrong
    kind = value.get("kind", "usage")
    if kind != "usage":
        return "other-kind", f"kind {kind!r}"
    return ("missing-field" if "missing required field" in wrong else "wrong-type"), wrong
