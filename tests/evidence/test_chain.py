"""The chain: whole, with a row missing, written anew, or none."""

from __future__ import annotations

import hashlib

import msgspec

from tracker import rows
from tracker.evidence.chain import chain
from verdict_rows import START, window


def stamped(n):
    lines, before = [], None
    for i in range(n):
        row = window(f"W{i}", row_id=str(i), recorded_at=START, prev_sha256=before)
        raw = msgspec.json.encode(row)
        before = hashlib.sha256(raw).hexdigest()
        lines.append((row, raw))
    return lines


def test_a_whole_chain_is_verified_and_two_ledgers_are_two_beginnings():
    found = chain(stamped(5), {rows.Window})
    assert (found.linked, found.begun, found.broken) == (4, 1, False)
    assert found.said == "chain verified: 5 rows"
    two = chain([*stamped(3), *stamped(3)], {rows.Window})
    assert (two.begun, two.again, two.broken) == (2, 1, False)
    assert two.said.startswith("chain in pieces: 1 rows begin it anew behind others")


def test_rows_taken_out_with_the_stamp_that_named_them_are_not_called_verified():
    lines = stamped(6)
    bare = msgspec.structs.replace(lines[4][0], prev_sha256=None)
    raw = msgspec.json.encode(bare)
    last = msgspec.structs.replace(lines[5][0], prev_sha256=hashlib.sha256(raw).hexdigest())
    found = chain([*lines[:2], (bare, raw), (last, msgspec.json.encode(last))], {rows.Window})
    assert "verified" not in found.said
    every = [(msgspec.structs.replace(row, prev_sha256=None), raw) for row, raw in lines]
    assert chain(every, {rows.Window}).said.startswith("chain in pieces: 5 rows")


def test_a_row_missing_or_changed_breaks_it():
    lines = stamped(5)
    without = chain([*lines[:2], *lines[3:]], {rows.Window})
    assert without.broken and without.said.startswith("chain broken at window W3:")
    lines[1] = (lines[1][0], lines[1][1].replace(b"40", b"41"))
    assert chain(lines, {rows.Window}).breaks == ("window W2",)


def test_the_last_row_of_each_kind_that_is_whole_is_told():
    lines = stamped(5)
    found = chain(lines, {rows.Window})
    assert found.last == {"window": (5, hashlib.sha256(lines[-1][1]).hexdigest())}
    assert found.recorded_at == START
    assert chain(lines, ()).last == found.last  # also of a kind that is not judged
    for not_whole in (lines[1:], [*lines[:2], *lines[3:]], [*lines, *stamped(2)]):
        assert not chain(not_whole, {rows.Window}).last


def test_lines_written_anew_and_plain_rows_prove_nothing():
    again = [(row, raw + b" ") for row, raw in stamped(5)]
    assert not chain(again, {rows.Window}).broken
    assert "wrote these lines anew" in chain(again, {rows.Window}).said
    assert "plain rows" in chain([(window("W1"), b"")], {rows.Window}).said
    assert chain(stamped(5), {rows.Feature}).linked == 0


def test_a_correction_behind_another_beginning_is_no_window_of_another_ledger():
    first = window("W", row_id="1", recorded_at=START)
    again = window("W", row_id="2", recorded_at=START)
    right = window("W", row_id="2", recorded_at=START, supersedes="1")
    assert chain([(first, b"1"), (again, b"2")], {type(first)}).windows_shared == ("W",)
    assert chain([(first, b"1"), (right, b"2")], {type(first)}).windows_shared == ()
