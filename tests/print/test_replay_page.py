"""A replay in words: arms, policies, the verdict, and what the log supports."""

from __future__ import annotations

import pytest

from tracker.print import replay_page

DIFFERENCE = {"mean": 1.2, "low": 0.3, "high": 2.1}
ARM = {"arm": "stock", "windows": 6, "features_per_window": 3.0, "features_per_point": 0.1}
ARM |= {"cost_per_window": {"week": 4.0}, "requests": 0, "routed_to_glm_pct": None, "error_pct": None}
POLICY = {
    "policy": "bwk",
    "features": 40.0,
    "used": {"week": 80.0},
    "lp_pct": 91.0,
    "regret": 4.0,
    "p_at_least": 0.97,
    "difference": DIFFERENCE,
}
TABLE = {
    "windows": 12,
    "rounds": 20,
    "seeds": 1000,
    "arms": [ARM],
    "budgets": {"week": 90.0},
    "lp_features": 44.0,
    "baseline": "greedy",
    "strategy": "bwk",
    "policies": [POLICY, POLICY | {"policy": "greedy"}],
    "verdict": "SUPPORTED",
    "difference": DIFFERENCE,
    "support": {"coin_flips": 0, "rejection": []},
    "notes": [],
}


def test_the_verdict_is_said_in_words_with_its_interval():
    page = replay_page.render(TABLE)
    assert page.startswith("Router replay: 12 windows, 1 arms, a week of 20 rounds, 1,000 seeds")
    assert "Verdict: SUPPORTED: bwk delivers at least as much as greedy." in page
    assert "bwk - greedy: +1.20 (95 % CI 0.300..2.10) features in 20 rounds, 12 windows." in page
    assert (
        "Budgets: week 90.0; time 20 rounds" in page and "bwk (PrimalDualBwK)" in page and "Notes" not in page
    )


@pytest.mark.parametrize(
    "verdict, said",
    [("NOT SUPPORTED", "bwk delivers less than greedy"), ("INCONCLUSIVE", "the log cannot say whether bwk")],
)
def test_the_other_verdicts_have_words_too(verdict, said):
    assert f"Verdict: {verdict}: {said}" in replay_page.render(TABLE | {"verdict": verdict})


def test_a_log_without_coins_is_told_what_would_make_it_answerable():
    assert "importance weighting" in replay_page.render(TABLE) and "(`assign-tasks`)" in replay_page.render(
        TABLE
    )
    flipped = TABLE | {
        "support": {
            "coin_flips": 12,
            "rejection": [{"policy": "bwk", "accepted": 6.0, "features_per_round": DIFFERENCE}],
        }
    }
    page = replay_page.render(flipped)
    assert (
        "assign-tasks" not in page
        and "12 coin-flipped blocks, 6.00 accepted on average): 1.20" in " ".join(page.split())
    )


def test_what_a_change_brings_stands_below():
    gain = {"policy": "bwk", "before": 40.0, "after": 44.0, "gain": DIFFERENCE, "gain_per_price": None}
    found = {
        "rounds": 20,
        "binds": [["claude week points"], []],
        "price_per_month": None,
        "budgets": {"week": {"before": 90.0, "after": 180.0}},
        "gains": [gain],
    }
    page = " ".join(replay_page.render(TABLE | {"what_if": found}).split())
    assert (
        "week: 90.0 -> 180" in page
        and "bwk: 40.0 -> 44.0 features a week, gain +1.20" in page
        and "with --price" in page
    )


def test_records_are_flat():
    assert (
        replay_page.records(TABLE)[0] | {"policy": "bwk", "used_week": 80.0, "difference_low": 0.3}
        == replay_page.records(TABLE)[0]
    )


def test_the_literatures_example_has_its_targets():
    line = {
        "policy": "greedy",
        "slope": 0.9,
        "slope_target": (0.85, None),
        "lp_pct": 50.0,
        "lp_pct_target": None,
        "holds": False,
    }
    table = {"reference": "pricing", "sizes": [250, 500], "seeds": 10, "policies": [line]}
    page = replay_page.render(table)
    assert page.startswith("Dynamic pricing") and "NO" in page and "n/a" in page
    assert replay_page.title(table) == "Dynamic pricing, 10 seeds"
