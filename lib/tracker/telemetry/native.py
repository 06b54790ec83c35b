"""The compiled reader of plain lines, when `make setup` found a C compiler.

It takes only lines that are beyond doubt and says which it left; those are judged here, one by one,
by the reader that decides what a usage row is.  So the answer is the same with it and without it.
"""

from __future__ import annotations

import ctypes
import os
import zlib
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from tracker import bases
from tracker import lanes as lane_table
from tracker.rows import Usage
from tracker.telemetry.account import Account
from tracker.telemetry.quantiles import Values
from tracker.telemetry.rollup import Cell, Rollup, Sums, key_of
from tracker.telemetry.usage_lines import Refused, judge

SOURCE = bases.TREE / "lib" / "native" / "usage_scan.c"
LIBRARY = bases.TREE / ".cache" / "native"
MOST = 1 << 18  # bytes of text at a time
_SPARE = b"\n" + bytes(64)  # it looks at eight bytes at once, and past the end of a line

STRING, INTEGER, NUMBER, BOOLEAN, TIME, NUMBERS, WORD = range(7)
FIELDS, WORDS, CELLS, SUMS, KEY_BYTES, GROUPS = 64, 8, 4096, 8, 512, 16
_ROLES = {"ts": 1, "latency_ms": 2, "ttfb_ms": 3, "lane": 4, "op": 5}
_SUMMED = Sums._fields[1:7]
_CODES: dict[Any, int] = {
    inspect.StrType: STRING,
    inspect.IntType: INTEGER,
    inspect.FloatType: NUMBER,
    inspect.BoolType: BOOLEAN,
    inspect.DateTimeType: TIME,
    inspect.DictType: NUMBERS,
    inspect.LiteralType: WORD,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Field(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("size", ctypes.c_int32),
        ("type", ctypes.c_int32),
        ("nullable", ctypes.c_int32),
        ("key", ctypes.c_int32),
        ("sum", ctypes.c_int32),
        ("role", ctypes.c_int32),
        ("most", ctypes.c_int64),
        ("words", ctypes.c_char_p * WORDS),
    )


class _Cell(ctypes.Structure):
    _fields_ = (
        ("hash", ctypes.c_uint64),
        ("group", ctypes.c_int32),
        ("key_size", ctypes.c_int32),
        ("line", ctypes.c_int64),
        ("count", ctypes.c_int64),
        ("known", ctypes.c_int64),
        ("sums", ctypes.c_int64 * SUMS),
        ("key", ctypes.c_char * KEY_BYTES),
    )


class _State(ctypes.Structure):
    _fields_ = (
        ("fields", ctypes.c_int32),
        ("keys", ctypes.c_int32),
        ("counted", ctypes.c_int32),
        ("ops", ctypes.c_int32),
        ("required", ctypes.c_uint64),
        ("field", _Field * FIELDS),
        ("cells", ctypes.c_int32),
        ("slot", ctypes.c_int32 * (CELLS * 2)),
        ("cell", _Cell * CELLS),
        ("first", ctypes.c_int64),
        ("last", ctypes.c_int64),
        ("values", (ctypes.c_int64 * 2) * GROUPS),
        ("out", (ctypes.c_void_p * 2) * GROUPS),
        ("after", ctypes.c_int32 * (FIELDS + 1)),
    )


def compiled() -> Path | None:
    """Return the file of the compiled reader made from this source, or None when there is none."""
    if os.environ.get("TRACKER_NATIVE") == "0":
        return None
    try:
        path = LIBRARY / f"usage_scan-{zlib.crc32(SOURCE.read_bytes()):08x}.so"
    except OSError:  # this package was sent to a worker as a zip file
        return None
    return path if path.exists() else None


@cache
def load(path: Path | None = None) -> Any:
    """Return the compiled reader in `path` (None: this tree's own), or None when this machine cannot run it."""
    try:
        if not (path := path or compiled()):
            return None
        library = ctypes.CDLL(str(path))
    except OSError:  # made for another kind of machine
        return None
    library.scan.restype = library.state_size.restype = ctypes.c_int64
    library.scan.argtypes = [
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_int64,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    if library.state_size() != ctypes.sizeof(_State):
        return None
    _fields()  # now, so that processes forked later have it
    return library


class Scanner:
    """Adds whole lines of one file to a rollup."""

    def __init__(self, library: Any, name: str, rollup: Rollup, account: Account) -> None:
        self._scan = library.scan
        self.name, self.rollup, self.account = name, rollup, account
        self._state = _State.from_buffer_copy(_fields())
        lanes, ops = _lanes(), _types()["op"][0].values
        self._groups = [(lane, op) for lane in lanes for op in ops]
        # The shortest line that it takes is longer than 64 bytes.
        self._out = [[(ctypes.c_double * (MOST // 64))() for _ in range(2)] for _ in self._groups]
        for group, both in enumerate(self._out):
            for which, values in enumerate(both):
                self._state.out[group][which] = ctypes.addressof(values)
        self._views = [[memoryview(values).cast("B") for values in both] for both in self._out]
        self._left = (ctypes.c_int64 * (2 * MOST))()
        self._left_count = ctypes.c_int64()
        self._keys: list[tuple[Any, ...]] = []  # of the cells that it knows

    def add(self, text: bytes) -> None:
        """Add lines; the text has no newline at its end, and at most MOST bytes."""
        state = self._state
        first = self.account.lines[self.name] + 1
        where = ctypes.addressof(self._left)
        count = self._scan(
            ctypes.addressof(state), text + _SPARE, len(text) + 1, where, ctypes.addressof(self._left_count)
        )
        seen: dict[int, tuple[bytes, Usage]] = {}  # rows that may be worth showing, by line
        refused = self._judge_left(text, first, seen)
        for index in range(len(self._keys), state.cells):
            at = state.cell[index].line
            raw = _line(text, at)
            row = judge(raw)
            assert isinstance(row, Usage), "the compiled reader took a line that is no usage row"
            self._keys.append(key_of(row))
            seen[text.count(b"\n", 0, at) + first] = raw, row
        if self.account.second is None:
            for number, raw in enumerate(text.split(b"\n", 9)[:9], first):
                if isinstance(row := judge(raw), Usage):
                    seen[number] = raw, row
        self.account.count(self.name, count, refused)
        for number in sorted(seen):
            raw, row = seen[number]
            self.account.sample(row, raw)
        for group, where_to in enumerate(self._groups):
            for which, values in enumerate((self.rollup.latency, self.rollup.ttfb)):
                if many := state.values[group][which]:
                    values.setdefault(where_to, Values()).extend_packed(self._views[group][which][: 8 * many])
                    state.values[group][which] = 0

    def _judge_left(self, text: bytes, first: int, seen: dict[int, tuple[bytes, Usage]]) -> list[Refused]:
        """Judge the lines that it left; rows are added, and seen; the others are returned."""
        refused = []
        rows = []
        for index in range(self._left_count.value):
            at, number = self._left[2 * index], self._left[2 * index + 1] + first
            raw = _line(text, at)
            row = judge(raw)
            if isinstance(row, Usage):
                rows.append(row)
                seen[number] = raw, row
            else:
                refused.append(Refused(number, *row))
        self.rollup.add(rows)
        return refused

    def close(self) -> None:
        """Give the rollup what is summed up; nothing can be added after this."""
        state = self._state
        for key, cell in zip(self._keys, state.cell, strict=False):
            self.rollup.put(key, Sums._make((cell.count, *cell.sums[:6], cell.known)))
            for values in (self.rollup.latency, self.rollup.ttfb):
                values.setdefault((key[0], key[1]), Values())
        if self._keys:
            first, last = (_EPOCH + timedelta(microseconds=at) for at in (state.first, state.last))
            self.rollup.saw(first, last)


def _line(text: bytes, at: int) -> bytes:
    end = text.find(b"\n", at)
    return text[at:] if end < 0 else text[at:end]


@cache
def _fields() -> _State:
    """Return the description of the fields, from rows.py, with nothing counted yet."""
    state = _State()
    kind = state.field[0]
    kind.name, kind.type, kind.key, kind.sum, state.required = b'"kind"', WORD, -1, -1, 1
    kind.words[0] = b'"usage"'
    for index, field in enumerate(msgspec.structs.fields(Usage), 1):
        made = state.field[index]
        told, made.nullable = _types()[field.name]
        made.name = b'"%s"' % field.encode_name.encode()
        state.required |= field.required << index
        # It counts by lane, so it takes only lines of lanes that it was told; the others are judged here.
        words = _lanes() if field.name == "lane" else getattr(told, "values", ())
        made.type = WORD if words else _CODES[type(told)]
        made.most = getattr(told, "le", None) or 10**10
        for place, word in enumerate(words):
            made.words[place] = b'"%s"' % word.encode()
        made.key = Cell._fields.index(field.name) if field.name in Cell._fields else -1
        made.sum = _SUMMED.index(field.name) if field.name in _SUMMED else -1
        made.role = _ROLES.get(field.name, 0)
        state.fields = index + 1
    for index in range(state.fields):
        state.field[index].size = len(state.field[index].name)
    state.keys, state.counted = len(Cell._fields), _SUMMED.index("completion_tokens")
    state.ops = len(_types()["op"][0].values)
    state.first, state.last = 2**62, -(2**62)
    for index in range(FIELDS):
        state.after[index] = index + 1
    return state  # kept, since the names in it are pointers


@cache
def _lanes() -> tuple[str, ...]:
    """Return the lanes that it can tell apart, sorted as their words are."""
    most = min(WORDS, GROUPS // len(_types()["op"][0].values))
    return tuple(sorted((lane_table.ANTHROPIC, *lane_table.known()))[:most])


@cache
def _types() -> dict[str, tuple[Any, bool]]:
    """Return each field's type as msgspec tells it, and whether null is one of its values."""
    return {field.name: _plain(field.type) for field in inspect.type_info(Usage).fields}  # type: ignore[attr-defined]


def _plain(told: Any) -> tuple[Any, bool]:
    if isinstance(told, inspect.Metadata):
        return _plain(told.type)
    if isinstance(told, inspect.UnionType):
        [one] = [_plain(one)[0] for one in told.types if not isinstance(one, inspect.NoneType)]
        return one, True
    return told, False
