"""Appending: all rows of a call or none, stamped, chained, and whatever a crash leaves moved aside."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import BIN, ROOT, clean_env
from readings import at, broken, evidence, lines, parsed, raw_lines
from tracker import cli, jsonl, rows
from tracker.ledger import append, files, stored_rows, verify


def test_a_row_is_stamped_chained_and_keeps_what_this_version_does_not_know(put, data):
    first, second = (
        put(evidence(number, colour="red"), args=("--source", "alias"), AGENT_ID="zork")[0]
        for number in (1, 2)
    )
    assert first["colour"] == "red"
    assert (first["schema_version"], first["source"], first["agent_id"]) == (1, "alias", "zork")
    assert first["prev_sha256"] is None
    kept = raw_lines(data / "evidence.jsonl")
    assert second["prev_sha256"] == hashlib.sha256(kept[0]).hexdigest()
    assert [json.loads(line) for line in kept] == [first, second]
    assert first["row_id"] != second["row_id"]


def test_every_kind_goes_to_its_own_file(put, data):
    put(
        evidence(),
        {"kind": "churn", "ts": "2026-01-05T00:00:00Z", "window": "W"},
        {"kind": "experiment", "ts": "2026-01-05T00:00:00Z"},
    )
    assert sorted(path.name for path in data.glob("*.jsonl")) == [
        "churn.jsonl",
        "evidence.jsonl",
        "experiments.jsonl",
    ]


def test_appending_starts_without_what_it_does_not_need(tmp_path):
    """`inspect` comes with typing_extensions, which msgspec asks for.  `make torture` measures the start."""
    row = lines(evidence())
    python = [
        sys.executable,
        "-SI",
        "-X",
        "importtime",
        str(ROOT / "lib" / "start.py"),
        str(BIN / "ledger-append"),
    ]
    ran = subprocess.run(python, input=row, capture_output=True, env=clean_env(tmp_path), check=True)
    loaded = {line.rpartition("|")[2].strip() for line in ran.stderr.decode().splitlines()}
    assert "msgspec" in loaded
    assert not loaded & {"inspect", "numpy", "scipy", "subprocess", "json", "shutil"}


def test_one_bad_line_keeps_all_of_them_out(tool, data):
    ran = tool("ledger-append", stdin=lines(evidence(1), evidence(2)) + b'{"kind":"evidence","ts":5}\n')
    assert ran.status == 65
    assert ran.err.startswith("ledger-append: line 3: ")
    assert not (data / "evidence.jsonl").exists()


def test_a_field_that_cannot_be_kept_is_named_by_its_line(tool):
    row = json.dumps(evidence(1))
    ran = tool("ledger-append", stdin=row[:-1] + ',"new":1e999}\n')
    assert (ran.status, ran.out) == (65, "")
    assert ran.err.startswith("ledger-append: line 1: Number out of range")
    assert ran.err.count("\n") == 1


def test_a_kind_of_a_later_version_is_refused_not_dropped(tool):
    ran = tool("ledger-append", stdin=b'{"kind":"horoscope","ts":"2026-01-05T00:00:00Z"}\n')
    assert ran.status == 65
    assert "line 1" in ran.err


def test_rows_of_another_ledger_keep_their_names_and_come_in_once(tool, put, tmp_path):
    theirs = put(evidence(1), AGENT_ID="garnin")
    copied = tool("ledger-append", "--data-dir", "copy", "--echo", stdin=lines(*theirs))
    assert parsed(copied.out)[0]["row_id"] == theirs[0]["row_id"]
    assert parsed(copied.out)[0]["agent_id"] == "garnin"
    again = tool("ledger-append", "--data-dir", "copy", stdin=lines(*theirs))
    assert again.status == 65
    assert "in the ledger already" in again.err
    assert len(raw_lines(tmp_path / "copy" / "evidence.jsonl")) == 1


def test_a_full_disk_leaves_no_part_of_the_call(tool, put, data):
    put(evidence(1))
    before = {path.name: path.read_bytes() for path in data.glob("*")}
    limited = "ulimit -f 8; exec ledger-append"  # a file may not grow beyond 8 KiB: what a full disk does
    ran = subprocess.run(
        ["bash", "-c", limited],
        input=lines(
            {"kind": "churn", "ts": "2026-01-05T00:00:00Z", "window": "W"}, evidence(2, detail="x" * 20_000)
        ),
        capture_output=True,
        env=clean_env(data.parent),
    )
    assert ran.returncode == 75
    assert b"nothing was recorded" in ran.stderr
    assert ran.stderr.count(b"\n") == 1
    after = {path.name: path.read_bytes() for path in data.glob("*") if path.stat().st_size}
    assert {name: after[name] for name in before if name != files.LOCK} == {
        name: text for name, text in before.items() if name != files.LOCK
    }
    assert tool("ledger-verify").status == 0


def test_a_folder_that_may_not_be_written_in_is_a_missing_setting(tool, tmp_path):
    (tmp_path / "file").write_text("")
    ran = tool("ledger-append", "--data-dir", str(tmp_path / "file" / "data"), stdin=lines(evidence()))
    assert ran.status == 78
    assert "TRACKER_DATA_DIR" in ran.err


def test_a_clock_that_steps_back_is_told_and_the_row_is_there_in_order(tool, put, data):
    put(evidence(1), TRACKER_NOW="2026-01-05T10:00:00Z")
    ran = tool("ledger-append", stdin=lines(evidence(2)), TRACKER_NOW="2026-01-05T09:00:00Z")
    assert ran.status == 0
    assert "stepped back" in ran.err
    kept = [json.loads(line) for line in raw_lines(data / "evidence.jsonl")]
    assert [row["recorded_at"] for row in kept] == ["2026-01-05T10:00:00.000000Z"] * 2
    assert json.loads(raw_lines(data / "anomalies.jsonl")[0])["anomaly"] == "clock-stepped-back"
    assert tool("ledger-verify").status == 0


def killed_between_files(data, fresh):
    """Do what a call does, up to a SIGKILL after the first of its files."""
    heads = files.read_heads(data)
    part = {}
    stop = append._write_files

    def only_first(where, chunks, *rest):
        part.update(dict(list(chunks.items())[:1]))

    append._write_files = only_first
    try:
        append.append(data, fresh)
    finally:
        append._write_files = stop
    for name, chunk in part.items():
        broken(data, chunk, name)
    assert files.read_heads(data) == heads


def test_a_torn_tail_is_moved_aside_with_an_anomaly_and_never_glued_to(tool, put, data):
    put(evidence(1))
    broken(data, b'{"kind":"evidence","ts":"20')
    told = tool("ledger-cat", "--kind", "evidence")
    assert len(told.out.splitlines()) == 1
    assert "27 torn bytes" in told.err
    ran = tool("ledger-append", stdin=lines(evidence(2)))
    assert ran.status == 0
    assert (data / "evidence.jsonl.torn").read_bytes() == b'{"kind":"evidence","ts":"20\n'
    assert [json.loads(line)["result"] for line in raw_lines(data / "evidence.jsonl")] == ["pass 1", "pass 2"]
    assert [row["anomaly"] for row in parsed(tool("ledger-cat", "--kind", "anomaly").out)] == ["torn-tail"]
    assert tool("ledger-verify").status == 0


def test_a_call_that_was_killed_between_two_files_leaves_none_of_its_rows(tool, put, data):
    put(evidence(1))
    texts = [evidence(2), {"kind": "churn", "ts": "2026-01-05T00:00:00Z", "window": "W"}]
    fresh = [append.New(jsonl.decode(lines(row), 1), row) for row in texts]
    killed_between_files(data, fresh)
    assert len(raw_lines(data / "evidence.jsonl")) == 2
    assert len(tool("ledger-cat", "--kind", "evidence").out.splitlines()) == 1
    put_again = tool("ledger-append", stdin=lines(evidence(3)))
    assert put_again.status == 0
    assert [json.loads(line)["result"] for line in raw_lines(data / "evidence.jsonl")] == ["pass 1", "pass 3"]
    assert b"pass 2" in (data / "evidence.jsonl.torn").read_bytes()


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(min_value=0, max_value=1200), batch=st.integers(min_value=1, max_value=4))
def test_wherever_a_write_is_cut_the_call_is_there_whole_or_not_at_all(tmp_path_factory, cut, batch):
    data = tmp_path_factory.mktemp("cut")
    rows = [evidence(number) for number in range(batch + 1)]
    fresh = [append.New(jsonl.decode(lines(row), 1), row) for row in rows]
    append.append(data, fresh[:1], fsync=False)
    heads, size = (data / files.HEADS).read_bytes(), (data / "evidence.jsonl").stat().st_size
    append.append(data, fresh[1:], fsync=False)
    whole = (data / "evidence.jsonl").read_bytes()
    (data / "evidence.jsonl").write_bytes(whole[: size + cut])
    (data / files.HEADS).write_bytes(heads)
    left = sum(1 for _ in stored_rows.in_force(data))
    assert left == (1 + batch if size + cut >= len(whole) else 1)
    append.append(data, [append.New(jsonl.decode(lines(rows[0]), 1), rows[0])], fsync=False)
    assert not [one for one in verify.verify(data) if one.wrong]


def test_a_row_that_is_stamped_elsewhere_keeps_who_recorded_it_but_not_its_place_in_the_chain(data):
    theirs = evidence(
        1, row_id="feedfeed", source="alias", agent_id="garnin", prev_sha256="0" * 64, batch="x/9"
    )
    (line,) = append.append(data, [append.New(jsonl.decode(lines(theirs), 1), theirs)], fsync=False).lines
    row = json.loads(line)
    assert (row["row_id"], row["source"], row["agent_id"]) == ("feedfeed", "alias", "garnin")
    assert (row["prev_sha256"], row["batch"]) == (None, None)


def test_what_a_rule_sets_adds_and_says_goes_in_with_the_call(data):
    seen = []

    def rule(fresh, in_force):
        seen.append([row.result for row in in_force("evidence")])
        return {0: {"result": "changed"}}, [rows.Anomaly(ts=at("09:00"), anomaly="odd")], ["a word"]

    for number in (1, 2):
        made = append.append(
            data, [append.new(jsonl.decode(lines(evidence(number)), 1))], rule=rule, fsync=False
        )
        assert made.warnings == ["a word"]
        assert [json.loads(line)["kind"] for line in made.lines] == ["evidence", "anomaly"]
    assert seen == [[], ["changed"]]


def test_a_rule_that_refuses_leaves_the_ledger_as_it_was(data):
    def rule(fresh, in_force):
        raise cli.Stop(cli.TRY_LATER, "too early")

    with pytest.raises(cli.Stop, match="too early"):
        append.append(data, [append.new(jsonl.decode(lines(evidence(1)), 1))], rule=rule, fsync=False)
    assert [path.name for path in data.iterdir()] == [files.LOCK]


def test_a_row_is_not_taken_back_twice_nor_named_twice_in_one_call(data):
    def put(*made):
        return append.append(
            data, [append.New(jsonl.decode(lines(row), 1), row) for row in made], fsync=False
        )

    undo = {"kind": "undo", "ts": "2026-01-05T00:00:00Z", "undoes": "aaaaaaaa"}
    put(evidence(1, row_id="aaaaaaaa"))
    put(undo)
    with pytest.raises(cli.Stop, match="is not in force any more"):
        put(undo)
    with pytest.raises(cli.Stop, match="is in the ledger already"):
        put(evidence(2, row_id="bbbbbbbb"), evidence(3, row_id="bbbbbbbb"))


def test_repairing_a_sound_ledger_does_nothing(data):
    append.append(data, [append.new(jsonl.decode(lines(evidence(1)), 1))], fsync=False)
    before = {path.name: path.read_bytes() for path in data.iterdir() if path.name != files.LOCK}
    assert append.repair(data) == []
    assert {path.name: path.read_bytes() for path in data.iterdir() if path.name != files.LOCK} == before
