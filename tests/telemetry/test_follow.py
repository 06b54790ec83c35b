"""A log that grows, is cut and is rotated, watched: every line once, none lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import zstandard

import usage_logs
from conftest import BIN, clean_env
from tracker.telemetry import follow
from usage_logs import line, usage


def taken(blocks) -> list[tuple[str, int, bool]]:
    """Return (file name, line number, is a row) of followed lines."""
    return [
        (Path(name).name, number, row is not None)
        for name, block in blocks
        for number, row in enumerate(block.rows, block.first)
    ]


def test_following_reads_what_is_there_what_comes_and_what_was_begun(tmp_path):
    log = tmp_path / "usage.jsonl"
    follower = follow.Follower(str(log))
    assert taken(follower.look()) == []
    log.write_bytes(line(usage()))
    assert taken(follower.look()) == [("usage.jsonl", 1, True)]
    with log.open("ab") as file:
        file.write(line(usage())[:50])
        file.flush()
        assert taken(follower.look()) == []
        file.write(line(usage())[50:] + b"oops\n" + line(usage())[:-1])
        file.flush()
        assert taken(follower.look()) == [("usage.jsonl", 2, True), ("usage.jsonl", 3, False)]
    assert taken(follower.end()) == [("usage.jsonl", 4, True)]


def test_following_loses_nothing_when_the_log_is_rotated_twice_between_looks(tmp_path):
    log = tmp_path / "usage.jsonl"
    (tmp_path / "usage-20260101T000000.jsonl").write_bytes(line(usage()))  # older than we are
    log.write_bytes(line(usage()))
    follower = follow.Follower(str(log))
    assert len(taken(follower.look())) == 1
    with log.open("ab") as late:
        late.write(line(usage()))
        late.flush()
        log.rename(tmp_path / "usage-20260203T100000.jsonl")
        log.write_bytes(line(usage()) * 2)
        log.rename(tmp_path / "usage-20260203T100000-1.jsonl")
        log.write_bytes(line(usage()) * 3)
        assert taken(follower.look()) == [
            ("usage.jsonl", 2, True),
            ("usage-20260203T100000-1.jsonl", 1, True),
            ("usage-20260203T100000-1.jsonl", 2, True),
            *(("usage.jsonl", number, True) for number in (1, 2, 3)),
        ]
        late.write(line(usage()))  # a writer that still holds the renamed file
    assert taken(follower.look()) == [("usage.jsonl", 3, True)]
    for _ in range(4):
        assert taken(follower.look()) == []
    assert taken(follower.end()) == []


def test_following_begins_anew_when_the_log_is_cut(tmp_path):
    log = tmp_path / "usage.jsonl"
    log.write_bytes(line(usage()) * 3)
    follower = follow.Follower(str(log))
    assert len(taken(follower.look())) == 3
    log.write_bytes(line(usage()))
    assert taken(follower.look()) == [("usage.jsonl", 1, True)]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_watch_says_a_breach_at_once_and_ends_with_the_verdict(tmp_path, sign):
    log = tmp_path / "usage.jsonl"
    opus = line(usage(model="claude-opus-5-5"))
    log.write_bytes(opus)
    watch = subprocess.Popen(
        [BIN / "verify-routing", "--follow", str(log)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_env(tmp_path),
    )
    with watch:
        assert watch.stderr.readline().startswith(
            f"verify-routing: {log}:1: not-haiku-offloaded: claude-opus"
        )
        log.rename(tmp_path / "usage-1.jsonl")
        log.write_bytes(line(usage()) + opus)
        assert watch.stderr.readline().startswith(
            f"verify-routing: {log}:2: not-haiku-offloaded: claude-opus"
        )
        os.kill(watch.pid, sign)
        out, err = watch.communicate(timeout=20)
    assert watch.returncode == 1
    assert out.startswith("3 of 3 decisions went to Z.AI")
    assert err == ""


def test_a_watch_counts_every_line_of_a_busy_rotating_log(tmp_path):
    log = tmp_path / "usage.jsonl"
    log.write_bytes(line(usage(model="claude-opus-5-5")))
    watch = subprocess.Popen(
        [BIN / "verify-routing", "--follow", "--format", "json", str(log)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_env(tmp_path),
    )
    watch.stderr.readline()  # it is at work
    rows = list(map(line, usage_logs.requests(3_000)))
    for number, row in enumerate(rows):
        with log.open("ab") as file:
            file.write(row)
        if number % 100 == 99:
            log.rename(tmp_path / f"usage-{number:06d}.jsonl")
        if number % 300 == 0:
            time.sleep(0.02)
    watch.send_signal(signal.SIGINT)
    out, _ = watch.communicate(timeout=20)
    assert watch.returncode == 1
    assert json.loads(out)["requests"] == 3_001


def test_a_line_without_end_is_refused_and_not_kept_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(follow, "MAX_LINE", 1_000)
    log = tmp_path / "usage.jsonl"
    log.write_bytes(b"x" * 200_000)
    follower = follow.Follower(str(log))
    assert taken(follower.look()) == []
    assert taken(follower.end()) == [("usage.jsonl", 1, False)]


def test_a_rotated_file_that_was_packed_since_is_not_read_twice(tmp_path):
    log = tmp_path / "usage.jsonl"
    log.write_bytes(line(usage()))
    follower = follow.Follower(str(log))
    assert len(taken(follower.look())) == 1
    (tmp_path / "usage-1.jsonl.zst").write_bytes(zstandard.compress(log.read_bytes()))
    log.write_bytes(b"")
    assert taken(follower.end()) == []


def test_only_files_of_the_same_name_are_its_rotated_ones(tmp_path):
    log = tmp_path / "usage.jsonl"
    log.write_bytes(line(usage()))
    follower = follow.Follower(str(log))
    taken(follower.look())
    for name in ("other-1.jsonl", "usage-1.txt", "myusage-1.jsonl"):
        (tmp_path / name).write_bytes(line(usage()))
    (tmp_path / "usage.jsonl.1").write_bytes(line(usage()) * 2)  # as logrotate names it
    assert {name for name, *_ in taken(follower.look())} == {"usage.jsonl.1"}
