"""Watch a log that grows and is rotated: every line once, none lost when the file changes."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from glob import escape
from pathlib import Path

from tracker.telemetry.sources import BLOCK
from tracker.telemetry.usage_lines import MAX_LINE, Block, blocks

PACKED = (".gz", ".zst", ".bz2", ".xz")  # a rotated file that was packed since: read before it was


def watch(path: str, pause: float = 0.2) -> Iterator[tuple[str, Block]]:
    """Yield (file, lines) of a log as they come, until Ctrl-C or SIGTERM; then what is left."""
    stopped: list[int] = []  # a flag, so that no signal cuts the work on a line short
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: stopped.append(number))
    log = Follower(path)
    while not stopped:
        yield from log.look()
        time.sleep(pause)
    yield from log.end()


class _File:
    """An open log, its place, and the beginning of a line whose end has not come yet."""

    def __init__(self, path: Path, name: str) -> None:
        self.stream = path.open("rb", buffering=0)
        self.name = name
        self.at = 0
        self.lines = 0
        self.begun = b""
        self.idle = 0  # looks in a row that found nothing new

    @property
    def identity(self) -> tuple[int, int]:
        """What stays the same when the file is renamed."""
        about = os.fstat(self.stream.fileno())
        return about.st_dev, about.st_ino

    def more(self) -> Iterator[Block]:
        """Yield the lines that have come since the last look."""
        if os.fstat(self.stream.fileno()).st_size < self.at:  # cut and begun anew in place
            yield from self.rest()
            self.at = self.lines = 0
        self.idle += 1
        while piece := os.pread(self.stream.fileno(), BLOCK, self.at):
            self.at += len(piece)
            self.idle = 0
            whole, newline, tail = piece.rpartition(b"\n")
            if not newline:
                # One more than a line may have is enough to refuse it by.
                self.begun = (self.begun + tail)[: MAX_LINE + 1]
                continue
            text, self.begun = self.begun + whole + newline, tail
            yield from self._blocks(text)

    def rest(self) -> Iterator[Block]:
        """Yield what stands after the last newline, as a line of its own."""
        text, self.begun = self.begun, b""
        yield from self._blocks(text)

    def _blocks(self, text: bytes) -> Iterator[Block]:
        pieces = (text[at : at + BLOCK] for at in range(0, len(text), BLOCK))
        for block in blocks(pieces, self.lines + 1):
            self.lines += len(block.raw)
            yield block


class Follower:
    """Follows a log by its name, from its first line on.

    Rotation by renaming is noticed by the file's identity: the old one is read to its end, files
    beside it that came and went between two looks are read as well, then the new one.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.name = path
        self._seen = {identity for identity, _ in self._siblings()}
        self._files: list[_File] = []
        self._open()

    def _siblings(self) -> list[tuple[tuple[int, int], Path]]:
        """Return the rotated logs beside this one, oldest first: same beginning of the name."""
        found = []
        stem, suffix, name = map(escape, (self.path.stem, self.path.suffix, self.path.name))
        # As our router names them, and as logrotate does.
        patterns = (f"{stem}-*{suffix}", f"{name}.*", f"{name}-*")
        for path in {path for pattern in patterns for path in self.path.parent.glob(pattern)}:
            try:
                about = path.stat()
            except FileNotFoundError:
                continue  # renamed in this moment
            if stat.S_ISREG(about.st_mode) and path != self.path and path.suffix not in PACKED:
                found.append((about.st_mtime_ns, str(path), (about.st_dev, about.st_ino)))
        return [(identity, Path(name)) for _, name, identity in sorted(found)]

    def _open(self) -> bool:
        """Open the file that has the name now, if it is another than before."""
        try:
            file = _File(self.path, self.name)
        except FileNotFoundError:
            return False
        if file.identity in self._seen:
            file.stream.close()
            return False
        self._seen.add(file.identity)
        self._files.append(file)
        return True

    def look(self) -> Iterator[tuple[str, Block]]:
        """Yield the lines that have come since the last look, with their file's name."""
        yield from self._read()
        for identity, path in self._siblings():
            if identity not in self._seen:
                with suppress(FileNotFoundError):  # renamed once more: found by its new name next time
                    self._files.append(_File(path, str(path)))
                    self._seen.add(identity)
        if self._open() or len(self._files) > 1:
            yield from self._read()
            # A writer may still hold the old file for a moment: it is closed after two idle looks.
            for file in [file for file in self._files[:-1] if file.idle > 2]:
                yield from ((file.name, block) for block in file.rest())
                file.stream.close()
                self._files.remove(file)

    def _read(self) -> Iterator[tuple[str, Block]]:
        for file in self._files:
            for block in file.more():
                yield file.name, block

    def end(self) -> Iterator[tuple[str, Block]]:
        """Look once more and yield all, unfinished lines as well; nothing can be read after this."""
        yield from self.look()
        for file in self._files:
            yield from ((file.name, block) for block in file.rest())
            file.stream.close()
        self._files = []
