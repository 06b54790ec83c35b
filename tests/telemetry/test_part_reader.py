"""One part of the input: what it holds, and which rows a jq expression keeps."""

from __future__ import annotations

import pytest

import usage_logs
from log_readers import answer
from tracker import cli
from tracker.telemetry import part_reader, sources, usage_lines
from tracker.telemetry.part_reader import Question
from usage_logs import line, sonnet, usage


@pytest.fixture
def part(tmp_path):
    (tmp_path / "log").write_bytes(line(usage()) + b"oops\n" + line(sonnet()) + line(usage(session_id="s")))
    return sources.find([str(tmp_path / "log")])[0]


def test_rows_that_are_not_wanted_are_counted_as_left_out(part):
    found = part_reader.read(part, Question(where='.lane == "zai"'))
    assert (found.account.left_out, found.account.rows, found.account.refusals) == (1, 3, 1)
    assert {key[0] for key in found.rollup.cells} == {"zai"}


def test_a_breakdown_that_is_asked_for_is_made(part):
    found = part_reader.read(part, Question(by=("session",)))
    assert {name: group.sums.requests for name, group in found.rollup.by["session"].items()} == {
        None: 2,
        "s": 1,
    }


@pytest.mark.parametrize("question", [Question(), Question(by=("day",))])
def test_every_byte_read_is_told(part, question):
    told: list[int] = []
    part_reader.read(part, question, told.append)
    assert sum(told) == part.size


def test_parts_merged_in_order_are_the_whole(tmp_path):
    (tmp_path / "log").write_bytes(usage_logs.log(200))
    [whole] = sources.find([str(tmp_path / "log")])
    total = part_reader.nothing(Question())
    for piece in sources.split(whole, 20_000):
        total.merge(part_reader.read(piece, Question()))
    assert answer(total) == answer(part_reader.read(whole, Question()))


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("true", 3),
        (".lane", 3),
        (".none", 0),
        ("empty", 0),
        (".status == 200, false", 3),
        ('.model | test("sonnet")', 1),
        (". # all", 3),
    ],
)
def test_a_row_is_kept_when_any_answer_is_true(part, where, kept):
    block = usage_lines.decode(b"".join(sources.pieces(part)).rstrip(), 1)
    assert len(part_reader.filter_of(where)(block)) == kept


@pytest.mark.parametrize("where", [".lane ==", "nope(", "$x"])
def test_an_expression_that_is_none_is_refused_in_one_line(where):
    with pytest.raises(cli.Stop, match="--where: ") as stop:
        part_reader.filter_of(where)
    assert stop.value.status == cli.USAGE and "\n" not in str(stop.value)


def test_an_expression_that_does_not_fit_a_row_says_on_which_lines():
    block = usage_lines.decode(line(usage()) + line(usage()).rstrip(), 7)
    with pytest.raises(part_reader.WhereError, match="does not work on lines 7 to 8"):
        part_reader.filter_of(".model + 1")(block)
