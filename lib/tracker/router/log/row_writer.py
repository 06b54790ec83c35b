"""Append rows to a JSON Lines file: one write per row, off the event loop, nothing lost at the end.

Rows are handed to a thread; `close` waits until the last of them is in the file.  When a file has
grown over its size it is renamed with the time in its name, and a new one begins.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Seconds between two looks: while rows keep coming, the thread looks less and less often.  What it costs
# is its waking, when it takes the interpreter from a request under way, more than the rows themselves.
PAUSE = 0.05
LONGEST_PAUSE = 0.2
QUIET = 40  # looks without a row after which the thread ends

Row = dict[str, Any]


def now() -> str:
    """Return this instant as rows carry it: RFC 3339 in UTC, microseconds."""
    return stamp(time.time())


def stamp(seconds: float) -> str:
    """Return an instant given in epoch seconds as rows carry it.

    >>> stamp(0.25)
    '1970-01-01T00:00:00.250000Z'
    """
    whole = int(seconds)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
    return f"{text}.{int((seconds - whole) * 1e6):06d}Z"


def say(text: str) -> None:
    """Tell the person one line on stderr; a closed stderr is no reason to stop."""
    try:
        sys.stderr.write(f"haiku_glm_router: {text}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass


def place(wrong: BaseException) -> str:
    """Return where an exception came from; its text is left out, as it may quote what it choked on."""
    trace = wrong.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "?"
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def line(row: Row) -> bytes:
    """Return a row as it stands in the file.

    >>> line({"a": 1, "b": "ü"}).decode()
    '{"a":1,"b":"ü"}\\n'
    """
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
    return text.encode("utf-8", "replace")  # half a surrogate pair becomes a question mark


class RowWriter:
    """One file of rows.  `write` may be called from any thread and never waits for the disk."""

    def __init__(self, path: Path, max_bytes: int = 0, on_lost: Callable[[int], None] | None = None) -> None:
        """Write to `path`; `on_lost` is told how many rows were lost, once there is room again."""
        self.path = path
        self.on_lost = on_lost
        self.lost = 0  # rows that found no room and have not been told of yet
        self.max_bytes = max_bytes  # 0: never rotated
        self._rows: deque[Row | Callable[[], Row | None]] = deque()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._complained = False

    def write(self, row: Row | Callable[[], Row | None]) -> None:
        """Append one row, soon; a function is called for its row in the thread, and may have none."""
        # The thread looks by itself: to wake it for every row would cost the reply whose row this
        # is more than all the rest of the log.
        with self._lock:
            self._rows.append(row)
            if self._thread is None:
                self._closing.clear()
                self._thread = threading.Thread(target=self._run, name=self.path.name, daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Return when every row is in the file."""
        self._closing.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()
        if self.lost:
            say(f"{self.lost} rows for {self.path} were lost")

    def _run(self) -> None:
        quiet, pause = 0, PAUSE
        while True:
            closing = self._closing.wait(pause)
            rows = [self._rows.popleft() for _ in range(len(self._rows))]
            if rows:
                quiet, pause = 0, min(2 * pause, LONGEST_PAUSE)
                self._try(rows)
                continue
            quiet, pause = quiet + 1, PAUSE
            if closing or quiet > QUIET:
                with self._lock:
                    if not self._rows:
                        self._thread = None
                        return

    def _try(self, rows: list[Row | Callable[[], Row | None]]) -> None:
        left = deque(rows)
        try:
            self._append(left)
        except Exception as wrong:
            # The proxy must go on without its log, and the person must know.
            self._lose(len(left), type(wrong).__name__)

    def _append(self, rows: deque[Row | Callable[[], Row | None]]) -> None:
        file = self._open()
        try:
            while rows:
                row = rows[0]
                made = row() if callable(row) else row
                rows.popleft()
                if made is None:
                    continue
                self._put(file, line(made))
                if self.max_bytes and os.fstat(file).st_size >= self.max_bytes:
                    # Another router may have rotated it already: its fresh log is not to be moved away.
                    if self._is_open_one(file):
                        self._rotate()
                    os.close(file)
                    file = self._open()
        finally:
            os.close(file)

    def _put(self, file: int, data: bytes) -> None:
        before = os.fstat(file).st_size
        if before and os.pread(file, 1, before - 1) != b"\n":
            data = b"\n" + data  # somebody's row was torn: it stays one bad line, and this one is whole
        try:
            written = os.write(file, data)
        except OSError as wrong:
            return self._lose(1, type(wrong).__name__)
        if written < len(data):
            # The disk is full.  Half a row would have the next one glued to it.
            if os.fstat(file).st_size == before + written:
                os.ftruncate(file, before)
            return self._lose(1, "no room")
        if self.lost:
            lost, self.lost, self._complained = self.lost, 0, False
            say(f"{self.path} can be written again; {lost} rows were lost")
            if self.on_lost is not None:
                self.on_lost(lost)

    def _lose(self, count: int, why: str) -> None:
        self.lost += count
        if not self._complained:
            self._complained = True
            say(f"cannot write {self.path} ({why}); rows are being lost")

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        try:
            return os.open(self.path, flags, 0o600)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.path, flags, 0o600)

    def _is_open_one(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self.path.stat())
        except FileNotFoundError:
            return False

    def _rotate(self) -> None:
        # A row that another process writes at this moment goes to the renamed file: still not lost.
        text = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        for number in range(1000):
            name = f"{self.path.stem}-{text}{f'-{number}' if number else ''}{self.path.suffix}"
            kept = self.path.with_name(name)
            if not kept.exists():
                self.path.rename(kept)
                return
