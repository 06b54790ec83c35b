"""Check that nobody touched the ledger: schema, chain, heads, and that every reference leads somewhere."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from tracker import cli, jsonl, rows
from tracker.ledger import force
from tracker.ledger.files import FILES, HEADS, Head, opened
from tracker.ledger.tail import Tail


class Verdict(msgspec.Struct, kw_only=True):
    """What was found in one file; `wrong` is None when all is well."""

    file: str
    rows: int
    sha256: str | None = None  # of the last sound row
    line: int | None = None  # the first bad one, from 1
    wrong: str | None = None


class _Seen:
    """What has to be known across files: row_ids, calls, and references still to be looked up."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.batches: Counter[str] = Counter()
        self.first_of_batch: dict[str, tuple[str, int]] = {}
        self.references: list[tuple[str, int, str]] = []


def verify(where: Path, earlier: Mapping[str, Head] | None = None) -> list[Verdict]:
    """Return a verdict for every file of the ledger, with its first bad line.

    `earlier` are heads from an earlier time, kept elsewhere: the ledger must still begin with
    the rows that they stand for.
    """
    seen = _Seen()
    found: dict[str, Verdict] = {}
    for name, tail in force.tails(where).items():
        if (where / name).exists() or tail.lost or name in (earlier or {}):
            found[name] = _file(where, name, tail, (earlier or {}).get(name), seen)
    for name, number, wrong in _across(seen):
        verdict = found[name]
        if verdict.wrong is None or (verdict.line or 0) > number:
            verdict.line, verdict.wrong = number, wrong
    return list(found.values())


def _file(where: Path, name: str, tail: Tail, earlier: Head | None, seen: _Seen) -> Verdict:
    verdict = Verdict(file=name, rows=tail.head.rows, sha256=tail.head.sha256 or None)
    bad = list(_lines(where / name, tail, earlier, seen))
    if bad:
        verdict.line, verdict.wrong = bad[0]
    if verdict.wrong is None:
        verdict.wrong = _tail(name, tail, earlier)
    return verdict


def _tail(name: str, tail: Tail, earlier: Head | None) -> str | None:
    lost = max(tail.lost, earlier.rows - tail.head.rows if earlier else 0)
    if lost:
        return f"{lost} rows behind row {tail.head.rows} are gone"
    if tail.torn:
        return f"{tail.torn} bytes behind row {tail.head.rows} are torn; `ledger-verify --repair` moves them aside"
    if tail.headless and tail.head.rows:
        return f"{HEADS} does not know this file, so rows may have been cut off"
    return None


def _lines(path: Path, tail: Tail, earlier: Head | None, seen: _Seen) -> Iterator[tuple[int, str]]:
    """Yield what is wrong, line by line."""
    if not path.exists():
        return
    before = last_time = ""
    broken = False  # a broken chain says it once, not at the end again
    with opened(path) as file:
        left = tail.head.size
        for number, line in enumerate(file, 1):
            left -= len(line)
            if left < 0:
                break
            raw = line.rstrip(b"\n")
            try:
                row = jsonl.decode(raw, number)
                wrong = _row(row, path.name, before, last_time, seen, number)
            except cli.Stop as stop:
                row, wrong = None, str(stop).partition(": ")[2]
            before = hashlib.sha256(raw).hexdigest()
            if row is not None and row.recorded_at:
                last_time = max(last_time, row.recorded_at.isoformat())
            if wrong is None and earlier and number == earlier.rows and before != earlier.sha256:
                wrong = "is not the row that the earlier head names"
            if wrong is not None:
                broken = True
                yield number, wrong
    if not broken and tail.head.sha256 and before != tail.head.sha256:
        yield tail.head.rows, f"is not the row that {HEADS} names"


def _row(
    row: rows.Row | None, name: str, before: str, last_time: str, seen: _Seen, number: int
) -> str | None:
    if row is None:
        return "a kind that this version does not know"
    twice = row.row_id in seen.ids
    if row.row_id:
        seen.ids.add(row.row_id)
    if row.batch:
        seen.batches[row.batch] += 1
        seen.first_of_batch.setdefault(row.batch, (name, number))
    for target in (row.supersedes, row.undoes if isinstance(row, rows.Undo) else None):
        if target:
            seen.references.append((name, number, target))
    if FILES[str(row.__struct_config__.tag)] != name:
        return f"a {row.__struct_config__.tag} row does not belong here"
    if not row.row_id or not row.recorded_at:
        return "no stamps: `ledger-append` did not write it"
    if (row.prev_sha256 or "") != before:
        return f"prev_sha256 is not the hash of line {number - 1}: that line was changed, or one is missing"
    if twice:
        return f"row_id {row.row_id} is there twice"
    if row.recorded_at.isoformat() < last_time:
        return "recorded before the row before it"
    return None


def _across(seen: _Seen) -> Iterator[tuple[str, int, str]]:
    for name, number, target in seen.references:
        if target not in seen.ids:
            yield name, number, f"names row {target}, which is not there"
    for batch, count in seen.batches.items():
        wanted = int(batch.rpartition("/")[2] or 0)
        if count != wanted:
            name, number = seen.first_of_batch[batch]
            yield name, number, f"{count} of the {wanted} rows recorded with it are there"
