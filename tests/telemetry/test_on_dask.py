"""The same answer on Dask: on this machine, when a worker dies, and when there is no scheduler."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from conftest import BIN, clean_env
from log_readers import answer, in_python
from tracker import cli
from tracker.telemetry import native, on_dask, sources
from tracker.telemetry.part_reader import Question, tell_nobody


def test_dask_on_this_machine_gives_the_same_bytes(damaged, tmp_path):
    folder = tmp_path / "logs" / "a"
    folder.mkdir(parents=True)
    for name in "xyz":
        (folder / f"{name}.jsonl.zst").write_bytes(zstandard.compress(damaged.read_bytes()))
    command = [str(BIN / "summarize"), "--format", "json", "--lenient", str(tmp_path / "logs/**/*.jsonl.zst")]
    env = clean_env(tmp_path)
    here = subprocess.run(command, capture_output=True, env=env, check=True, timeout=60)
    dask = subprocess.run(
        [*command, "--engine", "dask"], capture_output=True, env=env, check=True, timeout=60
    )
    assert dask.stdout == here.stdout
    assert json.loads(dask.stdout)["lines"] == 9_000


@contextlib.contextmanager
def running(*command):
    """A program of Dask's, ended at the end."""
    started = subprocess.Popen([sys.executable, "-m", *command], stderr=subprocess.PIPE, text=True, cwd="/")
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def test_a_worker_killed_in_mid_run_changes_nothing(damaged, monkeypatch):
    part = sources.find([str(damaged)])[0]
    expected = answer(in_python(part))
    monkeypatch.setattr(sources.split, "__defaults__", (10_000,))
    with cluster(workers=2) as (address, [one, *_]):
        told = []

        def tell(size):
            told.append(size)
            if len(told) == 20:
                one.kill()
                assert len(sources.split(part)) > 100

        found = on_dask.run([part], Question(), address, tell)
    assert sum(told) == part.size
    assert answer(found) == expected


@contextlib.contextmanager
def cluster(workers):
    """A scheduler and its workers; yields (address, the workers' processes, and the scheduler's last)."""
    with contextlib.ExitStack() as stack:
        scheduler = stack.enter_context(
            running("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        )
        address = next(said.split()[-1] for said in scheduler.stderr if "Scheduler at:" in said)
        worker = ("distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard")
        started = [stack.enter_context(running(*worker)) for _ in range(workers)]
        for one in started:
            assert any("Registered to:" in said for said in one.stderr)
        yield address, [*started, scheduler]


def test_when_every_worker_is_dead_it_says_so_and_ends(damaged, monkeypatch):
    part = sources.find([str(damaged)])[0]
    monkeypatch.setattr(sources.split, "__defaults__", (10_000,))
    monkeypatch.setattr(on_dask, "PATIENCE", 2)
    with cluster(workers=2) as (address, [*workers, _]):
        told = []

        def tell(size):
            told.append(size)
            if len(told) == 5:
                for worker in workers:
                    worker.kill()

        with pytest.raises(cli.Stop, match=f"every worker of {address} is gone") as stop:
            on_dask.run([part], Question(), address, tell)
    assert stop.value.status == cli.TRY_LATER
    assert 5 <= len(told) < len(sources.split(part))


def test_when_the_scheduler_dies_it_says_so_and_ends(damaged, monkeypatch):
    part = sources.find([str(damaged)])[0]
    monkeypatch.setattr(sources.split, "__defaults__", (10_000,))
    with cluster(workers=1) as (address, [_, scheduler]):

        def tell(_):
            scheduler.kill()

        with pytest.raises(cli.Stop, match=r"the Dask scheduler of tcp://.* is gone") as stop:
            on_dask.run([part], Question(), address, tell)
    assert stop.value.status == cli.TRY_LATER


def test_a_cluster_without_any_worker_is_said(damaged, monkeypatch):
    monkeypatch.setattr(on_dask, "PATIENCE", 2)
    with (
        cluster(workers=0) as (address, _),
        pytest.raises(cli.Stop, match=r"for 2 s every worker of .* is gone") as stop,
    ):
        on_dask.run(sources.find([str(damaged)]), Question(), address, tell_nobody)
    assert stop.value.status == cli.TRY_LATER


@pytest.mark.skipif(
    native.compiled() is None or not Path("/proc/self/maps").exists(), reason="no C compiler, or no /proc"
)
def test_the_workers_of_a_cluster_read_with_the_compiled_reader(damaged):
    [part] = sources.find([str(damaged)])
    with cluster(workers=1) as (address, [worker, _]):
        for _ in range(2):  # the second run must not write over what the first one's worker has loaded
            found = on_dask.run([part], Question(), address, tell_nobody)
        assert native.compiled().stem in Path(f"/proc/{worker.pid}/maps").read_text()
    assert answer(found) == answer(in_python(part))


def test_a_scheduler_that_is_not_there_is_said(damaged, tool):
    ran = tool("summarize", "--scheduler", "tcp://127.0.0.1:9", str(damaged))
    assert (ran.status, ran.out) == (75, "")
    assert "no Dask scheduler at tcp://127.0.0.1:9" in ran.err
    assert ran.err.count("\n") == 1


def test_stdin_cannot_be_sent_to_a_worker():
    with pytest.raises(cli.Stop, match="reads files, not stdin") as stop:
        on_dask.run([sources.Part("stdin", 0)], Question(), "own", tell_nobody)
    assert stop.value.status == cli.USAGE


def test_without_dask_it_is_said_how_to_install_it(damaged, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(cli.Stop, match=r"Dask is not installed; run '.*pip install .*cluster") as stop:
        on_dask.run(sources.find([str(damaged)]), Question(), "own", tell_nobody)
    assert stop.value.status == cli.NO_SETTING
