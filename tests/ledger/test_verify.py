"""Checking a ledger: every change is found, in a row, in the chain, and in the table of heads."""

from __future__ import annotations

import shutil

import pytest

from readings import at, evidence, parsed, raw_lines, reading
from tracker.ledger import files, verify


@pytest.fixture
def grown(put):
    for number in range(6):
        put(evidence(number))


@pytest.mark.parametrize(
    ("harm", "line"),
    [
        (lambda kept: [kept[0].replace(b"pass 0", b"pass 9"), *kept[1:]], 2),
        (lambda kept: [*kept[:5], kept[5].replace(b"pass 5", b"pass 9")], 6),
        (lambda kept: [*kept[:2], *kept[3:]], 3),
        (lambda kept: [kept[0], kept[2], kept[1], *kept[3:]], 2),
        (lambda kept: [*kept[:3], kept[1], *kept[3:]], 4),
        (lambda kept: [*kept[:3], b'{"kind":"evidence"}', *kept[4:]], 4),
        (lambda kept: [*kept[:3], b"\x00\xff not a row", *kept[4:]], 4),
    ],
    ids=["a figure", "the last figure", "a row out", "two swapped", "one twice", "fields out", "garbage"],
)
def test_whatever_is_changed_the_first_bad_line_is_named(tool, data, grown, harm, line):
    path = data / "evidence.jsonl"
    path.write_bytes(b"".join(kept + b"\n" for kept in harm(raw_lines(path))))
    ran = tool("ledger-verify")
    assert ran.status == 1
    assert f"line {line}: " in ran.out


def test_a_cut_tail_is_seen_recorded_and_then_told(tool, data, grown):
    path = data / "evidence.jsonl"
    path.write_bytes(b"".join(kept + b"\n" for kept in raw_lines(path)[:4]))
    ran = tool("ledger-verify")
    assert ran.status == 1
    assert "2 rows behind row 4 are gone" in ran.out
    repaired = tool("ledger-verify", "--repair")
    assert "2 rows behind row 4 are gone" in repaired.err
    assert parsed(tool("ledger-cat", "--kind", "anomaly").out)[0]["anomaly"] == "cut-tail"


def test_heads_kept_elsewhere_show_a_cut_that_the_folder_hides(tool, data, grown, tmp_path):
    shutil.copy(data / files.HEADS, tmp_path / "kept.txt")
    path = data / "evidence.jsonl"
    path.write_bytes(b"".join(kept + b"\n" for kept in raw_lines(path)[:4]))
    (data / files.HEADS).unlink()
    assert "does not know this file" in tool("ledger-verify").out
    tool("ledger-verify", "--repair")
    assert tool("ledger-verify").status == 0  # what the folder itself can still show
    ran = tool("ledger-verify", "--against", "kept.txt")
    assert ran.status == 1
    assert "2 rows behind row 4 are gone" in ran.out
    assert tool("ledger-verify", "--against", "nothing.txt").status == 66


def test_a_ledger_that_only_grew_agrees_with_its_earlier_heads(tool, data, grown, put, tmp_path):
    shutil.copy(data / files.HEADS, tmp_path / "kept.txt")
    put(evidence(7))
    assert tool("ledger-verify", "--against", "kept.txt").status == 0


def test_rewriting_history_from_the_middle_on_does_not_agree_with_earlier_heads(
    tool, data, grown, put, tmp_path
):
    shutil.copy(data / files.HEADS, tmp_path / "kept.txt")
    shutil.rmtree(data)
    for number in (0, 1, 2, 99, 4, 5, 6):
        put(evidence(number))
    assert tool("ledger-verify").status == 0
    ran = tool("ledger-verify", "--against", "kept.txt")
    assert ran.status == 1
    assert "line 6: is not the row that the earlier head names" in ran.out


def test_nothing_to_check_is_no_pass(tool, data):
    assert tool("ledger-verify").status == 66
    data.mkdir()
    assert tool("ledger-verify").status == 66


def test_a_copy_without_its_lock_can_be_checked_and_read(tool, put, data, tmp_path):
    put(evidence(1))
    (data / files.LOCK).unlink()
    before = sorted(path.name for path in data.iterdir())
    assert tool("ledger-verify").status == 0
    assert len(tool("ledger-cat").out.splitlines()) == 1
    assert sorted(path.name for path in data.iterdir()) == before  # a reader leaves nothing behind


def test_a_number_that_its_readings_do_not_give_is_named(tool, put):
    put(reading("W1", at("09:00"), 10.0), reading("W1", at("11:00"), 30.0))
    made = tool("complete-window", "--window", "W1", "--claude-features", "3", stdin=tool("ledger-cat").out)
    row = parsed(made.out)[0] | {"capacity_pp": 12.0}
    put(row)
    ran = tool("ledger-verify")
    assert ran.status == 1
    assert "W1: capacity_pp is 12, its readings give 20" in ran.out


def flipped(table: bytes) -> list[bytes]:
    """Return a table with each of its bytes changed to another sign, one at a time."""
    other = {ord(" "): b"7", ord("\n"): b" "}
    made = []
    for place, byte in enumerate(table):
        sign = other.get(byte) or (b"%d" % ((byte - 47) % 10) if 48 <= byte <= 57 else bytes([byte ^ 1]))
        made.append(table[:place] + sign + table[place + 1 :])
    return made


def test_every_changed_byte_of_the_heads_is_found(data, grown, put):
    """A blank for a blank is the same table; whatever else is changed, the ledger is not sound."""
    put({"kind": "churn", "ts": "2026-01-05T00:00:00Z", "window": "W"})
    table = (data / files.HEADS).read_bytes()
    overlooked = []
    for changed in flipped(table):
        (data / files.HEADS).write_bytes(changed)
        if not any(one.wrong for one in verify.verify(data)):
            overlooked.append(changed)
    assert len(table) > 260
    assert overlooked == []
    (data / files.HEADS).write_bytes(table)
    assert not any(one.wrong for one in verify.verify(data))


@pytest.mark.parametrize("change", [b"time", b"rows", b"junk", b"more"])
def test_a_changed_table_of_heads_is_repaired_from_the_rows_and_recorded(tool, data, grown, put, change):
    path = data / files.HEADS
    table = path.read_bytes()
    changed = {
        b"time": table.replace(b" 2026-", b" 2036-").replace(b" 2027-", b" 2036-"),
        b"rows": table.replace(b"            6 ", b"            9 "),
        b"junk": table + b"who wrote this?\n",
        b"more": table + table.replace(b"evidence.jsonl", b"evidenze.jsonl"),
    }[change]
    assert changed != table
    path.write_bytes(changed)
    assert tool("ledger-verify").status == 1
    repaired = tool("ledger-verify", "--repair")
    assert "heads.txt: " in repaired.err
    assert repaired.status == 0, repaired.out
    assert parsed(tool("ledger-cat", "--kind", "anomaly").out)[0]["anomaly"] == "head-changed"
    (row,) = put(evidence(7))
    assert row["recorded_at"] < "2036", "a time changed into the future does not go on from there"


def test_a_hash_that_is_of_no_row_is_never_repaired(tool, data, grown):
    """Whether the row or the table was changed cannot be told from the folder alone."""
    path = data / "evidence.jsonl"
    path.write_bytes(path.read_bytes().replace(b"pass 5", b"pass 9"))
    for _ in range(2):
        ran = tool("ledger-verify", "--repair")
        assert ran.status == 1
        assert "line 6: is not the row that heads.txt names" in ran.out


def test_a_table_written_by_an_earlier_version_with_narrower_columns_is_sound(data, grown):
    path = data / files.HEADS
    path.write_bytes(b"\n".join(b" ".join(line.split()) for line in path.read_bytes().splitlines()) + b"\n")
    assert not any(one.wrong for one in verify.verify(data))


def test_what_only_a_head_kept_elsewhere_can_show_is_said(tool, grown):
    assert "only heads kept elsewhere show: --publish, --against" in tool("ledger-verify").out
