"""How the input is read: here, on several processes, or on Dask; the answer is the same bytes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from tracker import cli
from tracker.rows import Usage
from tracker.telemetry import native, sources
from tracker.telemetry.account import Account
from tracker.telemetry.lines import Block, blocks, decode, whole_lines
from tracker.telemetry.rollup import Rollup
from tracker.telemetry.sources import Part

Tell = Callable[[int], Any]
LARGE = 4 * sources.PART  # bytes; below that a second process is not worth its start


class Question(NamedTuple):
    """What is asked of the rows."""

    by: tuple[str, ...] = ()  # breakdowns beyond those that every report has
    where: str | None = None  # a jq expression; rows for which it is false or null are left out


class Found(NamedTuple):
    """What a part of the input holds; those of one file are merged in the file's order."""

    rollup: Rollup
    account: Account

    def merge(self, after: Found) -> None:
        """Add what was found in the part that follows."""
        self.rollup.merge(after.rollup)
        self.account.merge(after.account)


def nothing(question: Question) -> Found:
    """Return the zero to which parts are added."""
    return Found(Rollup(question.by), Account())


def _tell_nobody(_: int) -> None:
    pass


def read(part: Part, question: Question, tell: Tell = _tell_nobody) -> Found:
    """Return what one part holds; `tell` is called with the bytes read since the last call."""
    found = nothing(question)
    if question == Question() and (library := native.load()):
        _scan(part, found, native.Scanner(library, part.name, *found), tell)
        return found
    wanted = filter_of(question.where) if question.where else None
    for block in blocks(_counted(sources.pieces(part), tell)):
        found.account.note(part.name, block)
        rows = block.usage
        if wanted:
            kept = wanted(block)
            found.account.left_out += len(rows) - len(kept)
            rows = kept
        found.rollup.add(rows)
    found.rollup.settle()
    return found


def _scan(part: Part, found: Found, scanner: native.Scanner, tell: Tell) -> None:
    """Read a part with the compiled reader; what that cannot take at all is read as ever."""
    for text in whole_lines(_counted(sources.pieces(part), tell)):
        if isinstance(text, bytes) and len(text) < native.MOST:
            scanner.add(text)
        else:
            block = decode(text, found.account.lines[part.name] + 1)
            found.account.note(part.name, block)
            found.rollup.add(block.usage)
    scanner.close()
    found.rollup.settle()


def _counted(pieces: Iterable[bytes], tell: Tell) -> Iterator[bytes]:
    for piece in pieces:
        tell(len(piece))
        yield piece


class WhereError(Exception):
    """A jq expression that cannot be applied to a row; the text says which and why."""


def filter_of(where: str) -> Callable[[Block], list[Usage]]:
    """Return what picks a block's rows by a jq expression; cli.Stop (2) when it is none.

    >>> from tracker.telemetry.lines import decode
    >>> filter_of(".x == 1")(decode(b'[]', 1))
    []
    """
    import jq  # type: ignore[import-not-found]

    try:
        # One answer a row whatever the expression gives: true when any of its outputs is.
        program = jq.compile(f"[{where}\n] | any")
    except ValueError as wrong:
        raise cli.Stop(cli.USAGE, f"--where: {_one_line(wrong)}; see `man jq`") from None

    def pick(block: Block) -> list[Usage]:
        raw = [(row, line) for row, line in zip(block.rows, block.raw, strict=True) if row is not None]
        text = b"\n".join(line for _, line in raw).decode()
        try:
            answers = list(program.input_text(text)) if raw else []
            return [row for (row, _), answer in zip(raw, answers, strict=True) if answer]
        except ValueError as wrong:
            last = block.first + len(block.raw) - 1
            raise WhereError(
                f"--where does not work on lines {block.first} to {last}: {_one_line(wrong)}"
            ) from None

    return pick


def _one_line(wrong: Exception) -> str:
    return " ".join(str(wrong).split())[:200]


def run(parts: list[Part], question: Question, jobs: int = 0, scheduler: str | None = None) -> Found:
    """Return what all parts hold, read by so many processes (0: one a processor), or on Dask.

    `scheduler`: the address of a running one, or "own" for a Dask cluster on this machine.
    """
    if jobs < 0:
        raise cli.Stop(cli.USAGE, f"--jobs {jobs}: how many processes? 0 is one a processor")
    size = sum(part.size for part in parts)
    try:
        with _progress(size) as tell:
            if scheduler:
                from tracker.telemetry import on_dask

                return on_dask.run(parts, question, scheduler, tell)
            if jobs == 1 or size < LARGE:
                return _merged((read(part, question, tell) for part in parts), question)
            tasks = [piece for part in parts for piece in sources.split(part)]
            return _merged(_on_processes(tasks, question, jobs or processors(), tell), question)
    except WhereError as wrong:
        raise cli.Stop(cli.USAGE, f"{wrong}; see `man jq`") from None


def _merged(found: Iterable[Found], question: Question) -> Found:
    total = nothing(question)
    for one in found:
        total.merge(one)
    return total


def _on_processes(tasks: list[Part], question: Question, jobs: int, tell: Tell) -> Iterator[Found]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    native.load()
    # A fork shares the packages that are loaded already, and stdin when that is a file.
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=fork) as pool:
        for task, found in zip(tasks, pool.map(partial(read, question=question), tasks), strict=True):
            tell(task.size)
            yield found


def processors() -> int:
    """Return how many processes may run at once."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


@contextmanager
def _progress(size: int) -> Iterator[Tell]:
    """Show how far the reading is, on a terminal and when there is much to read."""
    if size < LARGE or not sys.stderr.isatty():
        yield _tell_nobody
        return
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no thread of its own: processes are forked after this
    with tqdm(total=size, unit="B", unit_scale=True, leave=False) as bar:
        yield bar.update
