"""Rows in and out: what is written is read again, and what is no row is named by its line."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings import evidence, lines
from tracker import cli, jsonl, rows

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
ROWS = st.one_of(
    st.builds(rows.Evidence, ts=TIMES, check=TEXTS, result=TEXTS, detail=st.none() | TEXTS),
    st.builds(rows.Undo, ts=TIMES, undoes=TEXTS, reason=st.none() | TEXTS),
    st.builds(
        rows.Churn,
        ts=TIMES,
        window=TEXTS,
        added_lines=st.none() | st.integers(0, 2**53),
        churn_14d=st.none() | st.floats(0, 1),
    ),
)


def written(made: list[rows.Row]) -> bytes:
    out = io.BytesIO()
    assert jsonl.write(made, out) == len(made)
    return out.getvalue()


@given(st.lists(ROWS, max_size=8))
def test_what_is_written_is_read_again(made):
    text = written(made)
    assert text.count(b"\n") == len(made)
    found = list(jsonl.read(io.BytesIO(text)))
    assert [line.row for line in found] == made
    assert b"".join(line.raw + b"\n" for line in found) == text


@given(st.binary(max_size=80))
def test_any_line_is_a_row_an_unknown_kind_or_refused_in_one_line(raw):
    try:
        row = jsonl.decode(raw, 7)
    except cli.Stop as stop:
        assert stop.status == cli.BAD_INPUT
        assert str(stop).startswith("line 7: ")
        assert "\n" not in cli.harmless(str(stop))
    else:
        assert row is None or isinstance(row, rows.Row)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"kind":"evidence","ts":"2026-01-01T00:00:00Z","check":NaN}', "NaN is not JSON, write null"),
        (b'{"kind":"evidence","ts":"2026-01-01T00:00:00","check":"x"}', "timezone"),
        (b'{"kind":"churn","ts":"2026-01-01T00:00:00Z","window":"W","churn_14d":3.5}', "(3.5)"),
        (b"[1]", "no JSON object"),
        (b'{"ts":1}', "kind"),
        (b"[" * 100_000, "no JSON object"),
        (b'{"kind":"evidence","new":' + b"[" * 100_000, "nested too deeply"),
        ('{"kind":"evidence"}'.encode("utf-16"), "UTF-16"),
        (b"+AHsAIg-kind+ACI:+ACI-evidence+ACIAfQ-", "-f UTF-7"),
        ("\ufeff{}".encode("utf-7"), "-f UTF-7"),
        *(('{"kind":"evidence"}'.encode(name), "-f UTF-32") for name in ("utf-32", "utf-32-le", "utf-32-be")),
        *(('{"kind":"evidence"}'.encode(name), "-f UTF-16") for name in ("utf-16-le", "utf-16-be")),
        (b'{"kind":"evidence","ts":"2026-01-01T00:00:00Z","check":"\xff"}', "UTF-8"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line, said):
    with pytest.raises(cli.Stop) as stopped:
        jsonl.decode(line, 3)
    assert said.lower() in str(stopped.value).lower()
    assert jsonl.ADVICE in str(stopped.value)


def test_a_mark_at_the_start_blank_lines_and_a_missing_last_newline_are_no_rows():
    text = b"\xef\xbb\xbf" + lines(evidence(1)) + b"\n   \r\n" + lines(evidence(2)).rstrip()
    assert [(line.number, line.row.result) for line in jsonl.read(io.BytesIO(text))] == [
        (1, "pass 1"),
        (4, "pass 2"),
    ]


def test_a_row_without_its_time_is_taken_only_where_rows_are_judged():
    line = json.dumps({"kind": "evidence", "check": "x", "result": "y", "ts": None}).encode()
    with pytest.raises(cli.Stop):
        jsonl.decode(line, 1)
    row = jsonl.decode(line, 1, undated=True)
    assert not jsonl.has_time(row)
    with pytest.raises(cli.Stop):
        jsonl.decode(b'{"kind":"usage","model":"m","lane":"zai","status":200}', 1, undated=True)


def test_a_data_frame_s_habits_are_mended_and_nothing_else():
    line = b'{"kind":"churn","ts":"2026-01-01T00:00:00Z","window":"W","added_lines":12.0}'
    assert jsonl.decode(line, 1).added_lines == 12
    with pytest.raises(cli.Stop):
        jsonl.decode(line.replace(b"12.0", b"12.5"), 1)
    assert jsonl.plain(b'{"a": 9007199254740993.0, "b": 1e300}') == {"a": 9007199254740992, "b": 1e300}


def test_only_the_kind_that_was_asked_for_comes():
    text = lines(evidence(1), {"kind": "undo", "ts": "2026-01-01T00:00:00Z", "undoes": "ab"})
    assert [(row.undoes, line.number) for row, line in jsonl.read_as(rows.Undo, io.BytesIO(text))] == [
        ("ab", 2)
    ]


def test_a_line_beyond_all_lengths_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(jsonl, "MAX_LINE", 1000)
    with pytest.raises(cli.Stop):
        list(jsonl.read(io.BytesIO(b'{"kind":"evidence","check":"' + b"x" * 5000)))
