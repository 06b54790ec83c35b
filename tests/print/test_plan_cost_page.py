"""The plan costs for people."""

from __future__ import annotations

from tracker.print import plan_cost_page

COST = {"estimate": 0.4, "low": 0.3, "high": 0.6, "rounded_low": 0.2, "rounded_high": 0.9, "phi": 1.0}
ARM = {
    "name": "stock, claude max",
    "windows": 5,
    "left_out": 1,
    "features": 12.0,
    "per_feature": COST,
    "per_window": COST,
    "per_size": COST | {"size_per_feature": 60.0},
    "binds": {"provider": "claude", "quota": "weekly_all"},
    "plans": [
        {
            "provider": "claude",
            "plan": "max",
            "share_of_week_per_window": {"five_hour": 0.02, "weekly_all": 0.04},
        }
    ],
    "unknown": [],
    "notes": ["a note"],
}
UNKNOWN = {key: ARM[key] for key in ("windows", "left_out", "features", "notes")} | {
    "name": "other",
    "plans": [{"provider": "glm", "plan": None}],
    "unknown": ["glm: no price"],
}
PAIR = {
    "a": "one",
    "b": "two",
    "ratio": 1.3,
    "paired": False,
    "windows_a": 5,
    "windows_b": 6,
    "sizes": [60.0, 90.0],
}
MADE = {
    "currency": "USD",
    "windows_a_week": 20,
    "arms": [ARM, UNKNOWN],
    "comparisons": [
        PAIR | {"low": 1.1, "high": 1.6, "cheaper": "two"},
        PAIR | {"low": None, "high": None, "cheaper": None},
        PAIR | {"low": 0.9, "high": 1.6, "cheaper": None, "sizes": [None, 3.0]},
    ],
    "plans": [
        {"provider": "claude", "plan": "max", "price": 100.0, "as_of": "2026-10-31", "source": "https://x"}
    ],
}


def test_every_number_stands_with_its_interval_and_what_is_not_known_says_why():
    page = plan_cost_page.render(MADE)
    assert "0.300..0.600" in page and "0.200..0.900" in page
    assert "cost not known: glm: no price" in page and "ci=n/a" in page
    assert "2.00 % five-hour, 4.00 % weekly" in page and "claude's weekly quota binds" in page
    assert "claude max: 100 USD a month (2026-10-31, https://x)" in page
    assert "1 windows without a number for every quota are left out" in page
    assert "0.400 USD for 100 of registered task size" in page


def test_a_comparison_names_the_cheaper_only_where_its_interval_does():
    page = plan_cost_page.render(MADE, True)
    assert "two is cheaper; their tasks differ in registered size (60.0 and 90.0 a feature)" in page
    assert "which is cheaper is not known" in page
    assert page.startswith("| arm, on its plans")
