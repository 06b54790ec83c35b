"""The worth of a point for people."""

from __future__ import annotations

from datetime import UTC, datetime

from tracker.print import worth_page

ENDS = {"n": 4, "estimate": 0.5, "low": 0.4, "high": 0.6, "rounded_low": 0.3, "rounded_high": 0.8}
ONE = {"stretches": 4, "points": 80.0, "requests": 90, "usd": ENDS, "tokens": ENDS | {"estimate": 1000.0}}
FEW = ONE | {"usd": dict.fromkeys(ENDS) | {"n": 0}}
DRIFT = {"stretches": 9, "compared": 5, "evidence": 3.0, "most": 4.0, "smaller": False, "change": None}
DAY = datetime(2026, 10, 5, tzinfo=UTC)


def quota(**more):
    base = {
        "provider": "claude",
        "account": None,
        "quota": "five_hour",
        "pool": "default",
        "all": ONE,
        "features": {},
    }
    base |= {
        "by_week": {"2026-W41": ONE, "2026-W42": FEW},
        "by_mix": {"opus": ONE},
        "by_lane": {"stock": ONE},
        "drift": DRIFT,
    }
    return base | more


def page(*quotas, markdown=False, **more):
    made = {"quotas": list(quotas), "as_of": "today", "unpriced": {}, "smaller_by": 0.02} | more
    return worth_page.render(made, markdown)


def test_a_line_a_quota_a_part_a_week_and_no_part_where_there_is_but_one():
    said = page(quota(features={"stock": ENDS, "offload": ENDS | {"estimate": 0.7}}))
    assert "claude five-hour" in said and said.index("offload") > said.index("stock")
    assert "0.500" in said and "0.700" in said and "0.400..0.600" in said and "0.300..0.800" in said
    assert "by week" in said and "by model mix" not in said
    assert "nothing shows that it has become smaller by more than 2 %" in said


def test_a_change_is_dated_with_its_interval_and_too_few_are_said():
    change = {"around": DAY, "from": DAY, "to": DAY, "times": 0.7, "low": 0.6, "high": 0.8}
    said = page(quota(drift=DRIFT | {"smaller": True, "since": DAY, "change": change}))
    assert "YES, by more than 2 %: shown on 2026-10-05" in said
    assert "changed around 2026-10-05 (2026-10-05 .. 2026-10-05)" in said and "0.600..0.800" in said
    assert "too few alike stretches" in page(quota(drift=DRIFT | {"compared": 0}))


def test_what_has_no_price_is_named_and_is_not_nothing():
    said = page(
        quota(account="work", pool="Fable", quota="weekly_scoped"), unpriced={"claude-x": 1200}, markdown=True
    )
    assert "claude weekly of Fable (work)" in said and "claude-x (1,200)" in said and "which is not 0" in said
