"""One's own load: which requests are whose, at what price, and which could be offloaded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracker import rows
from tracker.money import loads, prices

DAY = datetime(2026, 10, 5, 8, tzinfo=UTC)


def request(minute=0, model="claude-sonnet-5-5", lane="stock", **more):
    told = {"status": 200, "latency_ms": None, "decision": "history", "op": "stream", "prompt_tokens": 1000}
    told |= {"completion_tokens": 100, **more}
    return rows.Usage(ts=DAY + timedelta(minutes=minute), model=model, lane=lane, **told)


def load_of(*usage):
    return loads.loads(usage, prices.ListPrices())


def test_a_request_is_its_plans_and_accounts_at_the_days_list_price():
    claude, work, codex = load_of(
        request(),
        request(1, account=".claude-work"),
        request(2, model="gpt-5.5"),
        request(3, account=".claude"),
    )
    assert [(one.provider, one.account, len(one.requests)) for one in (claude, work, codex)] == [
        ("claude", None, 2), ("claude", ".claude-work", 1), ("codex", None, 1),
    ]  # fmt: skip
    assert claude.usd == pytest.approx(2 * (1000 * 2 + 100 * 10) / 1e6)
    assert claude.days == pytest.approx(3 / 1440)


def test_what_was_offloaded_counts_as_the_plans_own_at_the_price_of_the_model_that_was_asked_for():
    sent = request(lane="zai", model="claude-haiku-4-5", routed_model="glm-4.6", decision="forced_model")
    stayed = request(1, lane="anthropic", model="claude-haiku-4-5", decision="kept")
    [load] = load_of(sent, stayed, request(2))
    one, two, three = load.requests
    assert one.usd == two.usd > 0 and (one.offloaded, two.offloaded) == (True, False)
    assert (one.offloadable, two.offloadable, three.offloadable) == (True, True, False)
    assert load.offloadable == pytest.approx((one.usd + two.usd) / load.usd)
    assert len(load.work(offload=False)) == 3 and [part.amount for part in load.work(offload=True)] == [
        three.usd
    ]


def test_the_clients_question_for_its_quota_is_not_offloaded():
    [load] = load_of(request(model="claude-haiku-4-5", lane="anthropic", decision="quota_probe"))
    assert load.offloadable == 0.0


def test_a_model_without_a_price_is_named_and_is_not_worth_nothing():
    [load] = load_of(request(), request(1, model="claude-unheard-of"))
    assert load.unpriced == {"claude-unheard-of": 1} and len(load.requests) == 1
    [load] = load_of(request(1, model="claude-unheard-of"))
    assert load.requests == () and load.usd == 0.0 and load.days == 0.0


def test_a_reply_that_counts_no_tokens_is_no_work():
    assert load_of(request(prompt_tokens=None), request(prompt_tokens=0, completion_tokens=0)) == []


def test_a_plan_is_named_by_readings_and_windows_and_a_stretch_over_a_change_has_none():
    reading = rows.Snapshot(
        ts=DAY,
        provider="claude",
        surface="tui",
        meters=[rows.Meter(meter="five_hour", used_pct=1.0)],
        plan="Pro",
    )
    window = rows.Window(
        ts=DAY + timedelta(days=3), started_at=DAY + timedelta(days=2), window="W", methodology="a", provider="claude",
        features=1, plan="Max",
    )  # fmt: skip
    times = loads.plan_times([window, reading])["claude", None]
    day = [DAY + timedelta(days=number) for number in range(5)]
    assert times.latest == "Max"
    assert times.between(day[0] - timedelta(days=9), day[1]) == "Pro", (
        "before the first reading it was that one's"
    )
    assert times.between(day[1], day[3]) is None and times.between(day[3], day[4]) == "Max"
    assert loads.PlanTimes([]).latest is None
