"""One answer in every format, and no text in it that a terminal or a spreadsheet would obey."""

from __future__ import annotations

import json

import msgspec
import pytest

from tracker.print import formats

VALUE = {"name": "a\x1b[2J", "n": [1.5, float("nan")]}


def page(value, markdown):
    return f"{'# ' if markdown else ''}{value['name']}\n"


@pytest.mark.parametrize(
    "form, said",
    [("text", "a\\x1b[2J\n"), ("md", "# a\\x1b[2J\n"), ("jsonl", '{"a":1}\n'), ("csv", "a\n1\n")],
)
def test_each_format_is_written_from_its_own_part(form, said):
    assert formats.written(form, VALUE, page, lines=lambda: [{"a": 1}], records=lambda: [{"a": 1}]) == said


def test_json_has_no_number_that_json_does_not_know_and_no_raw_escape():
    text = formats.as_json(VALUE)
    assert json.loads(text) == {"name": "a\x1b[2J", "n": [1.5, None]} and "\x1b" not in text


def test_a_row_becomes_plain_values():
    class Row(msgspec.Struct):
        n: float

    assert json.loads(formats.as_json([Row(float("inf"))])) == [{"n": None}]


@pytest.mark.parametrize(
    "cell, said",
    [
        ("=1+1", "'=1+1"),
        (" @x", "' @x"),
        ("＝1", "'＝1"),
        ("-1.5", "-1.5"),
        ("+5", "+5"),
        ("-x", "'-x"),
        (-2, "-2"),
        (None, ""),
        (["a", "b"], '"a, b"'),
        ("a\x1b", "a\\x1b"),
    ],
)
def test_a_cell_is_no_formula_and_a_number_stays_one(cell, said):
    assert formats.as_csv(["c"], [{"c": cell, "other": 1}]) == f"c\n{said}\n".replace("\n\n", '\n""\n')


def test_csv_of_nothing_is_an_empty_heading():
    assert formats.written("csv", VALUE, page, records=list) == "\n"
