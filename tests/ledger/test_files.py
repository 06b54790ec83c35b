"""The ledger's folder: a file for each kind, the lock, and the table of heads."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings import evidence, lines
from tracker import cli, rows
from tracker.ledger import files


def test_no_kind_is_without_a_file():
    only_in_streams = {"origin"}  # `ledger-merge` writes it between ledgers
    assert set(files.FILES) == set(rows.KINDS) - only_in_streams


@pytest.mark.parametrize("name", ["ledger-append", "ledger-cat", "ledger-verify", "tracker"])
def test_an_empty_folder_s_name_never_means_another_ledger(tool, name):
    words = ["--data-dir", "", "preview"] if name == "tracker" else ["--data-dir", ""]
    ran = tool(name, *words, stdin=lines(evidence(1)))
    assert ran.status in (2, 66)
    assert "--data-dir is empty" in ran.err
    assert tool("ledger-verify").status == 66


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


def test_the_heads_fit_into_one_page_and_keep_their_width(put, data):
    every = {
        name: files.FileHead(10**11, 10**15, "f" * 64, "2026-01-05T00:00:00.000000Z")
        for name in files.FILES.values()
    }
    files.write_heads(data.parent, every)
    written = (data.parent / files.HEADS).read_bytes()
    assert len(written) < 4096
    assert len({len(line) for line in written.splitlines()}) == 1
    assert files.read_heads(data.parent) == every


HEADS = st.builds(
    files.FileHead,
    st.integers(1, 10**12),
    st.integers(1, 10**15),
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.just("2026-01-05T00:00:00.000000Z"),
)


@given(st.dictionaries(st.sampled_from(sorted(files.FILES.values())), HEADS))
def test_what_is_written_in_the_table_is_read_from_it(heads):
    table = b"".join(files.line_of(name, heads[name]) for name in files.FILES.values() if name in heads)
    assert files.parse_heads(table) == heads
    assert files.odd_line(table, heads) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_read_as_a_table_without_a_traceback(table):
    files.parse_heads(table)
    files.odd_line(table, {})


def test_a_shorter_table_leaves_nothing_of_the_longer_one(tmp_path):
    head = files.FileHead(1, 2, "a" * 64, "2026-01-05T00:00:00.000000Z")
    files.write_heads(tmp_path, {"windows.jsonl": head, "churn.jsonl": head})
    files.write_heads(tmp_path, {"churn.jsonl": head})
    assert files.read_heads(tmp_path) == {"churn.jsonl": head}


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (errno.ENOSPC, 75),
        (errno.EDQUOT, 75),
        (errno.EFBIG, 75),
        (errno.EIO, 75),
        (errno.EACCES, 78),
        (errno.EROFS, 78),
    ],
)
def test_a_full_disk_is_for_later_and_a_folder_of_somebody_else_a_setting(tmp_path, number, status):
    stop = files.cannot(OSError(number, os.strerror(number)), tmp_path, "write in")
    assert stop.status == status
    assert os.strerror(number) in str(stop)
    assert ("make room" in str(stop)) == (status == 75)


def test_readers_share_the_lock_and_a_writer_waits_for_all_of_them(data):
    data.mkdir()
    with files.locked(data):
        pass
    with files.locked(data, shared=True), files.locked(data, shared=True, seconds=0.05):
        with pytest.raises(cli.Stop) as refused, files.locked(data, seconds=0.05):
            pass
        assert refused.value.status == cli.TRY_LATER
    with files.locked(data, seconds=0.05):
        assert (data / files.LOCK).read_text().strip() == str(os.getpid())


def test_a_reader_of_a_folder_that_is_not_there_makes_none(tmp_path):
    with files.locked(tmp_path / "none", shared=True):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_state_of_an_agent_is_in_the_ledger_s_folder_unless_a_setting_says_another(data, monkeypatch):
    monkeypatch.delenv("TRACKER_ALIAS_STATE_DIR", raising=False)
    assert files.state_folder(data, "zork") == data / "state" / "zork"
    monkeypatch.setenv("TRACKER_ALIAS_STATE_DIR", "/elsewhere")
    assert str(files.state_folder(data, "zork")) == "/elsewhere"
