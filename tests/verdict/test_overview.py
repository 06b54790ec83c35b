"""The preview's numbers, from values."""

from __future__ import annotations

import pytest

from tracker.evidence.facts import facts_of
from tracker.verdict import overview
from verdict_rows import blocks, plan, telemetry, window


def test_arms_are_grouped_by_what_is_asked():
    some = [window(f"W{i}", account="a" if i % 2 else None) for i in range(4)]
    made = overview.preview(facts_of(some), ("methodology", "provider", "account"))
    assert [(arm["account"], arm["n"]) for arm in made["arms"]] == [("a", 2), ("none", 2)]
    assert overview.preview(facts_of(some), ("provider",))["arms"][0]["methodology"] is None


def test_blocks_make_the_comparison_paired():
    made = overview.preview(facts_of([plan(n_blocks=6), *blocks(6)]))
    assert made["comparison"]["paired"] and made["comparison"]["rate_ratio"] == pytest.approx(2, rel=0.05)
    assert made["sequential"]["looks"][0]["n"] == 5 and made["plan"]["registered"]


def test_traffic_is_summed_by_arm():
    made = overview.preview(facts_of([*blocks(1), telemetry("A0", errors=8, p95_latency_ms=900.0)]))
    assert made["proxy"][0]["error_pct"] == pytest.approx(2.0)
    assert made["proxy"][0]["p95_latency_ms"] == {"median": 900.0, "low": 900.0, "high": 900.0}
