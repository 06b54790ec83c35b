"""Two runs side by side: what their quantiles differ by, and when that says nothing."""

from __future__ import annotations

import msgspec
import pytest

from tracker import rows
from tracker.proofs import latencies
from usage_logs import sonnet, usage


def run(*milliseconds, **more) -> list[rows.Usage]:
    return [msgspec.convert(usage(latency_ms=ms, **more), rows.Usage) for ms in milliseconds]


def test_a_difference_is_second_minus_first_at_both_quantiles():
    p50, p95 = latencies.compare(run(*range(100)), run(*range(10, 110)))
    assert (p50.lane, p50.op, p50.quantile, p50.first_n, p50.second_n) == ("zai", "stream", "p50", 100, 100)
    assert (p50.first_ms, p50.second_ms, p50.difference_ms) == (49.5, 59.5, 10.0)
    assert (p95.quantile, p95.difference_ms) == ("p95", pytest.approx(10))
    assert p50.low_ms < 10 < p50.high_ms
    assert latencies.compare(run(*range(100)), run(*range(10, 110))) == [p50, p95]  # the same again


def test_below_twenty_requests_on_either_side_there_is_no_interval():
    for first, second in ((19, 50), (50, 19)):
        for one in latencies.compare(run(*range(first)), run(*range(second))):
            assert (one.low_ms, one.high_ms) == (None, None)
    assert all(one.low_ms == 0.0 == one.high_ms for one in latencies.compare(run(*[5] * 20), run(*[5] * 20)))


def test_only_what_ended_well_in_both_runs_is_compared():
    failed = run(9000.0, status=529, err_type="5xx")
    (p50, _) = latencies.compare(run(1, 2, 3) + failed, run(1, 2, 3))
    assert (p50.first_n, p50.difference_ms) == (3, 0)
    assert latencies.compare(run(1, op="stream"), run(1, op="nonstream")) == []
    assert latencies.compare([], run(1)) == []


def test_lanes_come_in_the_tables_order_and_a_strange_one_last():
    def made():
        stayed = [msgspec.convert(sonnet(), rows.Usage)]
        return run(1, lane="elsewhere") + run(1, lane="kimi") + run(1, op="nonstream") + run(1) + stayed

    found = [(one.lane, one.op) for one in latencies.compare(made(), made()) if one.quantile == "p50"]
    assert found == [
        ("anthropic", "stream"), ("zai", "nonstream"), ("zai", "stream"), ("kimi", "stream"), ("elsewhere", "stream"),
    ]  # fmt: skip
