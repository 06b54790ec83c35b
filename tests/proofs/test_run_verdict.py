"""What a run against the router showed, from what it wrote down."""

from __future__ import annotations

import io
import json

import msgspec
import pytest

from tracker import jsonl, rows
from tracker.mock.calls import Call
from tracker.proofs import run_verdict
from tracker.proofs.run_verdict import Restart, RunFinding, Sample, Seen
from usage_logs import line, sonnet, usage

NINE = 1772442000.0  # 2026-03-02T09:00:00Z


def samples(start_kb: float, growth: float, fds: int = 20) -> list[Sample]:
    return [
        Sample(ts="2026-03-02T09:00:00Z", rss_kb=int(start_kb * (1 + growth * at / 200)), fds=fds)
        for at in range(200)
    ]


def call(**fields) -> Call:
    usual = {
        "ts": "2026-03-02T09:00:00.000Z",
        "n": 0,
        "client": "sdk",
        "model": "claude-haiku-5-5",
        "op": "stream",
    }
    return Call(**(usual | {"is_whole": True, "status": 200, "latency_ms": 40.0} | fields))


@pytest.mark.parametrize(("growth", "is_good"), [(0.0, True), (0.1, True), (0.5, False)])
def test_memory_that_grows_is_no_pass(growth, is_good):
    findings = run_verdict.judge(Seen([call()], [], samples(80_000, growth), []), None)
    assert {f.name: f.is_good for f in findings}["memory"] is is_good


def test_open_files_that_grow_are_no_pass():
    kept = [Sample(ts="x", rss_kb=80_000, fds=20 + at // 10) for at in range(200)]
    findings = run_verdict.judge(Seen([call()], [], kept, []), None)
    assert {f.name: f.is_good for f in findings}["open files"] is False


def test_a_run_that_never_recovers_is_no_pass():
    seen = Seen(
        [call(ts="2026-03-02T08:00:00.000Z")],
        [],
        [],
        [Restart(stopped_at=1772442000.0, ready_at=1772442001.0)],
    )
    findings = {f.name: f for f in run_verdict.judge(seen, None)}
    assert findings["first whole reply"] == RunFinding("first whole reply", "never", False)


def test_a_socket_that_is_left_is_no_pass():
    findings = run_verdict.judge(Seen([call()], [], [], []), sockets=1)
    assert not run_verdict.passed(findings)


def logged(*made: dict) -> list[tuple[rows.Usage, bytes]]:
    return [(msgspec.convert(row, rows.Usage), line(row).rstrip()) for row in made]


def values(seen: Seen, **more) -> dict[str, tuple[str, bool | None]]:
    return {one.name: (one.value, one.is_good) for one in run_verdict.judge(seen, None, **more)}


def test_a_run_that_sent_nothing_has_not_passed():
    assert not run_verdict.passed(run_verdict.judge(Seen([], [], [], []), None))


def test_what_broke_off_stalled_or_failed_is_counted_apart():
    calls = [
        call(),
        call(is_whole=False, error="truncated"),
        call(is_whole=False, op="nonstream", status=529, error="OverloadedError"),
        call(longest_gap_ms=5000.1),
        call(longest_gap_ms=5000.0),
    ]
    found = values(Seen(calls, [], [], []))
    assert found["streams broken"] == ("1", False)
    assert found["stalls over 5 s"] == ("1", False)
    assert found["failed requests"] == ("1 truncated, 1 OverloadedError", False)
    assert values(Seen(calls, [], [], []), stall_ms=6000)["stalls over 6 s"] == ("0", True)


def test_each_reply_has_one_row_and_only_named_requests_are_counted_against_rows():
    calls = [call(trace_id=name) for name in ("one", "two", "none")] + [
        call(),
        call(trace_id="x", status=None),
    ]
    seen = Seen(calls, logged(*(usage(trace_id=name) for name in ("one", "two", "two"))), [], [])
    found = values(seen)
    assert found["replies without a row"] == ("1", False)
    assert found["requests with two rows"] == ("1", False)
    assert found["requests"] == ("5 sent, 5 whole; rows: anthropic 0, zai 3", True)


def test_a_row_on_the_wrong_lane_is_a_misroute_and_an_error_is_only_said():
    found = values(
        Seen([call()], logged(usage(model="claude-opus-5-5"), usage(status=429, err_type="429")), [], [])
    )
    assert found["misroutes"] == ("1 not-haiku-offloaded", False)
    assert found["errors in the log"] == ("1 429", None)


def test_what_a_restart_explains_is_no_failure_and_recovery_is_timed_from_the_stop():
    calls = [
        call(ts="2026-03-02T08:59:59.500Z", latency_ms=600.0, is_whole=False, status=200),  # under way
        call(
            ts="2026-03-02T09:00:00.500Z", is_whole=False, status=None, error="APIConnectionError"
        ),  # refused
        call(ts="2026-03-02T09:00:02.000Z", latency_ms=250.0),
        call(ts="2026-03-02T09:00:05.000Z"),
    ]
    restart = Restart(stopped_at=NINE, ready_at=NINE + 1)
    found = values(Seen(calls, [], samples(80_000, 0.5), [restart]))
    assert found["streams broken"] == ("0", True) and found["failed requests"] == ("0", True)
    assert found["cut by the restart"] == ("1", None) and found["refused while it was away"] == ("1", None)
    assert found["first whole reply"] == ("2.25 s after it was stopped", True)
    assert "memory" not in found  # of two processes, so growth says nothing
    late = call(ts="2026-03-02T09:00:03.000Z", is_whole=False, status=None, error="APIConnectionError")
    assert values(Seen([*calls, late], [], [], [restart]))["failed requests"] == (
        "1 APIConnectionError",
        False,
    )


def test_too_few_samples_say_nothing_of_growth():
    found = values(Seen([call()], [], samples(80_000, 0.5)[:79], []))
    assert found["memory"][1] is None and "79 samples: too few" in found["memory"][0]


def test_what_a_run_wrote_down_is_told_apart_and_strange_lines_are_passed_over():
    kept = [
        msgspec.json.encode(one)
        for one in (call(), Sample(ts="x", rss_kb=1), Restart(stopped_at=1.0, ready_at=2.0))
    ]
    other = [b'{"kind":"call","ts":5}', b'{"kind":"elsewhere"}', line(usage()).rstrip()]
    text = b"\n".join([*kept, *other]) + b"\n"
    seen = run_verdict.read(jsonl.read(io.BytesIO(text)))
    assert [len(part) for part in seen] == [1, 1, 1, 1]
    assert seen.usage[0][1] == other[2]


def test_the_lines_that_stand_for_a_run_are_each_lane_a_failure_and_the_slowest():
    made = logged(
        usage(), usage(trace_id="b"), sonnet(), sonnet(err_type="5xx", status=529), usage(latency_ms=9e4)
    )
    shown = run_verdict.representative(Seen([], made, [], []))
    assert [json.loads(raw)["latency_ms"] for raw in shown][-1] == 9e4
    assert len(shown) == 4
    assert len(run_verdict.representative(Seen([], logged(usage()), [], []))) == 1
    assert run_verdict.representative(Seen([], [], [], [])) == []
