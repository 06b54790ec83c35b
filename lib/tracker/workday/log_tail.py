"""The end of the router's log: the requests since a time, and those of one window, without reading what is older."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from tracker import jsonl, rows
from tracker.telemetry import sources, window_cut
from tracker.windows import stretches

BLOCK = 1 << 20  # bytes


def since(path: Path, start: datetime | None) -> list[rows.Usage]:
    """Return the log's requests from `start` on, in their files' order; none without a start or a file.

    A log that was rotated goes on in the files beside it.  Lines that are no usage rows are passed over:
    `summarize` accounts for them.
    """
    if start is None:
        return []
    older = (Path(part.path) for part in sources.beside(path, start) if isinstance(part.path, str))
    return [row for file in (*older, path) for row in _of_file(file, start)]


def of_window(there: Sequence[rows.Row], window: str, requests: Sequence[rows.Usage]) -> list[rows.Usage]:
    """Return those of the requests that are a window's, by the ledger's readings.

    Where two agents work at the same time and nothing tells whose a request is, it counts.
    """
    cut = window_cut.WindowCut(window, stretches.stretches(there))
    taken = [row for row in requests if cut.take(row)]
    try:
        theirs = cut.settle()
    except window_cut.Ambiguous:
        return taken
    return [row for place, row in enumerate(taken) if place not in theirs]


def _of_file(path: Path, start: datetime) -> list[rows.Usage]:
    """Return a file's requests from `start` on; as rows are written when replies end, an older block ends the search."""
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
