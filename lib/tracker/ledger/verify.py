"""Check that nobody touched the ledger: schema, chain, heads, and that every reference leads somewhere."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tracker import cli, clock, jsonl, rows
from tracker.import_msgspec import msgspec
from tracker.ledger.files import FILES, HEADS, FileHead, locked, odd_line, opened, parse_heads, read_table
from tracker.ledger.tail import Tail, settle


class Verdict(msgspec.Struct, kw_only=True):
    """What was found in one file; `wrong` is None when all is well."""

    file: str
    rows: int
    sha256: str | None = None  # of the last sound row
    line: int | None = None  # the first bad one, from 1
    wrong: str | None = None


Named = Sequence[tuple[str, FileHead]]  # heads of one file, with what names them


class _Seen:
    """What has to be known across files: row_ids, calls, and references still to be looked up."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.batches: Counter[str] = Counter()
        self.first_of_batch: dict[str, tuple[str, int]] = {}
        self.references: list[tuple[str, int, str]] = []


def verify(where: Path, *earlier: Mapping[str, FileHead]) -> list[Verdict]:
    """Return a verdict for every file of the ledger, with its first bad line.

    `earlier` are heads from an earlier time, kept elsewhere: the ledger must still begin with
    the rows that they stand for.  A table of heads that is not what `ledger-append` writes for
    these files has a verdict of its own.
    """
    seen = _Seen()
    found: dict[str, Verdict] = {}
    with locked(where, shared=True):
        tails, table = settle(where), read_table(where)
    own = parse_heads(table)
    for name, tail in tails.items():
        named = [(HEADS, own[name])] if name in own else []
        named += [("the earlier head", heads[name]) for heads in earlier if name in heads]
        if (where / name).exists() or tail.lost or named:
            found[name] = _file(where, name, tail, named, seen)
    for name, number, wrong in _across(seen):
        verdict = found[name]
        if verdict.wrong is None or (verdict.line or 0) > number:
            verdict.line, verdict.wrong = number, wrong
    return [*found.values(), *_table(table, own)]


def _table(table: bytes, own: Mapping[str, FileHead]) -> Iterator[Verdict]:
    """Yield what is wrong with the table's own form: the first line that `ledger-append` does not write."""
    number = odd_line(table, own)
    if number is not None:
        wrong = "is not as `ledger-append` writes it; `ledger-verify --repair` writes the table anew"
        yield Verdict(file=HEADS, rows=len(table.splitlines()), line=number, wrong=wrong)


def _file(where: Path, name: str, tail: Tail, named: Named, seen: _Seen) -> Verdict:
    verdict = Verdict(file=name, rows=tail.head.rows, sha256=tail.head.sha256 or None)
    bad = list(_lines(where / name, tail, named, seen))  # to the end: other files refer to its rows
    if bad:
        verdict.line, verdict.wrong = bad[0]
    if verdict.wrong is None:
        verdict.wrong = _tail(tail, named)
    return verdict


def _tail(tail: Tail, named: Named) -> str | None:
    lost = max([tail.lost, *(head.rows - tail.head.rows for _, head in named)])
    if lost:
        return f"{lost} rows behind row {tail.head.rows} are gone"
    if tail.torn:
        return f"{tail.torn} bytes behind row {tail.head.rows} are torn; `ledger-verify --repair` moves them aside"
    if tail.headless and tail.head.rows:
        return f"{HEADS} does not know this file, so rows may have been cut off"
    return None


def _lines(path: Path, tail: Tail, named: Named, seen: _Seen) -> Iterator[tuple[int, str]]:
    """Yield what is wrong, line by line; as its heads would have it."""
    if not path.exists():
        return
    at = FileHead()
    last_time = ""
    with opened(path) as file:
        for line in file:
            if at.size + len(line) > tail.head.size:
                break
            raw, number = line.rstrip(b"\n"), at.rows + 1
            try:
                row = jsonl.decode(raw, number)
                wrong = _row(row, path.name, at.sha256, last_time, seen, number)
            except cli.Stop as stop:
                row, wrong = None, str(stop).partition(": ")[2]
            time = clock.text(row.recorded_at) if row and row.recorded_at else "-"
            last_time = max(last_time, time)
            at = FileHead(number, at.size + len(line), hashlib.sha256(raw).hexdigest(), time)
            differs = (_differs(at, source, head) for source, head in named if head.rows == number)
            wrong = wrong or next(filter(None, differs), None)
            if wrong:
                yield number, wrong
    for source, head in named:
        if not tail.lost and head.rows > at.rows and source == HEADS:
            yield at.rows, f"is the last row, and {HEADS} says that there are {head.rows}"


def _differs(row: FileHead, source: str, head: FileHead) -> str | None:
    """Return how a row differs from the head that names it; a published head says neither size nor time."""
    if head.sha256 != row.sha256:
        return f"is not the row that {source} names"
    if head.size and head.size != row.size:
        return f"ends at byte {row.size}, and {source} says {head.size}"
    if head.recorded_at and head.recorded_at != row.recorded_at:
        return f"was recorded at {row.recorded_at}, and {source} says {head.recorded_at}"
    return None


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
    if FILES.get(str(row.__struct_config__.tag)) != name:
        return f"a {row.__struct_config__.tag} row does not belong here"
    if not row.row_id or not row.recorded_at:
        return "no stamps: `ledger-append` did not write it"
    if (row.prev_sha256 or "") != before:
        return f"prev_sha256 is not the hash of line {number - 1}: that line was changed, or one is missing"
    if twice:
        return f"row_id {row.row_id} is there twice"
    if clock.text(row.recorded_at) < last_time:
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
