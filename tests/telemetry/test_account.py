"""The account of every line read: lines = rows + refused, in whatever pieces they come."""

from __future__ import annotations

from tracker.telemetry import usage_lines
from tracker.telemetry.account import Account
from usage_logs import line, sonnet, usage

TEXT = [
    line(usage(trace_id="a")).rstrip(),
    b"oops",
    line(usage(trace_id="b")).rstrip(),
    b"",
    b"[]",
    line(sonnet(status=529, err_type="5xx")).rstrip(),
]


def account(*pieces: list[bytes], name: str = "log") -> Account:
    """One account to which pieces of a file were added in turn."""
    made, number = Account(), 1
    for lines in pieces:
        made.note(name, usage_lines.decode(b"\n".join(lines), number))
        number += len(lines)
    return made


def told(made: Account) -> tuple:
    lines = {key: list(numbers) for key, numbers in made.refused.items()}
    return dict(made.lines), lines, made.first_refusal, made.representative(), made.rows


def test_every_line_is_a_row_or_refused_by_kind_and_number():
    made = account(TEXT)
    assert (made.total, made.rows, made.refusals) == (6, 3, 3)
    assert {key: list(lines) for key, lines in made.refused.items()} == {
        ("log", "not-json"): [2],
        ("log", "blank"): [4],
        ("log", "not-object"): [5],
    }
    assert made.by_kind() == {"blank": 1, "not-json": 1, "not-object": 1}


def test_accounts_of_parts_merge_into_that_of_the_whole_wherever_it_was_cut():
    whole = told(account(TEXT))
    for cut in range(1, len(TEXT)):
        assert told(account(TEXT[:cut], TEXT[cut:])) == whole
        first = account(TEXT[:cut])
        first.merge(account(TEXT[cut:]))  # which counts from 1, as the reader of a part does
        assert told(first) == whole


def test_accounts_of_two_files_keep_each_files_own_numbers():
    made = account(TEXT[:2])
    made.merge(account(TEXT, name="other"))
    assert list(made.refused["log", "not-json"]) == list(made.refused["other", "not-json"]) == [2]
    assert made.by_kind()["not-json"] == 2
    assert dict(made.lines) == {"log": 2, "other": 6}


def test_the_lines_that_stand_for_the_others_are_one_of_each_lane_and_end_or_two_that_are_alike():
    assert [row.encode() for row in account(TEXT).representative()] == [TEXT[0], TEXT[5]]
    assert [row.encode() for row in account(TEXT[:3]).representative()] == [TEXT[0], TEXT[2]]
    assert [row.encode() for row in account(TEXT[:1]).representative()] == [TEXT[0]]
    assert account([b"oops"]).representative() == []


def test_the_complaint_is_one_line_and_none_when_nothing_was_refused():
    assert account(TEXT[:1]).complaint() is None
    said = account(TEXT).complaint()
    assert said.startswith("3 of 6 lines are no usage row: log: blank at line 4; log: not-json at line 2; ")
    assert said.endswith("mend the log, or take the rest with --lenient") and "\n" not in said


def test_rows_of_another_kind_are_left_out_and_no_log_is_to_be_mended():
    assert "; leave rows of other kinds out, or " in account([b'{"kind":"snapshot"}']).complaint()
    assert "; mend the log, or " in account([b'{"kind":"snapshot"}', b"oops"]).complaint()


def test_a_complaint_about_many_files_places_four_and_counts_the_others():
    total = Account()
    for name in "abcdef":
        total.merge(account([b"oops"], name=name))
    said = total.complaint()
    assert "a: not-json at line 1; b: not-json at line 1; c: not-json" in said
    assert "e: not-json" not in said
    assert "and more (in all files: not-json 6)" in said
