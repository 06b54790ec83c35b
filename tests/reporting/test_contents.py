"""What the report shows: each chart's series, counted once, from the rows that are there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tracker import rows
from tracker.evidence.facts import facts_of
from tracker.reporting.contents import contents
from verdict_rows import START, A, B, blocks, feature, plan, telemetry, window


def of(*some, raw=b""):
    return contents(facts_of([*some]), raw)


def test_preview_and_card_are_what_their_tools_print():
    from tracker.verdict import card, overview

    facts = facts_of([plan(), *blocks(12)])
    made = contents(facts, b"")
    assert made["preview"] == overview.preview(facts)
    assert made["card"] == card.card(facts)
    assert made["answer"]["ratio"] == made["preview"]["comparison"]["rate_ratio"]


def test_a_ledger_without_a_window_has_no_card_and_claims_nothing():
    made = of(
        rows.Snapshot(
            ts=START, provider="claude", surface="tui", meters=[rows.Meter(meter="five_hour", used_pct=3.0)]
        )
    )
    assert made["card"] is None
    assert made["answer"]["word"] == "INSUFFICIENT"
    assert made["quotas"] == [
        {"person": None, "name": "claude five_hour", "readings": [(START, 3.0)], "resets": []}
    ]


def test_several_peoples_quotas_are_kept_apart():
    two = [
        rows.Snapshot(
            ts=START, provider="claude", surface="tui", person=who, meters=[rows.Meter(meter="five_hour", used_pct=used)]
        )
        for who, used in (("ann", 3.0), ("bob", 90.0))
    ]  # fmt: skip
    assert [(one["person"], one["readings"]) for one in of(*two)["quotas"]] == [
        ("ann", [(START, 3.0)]),
        ("bob", [(START, 90.0)]),
    ]


def test_a_window_has_the_bounds_that_whole_percents_leave():
    (one,) = of(window("W", features=4.0, points=9.0))["windows"]
    assert (one["low"], one["per_point"], one["high"]) == pytest.approx((0.4, 4 / 9, 0.5))


def test_a_window_that_used_one_point_has_no_upper_bound():
    (one,) = of(window("W", features=2.0, points=1.0))["windows"]
    assert (one["low"], one["high"]) == (1.0, None)


def test_a_window_with_an_error_has_no_number():
    (one,) = of(window("W", errors=["negative-delta"], capacity_low_pp=10.0, capacity_high_pp=20.0))[
        "windows"
    ]
    assert one["per_point"] is None
    assert one["errors"] == ["negative-delta"]


def test_readings_of_a_quota_stand_in_the_order_of_time_with_their_resets():
    def reading(hours, used, reset):
        return rows.Snapshot(
            ts=START + timedelta(hours=hours),
            provider="claude",
            surface="tui",
            meters=[rows.Meter(meter="five_hour", used_pct=used, resets_at=START + timedelta(hours=reset))],
        )

    (one,) = of(window("W"), reading(3, 9.0, 5), reading(1, 4.0, 5), reading(6, 1.0, 10))["quotas"]
    assert [used for _, used in one["readings"]] == [4.0, 9.0, 1.0]
    assert one["resets"] == [START + timedelta(hours=5), START + timedelta(hours=10)]


def test_an_estimate_of_ccusage_is_no_reading():
    meters = [rows.Meter(meter="five_hour", used_pct=40.0)]
    estimate = rows.Snapshot(ts=START, provider="claude", surface="ccusage-blocks", meters=meters)
    assert of(window("W"), estimate)["quotas"] == []


def test_a_windows_requests_are_split_by_lane():
    (one,) = of(
        window("W"), telemetry("W", requests=100, routed_prompts=40, routed_by_lane={"zai": 30, "kimi": 10})
    )["lanes"]
    assert one["lanes"] == {"anthropic": 60, "zai": 30, "kimi": 10}
    (old,) = of(window("W"), telemetry("W", requests=100, routed_prompts=40))["lanes"]
    assert old["lanes"] == {"anthropic": 60, "other lanes": 40}


def test_only_features_with_a_price_have_a_cost():
    made = of(
        window("W", A),
        feature("F-1", "W", cost_usd=0.5),
        feature("F-2", "W", cost_usd=1.5),
        feature("F-3", "W"),
        feature("F-4", "V", B, cost_usd=0.0),
    )["costs"]
    assert [(one["arm"], one["features"], one["usd_per_feature"]) for one in made] == [
        (B, 1, 0.0),
        (A, 2, 1.0),
    ]


def test_churn_is_what_preview_says_of_each_arm():
    ripens = START + timedelta(days=14)
    its = [
        rows.Churn(ts=START, window=name, added_lines=lines, churn_14d=share, matures_at=ripens)
        for name, lines, share in (("W", 100, None), ("W", 100, 0.25), ("V", 50, None))
    ]
    made = of(window("W"), window("V"), *its)
    (one,) = made["churn"]
    assert one == {"arm": made["preview"]["arms"][0]["name"], **made["preview"]["arms"][0]["churn"]}
    assert (one["windows"], one["mature"], one["share"], one["added_lines"]) == (2, 1, 0.25, 150)


def test_the_input_is_named_by_its_bytes():
    assert of(window("W"), raw=b"abc")["method"]["input_sha256"].startswith("ba7816bf")
