"""Append rows to the ledger: all or none, under the lock, stamped and chained."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from tracker import __version__, cli, clock, rows
from tracker.import_msgspec import msgspec
from tracker.ledger import stored_rows
from tracker.ledger.files import (
    FILES,
    HEADS,
    FileHead,
    cannot,
    locked,
    odd_line,
    parse_heads,
    read_table,
    write_heads,
)
from tracker.ledger.tail import Tail, rows_behind, settle

STEP_BACK = timedelta(seconds=5)  # a clock set right by less than this is nobody's business


class New(NamedTuple):
    """A row to append: as it was checked, and the object as it came, unknown fields included."""

    row: rows.Row
    fields: dict[str, Any]


# A rule sees the new rows and may read the rows in force of the kinds it names.  It refuses with cli.Stop, or
# returns fields to set by position, rows to add, and what to tell the person.
Rule = Callable[
    [Sequence[rows.Row], Callable[..., "list[rows.Row]"]],
    tuple[dict[int, dict[str, Any]], list[rows.Row], list[str]],
]


class Written(NamedTuple):
    """The lines as they stand in the ledger now, and what a person should be told."""

    lines: list[bytes]
    warnings: list[str]


def new(row: rows.Row, raw: bytes | None = None) -> New:
    """Return a row as one to append; `raw` is its line, when it came as one.

    Raises ValueError when a field that this version does not know holds what cannot be kept, such
    as a number beyond all numbers.
    """
    return New(row, msgspec.to_builtins(row) if raw is None else msgspec.json.decode(raw))


def append(
    where: Path,
    fresh: Sequence[New],
    *,
    source: str = "ingest",
    agent_id: str = "main",
    rule: Rule | None = None,
    fsync: bool = True,
    wait_seconds: float = 30.0,
) -> Written:
    """Append all of `fresh` or, when anything goes wrong, none; return once they are on the disk.

    `rule` is asked under the lock.  A row that was stamped elsewhere keeps its row_id and who
    recorded it.  Raises cli.Stop: 65 a row that cannot be, 75 locked, refused or no room, 78 a
    folder that may not be written in.
    """
    with locked(where, seconds=wait_seconds):
        try:
            tails, warnings = _recover(where, fsync)
            _check_references(where, fresh)
            fields = [dict(item.fields) for item in fresh]
            if rule is not None:
                changes, added, said = rule(
                    [item.row for item in fresh], lambda *kinds: stored_rows.rows_of(where, kinds)
                )
                for index, change in changes.items():
                    fields[index].update(change)
                fields += [msgspec.to_builtins(row) for row in added]
                warnings += said
            heads = {name: tail.head for name, tail in tails.items() if tail.head.rows}
            now = clock.now()
            late = _step_back(now, heads)
            if late is not None:
                fields.append(msgspec.to_builtins(late))
                warnings.append(f"the clock stepped back: {late.detail}; recorded with an anomaly")
            lines = _write(where, fields, heads, _Stamper(source, agent_id, now, heads), fsync)
        except OSError as error:
            raise cannot(error, where, "write in") from None
    return Written(lines, warnings)


class _Stamper:
    """Gives every row of one call its stamps."""

    def __init__(self, source: str, agent_id: str, now: datetime, heads: dict[str, FileHead]) -> None:
        self.source = source
        self.agent_id = agent_id
        self.recorded_at = max(clock.text(now), *(head.recorded_at for head in heads.values()), "")

    def stamp(self, all_fields: Sequence[dict[str, Any]]) -> None:
        """Set everything but the chain."""
        count = len(all_fields)
        names = os.urandom(8 * (count + 1)).hex()
        batch = f"{names[:16]}/{count}" if count > 1 else None
        for number, fields in enumerate(all_fields, 1):
            fields["schema_version"] = fields.get("schema_version") or rows.SCHEMA_VERSION
            fields["tool_version"] = fields.get("tool_version") or __version__
            fields["source"] = fields.get("source") or self.source
            fields["agent_id"] = fields.get("agent_id") or self.agent_id
            fields["row_id"] = fields.get("row_id") or names[16 * number : 16 * number + 16]
            fields["recorded_at"] = self.recorded_at
            fields["batch"] = batch


def _write(
    where: Path,
    all_fields: Sequence[dict[str, Any]],
    heads: dict[str, FileHead],
    stamper: _Stamper,
    fsync: bool,
) -> list[bytes]:
    stamper.stamp(all_fields)
    after = dict(heads)
    chunks: dict[str, list[bytes]] = {}
    lines = []
    encode = msgspec.json.Encoder().encode
    sha256 = hashlib.sha256
    for fields in all_fields:
        name = FILES[fields["kind"]]
        head = after.get(name, FileHead())
        fields["prev_sha256"] = head.sha256 or None
        line = encode(fields)
        after[name] = FileHead(
            head.rows + 1, head.size + len(line) + 1, sha256(line).hexdigest(), stamper.recorded_at
        )
        chunks.setdefault(name, []).append(line)
        lines.append(line)
    parts = {name: b"\n".join(part) + b"\n" for name, part in chunks.items()}
    _write_files(where, parts, heads, after, fsync)
    return lines


def _write_files(
    where: Path, chunks: dict[str, bytes], heads: dict[str, FileHead], after: dict[str, FileHead], fsync: bool
) -> None:
    """Write one chunk to the end of each file, then the heads; on any failure, cut all files back."""
    opened: list[tuple[int, int]] = []
    try:
        try:
            for name, chunk in chunks.items():
                handle = os.open(where / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
                size = heads[name].size if name in heads else 0
                opened.append((handle, size))
                left = memoryview(chunk)
                while left:
                    left = left[os.write(handle, left) :]
            if fsync:
                for handle, _ in opened:
                    os.fsync(handle)
                if any(name not in heads for name in chunks):
                    _fsync_folder(where)
            write_heads(where, after)
        except BaseException:
            for handle, size in opened:
                os.ftruncate(handle, size)
            raise
    finally:
        for handle, _ in opened:
            os.close(handle)


def _fsync_folder(where: Path) -> None:
    handle = os.open(where, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _recover(
    where: Path, fsync: bool, more: Sequence[rows.Anomaly] = ()
) -> tuple[dict[str, Tail], list[str]]:
    """Move torn bytes aside and say so in anomaly rows, before anything is written behind them."""
    tails = settle(where)
    found = [*more, *(anomaly for name, tail in tails.items() for anomaly in _anomalies_of(name, tail))]
    if not found:
        return tails, []
    for name, tail in tails.items():
        if tail.torn:
            move_aside(where / name, tail.head.size)
    heads = {name: tail.head for name, tail in tails.items() if tail.head.rows}
    fields = [msgspec.to_builtins(row) for row in found]
    _write(where, fields, heads, _Stamper("automation", "ledger", clock.now(), heads), fsync)
    return settle(where), [str(row.detail) for row in found]


def repair(where: Path) -> list[str]:
    """Move torn bytes aside, put the table of heads right and record what is missing; return what was done."""
    with locked(where):
        try:
            return _recover(where, True, _mend_heads(where))[1]
        except OSError as error:
            raise cannot(error, where, "write in") from None


def _mend_heads(where: Path) -> list[rows.Anomaly]:
    """Write the table anew where its figures are not those of the rows that its hashes name; return what to record.

    A hash that is of no row stays: whether the table or the row was changed, nobody can tell here.
    """
    table = read_table(where)
    heads = {name: head for name, head in parse_heads(table).items() if name in FILES.values()}
    mended = dict(heads)
    for name, head in heads.items():
        if (where / name).exists():
            stored = (found for found, _ in rows_behind(where / name, FileHead()))
            mended[name] = next((found for found in stored if found.sha256 == head.sha256), head)
    changed = [f"{HEADS}: the figures of {name}" for name in heads if mended[name] != heads[name]]
    if not changed and odd_line(table, heads) is not None:
        changed = [f"{HEADS}: a line that is none"]
    if changed:
        write_heads(where, mended)
    return [
        rows.Anomaly(ts=clock.now(), anomaly="head-changed", detail=f"{text}; written anew")
        for text in changed
    ]


def _anomalies_of(name: str, tail: Tail) -> Iterator[rows.Anomaly]:
    at = clock.now()
    if tail.torn:
        yield rows.Anomaly(
            ts=at,
            anomaly="torn-tail",
            detail=f"{name}: {tail.torn} bytes behind row {tail.head.rows} moved to {name}.torn",
        )
    if tail.lost:
        yield rows.Anomaly(
            ts=at,
            anomaly="cut-tail",
            detail=f"{name}: {tail.lost} rows behind row {tail.head.rows} are gone",
        )
    if tail.headless and tail.head.rows:
        yield rows.Anomaly(
            ts=at, anomaly="head-missing", detail=f"{name}: {tail.head.rows} rows that no head knew"
        )


def move_aside(path: Path, size: int) -> None:
    """Append what stands behind `size` to FILE.torn, make sure that it is there, then cut it off."""
    with path.open("r+b") as file, path.with_name(path.name + ".torn").open("ab") as aside:
        file.seek(size)
        aside.write(file.read() + b"\n")
        aside.flush()
        os.fsync(aside.fileno())
        file.truncate(size)


def _check_references(where: Path, fresh: Sequence[New]) -> None:
    """Refuse an undo or a correction of a row that is not in force, and a row that is here already."""
    named = {item.row.supersedes for item in fresh if item.row.supersedes}
    named |= {item.row.undoes for item in fresh if isinstance(item.row, rows.Undo)}
    brought = [item.row.row_id for item in fresh if item.row.row_id]
    if not named and not brought:
        return
    everything = stored_rows.scan(where)
    known = set(everything.ids)
    for row_id in brought:
        if row_id in known:
            raise cli.Stop(
                cli.BAD_INPUT, f"row {row_id} is in the ledger already; leave it out, or undo and record anew"
            )
        known.add(row_id)
    for row_id in named:
        if row_id not in known:
            raise cli.Stop(
                cli.BAD_INPUT, f"no row {row_id} in {where}; `ledger-cat --raw` shows every row_id"
            )
        if row_id in everything.out:
            raise cli.Stop(cli.BAD_INPUT, f"row {row_id} is not in force any more; nothing to take back")


def _step_back(now: datetime, heads: dict[str, FileHead]) -> rows.Anomaly | None:
    latest = max((head.recorded_at for head in heads.values()), default="")
    if latest and latest != "-" and clock.text(now + STEP_BACK) < latest:
        return rows.Anomaly(
            ts=now,
            anomaly="clock-stepped-back",
            detail=f"it says {clock.text(now)}, the last row was recorded at {latest}",
        )
    return None
