"""A rollup as the report: null where nothing is known, and what is saved of it."""

from __future__ import annotations

import json

import msgspec
import pytest

import usage_logs
from tracker import cli, rows
from tracker.telemetry import report, usage_lines
from tracker.telemetry.account import Account
from tracker.telemetry.rollup import Rollup
from usage_logs import line, sonnet, usage


def told(*made: dict, by=()) -> dict:
    """The report on these rows."""
    rollup, account = Rollup(by), Account()
    account.note("log", usage_lines.decode(b"".join(map(line, made)).rstrip(), 1))
    rollup.add([msgspec.convert(row, rows.Usage) for row in made])
    rollup.settle()
    return report.metrics(rollup, account)


def test_what_is_not_known_is_null_and_never_zero(tool):
    found = told(usage())
    assert found["total"]["tokens"] is None
    assert found["routed"]["tokens_pct"] is None
    assert found["latency"][0]["ttfb_p50_ms"] is None
    assert "n/a" in tool("summarize", stdin=line(usage())).out


def test_an_error_without_a_type_is_named_by_its_status():
    found = told(*(usage(status=status) for status in (None, 429, 503, 404)))
    assert [error["err_type"] for error in found["errors"]] == ["429", "4xx", "5xx", "net"]


def test_save_writes_metrics_summary_and_a_test_with_its_lines(tool, tmp_path):
    log = usage_logs.log(200)
    for name in ("T1", "soak"):
        assert tool("summarize", "--save", "results", "--test", name, stdin=log).status == 0
    assert json.loads((tmp_path / "results" / "METRICS.json").read_text())["rows"] == 200
    assert "| lane" in (tmp_path / "results" / "SUMMARY.md").read_text()
    entries = (tmp_path / "results" / "TESTS.md").read_text().split("## ")[1:]
    assert [part.split("\n")[0] for part in entries] == ["T1", "soak"]
    for part in entries:
        shown = part.split("```json\n")[1].split("\n```")[0].encode().split(b"\n")
        assert 2 <= len(shown) <= 4
        assert set(shown) <= set(log.split(b"\n"))
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == [
        "METRICS.json",
        "SUMMARY.md",
        "TESTS.md",
    ]


@pytest.mark.parametrize("native", ["1", "0"])
def test_a_test_of_requests_that_are_all_alike_still_shows_two_lines(tool, tmp_path, native):
    log = line(usage(trace_id="a")) + b"oops\n" + line(usage(trace_id="b")) + line(usage(trace_id="c"))
    ran = tool("summarize", "--lenient", "--save", "out", "--test", "T2", stdin=log, TRACKER_NATIVE=native)
    assert ran.status == 0
    shown = (tmp_path / "out" / "TESTS.md").read_text().split("```json\n")[1].split("\n```")[0]
    assert shown.encode().split(b"\n") == [line(usage(trace_id=name)).strip() for name in "ab"]


def test_shares_are_of_requests_of_bytes_and_of_tokens():
    sizes = {"prompt_tokens": 30, "completion_tokens": 10, "request_bytes": 100, "response_bytes": 0}
    found = told(usage(**sizes), sonnet(**sizes | {"prompt_tokens": 110, "request_bytes": 300}), sonnet())
    assert found["routed"] == {
        "requests": 1,
        "requests_pct": pytest.approx(100 / 3),
        "bytes_pct": 25.0,
        "tokens_pct": 25.0,
    }
    assert found["could_be_routed"]["requests"] == 1
    assert (found["total"]["tokens"], found["total"]["requests_with_tokens"]) == (160, 2)
    assert found["offload_words"] == "Z.AI"
    assert told(usage(), usage(lane="kimi"))["offload_words"] == "other lanes"


def test_a_breakdown_names_null_true_and_numbers_as_json_does():
    found = told(usage(h2=True), usage(h2=False), usage(), usage(status=None), by=("session",))
    assert set(found["by_h2"]) == {"true", "false", "null"}
    assert set(found["by_status"]) == {"200", "null"}
    assert found["by_session"]["null"]["routed_pct"] == 100
    assert (found["first_ts"], found["last_ts"]) == ("2026-02-03T10:00:00.250000Z",) * 2


def test_files_are_saved_in_one_piece_and_entries_are_added(tmp_path):
    folder = str(tmp_path / "a" / "b")
    for number in "12":
        report.save(folder, {"M.json": number}, {"T.md": number})
    assert {path.name: path.read_text() for path in (tmp_path / "a" / "b").iterdir()} == {
        "M.json": "2",
        "T.md": "12",
    }
    (tmp_path / "file").touch()
    with pytest.raises(cli.Stop, match="name a folder that you may write") as stop:
        report.save(str(tmp_path / "file"), {"M.json": ""}, {})
    assert stop.value.status == cli.USAGE


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        (None, cli.NOTHING, "no line to read"),
        (b"oops", cli.BAD_INPUT, "1 of 1 lines are no usage row"),
        (line(usage()), cli.NOTHING, "--where left out all"),
    ],
)
def test_a_report_on_nothing_says_why_there_is_nothing(text, status, said):
    account = Account()
    if text is not None:
        account.note("log", usage_lines.decode(text.rstrip(), 1))
    stop = report.nothing_found(account)
    assert stop.status == status and said in str(stop)
