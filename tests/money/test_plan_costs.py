"""What a feature costs in plan money: every plan of an arm, the quota that binds, an interval with rounding."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from conftest import ROOT
from tracker import cli
from tracker.money import plan_costs
from tracker.stats.efficiency import ConfidenceInterval, efficiency, rounding

SAMPLE = b"".join(path.read_bytes() for path in sorted((ROOT / "data/samples/week0").glob("*.jsonl")))
MONTH = 365.25 / 12
MAX_WEEK = 100 / MONTH * 7


def window(number, arm="stock_anthropic", features=2, points=30, weekly=4, **more):
    row = {
        "kind": "window",
        "ts": f"2026-03-{1 + number:02d}T12:00:00Z",
        "window": f"{arm[:2]}-{number}",
        "methodology": arm,
        "provider": "claude",
        "features": features,
        "capacity_pp": points,
        "weekly_pp": weekly,
    }
    return row | more


def offload(number, **more):
    return window(
        number, "mitm_offload", **({"points": 15, "weekly": 2, "glm_credits": 100, "glm_pp": 5} | more)
    )


@pytest.fixture
def cost(tool):
    def call(rows, *args, status=0, **env):
        stdin = rows if isinstance(rows, bytes) else "".join(json.dumps(row) + "\n" for row in rows)
        ran = tool("plan-cost", "--format", "json", *args, stdin=stdin, **env)
        assert ran.status == status, ran.err
        return json.loads(ran.out) if ran.out else ran.err

    return call


MAX = ("--plan", "claude=max")
LITE = ("--plan", "glm=lite:18")


def test_a_feature_costs_its_share_of_the_week_by_the_quota_that_binds(cost):
    (arm,) = cost([window(n) for n in range(4)], *MAX)["arms"]
    assert arm["binds"] == {"provider": "claude", "quota": "weekly_all"}
    assert arm["per_feature"]["estimate"] == pytest.approx(MAX_WEEK * 0.04 / 2)
    assert arm["per_window"]["estimate"] == pytest.approx(MAX_WEEK * 0.04)
    (arm,) = cost([window(n, points=90) for n in range(4)], *MAX, "--windows-a-week", "10")["arms"]
    assert arm["binds"]["quota"] == "five_hour"
    assert arm["per_feature"]["estimate"] == pytest.approx(MAX_WEEK * 0.09 / 2)


def test_the_interval_is_that_of_features_per_point_upside_down(cost):
    weekly, features = [3, 5, 4, 6, 4], [2, 3, 2, 4, 3]
    rows = [
        window(n, weekly=w, features=f, points=1)
        for n, (w, f) in enumerate(zip(weekly, features, strict=True))
    ]
    found = cost(rows, *MAX)["arms"][0]["per_feature"]
    point = MAX_WEEK / 100
    one = efficiency(features, weekly)
    low, high = min(one.ci.low, one.fieller.low), max(one.ci.high, one.fieller.high)
    assert found["low"] == pytest.approx(point / high) and found["high"] == pytest.approx(point / low)
    wide = rounding(ConfidenceInterval(low, high), weekly)
    assert found["rounded_low"] == pytest.approx(point / wide.high)
    assert found["rounded_high"] == pytest.approx(point / wide.low)


def test_an_arm_pays_for_every_plan_that_it_uses_and_the_fullest_quota_binds(cost):
    rows = [offload(n) for n in range(4)]
    week = (100 + 18) / MONTH * 7
    (arm,) = cost(rows, *MAX, *LITE)["arms"]
    assert [plan["plan"] for plan in arm["plans"]] == ["max", "lite"]
    assert arm["binds"] == {
        "provider": "claude",
        "quota": "weekly_all",
    }  # 2 % of Claude's week, 1 % of Z.AI's
    assert arm["per_window"]["estimate"] == pytest.approx(week * 0.02)
    (arm,) = cost([row | {"glm_credits": 900} for row in rows], *MAX, *LITE)["arms"]
    assert arm["binds"] == {"provider": "glm", "quota": "weekly_all"}
    assert arm["per_window"]["estimate"] == pytest.approx(week * 0.09)


def test_the_credits_of_glms_week_are_those_of_its_readings_before_the_published_ones(cost):
    meter = {"meter": "weekly_all", "used": 10, "total": 60_000}
    read = {
        "kind": "snapshot",
        "ts": "2026-03-01T09:00:00Z",
        "provider": "glm",
        "surface": "quota",
        "meters": [meter],
    }
    (arm,) = cost([read, *(offload(n, glm_credits=900) for n in range(4))], *MAX, "--plan", "glm=18")["arms"]
    assert arm["plans"][1]["share_of_week_per_window"]["weekly_all"] == pytest.approx(900 / 60_000)


def test_an_offload_arm_whose_glm_use_is_not_known_has_no_cost_and_never_claudes_alone(cost):
    rows = [offload(n, glm_credits=None, glm_pp=None) for n in range(4)]
    (arm,) = cost(rows, *MAX, *LITE, status=66)["arms"]
    assert "per_feature" not in arm
    assert arm["unknown"] == ["glm: what its windows used of its plan is not known (no glm readings)"]
    (arm,) = cost(rows, *MAX, "--plan", "glm=none")["arms"]
    assert arm["per_window"]["estimate"] == pytest.approx(MAX_WEEK * 0.02)
    assert "no GLM plan is counted" in arm["notes"][0]


def test_a_plan_without_a_price_gives_no_number_and_what_to_type(cost):
    (arm,) = cost([window(n, plan="Claude Max") for n in range(4)], status=66)["arms"]
    assert arm["unknown"] == ["claude: 'Claude Max' is max or ultra; --plan claude=max says which"]
    (arm,) = cost([window(n) for n in range(4)], status=66)["arms"]
    assert "no reading names the plan" in arm["unknown"][0]


def test_windows_of_two_plans_are_two_lines_and_their_ratio_says_which_is_cheaper(cost):
    luck = np.random.default_rng(5)
    rows = [
        window(
            n,
            plan=plan,
            features=int(luck.integers(2, 5)),
            points=30,
            weekly=int(luck.integers(mean - 2, mean + 3)),
        )
        for n in range(14)
        for plan, mean in (("Pro", 30), ("Max 5x", 6))
    ]
    rows = [row | {"window": f"{row['window']}-{row['plan']}"} for row in rows]
    made = cost(rows)
    assert [arm["name"] for arm in made["arms"]] == [
        "stock_anthropic, claude pro",
        "stock_anthropic, claude max",
    ]
    (one,) = made["comparisons"]
    assert (
        one["low"] < one["ratio"] < one["high"] and one["cheaper"] is None
    )  # a fifth of the points, five times the price
    assert "several plans of claude are used" in cost(rows, "--plan", "claude=50", status=2)
    cheap = cost(rows, "--plan", "claude=max:50")["comparisons"][0]
    assert cheap["cheaper"] == "stock_anthropic, claude max" and cheap["ratio"] == pytest.approx(
        2 * one["ratio"]
    )
    assert "which is not 'ultra'" in cost(rows, "--plan", "claude=ultra", status=2)


def test_a_plan_shown_by_a_windows_readings_is_the_windows(cost):
    rows = [window(n) for n in range(4)]
    meter = {"meter": "five_hour", "used_pct": 3}
    reading = {
        "kind": "snapshot",
        "ts": "2026-03-01T09:00:00Z",
        "provider": "claude",
        "surface": "print",
        "plan": "Pro",
    }
    made = cost([reading | {"meters": [meter], "window": "st-0"}, *rows])
    assert [(arm["name"], arm["windows"]) for arm in made["arms"]] == [("stock_anthropic, claude pro", 4)]


def test_costs_by_registered_size_stand_beside_those_by_feature(cost):
    rows = [window(n, features=1, feature_id=f"F{n}") for n in range(4)]
    sizes = [
        {
            "kind": "feature",
            "ts": "2026-03-01T09:00:00Z",
            "feature_id": f"F{n}",
            "predicted_size": 50 + 10 * n,
        }
        for n in range(4)
    ]
    later = [dict(row, predicted_size=5000) for row in sizes]  # a size that was changed after the work
    (arm,) = cost([*rows, *sizes, *later], *MAX)["arms"]
    assert arm["per_size"]["estimate"] == pytest.approx(MAX_WEEK * 0.16 / 2.6)
    assert arm["per_size"]["size_per_feature"] == 65
    assert cost([*rows, *sizes[1:]], *MAX)["arms"][0]["per_size"] is None


def test_windows_without_a_number_are_counted_as_left_out(cost):
    rows = [window(n) for n in range(4)] + [window(5, weekly=None), window(6, points=None)]
    (arm,) = cost(rows, *MAX)["arms"]
    assert (arm["windows"], arm["left_out"]) == (4, 2)


def test_below_three_windows_there_is_no_interval_and_without_features_no_estimate(cost):
    found = cost([window(n) for n in range(2)], *MAX)["arms"][0]
    assert found["per_feature"]["low"] is None and found["per_feature"]["estimate"] > 0
    found = cost([window(n, features=0) for n in range(4)], *MAX)["arms"][0]["per_feature"]
    assert found["estimate"] is None and found["high"] is None and found["low"] > 0


def test_the_sample_ledger_counts_the_glm_plan(cost):
    made = cost(SAMPLE, *MAX, "--plan", "glm=18")
    stock, mitm = made["arms"]
    assert stock["windows"] == mitm["windows"] == 12 and len(mitm["plans"]) == 2
    assert made["comparisons"][0]["paired"]
    text = cost(SAMPLE, status=66)
    assert [arm.get("per_feature") for arm in text["arms"]] == [None, None]


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (("--plan", "claude=-100"), 2, "costs more than 0"),
        (("--plan", "claude=0"), 2, "costs more than 0"),
        (("--plan", "claude=huge"), 2, "no claude plan 'huge'"),
        (("--plan", "nobody=3"), 2, "is no PROVIDER=PLAN"),
        ((*MAX, *MAX), 2, "named twice"),
        ((*MAX, "--plan", "codex=plus"), 2, "nothing here uses a plan of codex"),
        (("--windows-a-week", "0"), 2, "1 or more"),
        (("--windows-a-week", "34"), 2, "a week has 1 to 33"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_one_line(tool, args, status, said):
    ran = tool("plan-cost", *args, stdin=json.dumps(window(1)))
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err and ran.err.count("\n") == 1


def test_rows_without_a_window_are_nothing_to_work_on(tool):
    ran = tool(
        "plan-cost", stdin='{"kind":"evidence","ts":"2026-03-02T09:00:00Z","check":"x","result":"pass"}\n'
    )
    assert ran.status == cli.NOTHING and "no window row (1 rows read)" in ran.err


def test_two_currencies_are_refused(cost, tmp_path):
    own = '[[plan]]\nname = "lite"\nprovider = "glm"\nprice = 120\ncurrency = "CNY"\nas_of = "2026-11-01"\nsource = "mine"\n'
    (tmp_path / "plans.toml").write_text(own)
    said = cost(
        [offload(n, glm_plan="lite") for n in range(4)],
        *MAX,
        status=78,
        PLANS_FILE=str(tmp_path / "plans.toml"),
    )
    assert "CNY and USD" in said


def test_csv_has_a_line_an_arm(tool):
    ran = tool("plan-cost", "--format", "csv", *MAX, "--plan", "glm=18", stdin=SAMPLE)
    assert len(ran.out.splitlines()) == 3 and ran.out.startswith("arm,windows,features,per_feature_estimate")


def test_money_per_size_needs_every_window():
    assert plan_costs.per_unit(np.array([2.0, 2.0]), np.array([1.0, 1.0]), 0.1)["low"] is None


def test_a_slice_of_the_simulation_holds_its_coverage_and_never_names_the_dearer_plan_often():
    sys.path.insert(0, str(ROOT / "bench/statistics"))
    import plan_costs as simulated

    try:
        found = [simulated.coverage(name, 40, 3) for name in simulated.PROFILES]
    finally:
        sys.path.remove(str(ROOT / "bench/statistics"))
        del sys.modules["plan_costs"]
    assert len(found) == 12
    assert sum(one["held_pct"] for one in found) / 12 >= 94 - 2
    assert min(one["held_pct"] for one in found) >= 85
    assert max(one["dearer_named_pct"] for one in found) <= 5
    assert min(one["cheaper_by_estimate_pct"] for one in found) >= 75
