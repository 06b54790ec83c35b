"""What is in force: undone and superseded rows left out, now and as of any past time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings import broken, evidence, lines, parsed, raw_lines
from tracker import cli, jsonl
from tracker.ledger import append, files, stored_rows, verify


def test_an_undone_row_stays_in_the_file_and_no_longer_counts(tool, put, data):
    rows = put(evidence(1), evidence(2))
    ran = tool("ledger-undo", rows[0]["row_id"][:6], "--reason", "typed twice")
    assert (ran.status, ran.err) == (0, f"ledger-undo: took back row {rows[0]['row_id'][:8]} (evidence)\n")
    assert [row["result"] for row in parsed(tool("ledger-cat").out)] == ["pass 2"]
    assert len(raw_lines(data / "evidence.jsonl")) == 2
    assert parsed(tool("ledger-cat", "--kind", "undo").out)[0]["reason"] == "typed twice"
    again = tool("ledger-undo", rows[0]["row_id"])
    assert again.status == 66


def test_an_undo_can_be_undone(tool, put):
    row = put(evidence(1))[0]
    undo = parsed(tool("ledger-undo", row["row_id"], "--echo").out)[0]
    assert tool("ledger-cat").out == ""
    assert tool("ledger-undo", "--last", "undo").status == 0
    assert parsed(tool("ledger-cat").out) == [row]
    assert undo["undoes"] == row["row_id"]


def test_a_correction_replaces_and_its_undo_brings_the_first_back(tool, put):
    first = put(evidence(1))[0]
    second = put(evidence(2, supersedes=first["row_id"]))[0]
    assert parsed(tool("ledger-cat").out) == [second]
    assert tool("ledger-undo", second["row_id"]).status == 0
    assert parsed(tool("ledger-cat").out) == [first]


def test_the_ledger_can_be_read_as_of_any_past_time(tool, put):
    first = put(evidence(1), TRACKER_NOW="2026-01-05T10:00:00Z")[0]
    second = put(evidence(2, supersedes=first["row_id"]), TRACKER_NOW="2026-01-05T11:00:00Z")[0]
    tool("ledger-undo", second["row_id"], TRACKER_NOW="2026-01-05T12:00:00Z")

    def as_of(clock: str) -> list[str]:
        return [row["result"] for row in parsed(tool("ledger-cat", "--as-of", f"2026-01-05T{clock}:00Z").out)]

    assert [as_of(clock) for clock in ("09:59", "10:30", "11:30", "12:30")] == [
        [],
        ["pass 1"],
        ["pass 2"],
        ["pass 1"],
    ]
    assert tool("ledger-cat", "--as-of", "yesterday").status == 2


@given(st.lists(st.tuples(st.sampled_from(["new", "undo", "supersede"]), st.integers(0, 30)), max_size=14))
@settings(max_examples=60, deadline=None)
def test_what_is_in_force_is_what_a_simple_book_would_say(tmp_path_factory, moves):
    """The law: a row counts unless an undo in force names it, or a row not undone replaced it."""
    data = tmp_path_factory.mktemp("ledger")
    book: list[tuple[str, str, str | None]] = []  # row_id, what it is, the row that it names

    def in_force() -> set[str]:
        undone: set[str] = set()
        for name, what, target in reversed(book):
            if what == "undo" and name not in undone:
                undone.add(target)
        replaced = {target for name, what, target in book if what == "supersede" and name not in undone}
        return {name for name, _, _ in book} - undone - replaced

    for number, (what, choice) in enumerate(moves):
        there = sorted(in_force())
        name = f"{number:08x}"
        target = there[choice % len(there)] if there and what != "new" else None
        if what == "undo" and target:
            row = {"kind": "undo", "ts": "2026-01-05T00:00:00Z", "undoes": target, "row_id": name}
        else:
            row = evidence(number, row_id=name, **({"supersedes": target} if target else {}))
            what = "supersede" if target else "new"
        append.append(data, [append.New(jsonl.decode(lines(row), 1), row)], fsync=False)
        book.append((name, what, target))
    assert {item.row.row_id for item in stored_rows.in_force(data, ["evidence", "undo"])} == in_force()
    assert stored_rows.scan(data).out == {name for name, _, _ in book} - in_force()
    assert not any(one.wrong for one in verify.verify(data))


def test_a_line_that_is_no_row_is_named_with_its_file_and_the_tool_that_says_more(put, data):
    put(evidence(1), evidence(2))
    path = data / "evidence.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"kind":"evidence"', b'"kind":"evidence', 1))
    with pytest.raises(cli.Stop, match=r"evidence\.jsonl: line 1: .*; see `ledger-verify`") as stopped:
        list(stored_rows.in_force(data))
    assert stopped.value.status == cli.BAD_INPUT


def test_a_row_of_a_later_version_is_passed_on_and_counts(put, data):
    put(evidence(1))
    line = b'{"kind":"horoscope","ts":"2026-01-05T00:00:00Z"}\n'
    broken(data, line)
    (data / files.HEADS).unlink()
    assert [item.raw + b"\n" for item in stored_rows.in_force(data) if item.row is None] == [line]
