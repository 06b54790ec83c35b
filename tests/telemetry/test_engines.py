"""One answer, however the lines are read: compiled or not, one process or several, cut anywhere."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import subprocess
import sys

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

import usage_logs
from conftest import BIN, ROOT, clean_env
from tracker.telemetry import engines, native, on_dask, part_reader, report, sources
from tracker.telemetry.part_reader import Question


def answer(found: part_reader.Found) -> str:
    return json.dumps(report.metrics(found.rollup, found.account))


def in_python(part: sources.Part) -> part_reader.Found:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "load", lambda: None)
        return part_reader.read(part, Question())


@pytest.fixture(scope="session")
def damaged(tmp_path_factory):
    """A log of 3,000 lines, one in twenty of them spoilt."""
    chance = random.Random(11)
    text = usage_logs.log(3_000).split(b"\n")[:-1]
    for at in range(0, len(text), 20):
        text[at] = usage_logs.spoil(text[at], chance)
    path = tmp_path_factory.mktemp("log") / "usage.jsonl"
    path.write_bytes(b"\n".join(text) + b"\n")
    return path


def test_the_compiled_reader_is_there_when_there_is_a_compiler():
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    subprocess.run([ROOT / "scripts" / "build-native.sh"], check=True)
    assert native.load() is not None


PLACES = [
    b"null",
    b"0",
    b"17",
    b"17.5",
    b"1e3",
    b"-1",
    b"01",
    b"0.1234567890123456789",
    b"true",
    b'""',
    b'"a"',
]
PLACES += [b'"\\u0061"', b'"zai"', b'"200"', b"{}", b'{"a":1}', b'{"a":-1}', b'{"a":"b"}', b"[]", b'"stream"']
PLACES += [
    b"999",
    b"1000",
    b"1234567890123456789",
    b"0.30000000000000004",
    b"812.4",
    b"NaN",
    b'"2026-02-29T10:00:00Z"',
]
PLACES += [
    b'"2024-02-29T23:59:59.999999Z"',
    b'"2026-02-03T10:00:60Z"',
    b'"2026-02-03t10:00:00+01:00"',
    b'"haiku,"',
]


@st.composite
def edited(draw):
    """A good row with some of its values, keys or separators changed, into right and wrong ones."""
    rows = []
    for row in usage_logs.requests(draw(st.integers(1, 4)), draw(st.integers(0, 99))):
        members = [[json.dumps(key).encode(), json.dumps(value).encode()] for key, value in row.items()]
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(members) - 1))
            change = draw(st.integers(0, 5))
            if change <= 2:
                members[at][1] = draw(st.sampled_from(PLACES))
            elif change == 3:
                members.append([members[at][0], draw(st.sampled_from([*PLACES, members[at][1]]))])
            elif change == 4:
                members.append(
                    [
                        draw(st.sampled_from([b'"new"', b'"n\\u0065w"', b'"n\xff"'])),
                        draw(st.sampled_from(PLACES)),
                    ]
                )
            else:
                del members[at]
        comma, colon = draw(st.sampled_from([(b",", b":"), (b", ", b": "), (b" ,", b" :"), (b",\t", b":")]))
        rows.append(b"{" + comma.join(colon.join(member) for member in members) + b"}")
    return b"\n".join(rows)


@pytest.mark.skipif(native.load() is None, reason="the compiled reader is not there")
@settings(max_examples=400, deadline=None)
@given(edited())
def test_the_compiled_reader_agrees_with_the_one_that_decides(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "edited.jsonl"
    path.write_bytes(text)
    [part] = sources.find([str(path)])
    assert answer(part_reader.read(part, Question())) == answer(in_python(part))


def test_each_way_of_reading_gives_the_same_bytes(damaged, monkeypatch):
    [part] = sources.find([str(damaged)])
    expected = answer(in_python(part))
    monkeypatch.setattr(engines, "LARGE", 0)
    monkeypatch.setattr(sources.split, "__defaults__", (50_000,))
    assert len(sources.split(part)) > 20
    for jobs in (1, 2, 3):
        assert answer(engines.run([part], Question(), jobs)) == expected
    told = json.loads(expected)
    assert told["lines"] == 3_000 == told["rows"] + told["refused"]["total"]
    assert told["refused"]["total"] > 100


def test_the_compiled_reader_takes_what_the_router_writes(damaged):
    if native.load() is None:
        pytest.skip("the compiled reader is not there")
    found = part_reader.nothing(Question())
    scanner = native.Scanner(native.load(), "log", *found)
    scanner.add(usage_logs.log(200).rstrip())
    assert not found.rollup.cells
    scanner.close()
    assert found.rollup.total().requests == 200  # none of them came through Python


def test_a_log_on_stdin_is_read_by_several_processes_too(damaged):
    part = b"".join([damaged.read_bytes()] * 8)
    big = damaged.with_name("big.jsonl")
    big.write_bytes(b"not for us\n" + part)
    code = (
        "import json, os, sys; from tracker.telemetry import engines, part_reader, report, sources; engines.LARGE = 1;"
        "sources.split.__defaults__ = (400_000,); os.read(0, 11);"
        "found = engines.run(sources.find([]), part_reader.Question(), int(sys.argv[1]));"
        "print(json.dumps(report.metrics(found.rollup, found.account)))"
    )
    said = []
    for jobs in ("1", "2"):
        with big.open("rb") as file:
            said.append(
                subprocess.run(
                    [sys.executable, "-c", code, jobs],
                    stdin=file,
                    capture_output=True,
                    check=True,
                    env={"PYTHONPATH": str(ROOT / "lib")},
                ).stdout
            )
    assert said[0] == said[1]
    assert json.loads(said[0])["lines"] == 24_000


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
