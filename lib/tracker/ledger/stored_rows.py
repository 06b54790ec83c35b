"""Which rows are in force: undone and superseded ones left out, now or as of a past time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from tracker import cli, jsonl, rows
from tracker.ledger.files import FILES, locked, opened
from tracker.ledger.tail import Tail, settle


class Stored(NamedTuple):
    """One row of the ledger with its line, file and number."""

    row: rows.Row | None  # None: a kind that this version does not know
    raw: bytes
    name: str  # file
    number: int  # from 1


class Scan(NamedTuple):
    """Every row_id of the ledger with its file, and those that are out of force."""

    ids: dict[str, str]
    out: set[str]


def tails(where: Path) -> dict[str, Tail]:
    """Return how far every file is sound; taken under the lock, so that no call is half there."""
    with locked(where, shared=True):
        return settle(where)


def sound(where: Path) -> dict[str, int]:
    """Return how many bytes of every file may be read."""
    return {name: tail.head.size for name, tail in tails(where).items() if tail.head.size}


def stored(where: Path, kinds: Collection[str] = (), sizes: dict[str, int] | None = None) -> Iterator[Stored]:
    """Yield the ledger's rows file by file; cli.Stop (65) names file and line of one that is no row."""
    sizes = sound(where) if sizes is None else sizes
    for kind, name in FILES.items():
        if (kinds and kind not in kinds) or name not in sizes:
            continue
        with opened(where / name) as file:
            left = sizes[name]
            for number, line in enumerate(file, 1):
                left -= len(line)
                if left < 0:
                    break
                raw = line.rstrip(b"\n")
                try:
                    yield Stored(jsonl.decode(raw, number), raw, name, number)
                except cli.Stop as wrong:
                    raise cli.Stop(wrong.status, f"{where / name}: {wrong}; see `ledger-verify`") from None


def out_of_force(where: Path, sizes: dict[str, int], as_of: datetime | None = None) -> set[str]:
    """Return the row_ids that were undone or superseded by then.

    An undo that was itself undone does nothing; a correction that was undone brings back what
    it replaced.
    """
    undone: set[str] = set()
    undos = [
        item.row
        for item in stored(where, ["undo"], sizes)
        if isinstance(item.row, rows.Undo) and recorded_by(item.row, as_of)
    ]
    for undo in reversed(undos):  # an undo can only name a row before it
        if undo.row_id not in undone:
            undone.add(undo.undoes)
    replaced = set()
    for kind, name in FILES.items():
        if name not in sizes or kind == "undo":
            continue
        with opened(where / name) as file:
            left = sizes[name]
            for number, line in enumerate(file, 1):
                left -= len(line)
                if left < 0:
                    break
                if b'"supersedes":"' not in line:
                    continue
                row = jsonl.decode(line, number)
                if row and row.supersedes and row.row_id not in undone and recorded_by(row, as_of):
                    replaced.add(row.supersedes)
    return undone | replaced


def recorded_by(row: rows.Row, as_of: datetime | None) -> bool:
    """Say whether the ledger had this row at that time; a row without the stamp goes by its `ts`."""
    return as_of is None or (row.recorded_at or row.ts) <= as_of


def in_force(where: Path, kinds: Collection[str] = (), as_of: datetime | None = None) -> Iterator[Stored]:
    """Yield the rows that are in force, or were at `as_of`; undo rows are applied, not shown."""
    sizes = sound(where)
    out = out_of_force(where, sizes, as_of)
    for item in stored(where, kinds, sizes):
        if item.row is None:
            yield item
        elif item.row.row_id in out or not recorded_by(item.row, as_of):
            continue
        elif "undo" in kinds or not isinstance(item.row, rows.Undo):
            yield item


def rows_of(where: Path, kinds: Collection[str]) -> list[rows.Row]:
    """Return the rows in force of some kinds, for a rule that is asked under the lock."""
    sizes = {name: tail.head.size for name, tail in settle(where).items() if tail.head.size}
    out = out_of_force(where, sizes)
    return [item.row for item in stored(where, kinds, sizes) if item.row and item.row.row_id not in out]


def scan(where: Path) -> Scan:
    """Return every row_id with its file, and which are out of force."""
    sizes = {name: tail.head.size for name, tail in settle(where).items() if tail.head.size}
    ids = {item.row.row_id: item.name for item in stored(where, (), sizes) if item.row and item.row.row_id}
    return Scan(ids, out_of_force(where, sizes))
