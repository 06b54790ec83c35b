"""summarize and ingest-proxy as a person runs them."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pytest

import usage_logs
from conftest import ROOT
from usage_logs import line, sonnet, usage

TOOLS = {"summarize": [], "verify-routing": [], "ingest-proxy": ["--window", "W"]}


def summary(tool, log, *args):
    ran = tool("summarize", "--format", "json", *args, stdin=log)
    assert ran.status in (0, 65), ran.err
    return json.loads(ran.out)


def test_the_summary_is_what_a_plain_reckoning_gives(tool):
    told = summary(tool, usage_logs.log(5_000), "--by", "session", "--by", "day")
    requests = list(usage_logs.requests(5_000))
    routed = [row for row in requests if row["lane"] == "zai"]

    def tokens(some):
        kinds = ("prompt_tokens", "completion_tokens", "cache_read_tokens", "cache_creation_tokens")
        return sum(row[kind] or 0 for row in some for kind in kinds)

    assert told["lines"] == told["rows"] == told["total"]["requests"] == 5_000
    assert (told["first_ts"], told["last_ts"]) == (requests[0]["ts"], requests[-1]["ts"])
    assert told["total"]["tokens"] == tokens(requests)
    assert told["by_lane"]["zai"]["requests"] == len(routed)
    assert told["by_lane"]["zai"]["prompt_tokens"] == sum(row["prompt_tokens"] or 0 for row in routed)
    assert told["routed"]["requests_pct"] == 100 * len(routed) / 5_000
    assert told["routed"]["tokens_pct"] == 100 * tokens(routed) / tokens(requests)
    sizes = [sum(row["request_bytes"] + row["response_bytes"] for row in some) for some in (routed, requests)]
    assert told["routed"]["bytes_pct"] == 100 * sizes[0] / sizes[1]
    haiku = [row for row in requests if "haiku" in row["model"]]
    probes = [row for row in haiku if row["decision"] == "quota_probe"]
    assert probes
    assert told["could_be_routed"]["requests"] == len(haiku) - len(probes)
    for field in ("op", "model", "request_class", "header_mode", "h2", "decision", "err_type", "status"):
        for value, group in told[f"by_{field}"].items():
            value = {"null": None, "false": False}.get(
                value, int(value) if field == "status" and value != "null" else value
            )
            same = [row for row in requests if row[field] == value]
            assert group["requests"] == len(same)
            assert group["errors"] == sum(row["err_type"] is not None for row in same)
            assert group["tokens"] == (tokens(same) if any(row["prompt_tokens"] for row in same) else None)
    for group in told["latency"]:
        same = [row for row in requests if (row["lane"], row["op"]) == (group["lane"], group["op"])]
        assert group["latency_n"] == len(same)
        for what in ("latency", "ttfb"):
            known = [row[f"{what}_ms"] for row in same if row[f"{what}_ms"] is not None]
            assert group[f"{what}_mean_ms"] == pytest.approx(statistics.fmean(known), rel=1e-12)
            for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
                assert group[f"{what}_{name}_ms"] == pytest.approx(np.quantile(known, share), rel=1e-12)
    failures = sum(row["err_type"] is not None for row in requests)
    assert sum(error["requests"] for error in told["errors"]) == failures == told["total"]["errors"]
    assert sum(group["requests"] for group in told["by_session"].values()) == 5_000
    assert set(told["by_day"]) == {row["ts"][:10] for row in requests}


def test_refused_lines_are_counted_by_kind_with_their_numbers(tool, tmp_path):
    log = line(usage()) + b"\n" + line(sonnet())[:40] + b"\n" + line(usage()) + b"\n"
    ran = tool("summarize", "--format", "json", stdin=log)
    assert ran.status == 65
    told = json.loads(ran.out)
    assert (told["lines"], told["rows"]) == (5, 2)
    assert told["refused"] == {
        "total": 3,
        "by_kind": {"blank": 2, "truncated": 1},
        "lines": {"stdin": {"blank": [2, 5], "truncated": [3]}},
    }
    assert ran.err == (
        "summarize: 3 of 5 lines are no usage row: stdin: blank at line 2, 5; stdin: truncated at line 3"
        " (first: nothing on the line); mend the log, or take the rest with --lenient\n"
    )
    assert tool("summarize", "--lenient", stdin=log).status == 0


def test_where_takes_rows_by_a_jq_expression(tool):
    log = usage_logs.log(300) + b"oops\n"
    told = summary(tool, log, "--where", '.lane == "zai" and (.latency_ms > 500)')
    wanted = [row for row in usage_logs.requests(300) if row["lane"] == "zai" and row["latency_ms"] > 500]
    assert 0 < told["total"]["requests"] == len(wanted)
    assert (told["lines"], told["rows"], told["left_out"]) == (301, 300, 300 - len(wanted))
    assert summary(tool, log, "--where", '.new, .lane == "zai"')["total"]["requests"] > 0
    none = tool("summarize", "--where", '.lane == "mars"', stdin=log)
    assert (none.status, none.out) == (66, "")


@pytest.mark.parametrize("where", [".lane ==", "error", ".lane | tonumber", "nothing()", "input", '"a\\'])
def test_a_jq_expression_that_does_not_work_is_one_line_and_status_2(tool, where):
    ran = tool("summarize", "--where", where, stdin=usage_logs.log(5))
    assert ran.status == 2
    assert ran.err.startswith("summarize: --where")
    assert ran.err.count("\n") == 1


def test_several_files_plain_and_packed_and_patterns(tool, tmp_path):
    import gzip

    import zstandard

    log = usage_logs.log(300)
    cut = log.index(b"\n", len(log) // 2) + 1
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.jsonl").write_bytes(log[:cut])
    (tmp_path / "logs" / "b.jsonl.gz").write_bytes(gzip.compress(log[cut:]))
    (tmp_path / "c.jsonl.zst").write_bytes(zstandard.compress(b"oops\n"))
    named = json.loads(
        tool("summarize", "--format", "json", "logs/a.jsonl", "logs/b.jsonl.gz", "c.jsonl.zst").out
    )
    whole = summary(tool, log)
    assert {key: named[key] for key in ("total", "latency", "by_model")} == {
        key: whole[key] for key in ("total", "latency", "by_model")
    }
    assert named["refused"]["lines"] == {"c.jsonl.zst": {"not-json": [1]}}
    assert json.loads(tool("summarize", "--format", "json", "**/*.jsonl*").out)["lines"] == 301
    assert json.loads(tool("summarize", "--format", "json", stdin=gzip.compress(log)).out)["rows"] == 300
    (tmp_path / "again.jsonl").symlink_to(tmp_path / "logs" / "a.jsonl")
    twice = tool("summarize", "logs/a.jsonl", "again.jsonl")
    assert (twice.status, twice.err) == (
        2,
        "summarize: again.jsonl is the same file as logs/a.jsonl; name it once\n",
    )
    assert tool("summarize", "none/*.jsonl").status == 66
    assert tool("summarize", "logs").status == 66


def test_options_that_cannot_be_are_status_2(tool, tmp_path):
    (tmp_path / "file").touch()
    for args in (["--jobs", "-1"], ["--by", "colour"], ["--save", "file/below"]):
        ran = tool("summarize", *args, stdin=line(usage()))
        assert (ran.status, ran.err.count("\n")) == (2, 1)


def test_huge_numbers_end_in_no_traceback(tool):
    log = line(usage(latency_ms=1.7e308, completion_tokens=2**53)) * 3 + line(usage(prompt_tokens=10**30))
    for name, args in TOOLS.items():
        ran = tool(name, *args, stdin=log)
        assert ran.status == 65
        assert ran.err.count("\n") == 1
        assert "wrong-type at line 4" in ran.err


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize(
    ("stdin", "status"),
    [
        (b"", 66),
        (b"\n", 65),
        (bytes(range(256)) * 40, 65),
        (b"x" * 10_000_000, 65),
        (b"\x1f\x8b\x08oops", 65),
    ],
    ids=["nothing", "blank", "binary", "long", "broken gzip"],
)
def test_bad_input_is_one_clear_line_and_the_right_status(tool, name, stdin, status):
    ran = tool(name, *TOOLS[name], stdin=stdin)
    assert (ran.status, ran.out) == (status, "")
    assert ran.err.count("\n") == 1
    assert len(ran.err) < 500


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is read from /proc")
def test_memory_does_not_grow_with_the_log_beyond_the_numbers_kept(tmp_path):
    text = usage_logs.log(5_000)
    long = text.replace(b'"kind":"usage",', b'"kind":"usage","new":"' + b"x" * 4_000 + b'",')
    code = (
        "import sys; from tracker.telemetry import engines, part_reader, report, sources;"
        "found = engines.run(sources.find(sys.argv[1:]), part_reader.Question(), 1);"
        "report.metrics(found.rollup, found.account);"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    for name, log in (("short", text * 20), ("long", long)):
        (tmp_path / name).write_bytes(log)
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / name)],
            capture_output=True,
            check=True,
            env={"PYTHONPATH": str(ROOT / "lib")},
        )
        assert int(done.stdout) * 1024 <= 150e6 + 16 * log.count(b"\n")


def test_the_time_range_is_in_utc(tool):
    told = summary(tool, line(usage(ts="2026-02-03T10:00:00+02:00")) + line(usage(ts="2026-02-03T09:30:00Z")))
    assert (told["first_ts"], told["last_ts"]) == ("2026-02-03T08:00:00Z", "2026-02-03T09:30:00Z")
    assert datetime.fromisoformat(told["first_ts"]).tzinfo == UTC


def test_a_bar_shows_on_a_terminal_when_there_is_much_to_read(tmp_path):
    import os
    import pty
    import termios

    (tmp_path / "log").write_bytes(usage_logs.log(2_000))
    code = (
        "import sys; from tracker.telemetry import engines, part_reader, sources; engines.LARGE = int(sys.argv[2]);"
        "engines.run(sources.find(sys.argv[1:2]), part_reader.Question(), 1)"
    )
    for large, shown in ((1, True), (10**9, False)):
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        command = [sys.executable, "-c", code, str(tmp_path / "log"), str(large)]
        subprocess.run(command, stderr=theirs, check=True, env={"PYTHONPATH": str(ROOT / "lib")}, timeout=60)
        os.close(theirs)
        said = b""
        with open(ours, "rb", buffering=0) as terminal:
            try:
                while piece := terminal.read(1000):
                    said += piece
            except OSError:
                pass  # how a terminal says that the other side is closed
        assert (b"%|" in said) == shown
