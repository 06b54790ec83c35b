"""Dated readings: one list for all that looks back over a quota, whoever took them."""

from datetime import UTC, datetime, timedelta

from tracker import rows
from tracker.history import ticks

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
RESET = NINE + timedelta(hours=5)


def reading(minutes, used, *, reset=RESET, surface="rollout", provider="codex", **more):
    meter = rows.Meter(meter="five_hour", used_pct=used, resets_at=reset)
    when = NINE + timedelta(minutes=minutes)
    return rows.Snapshot(ts=when, provider=provider, surface=surface, meters=[meter], **more)


def reply(minutes, share, reset=RESET, **more):
    limits = {"5h_utilization": share, "5h_reset": reset.timestamp(), "7d_utilization": 0.02}
    fields = {
        "model": "claude-sonnet-5-5",
        "lane": "anthropic",
        "status": 200,
        "latency_ms": 1.0,
        "decision": "kept",
        "op": "stream",
        "rate_limits": limits,
    }
    return rows.Usage(ts=NINE + timedelta(minutes=minutes), **fields | more)


def used(found):
    return [[one.used_pct for one in window] for window in ticks.by_window(found)]


def of(*some, quota=0):
    return list(ticks.by_quota(ticks.ticks(some)).values())[quota]


def test_snapshots_the_moves_in_them_and_replies_give_ticks():
    move = rows.Tick(ts=NINE + timedelta(minutes=3), meter="five_hour", used_pct=4.0)
    wire = reading(9, 5.0, surface="wire", provider="claude", ticks=[move])
    found = ticks.by_quota(ticks.ticks([wire, reply(12, 0.06), reading(1, 20.0)]))
    claude = ticks.QuotaOf("claude", None, "five_hour")
    assert [one.used_pct for one in found[claude]] == [4.0, 5.0, 6.0]
    assert {one.source for one in found[claude]} == {"wire"}
    assert found[claude][0].resets_at == RESET
    assert [one.used_pct for one in found[claude._replace(meter="weekly_all")]] == [2.0]
    assert [one.used_pct for one in found[ticks.QuotaOf("codex", None, "five_hour")]] == [20.0]


def test_the_same_reading_from_the_ledger_and_from_the_log_is_one():
    assert len(of(reply(5, 0.06), reply(5, 0.06))) == 1


def test_accounts_are_kept_apart_and_the_standard_folder_needs_no_name():
    found = ticks.by_quota(
        ticks.ticks([reading(1, 3.0, account=".codex"), reading(2, 4.0, account=".codex-b")])
    )
    assert [quota.account for quota in found] == [None, ".codex-b"]


def test_an_estimate_beside_the_meter_is_no_reading():
    assert not list(ticks.ticks([reading(1, 3.0, surface="ccusage")]))
    assert not list(ticks.ticks([reading(1, 3.0, flags=["local-estimate"])]))


def test_units_are_finer_than_the_percent_that_is_shown():
    row = reading(1, 3.0)
    row.meters[0].used, row.meters[0].total = 51.0, 2000.0
    assert of(row)[0].used_pct == 2.55


def test_a_reset_parts_readings_and_jitter_does_not():
    later = RESET + timedelta(hours=5)
    found = of(
        reading(1, 3.0),
        reading(9, 8.0, reset=RESET + timedelta(minutes=1)),
        reading(310, 1.0, reset=later),
        reading(320, 2.0, reset=later),
    )
    assert used(found) == [[3.0, 8.0], [1.0, 2.0]]


def test_a_reset_that_was_moved_parts_them_too():
    assert used(of(reading(1, 3.0), reading(9, 4.0, reset=RESET + timedelta(hours=2)))) == [[3.0], [4.0]]


def test_the_sliding_reset_of_an_unused_quota_parts_nothing_from_its_first_use():
    sliding = [reading(m, 0.0, reset=NINE + timedelta(minutes=m, hours=5)) for m in (0, 30)]
    assert used(of(*sliding, reading(31, 1.0, reset=NINE + timedelta(minutes=331)))) == [[0.0], [0.0, 1.0]]


def test_lag_is_left_out_and_a_fall_begins_anew():
    assert used(of(reading(1, 7.0), reading(2, 6.0), reading(3, 8.0), reading(4, 2.0))) == [[7.0, 8.0], [2.0]]


def test_readings_without_a_reset_are_parted_by_the_quotas_length():
    found = of(reading(0, 3.0, reset=None), reading(200, 5.0, reset=None), reading(600, 6.0, reset=None))
    assert used(found) == [[3.0, 5.0], [6.0]]


def test_a_window_of_which_only_its_end_is_known_is_told_apart_and_began_with_nothing():
    alone = of(reading(60, 100.0, surface="banner"))
    beside = of(reading(10, 40.0), reading(60, 100.0, surface="banner"))
    (window,) = ticks.by_window(alone)
    assert ticks.is_only_full(window) and not ticks.is_only_full(ticks.by_window(beside)[0])
    assert [(one.ts, one.used_pct) for one in ticks.from_its_start(window)] == [
        (RESET - timedelta(hours=5), 0.0),
        (NINE + timedelta(hours=1), 100.0),
    ]
    assert ticks.from_its_start(ticks.by_window(beside)[0]) == beside
    (unknown,) = ticks.by_window(of(reading(60, 100.0, surface="banner", reset=None)))
    assert ticks.from_its_start(unknown) == unknown
