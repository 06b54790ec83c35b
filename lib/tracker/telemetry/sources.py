"""Which bytes of which files: names, patterns and stdin, cut into parts that can be read apart."""

from __future__ import annotations

import glob
import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from tracker import cli
from tracker.telemetry.lines import BLOCK, GZIP, ZSTD, unpacked

PART = 1 << 25  # bytes of a file that one worker takes at a time


class Part(NamedTuple):
    """Some whole lines of a file; or all of it, when only one reader can take it."""

    name: str  # as a person named it
    path: str | int  # a file's name, or the number of an open one
    start: int = 0
    end: int | None = None  # None: a pipe or a compressed file, to its end
    size: int = 0  # bytes on disk, for the progress bar; 0: not known


def find(names: list[str]) -> list[Part]:
    """Return one whole part for each file, or for stdin when there is none.

    A name with `*`, `?` or `[` that is no file is a pattern (`**`: any folder).  Raises cli.Stop:
    66 when there is no such file, 2 when a file is named twice, which would count it twice.
    """
    if not names:
        cli.stdin()
        return [_whole("stdin", 0)]
    found = [_whole(path, path) for name in names for path in _expand(name)]
    seen: dict[tuple[int, int], str] = {}
    for part in found:
        about = Path(part.path).stat() if isinstance(part.path, str) else os.fstat(part.path)
        before = seen.setdefault((about.st_dev, about.st_ino), part.name)
        if before is not part.name:
            raise cli.Stop(cli.USAGE, f"{part.name} is the same file as {before}; name it once")
    return found


def _expand(name: str) -> list[str]:
    if Path(name).exists() or not glob.has_magic(name):
        return [name]
    matches = [path for path in sorted(glob.glob(name, recursive=True)) if Path(path).is_file()]  # noqa: PTH207
    if not matches:
        raise cli.Stop(cli.NOTHING, f"no file matches {name}; name a usage log that is there")
    return matches


def _whole(name: str, path: str | int) -> Part:
    try:
        if isinstance(path, int):
            about, start, magic = os.fstat(path), 0, b""
            if stat.S_ISREG(about.st_mode):
                start = os.lseek(path, 0, os.SEEK_CUR)
                magic = os.pread(path, 4, start)
        else:
            with open(path, "rb", buffering=0) as file:
                about, start = os.fstat(file.fileno()), 0
                magic = file.read(4) if stat.S_ISREG(about.st_mode) else b""
    except OSError as wrong:
        raise cli.Stop(cli.NOTHING, f"{name}: {wrong.strerror}; name a usage log that is there") from None
    if not stat.S_ISREG(about.st_mode):
        return Part(name, path)
    packed = magic.startswith((GZIP, ZSTD))
    # What a running router appends from now on is left to the next run, so the end is fixed here.
    return Part(name, path, start, None if packed else about.st_size, max(0, about.st_size - start))


def split(part: Part, size: int = PART) -> list[Part]:
    """Cut a part into pieces of about `size` bytes that begin and end where lines do."""
    if part.end is None or part.end - part.start <= size:
        return [part]
    cuts = [part.start]
    with _open(part) as file:
        while (after := _next_line(file, cuts[-1] + size, part.end)) < part.end:
            cuts.append(after)
    cuts.append(part.end)
    return [part._replace(start=a, end=b, size=b - a) for a, b in itertools.pairwise(cuts)]


def _next_line(file: IO[bytes], at: int, end: int) -> int:
    """Return where the first line begins that begins at `at` or later."""
    at -= 1
    while at < end:
        piece = os.pread(file.fileno(), BLOCK, at)
        if not piece:
            break
        found = piece.find(b"\n")
        if found >= 0:
            return at + found + 1
        at += len(piece)
    return end


def _open(part: Part) -> IO[bytes]:
    return open(part.path, "rb", closefd=not isinstance(part.path, int))


def pieces(part: Part) -> Iterator[bytes]:
    """Yield a part's bytes in pieces of at most BLOCK."""
    with _open(part) as file:
        if part.end is None:
            if part.size:
                file.seek(part.start)
            yield from unpacked(file)
            return
        at = part.start
        while at < part.end:
            piece = os.pread(file.fileno(), min(BLOCK, part.end - at), at)
            if not piece:
                return  # it was cut while we read
            yield piece
            at += len(piece)
