"""Rows in and out: one JSON object a line, checked by its kind, passed on as it came."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import IO, Any, Literal, NamedTuple, TypeVar

from tracker import cli, rows
from tracker.import_msgspec import msgspec

R = TypeVar("R", bound=rows.Row)
MAX_LINE = 64 * 1024 * 1024  # bytes; a longer "line" is no row, and must not fill the memory

# One decoder a kind, made when the first such row comes: making all of them takes longer than a tool's start.
_decoders: dict[bytes, msgspec.json.Decoder[rows.Row]] = {}
_KIND = b'{"kind":"'
_MARK = b"\xef\xbb\xbf"  # what some editors put before the first line
# Kinds that a card is made of.  When a request was made, or a meter read, cannot be left out.
_MAY_LACK_TIME = {
    rows.Window,
    rows.ProxyTelemetry,
    rows.Feature,
    rows.Experiment,
    rows.Anomaly,
    rows.Evidence,
    rows.Undo,
}


class _Kind(msgspec.Struct):
    kind: str


_kind_only = msgspec.json.Decoder(_Kind)


class Line(NamedTuple):
    """One line of a stream: the checked row, and the bytes as they came without the newline."""

    row: rows.Row | None  # None: a kind that this version does not know
    raw: bytes
    number: int  # from 1


def no_time(number: int) -> datetime:
    """Return the `ts` of a row without one, on a stream's `number`-th line: in the year 1, in the lines' order.

    >>> no_time(7) < no_time(8), no_time(8).year
    (True, 1)
    """
    return datetime(1, 1, 1, tzinfo=UTC) + timedelta(microseconds=number)


def has_time(row: rows.Row) -> bool:
    """Return whether a row said when it happened."""
    return row.ts.year > 1


def read(stream: IO[bytes], undated: bool = False) -> Iterator[Line]:
    """Yield every row of a stream.

    Blank lines are passed over, fields that this version does not know are kept in `raw`, and a
    kind that it does not know comes as `row=None`.  With `undated` the rows of a card may lack `ts`:
    see `no_time`.  Raises cli.Stop (65) with the line's number at the first line that is no row.

    >>> import io
    >>> [line.row.check for line in read(io.BytesIO(b'{"kind":"evidence","ts":"2026-01-01T00:00:00Z",'
    ...     b'"check":"pytest","result":"pass","new":1}'))]
    ['pytest']
    """
    number = 0
    while True:
        raw = stream.readline(MAX_LINE)
        if not raw:
            return
        number += 1
        raw = raw.rstrip(b"\r\n")
        if number == 1:
            raw = raw.removeprefix(_MARK)
        if raw.strip():
            yield Line(decode(raw, number, undated), raw, number)


def decode(raw: bytes, number: int, undated: bool = False) -> rows.Row | None:
    """Return the row on one line, or None for an unknown kind; cli.Stop (65) names the line."""
    try:
        start = raw[len(_KIND) : raw.find(b'"', len(_KIND))] if raw.startswith(_KIND) else b""
        decoder = _decoders.get(start)
        if decoder is None:
            kind = _kind_only.decode(raw).kind
            if kind not in rows.KINDS:
                return None
            decoder = _decoders.setdefault(kind.encode(), msgspec.json.Decoder(rows.KINDS[kind]))
        if any(day in raw for day in _ENDS_OF_TIME):
            _in_the_calendar(raw)
        try:
            return decoder.decode(raw)
        except msgspec.ValidationError as wrong:
            may_lack = undated and decoder.type in _MAY_LACK_TIME
            if not any(text in str(wrong) for text in (*_MENDED, *(_TIMELESS if may_lack else ()))):
                raise
        said = plain(raw)
        if may_lack:
            said.setdefault("ts", no_time(number))
        return msgspec.convert(said, decoder.type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise cli.Stop(cli.BAD_INPUT, f"line {number}: {_reason(raw, wrong)}; {ADVICE}") from None


_ENDS_OF_TIME = (b'"9999-12-31', b'"0001-01-01')  # days that a zone's hours may push out of the calendar
_TIME_AT_AN_END = re.compile(rb'"((?:9999-12-31|0001-01-01)[^"]*)"')


def _in_the_calendar(raw: bytes) -> None:
    """Raise msgspec.ValidationError at a time that has no place in the calendar once it is written in UTC.

    >>> _in_the_calendar(b'{"ts":"9999-12-31T23:00:00Z"}')
    """
    for said in _TIME_AT_AN_END.findall(raw):
        try:
            datetime.fromisoformat(said.decode()).astimezone(UTC)
        except OverflowError:
            raise msgspec.ValidationError(
                f"{said.decode()} lies outside of the years 1 to 9999 in UTC"
            ) from None
        except ValueError:  # no time at all, which the fields' types say better
            continue


_MENDED = ("got `float`", "Expected `array`, got `null`")
_TIMELESS = ("missing required field `ts`", "got `null` - at `$.ts`")


def plain(raw: bytes) -> dict[str, Any]:
    """Return what a line says, a data frame's habits mended: 12.0 for 12, and null for no list or no value.

    >>> plain(b'{"n": 12.0, "errors": null}')
    {'n': 12}
    """
    said = msgspec.json.Decoder(float_hook=_whole).decode(raw)
    return {key: value for key, value in said.items() if value is not None}


def _whole(text: str) -> float:
    # An integer in JSON Schema too.
    number = float(text)
    return int(number) if number.is_integer() and abs(number) <= 2**53 else number


ADVICE = "every line must be one row, see docs/rows.md"


# Its mark, or what a row begins with.
_UTF_7 = (b"+/v8", b"+/v9", b"+/v+", b"+/v/", b"+AHs", b"{+ACI")


def foreign_encoding(
    raw: bytes,
) -> tuple[Literal["utf-7", "utf-16", "utf-32", "byte-order-mark"], str] | None:
    """Return how a line that is no UTF-8 of ours is encoded, and what to do; None: nothing is to be seen.

    >>> foreign_encoding('{"a":1}'.encode("utf-16"))[0], foreign_encoding(b"\\0" * 8)
    ('utf-16', None)
    """
    if raw.startswith(_MARK):
        return "byte-order-mark", "a byte order mark in mid-file, where two files were joined; take it off"
    if raw.strip(b"\0\r\n") and sum(_is_empty(raw[at::4]) for at in range(4)) == 3:
        return "utf-32", "UTF-32, not UTF-8; convert it with `iconv -f UTF-32 -t UTF-8`"
    if raw.lstrip().startswith(_UTF_7):
        return "utf-7", "UTF-7, not UTF-8; convert it with `iconv -f UTF-7 -t UTF-8`"
    empty = [_is_empty(raw[at::2]) for at in range(2)]
    if (raw.startswith((b"\xff\xfe", b"\xfe\xff")) and 0 in raw) or empty.count(True) == 1:
        return "utf-16", "UTF-16, not UTF-8; convert it with `iconv -f UTF-16 -t UTF-8`"
    return None


def _is_empty(some: bytes) -> bool:
    return bool(some) and some.count(0) > 0.9 * len(some)


def _reason(raw: bytes, wrong: Exception) -> str:
    if foreign := foreign_encoding(raw):
        return foreign[1]
    if not raw.lstrip().startswith(b"{"):
        return f"no JSON object ({len(raw)} bytes starting {raw[:24]!r})"
    if isinstance(wrong, RecursionError):
        return "JSON nested too deeply"
    if not isinstance(wrong, msgspec.ValidationError):
        import re

        found = re.search(rb"[:\[,]\s*([-+]?(?:nan|inf|infinity))\s*[,\]}]", raw, re.IGNORECASE)
        return f"{found[1].decode()} is not JSON, write null for a value not known" if found else str(wrong)
    said, _, field = str(wrong).partition(" - at `$.")
    if "=" in said or "> " in said:  # a range
        with suppress(msgspec.DecodeError):  # what follows on the line may be broken
            return f"{wrong} ({str(plain(raw).get(field[:-1], ''))[:40]})".replace(" ()", "")
    return str(wrong)


def read_as(kind: type[R], stream: IO[bytes]) -> Iterator[tuple[R, Line]]:
    """Yield the rows of one kind with the lines that they stood on, passing over the others."""
    for line in read(stream):
        if isinstance(line.row, kind):
            yield line.row, line


def harmless(raw: bytes) -> bytes:
    """Return a row's line that means the same, without a character that steers a terminal."""
    if raw.isascii() and b"\x7f" not in raw:
        return raw
    return cli.harmless_json(raw.decode()).encode()


def write(made: Iterable[rows.Row], stream: IO[bytes]) -> int:
    """Write rows, one a line; return how many."""
    count = 0
    for row in made:
        stream.write(harmless(msgspec.json.encode(row)) + b"\n")
        count += 1
    return count
