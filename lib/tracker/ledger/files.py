"""The ledger's folder: a file for each kind, one lock, and a table that says how far each file goes."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import IO, NamedTuple

from tracker import cli, places

FILES = {
    "snapshot": "snapshots.jsonl",
    "window": "windows.jsonl",
    "churn": "churn.jsonl",
    "usage": "usage.jsonl",
    "proxy_telemetry": "proxy_telemetry.jsonl",
    "anomaly": "anomalies.jsonl",
    "undo": "undos.jsonl",
    "evidence": "evidence.jsonl",
    "feature": "features.jsonl",
    "experiment": "experiments.jsonl",
    "decision": "decisions.jsonl",
    "replay": "replays.jsonl",
    "cost": "costs.jsonl",
}
HEADS = "heads.txt"
LOCK = "ledger.lock"
BEGINNING = "begin.lock"


class FileHead(NamedTuple):
    """How far a file goes: its rows, its bytes, and the hash and time of its last row."""

    rows: int = 0
    size: int = 0
    sha256: str = ""  # of the last line without its newline; "" in an empty file
    recorded_at: str = ""  # of the last row; "" in an empty file


def folder(named: str | None) -> Path:
    """Return the ledger's folder: the one named, else where `places` says that it is.

    An empty name is refused (cli.Stop, 2): a shell variable that is not set must not end in another ledger.
    """
    if named == "":
        raise cli.Stop(cli.USAGE, "--data-dir is empty; name a folder, or leave the option out")
    return Path(named) if named else places.find("ledger").path


def state_folder(where: Path, agent_id: str) -> Path:
    """Return the folder of an agent's open windows: TRACKER_ALIAS_STATE_DIR, else state/AGENT_ID."""
    if "/" in agent_id or agent_id in {".", ".."} or not agent_id.strip() or len(agent_id.encode()) > 100:
        raise cli.Stop(
            cli.NO_SETTING, f"AGENT_ID is no plain name ({agent_id[:100]!r}); set it to a word like garnin"
        )
    return Path(os.environ.get("TRACKER_ALIAS_STATE_DIR") or where / "state" / agent_id)


def cannot(error: OSError, where: Path, doing: str) -> cli.Stop:
    """Return the end for a folder or disk that does not let us work, with what to do about it."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}:
        return cli.Stop(
            cli.TRY_LATER,
            f"cannot {doing} {where} ({error.strerror}); nothing was recorded: make room and run it again",
        )
    return cli.Stop(
        cli.NO_SETTING,
        f"cannot {doing} {where} ({error.strerror}); set TRACKER_DATA_DIR or --data-dir to a folder of yours",
    )


def opened(path: Path) -> IO[bytes]:
    """Open a ledger file to read; cli.Stop (78) when that is not allowed."""
    try:
        return path.open("rb")
    except OSError as error:
        raise cannot(error, path, "read") from None


@contextmanager
def one_begins(where: Path) -> Iterator[None]:
    """Let one process at a time choose a window and record its BEFORE, whatever agent it is of.

    Meters take seconds to read, and others may write meanwhile: this is no lock of the ledger.  The next one
    waits, and sees what was begun.
    """
    try:
        where.mkdir(parents=True, exist_ok=True)
        handle = os.open(where / BEGINNING, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise cannot(error, where, "write in") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def locked(where: Path, *, seconds: float = 30.0, shared: bool = False) -> Iterator[None]:
    """Hold the ledger's lock; cli.Stop (75) when another process holds it for `seconds`.

    The kernel drops the lock when its holder ends, however it ends.  A reader (`shared`) leaves no
    lock file behind, and goes without one where nobody has written yet.
    """
    how = os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT
    try:
        if not shared:
            where.mkdir(parents=True, exist_ok=True)
        handle = os.open(where / LOCK, how | os.O_CLOEXEC, 0o644)
    except OSError as error:
        if shared:
            yield
            return
        raise cannot(error, where, "write in") from None
    try:
        _wait(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, seconds, where)
        if not shared:
            os.pwrite(handle, b"%-19d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, mode: int, seconds: float, where: Path) -> None:
    until = time.monotonic() + seconds
    pause = 0.0002
    while True:
        try:
            fcntl.flock(handle, mode | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                holder = os.pread(handle, 20, 0).decode(errors="replace").strip() or "?"
                raise cli.Stop(
                    cli.TRY_LATER,
                    f"the ledger in {where} is locked (by process {holder}, for {seconds:.0f} s now); "
                    "wait for it to end and run this again",
                ) from None
        time.sleep(pause)
        pause = min(pause * 1.5, 0.01)


def read_heads(where: Path) -> dict[str, FileHead]:
    """Return the table of heads by file name; a line that is none is left out.

    >>> line = line_of("a.jsonl", FileHead(2, 130, "f" * 64, "2026-01-01T09:00:00.000000Z"))
    >>> parse_heads(line)["a.jsonl"].size
    130
    """
    return parse_heads(read_table(where))


def read_table(where: Path) -> bytes:
    """Return the table of heads as it stands; empty when nothing was written yet."""
    try:
        return (where / HEADS).read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise cannot(error, where / HEADS, "read") from None


def read_kept(path: Path) -> bytes:
    """Return a file that heads were kept in; cli.Stop (66) when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise cli.Stop(
            cli.NOTHING, f"cannot read {path} ({error.strerror}); name a copy of {HEADS} or a published line"
        ) from None


def parse_heads(table: bytes) -> dict[str, FileHead]:
    """Return the heads written in a table."""
    heads = {}
    for line in table.decode("ascii", "replace").splitlines():
        words = line.split()
        if len(words) == 5 and words[1].isdigit() and words[2].isdigit() and len(words[3]) == 64:
            heads[words[0]] = FileHead(int(words[1]), int(words[2]), words[3], words[4])
    return heads


def line_of(name: str, head: FileHead) -> bytes:
    """Return a head's line; every line has the same width, so that it can be written over in place."""
    return f"{name:<24}{head.rows:>13}{head.size:>17} {head.sha256} {head.recorded_at}\n".encode()


def odd_line(table: bytes, heads: Mapping[str, FileHead]) -> int | None:
    """Return the first line of a table, from 1, that is not as `line_of` writes its heads; widths may differ.

    >>> odd_line(b"a table" + bytes([10]), {})
    1
    """
    meant = b"".join(line_of(name, heads[name]) for name in FILES.values() if name in heads)
    pairs = zip_longest(*(re.sub(b" +", b" ", text).splitlines(True) for text in (table, meant)))
    return next((number for number, (line, other) in enumerate(pairs, 1) if line != other), None)


def write_heads(where: Path, heads: Mapping[str, FileHead]) -> None:
    """Write the table in place: one write within one page, which a kill cannot tear."""
    table = b"".join(line_of(name, heads[name]) for name in FILES.values() if name in heads)
    handle = os.open(where / HEADS, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.pwrite(handle, table, 0)
        os.ftruncate(handle, len(table))
    finally:
        os.close(handle)
