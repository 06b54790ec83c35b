"""One answer, however the lines are read: compiled or not, one process or several, cut anywhere."""

from __future__ import annotations

import json
import subprocess
import sys

from conftest import ROOT
from log_readers import answer, in_python
from tracker.telemetry import engines, sources
from tracker.telemetry.part_reader import Question


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
