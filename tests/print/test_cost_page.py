"""What offloading costs, in words: the answer first, and nothing that is not known as a number."""

from __future__ import annotations

import pytest

from tracker.print import cost_page

TOTAL = {
    "feature": None,
    "requests": 30,
    "priced": 30,
    "cost_usd": 1.0,
    "replaced_cost_usd": 2.0,
    "saved_usd": 1.0,
}
TOTAL |= {"times": 2.0, "replaced_model": "claude-haiku-5-5", "tokens": 12345}
MADE = {
    "as_of": "2026-11-01 (list.json)",
    "replaced_model": None,
    "total": TOTAL,
    "features": [],
    "fewer": {"least": 3, "features": 2},
    "outside": 4,
    "kept": 5,
    "unpriced": {"no token counts": 6},
    "lanes": {"zai": "Z.AI"},
    "delta_per_feature": None,
    "ratio": None,
    "capacity": [],
    "arms": None,
}
ARM = {"methodology": "stock", "windows": 3, "capacity_pp_per_feature": 4.5, "capacity_quota": "five_hour"}
ARM |= {"weekly_pp_per_feature": None, "glm_credits_per_feature": 7}
ARMS = {
    "baseline": "stock",
    "candidate": "offload",
    "features": [{"feature": "F1", "baseline_usd": 2.0, "candidate_usd": 3.0, "delta_usd": 1.0}],
    "delta": None,
}


def test_the_answer_stands_first_with_what_was_left_out():
    page = cost_page.render(MADE)
    assert page.startswith(
        "Offloading costs less than the model it replaces: claude-haiku-5-5 would cost 2.00 times as much"
    )
    for said in (
        "ci=n/a",
        "2 features with fewer than 3 requests",
        "4 requests were made outside",
        "not priced: 6 requests (no token counts)",
        "12,345 tokens; 5 requests stayed",
    ):
        assert said in page


def test_a_loss_is_said_plainly():
    total = TOTAL | {"cost_usd": 4.0, "saved_usd": -2.0, "times": 0.5}
    assert cost_page.verdict(MADE | {"total": total}).startswith(
        "Offloading costs MORE than the model it replaces: 2.00 times"
    )
    assert (
        cost_page.verdict(MADE | {"total": TOTAL | {"times": None}})
        == "No offloaded request could be priced."
    )


@pytest.mark.parametrize("candidate, word", [(3.0, "MORE than"), (1.0, "less than"), (2.0, "the same as")])
def test_without_requests_the_features_of_both_arms_answer(candidate, word):
    arms = ARMS | {"features": [ARMS["features"][0] | {"candidate_usd": candidate}]}
    made = MADE | {"total": TOTAL | {"requests": 0}, "arms": arms}
    assert f"The same 1 features cost {word} on stock" in cost_page.verdict(made)
    assert "too few for an interval (ci=n/a)" in cost_page.render(
        made
    ) and "Read with care" not in cost_page.render(made)


def test_an_interval_is_printed_with_its_features():
    bounds = {"mean": 1.5, "low": 1.0, "high": 2.0}
    page = cost_page.render(MADE | {"delta_per_feature": bounds, "arms": ARMS | {"delta": bounds}})
    assert "saved per feature 1.50 USD (95 % CI 1.00..2.00" in page
    assert "offload minus stock: 1.50 USD a feature (95 % CI 1.00..2.00, 1 features)" in page


def test_points_are_called_by_the_quota_that_they_are_of():
    assert "4.50 five-hour points, n/a weekly points, 7.00 GLM credits (3 windows)" in cost_page.render(
        MADE | {"capacity": [ARM]}
    )
    assert "4.50 daily points" in cost_page.render(MADE | {"capacity": [ARM | {"capacity_quota": "daily"}]})
