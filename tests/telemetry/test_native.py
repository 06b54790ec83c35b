"""The compiled reader: it agrees with the one that decides, and leaves what is in doubt."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import usage_logs
from conftest import ROOT
from log_readers import answer, in_python
from tracker.telemetry import native, part_reader, sources
from tracker.telemetry.part_reader import Question
from usage_logs import line, usage


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


def test_the_compiled_reader_takes_what_the_router_writes():
    if native.load() is None:
        pytest.skip("the compiled reader is not there")
    found = part_reader.nothing(Question())
    scanner = native.Scanner(native.load(), "log", *found)
    scanner.add(usage_logs.log(200).rstrip())
    assert not found.rollup.cells
    scanner.close()
    assert found.rollup.total().requests == 200  # none of them came through Python


@pytest.mark.skipif(native.load() is None, reason="the compiled reader is not there")
def test_lines_that_it_leaves_are_judged_and_numbered_where_they_stand():
    found = part_reader.nothing(Question())
    scanner = native.Scanner(native.load(), "log", *found)
    scanner.add(line(usage()) + b"oops\n" + line(usage(lane="elsewhere")).rstrip())
    scanner.add(b"\n" + line(usage()).rstrip())
    scanner.close()
    found.rollup.settle()
    assert {key: list(lines) for key, lines in found.account.refused.items()} == {
        ("log", "not-json"): [2],
        ("log", "blank"): [4],
    }
    assert {key[0]: sums.requests for key, sums in found.rollup.cells.items()} == {"zai": 2, "elsewhere": 1}


@pytest.mark.parametrize("source", [None, b"int other;"])
def test_without_a_library_of_this_source_there_is_none(tmp_path, monkeypatch, source):
    monkeypatch.setattr(native, "LIBRARY", tmp_path)
    monkeypatch.setattr(native, "SOURCE", tmp_path / "usage_scan.c")
    if source:
        (tmp_path / "usage_scan.c").write_bytes(source)
    assert native.load.__wrapped__() is None


def test_it_is_left_out_when_that_is_asked_for(monkeypatch):
    monkeypatch.setenv("TRACKER_NATIVE", "0")
    assert native.load.__wrapped__() is None
