"""The same parts, read on Dask: a cluster of this machine's own, or one that runs already."""

from __future__ import annotations

import logging
import sys
import tempfile
import zipfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from tracker import cli
from tracker.telemetry import part_reader, sources
from tracker.telemetry.part_reader import Found, Question, Tell
from tracker.telemetry.sources import Part

AHEAD = 64  # results that may wait for their turn to be merged


def run(parts: list[Part], question: Question, scheduler: str, tell: Tell) -> Found:
    """Return what all parts hold; cli.Stop when there is no Dask (78) or no scheduler (75).

    Workers read the files themselves, by the names given, so a cluster needs a folder that all its
    machines see, and msgspec and zstandard on each; this package is sent to them.  A worker that
    dies has its parts read again by another.
    """
    for part in parts:
        if isinstance(part.path, int):
            raise cli.Stop(cli.USAGE, "--engine dask reads files, not stdin; name them")
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise cli.Stop(
            cli.NO_SETTING, "Dask is not installed; run `.venv/bin/pip install 'distributed'`"
        ) from None
    tasks = [
        piece._replace(path=str(Path(str(piece.path)).resolve()))
        for part in parts
        for piece in sources.split(part)
    ]
    total = part_reader.nothing(question)
    with _client(Client, LocalCluster, scheduler) as client:
        # Merged in the order of the files, whatever the order in which the answers come.
        coming = iter(tasks)
        waiting = deque(
            (task, client.submit(part_reader.read, task, question, pure=False))
            for task in islice(coming, AHEAD)
        )
        while waiting:
            task, answer = waiting.popleft()
            try:
                total.merge(answer.result())
            except FileNotFoundError:
                raise cli.Stop(
                    cli.NOTHING, f"a Dask worker does not see {task.path}; put logs where all workers do"
                ) from None
            tell(task.size)
            waiting.extend(
                (task, client.submit(part_reader.read, task, question, pure=False))
                for task in islice(coming, 1)
            )
    return total


@contextmanager
def _client(client: Any, cluster: Any, scheduler: str) -> Iterator[Any]:
    if scheduler == "own":
        # A spawned worker would begin by running the file of `__main__` again: the tool's starter.
        vars(sys.modules["__main__"]).pop("__file__", None)
        options = {"n_workers": part_reader.processors(), "threads_per_worker": 1, "dashboard_address": None}
        options["silence_logs"] = logging.CRITICAL
        with cluster(**options) as made, client(made) as connected:
            yield connected
        return
    try:
        connected = client(scheduler, timeout="3s")
    except (OSError, ValueError) as wrong:
        raise cli.Stop(cli.TRY_LATER, f"no Dask scheduler at {scheduler} ({wrong}); start one") from None
    with connected, tempfile.TemporaryDirectory() as folder:
        package = f"{folder}/tracker.zip"
        root = Path(__file__).parents[2]
        with zipfile.ZipFile(package, "w") as archive:
            for path in sorted(root.glob("tracker/**/*.py")):
                archive.write(path, path.relative_to(root))
        connected.upload_file(package)
        yield connected
