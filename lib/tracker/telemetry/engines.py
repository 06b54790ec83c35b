"""How the input is read: here, on several processes, or on Dask; the answer is the same bytes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from tracker import cli
from tracker.telemetry import native, sources
from tracker.telemetry.part_reader import (
    Found,
    Question,
    Tell,
    WhereError,
    nothing,
    processors,
    read,
    tell_nobody,
)
from tracker.telemetry.sources import Part

LARGE = 4 * sources.PART  # bytes; below that a second process is not worth its start


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


@contextmanager
def _progress(size: int) -> Iterator[Tell]:
    """Show how far the reading is, on a terminal and when there is much to read."""
    if size < LARGE or not sys.stderr.isatty():
        yield tell_nobody
        return
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no thread of its own: processes are forked after this
    with tqdm(total=size, unit="B", unit_scale=True, leave=False) as bar:
        yield bar.update
