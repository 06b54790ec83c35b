"""A ledger as a replay sees it: which quota a window drew on, and which windows count."""

from __future__ import annotations

from replay_rows import read, snapshot, two_arms, window
from tracker.replay import log
from tracker.replay.budgets import Knapsack


def daily(number: int, provider: str = "gemini", arm: str = "stock", **more) -> dict:
    day = f"2026-03-{1 + number:02}"
    row = {"kind": "window", "ts": f"{day}T13:00:00Z", "window": f"{arm}-{number}", "methodology": arm}
    row |= {"started_at": f"{day}T09:00:00Z", "provider": provider, "features": 3}
    return row | {"capacity_pp": 20.0, "capacity_quota": "daily gemini-2.5-pro"} | more


def test_a_daily_plan_draws_on_its_day():
    found = read([*(daily(n) for n in range(3)), *(daily(n, arm="other", capacity_pp=9.0) for n in range(3))])
    assert found.knapsacks == [Knapsack("gemini", "day", "points")]
    assert log.bind(found, 60, []).held.tolist() == [630.0]


def test_points_of_another_quota_are_another_unit_and_left_out():
    stock = [daily(n) for n in range(3)]
    other = [daily(n, arm="other") for n in range(3)]
    monthly = daily(9, capacity_quota="monthly", capacity_pp=3.0)
    found = read([*stock, *other, monthly])
    assert found.windows == 6
    assert "1 windows have points of another quota, another unit: left out" in found.notes


def test_each_provider_keeps_the_quota_that_most_of_its_windows_are_of():
    claude = [daily(n, "claude", "stock", capacity_quota="five_hour", weekly_pp=3.0) for n in range(3)]
    codex = [daily(n, "codex", "stock", capacity_quota="monthly") for n in range(3)]
    found = read([*claude, *codex])
    assert [arm.name for arm in found.arms] == ["claude", "codex"]
    names = {one.name for one in found.knapsacks}
    assert names == {"claude 5h points", "claude week points", "codex month points"}


def test_five_hour_quotas_are_full_again_each_round_and_weekly_ones_are_not():
    found = read(two_arms())
    bound = log.bind(found, 20, [])
    assert [one.name for one in bound.knapsacks] == ["claude week points"]
    assert bound.held.tolist() == [90.0]
    assert any("claude 5h points: 1800 held" in line for line in bound.slack)


def test_the_week_holds_what_the_latest_reading_leaves_less_headroom():
    late = snapshot("2026-03-05T20:00:00Z", 35, "2026-03-09T09:00:00Z")
    early = snapshot("2026-03-01T06:00:00Z", 5, "2026-03-09T09:00:00Z")
    assert log.bind(read([late, early, *two_arms()]), 20, []).held.tolist() == [55.0]


def test_a_reading_of_a_week_that_is_over_leaves_a_fresh_one():
    old = snapshot("2026-02-20T20:00:00Z", 80, "2026-02-23T09:00:00Z")
    assert log.bind(read([old, *two_arms()]), 20, []).held.tolist() == [90.0]


def test_a_reading_that_was_undone_does_not_count():
    taken_back = snapshot("2026-03-05T20:00:00Z", 80) | {"row_id": "aa01"}
    undo = {"kind": "undo", "ts": "2026-03-05T20:01:00Z", "undoes": "aa01"}
    assert log.bind(read([taken_back, undo, *two_arms()]), 20, []).held.tolist() == [90.0]


def test_glm_credits_bind_when_the_plan_is_known():
    rows_ = two_arms(glm_credits=900)
    known = snapshot("2026-03-05T20:00:00Z", 20, None, "glm", used=2000, total=10_000)
    bound = log.bind(read([known, *rows_]), 20, [])
    assert dict(zip([one.name for one in bound.knapsacks], bound.held.tolist(), strict=True)) == {
        "claude week points": 90.0,
        "glm week credits": 7000.0,
    }
    assert any("plan's size is not in the log" in line for line in log.bind(read(rows_), 20, []).slack)


def test_a_quota_that_one_arm_does_not_tell_of_is_left_out_and_said():
    found = read(two_arms(weekly=None))
    assert all(one.period == "5h" for one in found.knapsacks)
    assert any("claude week points: not in every window of mitm_offload" in note for note in found.notes)


def test_windows_without_capacity_are_left_out_and_counted():
    found = read([*two_arms(), window(40, points=None), window(41, errors=["negative-delta"])])
    assert found.windows == 12
    assert "2 of 14 windows have no capacity: left out" in found.notes


def test_telemetry_shows_what_each_arm_really_sent_to_glm():
    seen = {"kind": "proxy_telemetry", "ts": "2026-03-01T12:00:00Z", "total_prompts": 40}
    telemetry = [
        seen | {"window": "W0-mitm-0", "routed_prompts": 30, "errors": 2},
        seen | {"window": "W0-mitm-3", "routed_prompts": 10},
        seen | {"window": "W0-elsewhere", "routed_prompts": 40, "errors": 40},
    ]
    found = read([*telemetry, *two_arms()])
    assert [arm.name for arm in found.arms] == ["mitm_offload", "stock_anthropic"]
    assert found.traffic[0] == log.ArmTraffic(windows=2, requests=80, routed_pct=50.0, error_pct=5.0)
    assert found.traffic[1] == log.ArmTraffic(windows=0, requests=0, routed_pct=None, error_pct=None)


def test_coin_flips_need_a_recorded_seed():
    assert read(two_arms()).coins == []
    assert len(read(two_arms(coin=True)).coins) == 6
