"""Transcripts into the lines of usage rows by a few hundred lines of C, where `make setup` found a compiler.

It takes only lines that are beyond doubt, and says which it left; those are read as without it, and put into the
same table.  So the rows are the same to the byte.
"""

from __future__ import annotations

import ctypes
import os
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tracker import bases, jsonl
from tracker.history import Reply

SOURCE = bases.TREE / "lib" / "native" / "history_rows.c"
LIBRARY = bases.TREE / ".cache" / "native"
REPLY, FAILED, SYNTHETIC, NO_TIME = range(4)
ERRORS = ("401", "429", "4xx", "5xx", "net")
THREADS = 4  # at most; a disk feeds no more
WORTH_IT = 1 << 25  # bytes; below that a second thread costs more than it saves
BUFFER = 1 << 18  # bytes of lines at a time
NONE = -1
NOT_TAKEN = -1_000_000
COUNTED = ("replies", "repeated", "failed", "synthetic", "no-time")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Library = Any
Item = TypeVar("Item")
Answer = TypeVar("Answer")


class NotTaken(Exception):
    """The compiled reader cannot do it: no memory, or a reply that fits into no row of its table."""


class _Text(ctypes.Structure):
    _fields_ = (("at", ctypes.c_char_p), ("size", ctypes.c_int64))


class _Said(ctypes.Structure):
    _fields_ = (
        *(
            (name, _Text)
            for name in (
                *("key", "ts", "row_ts", "trace", "model", "session", "agent", "agent_type", "folder"),
                "client",
            )
        ),
        ("order", ctypes.c_int64),
        ("micros", ctypes.c_int64),
        ("tokens", ctypes.c_int64 * 5),
        ("known", ctypes.c_int32),
        ("status", ctypes.c_int32),
        ("what", ctypes.c_int32),
        ("err", ctypes.c_int32),
        ("times", ctypes.c_int64),
    )


class _Left(ctypes.Structure):
    _fields_ = (("offset", ctypes.c_int64), ("size", ctypes.c_int64), ("line", ctypes.c_int64))


@cache
def load() -> Library | None:
    """Return the compiled reader made from this source, or None."""
    if os.environ.get("TRACKER_NATIVE") == "0":
        return None
    try:
        library = ctypes.CDLL(str(LIBRARY / f"history_rows-{zlib.crc32(SOURCE.read_bytes()):08x}.so"))
    except OSError:  # not compiled here
        return None
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    for name, gives, takes in (
        ("new_table", pointer, []),
        ("free_table", None, [pointer]),
        ("read_file", number, [pointer, ctypes.c_char_p, number, pointer, pointer]),
        ("left", ctypes.POINTER(_Left), [pointer]),
        ("put", number, [pointer, pointer]),
        ("merge", number, [pointer, pointer]),
        ("counts", None, [pointer, pointer]),
        ("folder", number, [pointer, number, pointer]),
        ("set_label", number, [pointer, number, ctypes.c_char_p, number]),
        ("order", number, [pointer, number]),
        ("emit", number, [pointer, pointer, number, pointer]),
        ("said_size", number, []),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = gives, takes
    return library if library.said_size() == ctypes.sizeof(_Said) else None


def side_by_side(
    work: Callable[[Sequence[Item]], Answer], items: Sequence[Item], weight: Callable[[Item], int]
) -> list[Answer]:
    """Return what `work` makes of shares of these items, in as many threads as are worth it."""
    enough = sum(map(weight, items)) // WORTH_IT + 1
    shares: list[list[Item]] = [[] for _ in range(min(THREADS, os.cpu_count() or 1, enough))]
    loads = [0] * len(shares)
    for item in sorted(items, key=weight, reverse=True):
        least = loads.index(min(loads))
        shares[least].append(item)
        loads[least] += weight(item)
    if len(shares) == 1:
        return [work(items)]
    answers: list[Answer] = []
    failures: list[BaseException] = []

    def run(share: Sequence[Item]) -> None:
        try:
            answers.append(work(share))
        except BaseException as wrong:
            failures.append(wrong)

    threads = [threading.Thread(target=run, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return answers


class Table:
    """Replies, each once, whoever read them."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._table = library.new_table()
        if not self._table:
            raise NotTaken

    def __del__(self) -> None:
        if self._table:
            self._library.free_table(self._table)

    def read_file(self, path: Path, source: int) -> tuple[int, int, Iterator[tuple[bytes, int]]]:
        """Take in a file; return its lines, the replies taken, and each line that was left, with its number.  OSError."""
        lines, replies = ctypes.c_int64(), ctypes.c_int64()
        got = self._library.read_file(
            self._table, os.fsencode(path), source, ctypes.addressof(lines), ctypes.addressof(replies)
        )
        if got == NOT_TAKEN:
            raise NotTaken
        if got < 0:
            raise OSError(-got, os.strerror(-got))
        places = self._library.left(self._table)
        left = [(places[at].offset, places[at].size, places[at].line) for at in range(got)]
        return lines.value, replies.value, _lines_at(path, left)

    def put(
        self,
        reply: Reply,
        ts: datetime | None,
        trace: str,
        line: int,
        times: int,
        what: int,
        status: int | None,
        err_type: str | None,
    ) -> None:
        """Put in a reply that was read elsewhere: on which line of its file, and how many lines of it there were."""
        key = reply.key.encode()
        tokens = (
            *(reply.prompt_tokens, reply.completion_tokens, reply.cache_read_tokens),
            *(reply.cache_creation_tokens, reply.cache_creation_1h_tokens),
        )
        said = _Said(
            key=_Text(key, len(key)),
            ts=_Text(at := reply.ts.encode(), len(at)),
            row_ts=_text(ts),
            trace=_text(trace),
            model=_text(reply.model),
            session=_text(reply.session),
            agent=_text(reply.agent),
            agent_type=_text(reply.agent_type),
            folder=_text(reply.folder),
            client=_text(reply.client),
            order=reply.source << 40 | line,
            micros=0 if ts is None else (ts - _EPOCH) // _MICROSECOND,
            tokens=(ctypes.c_int64 * 5)(*(count or 0 for count in tokens)),
            known=0 if reply.failed else sum((count is not None) << bit for bit, count in enumerate(tokens)),
            status=NONE if status is None else status,
            what=what,
            err=NONE if err_type is None else ERRORS.index(err_type),
            times=times,
        )
        if any(count is not None and abs(count) > 2**53 for count in tokens):
            raise NotTaken
        self._taken(self._library.put(self._table, ctypes.addressof(said)))

    def merge(self, other: Table) -> None:
        """Take in what another one has."""
        self._taken(self._library.merge(self._table, other._table))

    def counts(self) -> Counter[str]:
        """Return how many there are of what, by the words of COUNTED."""
        found = (ctypes.c_int64 * len(COUNTED))()
        self._library.counts(self._table, ctypes.addressof(found))
        return Counter(dict(zip(COUNTED, found, strict=True)))

    def folders(self) -> list[tuple[str, int]]:
        """Return the folders that clients worked in, each with its place; every one of them needs a label."""
        found, at, text = [], 0, _Text()
        while (at := self._library.folder(self._table, at, ctypes.addressof(text))) != NONE:
            found.append(
                (msgspec.json.decode(b'"' + ctypes.string_at(text.at, text.size) + b'"', type=str), at)
            )
            at += 1
        return found

    def label(self, place: int, label: str | None) -> None:
        """Say what rows call a folder."""
        text = _text(label)
        self._taken(self._library.set_label(self._table, place, text.at, text.size))

    def order(self, since: datetime | None) -> int:
        """Put the rows in order, oldest first, and leave out what is older than `since`; return how many there are."""
        least = -(2**62) if since is None else (since - _EPOCH) // _MICROSECOND
        count: int = self._library.order(self._table, least)
        self._taken(min(count, 0))
        return count

    def lines(self, accounts: Sequence[str | None]) -> Iterator[bytes]:
        """Yield the rows as lines, many at a time; `accounts`: the label of each source's account."""
        texts = (_Text * max(1, len(accounts)))(*map(_text, accounts))
        buffer = ctypes.create_string_buffer(BUFFER)
        while got := self._library.emit(
            self._table, ctypes.addressof(buffer), len(buffer), ctypes.addressof(texts)
        ):
            if got < 0:
                buffer = ctypes.create_string_buffer(-got)
                continue
            some = buffer.raw[:got]
            if some.isascii() and b"\x7f" not in some:
                yield some
            else:
                yield b"".join(jsonl.harmless(line) + b"\n" for line in some.split(b"\n")[:-1])

    def _taken(self, code: int) -> None:
        if code:
            raise NotTaken


def _text(value: str | datetime | None) -> _Text:
    """Return a value as it stands in JSON, without the quotes."""
    if value is None:
        return _Text(None, 0)
    made = msgspec.json.encode(value)[1:-1]
    return _Text(made, len(made))


def _lines_at(path: Path, places: Sequence[tuple[int, int, int]]) -> Iterator[tuple[bytes, int]]:
    if places:
        with path.open("rb", buffering=0) as file:
            for offset, size, number in places:
                yield os.pread(file.fileno(), size, offset), number
