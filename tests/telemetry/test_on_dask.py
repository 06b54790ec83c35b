"""The same answer on Dask: on this machine, when a worker dies, and when there is no scheduler."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys

import pytest
import zstandard

from conftest import BIN, clean_env
from log_readers import answer, in_python
from tracker import cli
from tracker.telemetry import on_dask, sources
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
    with running(
        "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
    ) as scheduler:
        address = next(said.split()[-1] for said in scheduler.stderr if "Scheduler at:" in said)
        worker = ("distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard")
        with running(*worker) as one, running(*worker) as other:
            for started in (one, other):
                assert any("Registered to:" in said for said in started.stderr)
            told = []

            def tell(size):
                told.append(size)
                if len(told) == 20:
                    one.kill()
                    assert len(sources.split(part)) > 100

            found = on_dask.run([part], Question(), address, tell)
    assert sum(told) == part.size
    assert answer(found) == expected


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
    with pytest.raises(cli.Stop, match="pip install 'distributed'") as stop:
        on_dask.run(sources.find([str(damaged)]), Question(), "own", tell_nobody)
    assert stop.value.status == cli.NO_SETTING
