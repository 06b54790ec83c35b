"""The same parts, read on Dask: a cluster of this machine's own, or one that runs already."""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
import time
import uuid
import zipfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from tracker import bases, cli
from tracker.telemetry import native, part_reader, sources
from tracker.telemetry.part_reader import Found, Question, Tell
from tracker.telemetry.sources import Part

AHEAD = 64  # results that may wait for their turn to be merged
PATIENCE = 15  # seconds without a single worker, before that is said
LOOK = 1  # seconds between two looks at whether any worker is left


def run(parts: list[Part], question: Question, scheduler: str, tell: Tell) -> Found:
    """Return what all parts hold; cli.Stop when there is no Dask (78), scheduler or worker (75).

    Workers read the files themselves, by the names given, so a cluster needs a folder that all its
    machines see, and msgspec and zstandard on each; this package is sent to them, and the compiled
    reader, which a worker of another kind of machine does without.  A worker that dies has its
    parts read again by another.
    """
    for part in parts:
        if isinstance(part.path, int):
            raise cli.Stop(cli.USAGE, "--engine dask reads files, not stdin; name them")
    try:
        import distributed
    except ImportError:
        raise cli.Stop(cli.NO_SETTING, f"Dask is not installed; run '{_how_to_install()}'") from None
    tasks = [
        piece._replace(path=str(Path(str(piece.path)).resolve()))
        for part in parts
        for piece in sources.split(part)
    ]
    total = part_reader.nothing(question)
    with _client(distributed, scheduler) as (client, library):
        # Merged in the order of the files, whatever the order in which the answers come.
        coming = iter(tasks)
        waiting: deque[tuple[Part, Any]] = deque()

        def send(many: int) -> None:
            waiting.extend(
                (task, client.submit(_read, task, question, library, pure=False))
                for task in islice(coming, many)
            )

        send(AHEAD)
        while waiting:
            task, answer = waiting.popleft()
            total.merge(_answer_of(answer, task, client, scheduler))
            tell(task.size)
            send(1)
    return total


def _how_to_install() -> str:
    if bases.IS_CLONE:
        return ".venv/bin/pip install --require-hashes -r requirements/cluster.txt"
    return f"pip install '{bases.DISTRIBUTION}[cluster]'"


def _read(task: Part, question: Question, library: str | None) -> Found:
    """Read one part on a worker, with the compiled reader that was sent to its folder."""
    from distributed import get_worker

    where = Path(get_worker().local_directory, library) if library else None
    return part_reader.read(task, question, compiled=where if where and where.exists() else None)


def _answer_of(answer: Any, task: Part, client: Any, scheduler: str) -> Found:
    """Wait for an answer as long as there are workers, or for PATIENCE seconds without one."""
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError

    last_seen = time.monotonic()
    while True:
        try:
            return answer.result(timeout=LOOK)  # type: ignore[no-any-return]
        except TimeoutError:
            pass
        except FileNotFoundError:
            raise cli.Stop(
                cli.NOTHING, f"a Dask worker does not see {task.path}; put logs where all workers do"
            ) from None
        except ModuleNotFoundError as missing:
            raise cli.Stop(
                cli.NO_SETTING, f"a Dask worker has no {missing.name}; install msgspec and zstandard there"
            ) from None
        except KilledWorker:
            raise cli.Stop(
                cli.TRY_LATER,
                f"Dask workers died again and again over {task.path}; give them more memory, or leave out --engine",
            ) from None
        except (CommClosedError, FutureCancelledError, OSError):
            raise cli.Stop(cli.TRY_LATER, _gone("the Dask scheduler", scheduler)) from None
        try:
            workers = client.nthreads()
        except (CommClosedError, OSError, TimeoutError):
            raise cli.Stop(cli.TRY_LATER, _gone("the Dask scheduler", scheduler)) from None
        if workers:
            last_seen = time.monotonic()
        elif time.monotonic() - last_seen > PATIENCE:
            raise cli.Stop(cli.TRY_LATER, _gone(f"for {PATIENCE} s every worker", scheduler))


def _gone(what: str, scheduler: str) -> str:
    where = "" if scheduler == "own" else f" of {scheduler}"
    return f"{what}{where} is gone, so nothing is printed; start it and run again"


@contextmanager
def _client(distributed: Any, scheduler: str) -> Iterator[tuple[Any, str | None]]:
    """Yield the client, and the name of the compiled reader in its workers' folder if it had to be sent."""
    if scheduler == "own":
        # A spawned worker would begin by running the file of `__main__` again: the tool's starter.
        vars(sys.modules["__main__"]).pop("__file__", None)
        options = {"n_workers": part_reader.processors(), "threads_per_worker": 1, "dashboard_address": None}
        options["silence_logs"] = logging.CRITICAL
        with distributed.LocalCluster(**options) as made, distributed.Client(made) as connected:
            yield connected, None
        return
    try:
        connected = distributed.Client(scheduler, timeout="3s")
    except (OSError, ValueError) as wrong:
        raise cli.Stop(cli.TRY_LATER, f"no Dask scheduler at {scheduler} ({wrong}); start one") from None
    with connected, tempfile.TemporaryDirectory() as folder:
        package = f"{folder}/tracker.zip"
        root = Path(__file__).parents[2]
        with zipfile.ZipFile(package, "w") as archive:
            for path in sorted(root.glob("tracker/**/*.py")):
                archive.write(path, path.relative_to(root))
        connected.upload_file(package)
        library = None
        if compiled := native.compiled():
            # A name of this run's own: to write over a library that a worker has loaded ends the worker.
            library = f"{compiled.stem}-{uuid.uuid4().hex}.so"
            shutil.copyfile(compiled, f"{folder}/{library}")
            connected.upload_file(f"{folder}/{library}")
        yield connected, library
