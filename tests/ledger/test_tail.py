"""What a crash left behind the heads: what counts, what is torn, what is gone."""

from __future__ import annotations

import pytest

from readings import broken, evidence, raw_lines
from tracker.ledger import files, tail


def test_a_whole_row_that_was_killed_before_it_was_acknowledged_stays(tool, put, data):
    """A power cut can take the heads back to an earlier state; the rows are on the disk and count."""
    put(evidence(1))
    heads = (data / files.HEADS).read_bytes()
    put(evidence(2), evidence(3))
    (data / files.HEADS).write_bytes(heads)
    assert len(tool("ledger-cat").out.splitlines()) == 3
    put(evidence(4))
    assert tool("ledger-verify").status == 0


def test_settling_changes_nothing(put, data):
    put(evidence(1))
    broken(data, b"torn")
    before = {path.name: path.read_bytes() for path in data.iterdir() if path.is_file()}
    assert tail.settle(data)["evidence.jsonl"].torn == 4
    assert {path.name: path.read_bytes() for path in data.iterdir() if path.is_file()} == before


def test_an_untouched_ledger_and_an_empty_folder_have_nothing_behind_the_heads(put, data, tmp_path):
    put(evidence(1), evidence(2))
    assert {
        name: found for name, found in tail.settle(data).items() if found != tail.Tail(files.FileHead())
    } == {"evidence.jsonl": tail.Tail(files.read_heads(data)["evidence.jsonl"])}
    assert set(tail.settle(tmp_path / "nothing").values()) == {tail.Tail(files.FileHead())}


def test_rows_that_the_heads_know_and_the_file_lacks_are_counted_also_when_all_are_gone(put, data):
    put(evidence(1), evidence(2), evidence(3))
    path = data / "evidence.jsonl"
    first = raw_lines(path)[0]
    path.write_bytes(first + b"\n" + b"torn")
    found = tail.settle(data)["evidence.jsonl"]
    assert (found.head.rows, found.lost, found.torn) == (1, 2, 4)
    path.unlink()
    assert tail.settle(data)["evidence.jsonl"].lost == 3


def test_rows_that_no_head_knows_are_told_apart_from_none(put, data):
    put(evidence(1))
    (data / files.HEADS).unlink()
    found = tail.settle(data)["evidence.jsonl"]
    assert (found.headless, found.head.rows, found.torn) == (True, 1, 0)


@pytest.mark.parametrize(
    ("batch", "rows"), [("ab/3", 3), ("ab/", 0), ("ab", 0), ("ab/x", 0), ("ab/-1", 0), ("", 0), ("a/b/2", 2)]
)
def test_a_call_says_how_many_rows_it_wrote(batch, rows):
    assert tail._rows_in(batch) == rows


def test_a_line_that_is_no_json_stands_in_the_way_of_none_behind_it(put, data):
    put(evidence(1))
    (data / files.HEADS).unlink()
    broken(data, b"\xff no row\n" + raw_lines(data / "evidence.jsonl")[0] + b"\n")
    assert tail.settle(data)["evidence.jsonl"].head.rows == 3
