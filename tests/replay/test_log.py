"""A ledger as a replay sees it: which quota a window drew on, and which windows count."""

from __future__ import annotations

import io
import json

from tracker.replay import log
from tracker.replay.budgets import Knapsack


def window(number: int, provider: str = "gemini", arm: str = "stock", **more) -> dict:
    day = f"2026-03-{1 + number:02}"
    row = {"kind": "window", "ts": f"{day}T13:00:00Z", "window": f"{arm}-{number}", "methodology": arm}
    row |= {"started_at": f"{day}T09:00:00Z", "provider": provider, "features": 3}
    return row | {"capacity_pp": 20.0, "capacity_quota": "daily gemini-2.5-pro"} | more


def read(*made: dict) -> log.Log:
    return log.read(io.BytesIO("".join(json.dumps(row) + "\n" for row in made).encode()))


def test_a_daily_plan_draws_on_its_day():
    found = read(*(window(n) for n in range(3)), *(window(n, arm="other", capacity_pp=9.0) for n in range(3)))
    assert found.knapsacks == [Knapsack("gemini", "day", "points")]
    assert log.bind(found, 60, []).held.tolist() == [630.0]


def test_points_of_another_quota_are_another_unit_and_left_out():
    stock = [window(n) for n in range(3)]
    other = [window(n, arm="other") for n in range(3)]
    monthly = window(9, capacity_quota="monthly", capacity_pp=3.0)
    found = read(*stock, *other, monthly)
    assert found.windows == 6
    assert "1 windows have points of another quota, another unit: left out" in found.notes


def test_each_provider_keeps_the_quota_that_most_of_its_windows_are_of():
    claude = [window(n, "claude", "stock", capacity_quota="five_hour", weekly_pp=3.0) for n in range(3)]
    codex = [window(n, "codex", "stock", capacity_quota="monthly") for n in range(3)]
    found = read(*claude, *codex)
    assert [arm.name for arm in found.arms] == ["claude", "codex"]
    names = {one.name for one in found.knapsacks}
    assert names == {"claude 5h points", "claude week points", "codex month points"}
