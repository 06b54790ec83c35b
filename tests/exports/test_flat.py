"""One kind of row as a table: every row, every field, and values that a spreadsheet takes for values."""

from __future__ import annotations

import csv
import io
import json

import msgspec
import pyarrow.parquet
import pytest

from conftest import ROOT
from tracker import rows
from tracker.exports import flat
from verdict_rows import START, window

SAMPLE = b"".join(path.read_bytes() for path in sorted((ROOT / "data/samples/week0").glob("*.jsonl")))


def test_csv_has_every_row_and_field(tool):
    ran = tool("export-rows", "--to", "csv", "--kind", "window", stdin=SAMPLE)
    assert ran.status == 0, ran.err
    found = list(csv.DictReader(io.StringIO(ran.out)))
    there = [json.loads(line) for line in SAMPLE.splitlines() if b'"kind":"window"' in line]
    assert [one["window"] for one in found] == [row["window"] for row in there]
    assert [float(one["capacity_pp"]) for one in found] == [row["capacity_pp"] for row in there]
    assert found[0]["account"] == "" and json.loads(found[0]["notes"]) == there[0]["notes"]


def test_a_formula_and_a_control_character_are_text():
    out = io.BytesIO()
    its = [window("=1+1"), window("\u202egpj\x1b[2J"), window("two\nlines")]
    assert flat.csv(rows.Window, its, out) == 3
    found = [one["window"] for one in csv.DictReader(io.StringIO(out.getvalue().decode()))]
    assert found == ["'=1+1", "\\u202egpj\\x1b[2J", "two\\nlines"]


@pytest.mark.parametrize("batch", [1, 2, 10_000])
def test_batches_join_without_a_seam(batch, monkeypatch):
    monkeypatch.setattr(flat, "BATCH", batch)
    text, table = io.BytesIO(), io.BytesIO()
    its = [window(f"W{n}") for n in range(5)]
    assert flat.csv(rows.Window, iter(its), text) == flat.parquet(rows.Window, iter(its), table) == 5
    assert len(text.getvalue().splitlines()) == 6
    assert pyarrow.parquet.read_table(table).column("window").to_pylist() == [f"W{n}" for n in range(5)]


@pytest.mark.parametrize("kind", rows.KINDS)
def test_every_kind_has_columns(kind):
    assert {"ts", "row_id"} <= flat.columns(rows.KINDS[kind]).keys()
    out = io.BytesIO()
    assert flat.parquet(rows.KINDS[kind], [], out) == 0 and out.getvalue() == b""


def test_parquet_keeps_types():
    out = io.BytesIO()
    flat.parquet(rows.Window, [window("W", features=2.5, points=None, started_at=START)], out)
    (row,) = pyarrow.parquet.read_table(out).to_pylist()
    assert (row["features"], row["capacity_pp"], row["started_at"], row["notes"]) == (2.5, None, START, "[]")


@pytest.mark.parametrize(
    ("options", "said"),
    [(("--to", "csv"), "needs --kind"), (("--to", "otlp", "--kind", "window"), "leave --kind out")],
)
def test_a_table_is_of_one_kind(tool, options, said):
    ran = tool("export-rows", *options, stdin=SAMPLE)
    assert (ran.status, ran.out) == (2, "") and said in ran.err


def test_no_row_of_a_kind_is_nothing_to_work_on(tool):
    ran = tool("export-rows", "--to", "csv", "--kind", "replay", stdin=SAMPLE)
    assert (ran.status, ran.out) == (66, "")


def test_parquet_takes_blocks_that_are_numbers_and_names_and_the_shipped_ledger(tool, tmp_path):
    out = io.BytesIO()
    flat.parquet(rows.Window, [window("W", block=1), window("V", block="b"), window("U", block=None)], out)
    assert pyarrow.parquet.read_table(out).column("block").to_pylist() == ["1", "b", None]
    for kind in rows.KINDS:
        its = [row for row in map(json.loads, SAMPLE.splitlines()) if row["kind"] == kind]
        out = io.BytesIO()
        assert flat.parquet(
            rows.KINDS[kind], [msgspec.convert(row, rows.KINDS[kind]) for row in its], out
        ) == len(its)
