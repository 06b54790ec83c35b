"""The end of the router's log: the requests since a time, without reading what is older."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tracker import jsonl, rows

BLOCK = 1 << 20  # bytes


def since(path: Path, start: datetime | None) -> list[rows.Usage]:
    """Return the log's requests from `start` on, in the file's order; none without a start or a file.

    Rows are written as replies end, so a block that holds nothing newer ends the search.  Lines that are no
    usage rows are passed over: `summarize` accounts for them.
    """
    if start is None:
        return []
    found: list[rows.Usage] = []
    for block in _blocks_backwards(path):
        some = [row for row in map(_usage, block.split(b"\n")) if row is not None]
        newer = [row for row in some if row.ts >= start]
        found[:0] = newer
        if some and not newer:
            break
    return found


def _usage(line: bytes) -> rows.Usage | None:
    if b'"usage"' not in line:
        return None
    try:
        row = jsonl.decode(line, 1)
    except Exception:  # whatever is wrong with a line is not for here
        return None
    return row if isinstance(row, rows.Usage) else None


def _blocks_backwards(path: Path) -> Iterator[bytes]:
    """Yield whole lines from a file's end towards its beginning."""
    try:
        with path.open("rb") as file:
            at = file.seek(0, 2)
            rest = b""
            while at > 0:
                size = min(BLOCK, at)
                at -= size
                file.seek(at)
                text = file.read(size) + rest
                rest, newline, whole = text.partition(b"\n") if at else (b"", b"\n", text)
                if newline:
                    yield whole
                else:
                    rest = text
    except OSError:
        return
