"""The published schema: what the tools take it takes, what they refuse it refuses."""

from __future__ import annotations

import json

import jsonschema
import pytest

from conftest import ROOT
from tracker import rows
from tracker.ops.row_schema import row_schema

SAMPLE = [
    json.loads(line)
    for path in [
        *sorted((ROOT / "data/samples/week0").glob("*.jsonl")),
        ROOT / "data/samples/logs/usage.jsonl",
    ]
    for line in path.read_text().splitlines()
]
CHECK = jsonschema.Draft202012Validator(row_schema(list(rows.KINDS)))


def test_it_is_a_schema_and_the_published_one():
    CHECK.check_schema(CHECK.schema)
    assert json.loads((ROOT / "docs/schema.json").read_text()) == CHECK.schema
    assert len(CHECK.schema["oneOf"]) == len(rows.KINDS)


def test_every_row_of_the_sample_is_one():
    kinds = {row["kind"] for row in SAMPLE}
    assert len(kinds) >= 7
    assert [row for row in SAMPLE if not CHECK.is_valid(row)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "windows"},
        {"kind": None},
        {"window": None},
        {"features": -1},
        {"features": "3"},
        {"quality_score": 1.5},
    ],
    ids=str,
)
def test_what_is_no_row_is_refused(change, tool):
    row = next(row for row in SAMPLE if row["kind"] == "window") | change
    assert not CHECK.is_valid(row)


def test_a_row_without_its_kind_is_refused():
    row = next(row for row in SAMPLE if row["kind"] == "window")
    assert not CHECK.is_valid({name: value for name, value in row.items() if name != "kind"})


def test_one_kind_and_a_kind_that_is_none(tool):
    made = json.loads(tool("schema", "undo").out)
    assert list(made["$defs"]) == ["Undo"]
    ran = tool("schema", "undone")
    assert (ran.status, ran.out) == (2, "") and "no kind of row is called 'undone'" in ran.err
