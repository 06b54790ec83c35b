"""What may stand on a lane, rule by rule, and the proof over a whole log."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

import usage_logs
from conftest import BIN, clean_env
from tracker.telemetry import follow
from usage_logs import line, sonnet, usage

HAIKU_STAYED = {"lane": "anthropic", "upstream": "anth", "backend_provider": "haiku", "header_mode": None}


def rules(tool, *rows, args=()):
    """Return (status, the rules broken with their lines) that verify-routing finds."""
    ran = tool("verify-routing", "--format", "json", *args, stdin=b"".join(map(line, rows)))
    return ran.status, [(found["line"], found["rule"]) for found in json.loads(ran.out)["breaches"]]


GOOD = [
    usage(),
    sonnet(),
    usage(model="Claude-HAIKU-9"),
    usage(decision="quota_probe", **HAIKU_STAYED),
    usage(decision="paused", **HAIKU_STAYED),
    usage(decision="off", force_haiku=False, **HAIKU_STAYED),
    usage(decision="kept", force_haiku=False, **HAIKU_STAYED),
    usage(decision="off", force_haiku=None, **HAIKU_STAYED),
    usage(decision="not_messages", **HAIKU_STAYED),
    usage(decision="malformed", **HAIKU_STAYED),
    usage(model="claude-sonnet-5-5", decision="forced_class"),
    usage(header_mode="authorization", routed_model="glm-4.6"),
    sonnet(routed_model="claude-sonnet-5-5"),
    usage(upstream=None, backend_provider=None, force_haiku=None),
]
BREACHES = {
    "haiku-on-anthropic": [
        usage(decision="kept", **HAIKU_STAYED),
        usage(decision="off", force_haiku=True, **HAIKU_STAYED),
        usage(decision="kept", force_haiku=None, **HAIKU_STAYED),
        usage(decision="no_zai_key", **HAIKU_STAYED),
        usage(decision="fallback", **HAIKU_STAYED),
        usage(decision="kept", status=529, err_type="5xx", **HAIKU_STAYED),
    ],
    "not-haiku-on-zai": [
        usage(model="claude-sonnet-5-5"),
        usage(model="claude-opus-5-5"),
        usage(model="unknown"),
    ],
    "zai-key-on-anthropic": [sonnet(header_mode="x-api-key"), sonnet(header_mode="authorization")],
    "decision-against-lane": [
        sonnet(decision="forced_class"),
        usage(decision="quota_probe"),
        usage(decision="fallback"),
    ],
    "names-against-lane": [
        sonnet(upstream="zai"),
        usage(backend_provider="haiku"),
        sonnet(backend_provider="glm"),
    ],
    "model-changed-on-anthropic": [sonnet(routed_model="glm-4.6")],
    "credential-in-log": [
        usage(new="sk-ant-madeup"),
        usage(trace_id="sk-ant-madeup"),
        sonnet(session_id="Bearer made.up-token"),
        usage(prompt_id="0123456789abcdef0123456789abcdef.MadeUpMadeUp1234"),
    ],
    "header-in-log": [usage(headers={"a": "b"}), usage(**{"X-Api-Key": "made up"}), sonnet(cookie="made up")],
    "body-in-log": [usage(body="hello"), usage(new={"Request_Body": 1}), sonnet(messages=[{"role": "user"}])],
}


@pytest.mark.parametrize("row", GOOD, ids=range(len(GOOD)))
def test_a_request_that_went_where_it_may_breaks_no_rule(tool, row):
    assert rules(tool, row) == (0, [])


@pytest.mark.parametrize(("rule", "row"), [(rule, row) for rule, some in BREACHES.items() for row in some])
def test_each_rule_is_checked_on_every_line(tool, rule, row):
    assert rules(tool, usage(), sonnet(), row, usage()) == (1, [(3, rule)])


@pytest.mark.parametrize("decision", ["paused", "off", "kept"])
def test_expect_forced_allows_no_haiku_on_anthropic_but_the_quota_probe(tool, decision):
    stayed = usage(decision=decision, force_haiku=False, **HAIKU_STAYED)
    probe = usage(decision="quota_probe", **HAIKU_STAYED)
    assert rules(tool, probe, stayed, args=["--expect", "forced"]) == (1, [(2, "haiku-on-anthropic")])
    assert rules(tool, probe, usage(), sonnet(), args=["--expect", "forced"]) == (0, [])


def test_a_breach_is_named_by_file_and_line_and_no_secret_is_shown(tool, tmp_path):
    (tmp_path / "a.jsonl").write_bytes(line(usage()))
    (tmp_path / "b.jsonl").write_bytes(line(usage()) + b"\n" + line(sonnet(session_id="sk-ant-madeup")))
    ran = tool("verify-routing", "a.jsonl", "b.jsonl")
    assert ran.status == 1
    assert "b.jsonl:3: credential-in-log: at byte" in ran.out
    assert "madeup" not in ran.out + ran.err
    assert "blank at line 2" in ran.err
    assert ran.out.startswith("2 of 3 decisions went to Z.AI; completions by lane: anthropic 1, zai 2\n")


def test_a_forbidden_field_is_found_however_it_is_written(tool):
    names = ["Authorization", "x-api-key", "Set-Cookie", "headers", "messages", "SYSTEM"]
    log = [
        line(usage())[:-2] + f',"{name}"{space}:{{"a":1}}}}\n'.encode()
        for name in names
        for space in ("", " ", "\t", "   ", "\r")
    ]
    ran = tool("verify-routing", "--format", "json", stdin=b"".join(log))
    assert [found["line"] for found in json.loads(ran.out)["breaches"]] == list(range(1, len(log) + 1))


def test_a_secret_on_a_line_that_is_no_row_is_a_breach_too(tool):
    ran = tool(
        "verify-routing", "--format", "json", stdin=line(usage()) + b"Authorization: Bearer made.up-token\n"
    )
    assert ran.status == 1
    assert [found["line"] for found in json.loads(ran.out)["breaches"]] == [2]


def test_a_check_that_saw_nothing_has_not_passed(tool, tmp_path):
    assert tool("verify-routing").status == 66
    assert tool("verify-routing", "no-such-log.jsonl").status == 66
    (tmp_path / "empty").touch()
    assert tool("verify-routing", "empty").status == 66


def test_refused_lines_fail_the_check_unless_lenient(tool):
    log = line(usage()) + b"oops\n"
    assert tool("verify-routing", stdin=log).status == 65
    assert tool("verify-routing", "--lenient", stdin=log).status == 0
    assert tool("verify-routing", "--lenient", stdin=b"oops\n").status == 65


def test_follow_wants_one_file(tool):
    ran = tool("verify-routing", "--follow")
    assert (ran.status, ran.err) == (
        2,
        "verify-routing: --follow watches one file, not 0; name the router's log\n",
    )


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
        assert watch.stderr.readline().startswith(f"verify-routing: {log}:1: not-haiku-on-zai: claude-opus")
        log.rename(tmp_path / "usage-1.jsonl")
        log.write_bytes(line(usage()) + opus)
        assert watch.stderr.readline().startswith(f"verify-routing: {log}:2: not-haiku-on-zai: claude-opus")
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
