"""What stands behind the head of a file: whole rows of a call that was killed late, or torn bytes."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tracker.import_msgspec import msgspec
from tracker.ledger.files import FILES, FileHead, opened, read_heads


class Tail(NamedTuple):
    """One file as it is: the head of its sound part, and what is wrong behind or before that."""

    head: FileHead
    torn: int = 0  # bytes behind the sound part: a torn row, or rows of a call that never ended
    lost: int = 0  # rows that the table of heads knows and the file lacks
    headless: bool = False  # rows in the file, and no line in the table


class _Stamps(msgspec.Struct):
    batch: str | None = None
    recorded_at: str | None = None


_stamps = msgspec.json.Decoder(_Stamps)


def settle(where: Path) -> dict[str, Tail]:
    """Return how far every file is sound, without changing anything.

    A call's rows count when all of them are there, in every file that the call wrote to: what
    a killed call left is torn, even where a row happened to be whole.
    """
    heads = read_heads(where)
    tails: dict[str, Tail] = {}
    pending: dict[str, list[tuple[FileHead, str | None]]] = {}
    sizes = {}
    for name in FILES.values():
        try:
            size = (where / name).stat().st_size
        except FileNotFoundError:
            size = 0
        head = heads.get(name, FileHead())
        sizes[name] = size
        if size == head.size:
            tails[name] = Tail(head)
            continue
        cut = size < head.size
        start = FileHead() if cut else head
        pending[name] = rows_behind(where / name, start) if size else []
        tails[name] = Tail(start, lost=head.rows if cut else 0, headless=name not in heads)
    if pending:
        seen = Counter(batch for rows in pending.values() for _, batch in rows if batch)
        for name, rows in pending.items():
            tail = tails[name]
            unsure = not tail.headless and not tail.lost  # else even a whole file has to be read anew
            whole = tail.head
            for head, batch in rows:
                if unsure and batch and seen[batch] < _rows_in(batch):
                    break
                whole = head
            lost = max(0, tail.lost - whole.rows)
            tails[name] = tail._replace(head=whole, torn=sizes[name] - whole.size, lost=lost)
    return tails


def _rows_in(batch: str) -> int:
    count = batch.rpartition("/")[2]
    return int(count) if count.isdigit() else 0


def rows_behind(path: Path, head: FileHead) -> list[tuple[FileHead, str | None]]:
    """Return the head after each whole line behind `head`, and the call that wrote the line."""
    found = []
    with opened(path) as file:
        file.seek(head.size)
        for line in file:
            if not line.endswith(b"\n"):
                break
            line = line[:-1]
            batch, recorded_at = None, head.recorded_at or "-"
            try:
                stamps = _stamps.decode(line)
                batch, recorded_at = stamps.batch, stamps.recorded_at or recorded_at
            except (msgspec.DecodeError, UnicodeDecodeError):
                pass  # `ledger-verify` names it; the rows behind it count all the same
            head = FileHead(
                head.rows + 1, head.size + len(line) + 1, hashlib.sha256(line).hexdigest(), recorded_at
            )
            found.append((head, batch))
    return found
