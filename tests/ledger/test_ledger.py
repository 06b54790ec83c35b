"""The ledger: all or nothing, chained, nothing lost, nothing edited."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import BIN, ROOT, clean_env
from readings import at, evidence, lines, parsed, reading
from tracker import cli, jsonl, rows
from tracker.ledger import append, files, force, tail, verify


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def put(tool):
    """`put(row, …)` appends rows and returns them as they stand in the ledger."""

    def call(*rows: dict, args: tuple[str, ...] = (), **env: str) -> list[dict]:
        ran = tool("ledger-append", "--echo", *args, stdin=lines(*rows), **env)
        assert (ran.status, ran.err) == (0, "")
        return parsed(ran.out)

    return call


def raw_lines(path):
    return path.read_bytes().splitlines()


# --- appending


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


def test_no_kind_is_without_a_file():
    assert set(files.FILES) == set(rows.KINDS)


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


@pytest.mark.parametrize("name", ["ledger-append", "ledger-cat", "ledger-verify", "tracker"])
def test_an_empty_folder_s_name_never_means_another_ledger(tool, name):
    words = ["--data-dir", "", "preview"] if name == "tracker" else ["--data-dir", ""]
    ran = tool(name, *words, stdin=lines(evidence(1)))
    assert ran.status in (2, 66)
    assert "--data-dir is empty" in ran.err
    assert tool("ledger-verify").status == 66


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


@pytest.mark.parametrize("name", ["ledger-cat", "ledger-verify", "ledger-append"])
def test_a_ledger_file_that_cannot_be_read_is_one_clear_line(tool, data, name):
    (data / "evidence.jsonl").mkdir(parents=True)
    ran = tool(name, stdin=lines(evidence()))
    assert ran.status == 78
    assert "evidence.jsonl" in ran.err or name == "ledger-append"
    assert ran.err.count("\n") == 1


def test_the_lock_of_a_dead_process_is_free_and_that_of_a_living_one_is_waited_for(put, data):
    put(evidence(1))
    hold = f"import fcntl,os,time; f=os.open({str(data / files.LOCK)!r},os.O_RDWR); fcntl.flock(f,fcntl.LOCK_EX); print(1,flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE)
    holder.stdout.readline()
    with pytest.raises(cli.Stop) as refused, files.locked(data, seconds=0.2):
        pass
    assert refused.value.status == 75
    assert "locked" in str(refused.value)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    put(evidence(2))


def test_a_clock_that_steps_back_is_told_and_the_row_is_there_in_order(tool, put, data):
    put(evidence(1), TRACKER_NOW="2026-01-05T10:00:00Z")
    ran = tool("ledger-append", stdin=lines(evidence(2)), TRACKER_NOW="2026-01-05T09:00:00Z")
    assert ran.status == 0
    assert "stepped back" in ran.err
    kept = [json.loads(line) for line in raw_lines(data / "evidence.jsonl")]
    assert [row["recorded_at"] for row in kept] == ["2026-01-05T10:00:00.000000Z"] * 2
    assert json.loads(raw_lines(data / "anomalies.jsonl")[0])["anomaly"] == "clock-stepped-back"
    assert tool("ledger-verify").status == 0


# --- crashes


def broken(data, torn: bytes, name: str = "evidence.jsonl"):
    with (data / name).open("ab") as file:
        file.write(torn)


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


def test_a_whole_row_that_was_killed_before_it_was_acknowledged_stays(tool, put, data):
    """A power cut can take the heads back to an earlier state; the rows are on the disk and count."""
    put(evidence(1))
    heads = (data / files.HEADS).read_bytes()
    put(evidence(2), evidence(3))
    (data / files.HEADS).write_bytes(heads)
    assert len(tool("ledger-cat").out.splitlines()) == 3
    put(evidence(4))
    assert tool("ledger-verify").status == 0


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
    left = sum(1 for _ in force.in_force(data))
    assert left == (1 + batch if size + cut >= len(whole) else 1)
    append.append(data, [append.New(jsonl.decode(lines(rows[0]), 1), rows[0])], fsync=False)
    assert not [one for one in verify.verify(data) if one.wrong]


# --- undo, supersede, as of


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


def test_a_row_cannot_replace_or_undo_what_is_not_there(tool, put):
    put(evidence(1))
    lost = tool("ledger-append", stdin=lines(evidence(2, supersedes="feedfeedfeedfeed")))
    assert lost.status == 65
    assert "feedfeedfeedfeed" in lost.err
    assert tool("ledger-undo", "feedfeed").status == 66
    assert tool("ledger-undo", "fe").status == 2
    assert tool("ledger-undo").status == 2


def test_taking_back_a_reading_of_a_finished_window_says_what_it_leaves(tool, put):
    put(reading("W1", at("09:00"), 5.0, phase="before"))
    put(reading("W1", at("11:00"), 25.0, phase="after"))
    made = tool("complete-window", "--window", "W1", "--claude-features", "2", stdin=tool("ledger-cat").out)
    assert tool("ledger-append", stdin=made.out).status == 0
    ran = tool("ledger-undo", "--last", "after")
    assert "W1 was finished with it; `complete-window --supersede` computes it again" in ran.err


def test_the_last_before_of_this_agent_is_taken_back_and_nobody_elses(tool, put):
    for agent in ("garnin", "zork"):
        put(reading(f"W-{agent}", at("09:00"), 5.0), AGENT_ID=agent)
    assert tool("ledger-undo", "--last", "before", "--provider", "claude", AGENT_ID="garnin").status == 0
    assert [row["window"] for row in parsed(tool("ledger-cat").out)] == ["W-zork"]
    none_left = tool("ledger-undo", "--last", "before", "--provider", "claude", AGENT_ID="garnin")
    assert none_left.status == 66


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


def test_there_is_no_command_that_edits():
    tools = {path.name for path in BIN.iterdir() if path.name.startswith("ledger-")}
    assert tools == {"ledger-append", "ledger-cat", "ledger-undo", "ledger-verify"}


# --- verify


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


# --- together


def test_readers_see_whole_calls_while_others_write(data):
    """Writers append pairs; a reader never sees half of one."""
    writer = (
        "import sys, pathlib; from tracker import jsonl; from tracker.ledger import append\n"
        "import json\n"
        "for n in range(150):\n"
        "    rows = [dict(kind='evidence', ts='2026-01-05T00:00:00Z', check='c', result=f'{sys.argv[2]}/{n}/{k}') for k in 'ab']\n"
        "    fresh = [append.New(jsonl.decode(json.dumps(r).encode(), 1), r) for r in rows]\n"
        "    append.append(pathlib.Path(sys.argv[1]), fresh)\n"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT / "lib")}
    running = [
        subprocess.Popen([sys.executable, "-c", writer, str(data), str(one)], env=env) for one in range(3)
    ]
    deadline = time.monotonic() + 60
    looks = 0
    while any(process.poll() is None for process in running) and time.monotonic() < deadline:
        if (data / "evidence.jsonl").exists():
            assert sum(1 for _ in force.in_force(data)) % 2 == 0
            looks += 1
    assert [process.wait() for process in running] == [0, 0, 0]
    assert looks
    assert sum(1 for _ in force.in_force(data)) == 900
    assert not [one for one in verify.verify(data) if one.wrong]


@pytest.mark.slow
def test_a_slice_of_the_torture():
    """`make torture` is the whole of it."""
    ran = subprocess.run(
        [
            sys.executable,
            str(ROOT / "bench" / "torture.py"),
            "--writers",
            "3",
            "--rows",
            "300",
            "--kills",
            "10",
            "--least",
            "0",
        ],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "lib")},
        timeout=200,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("\nok ") + ran.stdout.startswith("ok ") == 9


def test_the_heads_fit_into_one_page_and_keep_their_width(put, data):
    every = {
        name: files.Head(10**11, 10**15, "f" * 64, "2026-01-05T00:00:00.000000Z")
        for name in files.FILES.values()
    }
    files.write_heads(data.parent, every)
    written = (data.parent / files.HEADS).read_bytes()
    assert len(written) < 4096
    assert len({len(line) for line in written.splitlines()}) == 1
    assert files.read_heads(data.parent) == every


def test_settling_changes_nothing(put, data):
    put(evidence(1))
    broken(data, b"torn")
    before = {path.name: path.read_bytes() for path in data.iterdir() if path.is_file()}
    assert tail.settle(data)["evidence.jsonl"].torn == 4
    assert {path.name: path.read_bytes() for path in data.iterdir() if path.is_file()} == before
