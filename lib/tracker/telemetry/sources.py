"""Which bytes of which files: names, patterns and stdin, cut into parts that can be read apart.

Plain, gzip and zstd alike, told by their first bytes.  Imports little, so that a tool can say
"nothing to read" before it loads what reading takes.
"""

from __future__ import annotations

import itertools
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from tracker import cli

if TYPE_CHECKING:
    from datetime import datetime

BLOCK = 1 << 16  # bytes read at a time; small enough that a block's rows stay in the cache
PACKED = 1 << 13  # compressed bytes unpacked at a time, as each may become a thousand
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"  # how the files begin
MARK = b"\xef\xbb\xbf"  # what some editors put before the first line
PART = 1 << 25  # bytes of a file that one worker takes at a time


# What the router calls a log that it rotates away: usage-20261127T202147.jsonl, usage-20261127T202147-1.jsonl
_ROTATED = re.compile(r"\A(.+)-\d{8}T\d{6}(?:-\d+)?(?=\.[^.]+\Z|\Z)")
_TRIES = 5
NOTHING_THERE = "no line to read; send requests through the router first, or name its log"


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
        about = os.stat(part.path)  # noqa: PTH116  # pathlib takes three milliseconds to import
        before = seen.setdefault((about.st_dev, about.st_ino), part.name)
        if before is not part.name:
            raise cli.Stop(cli.USAGE, f"{part.name} is the same file as {before}; name it once")
    return found


def beside_stdin(since: datetime) -> list[Part]:
    """Return the other files of the log on stdin that may hold requests from `since` on, oldest first.

    Those are the ones that were rotated away; and where the file on stdin was rotated away itself a moment
    ago, after it was opened, the one that goes on.  Nothing when stdin is a pipe.
    """
    name = _name_of_stdin()
    return [] if name is None else _beside(name, os.fstat(0), since)


def beside(path: str | os.PathLike[str], since: datetime) -> list[Part]:
    """Return the files that a log was rotated away to and that may hold requests from `since` on, oldest first."""
    try:
        own = os.stat(path)  # noqa: PTH116  # pathlib takes three milliseconds to import
    except OSError:  # rotated away a moment ago, and not begun anew
        own = None
    return _beside(os.path.abspath(path), own, since)  # noqa: PTH100


def _beside(name: str, own: os.stat_result | None, since: datetime) -> list[Part]:
    folder, file = os.path.split(name)
    stem, dot, suffix = _ROTATED.sub(r"\1", file).rpartition(".")
    log = f"{stem}{dot}{suffix}"
    prefix = f"{stem if dot else log}-"
    if not os.path.isdir(folder):  # noqa: PTH112
        return []
    for _ in range(_TRIES):
        found = []
        try:
            for entry in os.scandir(folder):
                plain = entry.name.removesuffix(".gz").removesuffix(".zst")
                rotated = entry.name.startswith(prefix) and plain.endswith(f"{dot}{suffix}" if dot else "")
                if not (rotated or entry.name == log) or not entry.is_file():
                    continue
                about = entry.stat()
                is_own = own is not None and os.path.samestat(about, own)
                if not is_own and about.st_mtime >= since.timestamp():
                    found.append((about.st_mtime, entry.path))
            return [_whole(os.path.basename(path), path) for _, path in sorted(found)]  # noqa: PTH119
        except (FileNotFoundError, cli.Stop):
            continue  # it was rotated away between the look and the opening: look again
    raise cli.Stop(
        cli.TRY_LATER, f"{log} is rotated faster than it can be read; try again, or name its files"
    )


def _name_of_stdin() -> str | None:
    """Return the path of the regular file on stdin; None for a pipe, or where the system does not say."""
    if not stat.S_ISREG(os.fstat(0).st_mode):
        return None
    try:
        return os.readlink("/proc/self/fd/0")  # noqa: PTH115
    except OSError:
        pass
    try:
        import fcntl

        path = fcntl.fcntl(0, 50, bytes(1024))  # F_GETPATH, on macOS
        return path.rstrip(b"\0").decode() or None
    except OSError:
        return None


def _expand(name: str) -> list[str]:
    if os.access(name, os.F_OK) or not set(name) & set("*?["):
        return [name]
    import glob

    matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207  # which takes no absolute patterns
    files = [path for path in matches if stat.S_ISREG(os.stat(path).st_mode)]  # noqa: PTH116
    if not files:
        raise cli.Stop(cli.NOTHING, f"no file matches {name}; name a usage log that is there")
    return files


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


def empty(parts: list[Part]) -> bool:
    """Say whether there is nothing to read; waits for the first byte when that is a pipe."""
    return not any(map(_holds_something, parts))


def _holds_something(part: Part) -> bool:
    if part.end is not None or part.size:
        return part.size > 0
    return bool(_stdin().peek(1)) if part.path == 0 else True


def _stdin() -> Any:
    return sys.stdin.buffer  # buffered, so that a look at its first byte does not take it away


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
    """Yield a part's bytes in pieces of at most BLOCK, without the byte order mark at a file's start."""
    found = _pieces(part)
    first = next(found, b"")
    if first:
        yield first.removeprefix(MARK) if part.start == 0 else first
    yield from found


def _pieces(part: Part) -> Iterator[bytes]:
    with _open(part) as file:
        if part.end is None:
            if part.size:
                file.seek(part.start)
            yield from unpacked(_stdin() if part.path == 0 and not part.size else file)
            return
        at = part.start
        while at < part.end:
            piece = os.pread(file.fileno(), min(BLOCK, part.end - at), at)
            if not piece:
                return  # it was cut while we read
            yield piece
            at += len(piece)


class Cut(Exception):
    """The stream ended in the middle of a compressed frame, or is damaged there."""


def unpacked(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a stream's bytes in pieces, those of a gzip or zstd file unpacked."""
    piece = stream.read(BLOCK)
    if piece.startswith(GZIP):
        import zlib

        yield from _unpack(piece, stream, lambda: zlib.decompressobj(wbits=31))
    elif piece.startswith(ZSTD):
        import zstandard

        yield from _unpack(piece, stream, zstandard.ZstdDecompressor().decompressobj)
    else:
        while piece:
            yield piece
            piece = stream.read(BLOCK)


def _unpack(packed: bytes, stream: IO[bytes], make: Callable[[], Any]) -> Iterator[bytes]:
    """Yield the content of one or several compressed frames; raises Cut when the last has no end."""
    frame = make()
    try:
        while packed:
            if frame.eof:
                frame = make()
            for start in range(0, len(packed), PACKED):
                text = frame.decompress(packed[start : start + PACKED])
                yield from (text[at : at + BLOCK] for at in range(0, len(text), BLOCK))
                if frame.eof:
                    break
            packed = frame.unused_data + packed[start + PACKED :] or stream.read(BLOCK)
    except GeneratorExit:
        raise
    except Exception as wrong:  # zlib.error, ZstdError: each package has its own for a damaged frame
        raise Cut(f"damaged: {wrong}") from None
    if not frame.eof:
        raise Cut("the compressed file ends before its end mark")
