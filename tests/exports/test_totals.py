"""What rows add up to: each request once, unknown tokens not as 0, the newest reading of a quota."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tracker import rows
from tracker.exports.totals import ArmTotal, totals
from verdict_rows import A, window

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def usage(minute=0, lane="anthropic", model="claude-haiku-4-5", status=200, **more):
    return rows.Usage(
        ts=AT + timedelta(minutes=minute), model=model, lane=lane, status=status, latency_ms=more.pop("latency_ms", 800.0),
        decision="kept", op="stream", **more,
    )  # fmt: skip


def reading(minute, used):
    meters = [rows.Meter(meter="five_hour", used_pct=used)]
    return rows.Snapshot(ts=AT + timedelta(minutes=minute), provider="claude", surface="tui", meters=meters)


def test_requests_are_told_apart_by_what_answered_and_how():
    made = totals(
        [
            usage(),
            usage(1),
            usage(2, "zai", routed_model="glm-4.7"),
            usage(3, status=529, err_type="5xx"),
        ]
    )
    assert sorted(made.requests.values()) == [1, 1, 2]
    assert made.rows == 4
    assert (made.first, made.last) == (AT, AT + timedelta(minutes=3))


def test_tokens_that_nobody_knows_are_not_counted():
    made = totals(
        [usage(prompt_tokens=900, completion_tokens=None), usage(1, prompt_tokens=0, completion_tokens=7)]
    )
    assert {kind: count for (_, kind), count in made.tokens.items()} == {"input": 900, "output": 7}
    sizes = {kind: (sum(its.counts), its.total) for (_, kind), its in made.token_sizes.items()}
    assert sizes == {"input": (2, 900), "output": (1, 7)}


def test_a_request_without_a_time_has_no_duration():
    made = totals([usage(latency_ms=None), usage(1, latency_ms=1500.0)])
    ((_, its),) = made.seconds.items()
    assert (sum(its.counts), its.total) == (1, 1.5)


def test_the_newest_reading_of_a_quota_counts_whatever_the_rows_order():
    made = totals([reading(60, 9.0), reading(0, 4.0)])
    ((_, tick),) = made.quotas.items()
    assert tick.used_pct == 9.0


def test_windows_add_up_by_arm():
    made = totals(
        [window("W", A, 2.5, 40.0), window("V", A, 3.0, None), rows.Anomaly(ts=AT, anomaly="negative-delta")]
    )
    arm = ArmTotal(A, "claude")
    assert (made.windows[arm], made.features[arm], made.points[arm]) == (2, 5.5, 40.0)
    assert made.anomalies == {"negative-delta": 1}
