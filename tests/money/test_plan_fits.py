"""Which plan fits: what waits on each plan, what a month costs, and what each figure rests on."""

from __future__ import annotations

import json
import runpy
from datetime import UTC, datetime, timedelta

import pytest

from conftest import ROOT
from tracker.money import plan_fits
from tracker.money.plan_fits import PointsPerUsd

MONDAY = datetime(2026, 10, 5, 8, tzinfo=UTC)
USD = (1000 * 2 + 100 * 10 + 50_000 * 0.1) / 1e6  # of one request below, by the list
A_POINT = 10  # requests


def stamp(time):
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def request(time, **more):
    return {
        "kind": "usage", "ts": stamp(time), "model": "claude-sonnet-5-5", "lane": "stock", "status": 200,
        "latency_ms": None, "decision": "history", "op": "stream", "prompt_tokens": 1000, "completion_tokens": 100,
        "cache_read_tokens": 50_000,
    } | more  # fmt: skip


def day(number, plan="Max 5x", a_point=A_POINT, count=260, week=0, **more):
    """A five-hour window of so many requests, a minute apart; five of its points are one of the week's."""
    start = MONDAY + timedelta(days=number)
    resets, week_resets = start + timedelta(hours=5), MONDAY + timedelta(days=7 * (number // 7 + 1))
    made = []
    for place in range(count + 1):
        now = start + timedelta(minutes=place)
        five = place // a_point
        meters = [
            {"meter": "five_hour", "used_pct": five, "resets_at": stamp(resets)},
            {"meter": "weekly_all", "used_pct": week + five // 5, "resets_at": stamp(week_resets)},
        ]
        made += [request(now, **more)] if place else []
        made.append(
            {
                "kind": "snapshot",
                "ts": stamp(now),
                "provider": "claude",
                "surface": "statusline",
                "plan": plan,
                "meters": meters,
            }
        )
    return made


def week(number, plan="Max 5x", **more):
    return [row for place in range(5) for row in day(7 * number + place, plan, week=5 * place, **more)]


MONTH = [row for number in range(3) for row in week(number)]
PLANS = """
[[plan]]
name = "small"
provider = "claude"
price = 20
currency = "USD"
as_of = "2026-10-01"
source = "made up"
shown = ["Small"]
quotas = { five_hour = "max x 0.2", weekly_all = "max x 0.5" }
"""


@pytest.fixture
def fit(tool, tmp_path):
    def call(made, *args, status=0, more="", **env):
        (tmp_path / "own.toml").write_text(PLANS + more)
        stdin = "".join(json.dumps(row) + "\n" for row in made)
        ran = tool(
            "plan-fit", "--format", "json", *args, stdin=stdin, PLANS_FILE=str(tmp_path / "own.toml"), **env
        )
        assert ran.status == status, ran.err
        return json.loads(ran.out) if ran.out else ran.err

    return call


def lines(made, place=0):
    return {(one["plan"], one["seats"], one["offload"]): one for one in made["loads"][place]["fits"]}


def test_on_ones_own_plan_the_points_are_those_that_were_read(fit):
    found = lines(fit(MONTH))["max", 1, False]
    five, weekly = found["quotas"]
    assert (five["basis"], weekly["basis"]) == ("measured", "measured")
    assert five["usd_per_point"]["estimate"] == pytest.approx(A_POINT * USD, rel=0.01)
    assert weekly["usd_per_point"]["estimate"] == pytest.approx(5 * A_POINT * USD, rel=0.15)
    assert found["waiting_pct"] == {"estimate": 0.0, "low": 0.0, "high": 0.0} and found["now"]
    # 26 points of each five-hour window that it opened.
    assert five["takes_pct"]["estimate"] == pytest.approx(26, rel=0.02)
    assert found["used"]["low"] < found["used"]["estimate"] < found["used"]["high"] < 100 == found["cost"]


def test_a_smaller_plan_is_known_by_its_sellers_word_and_that_is_an_assumption(fit):
    made = fit(MONTH)
    found = lines(made)["small", 1, False]
    assert {one["basis"] for one in found["quotas"]} == {"assumption"}
    assert "small holds 0.2 times what max does (2026-10-01, made up)" in found["quotas"][0]["source"]
    # A window of 260 requests is 130 % of the small plan's: the last 60 minutes of work wait from minute 200 to 300.
    share = found["waiting_pct"]
    assert share["estimate"] == pytest.approx(100 * 60 / 260, abs=1.5)
    assert share["low"] < share["estimate"] < share["high"]
    assert found["hours"]["longest"] == pytest.approx(100 / 60, abs=0.1)
    assert made["loads"][0]["carries"] == {"plan": "max", "seats": 1, "offload": False, "cost": 100, "sure": True, "assumed": False}  # fmt: skip


def test_a_second_seat_carries_what_one_does_not_and_is_the_cheaper_way(fit):
    made = fit(MONTH, "--seats", "2")
    found = lines(made)
    assert found["small", 2, False]["cost"] == 40 and found["small", 2, False]["waiting_pct"]["high"] == 0
    carries = made["loads"][0]["carries"]
    assert (carries["plan"], carries["seats"], carries["cost"], carries["assumed"]) == ("small", 2, 40, True)


def test_what_nobody_publishes_and_nobody_measured_is_not_known_and_never_fits(fit):
    found = lines(fit(MONTH))["team-premium", 1, False]
    assert {one["basis"] for one in found["quotas"]} == {"not known"} and not found["whole"]
    assert found["waiting_pct"] == {} and found["used"]["estimate"] is None
    ultra = lines(fit(MONTH))["ultra", 1, False]
    assert [one["quota"] for one in ultra["quotas"]] == ["weekly_all"], "it has no five-hour quota"
    assert not ultra["whole"], "its week is so many times pro's, of which nothing was measured"


def test_a_quota_that_is_not_known_makes_what_waits_a_least(fit):
    found = lines(fit(MONTH))["pro", 1, False]
    assert [one["basis"] for one in found["quotas"]] == ["assumption", "not known"]
    assert found["waiting_pct"]["estimate"] > 0 and not found["whole"]


def test_two_plans_that_were_both_measured_are_compared_and_the_cheaper_is_named(fit):
    on_small = [row for number in (3, 4, 5) for row in week(number, "Small", a_point=4)]
    made = fit([*MONTH, *on_small])
    found = lines(made)
    assert {one["basis"] for one in found["small", 1, False]["quotas"]} == {"measured"}
    [compared] = made["loads"][0]["comparisons"]
    # A point holds 4 requests, not 10: the price is a fifth, and the load takes 2.5 times the points.
    assert (compared["a"], compared["cheaper"]) == ("small", "small")
    assert compared["low"] < compared["ratio"] < compared["high"] < 1
    assert compared["ratio"] == pytest.approx(0.5, rel=0.15)
    assert found["small", 1, False]["now"], "the plan that was read last"


def test_a_stretch_in_which_the_plan_changed_counts_for_neither(fit):
    turned = day(2, "Small")
    for row in turned[: len(turned) // 2]:
        row["plan"] = "Max 5x" if "plan" in row else row.get("plan")
        if row["plan"] is None:
            del row["plan"]
    made = fit([*day(0), *day(1, week=5), *turned, *day(3, "Small", week=10)])
    of = {key[0]: one for key, one in lines(made).items()}
    assert of["max"]["quotas"][0]["stretches"] == 2 and of["small"]["quotas"][0]["stretches"] == 1


def window(number, plan, features, points):
    when = MONDAY + timedelta(days=40 + number)
    return {
        "kind": "window", "ts": stamp(when), "window": f"W{number}", "methodology": "a", "provider": "claude",
        "features": features, "capacity_pp": points, "plan": plan,
    }  # fmt: skip


def test_windows_on_both_plans_say_how_many_times_a_point_is_worth(fit):
    some = [window(number, "Max 5x", 4, 20 + number) for number in range(6)]
    some += [window(10 + number, "Small", 2, 20 + number) for number in range(6)]
    some.append(window(30, "Max 5x", 4, 22))  # the plan that one is on is the last that was named
    found = lines(fit([*MONTH, *some], "--most-waiting", "100"))
    five = found["small", 1, False]["quotas"][0]
    assert five["basis"] == "windows on both"
    ours = found["max", 1, False]["quotas"][0]["usd_per_point"]["estimate"]
    assert five["usd_per_point"]["estimate"] == pytest.approx(ours / 2, rel=0.02)
    assert five["usd_per_point"]["low"] < five["usd_per_point"]["estimate"] < five["usd_per_point"]["high"]


def test_the_interval_of_windows_on_both_joins_the_two():
    rate = PointsPerUsd(10.0, 8.0, 12.5, 9, "measured")
    found = plan_fits.by_windows(rate, [(4, 20), (5, 22), (3, 21)], [(2, 20), (2, 21), (3, 22)])
    assert found.low < 8.0 * found.estimate / 10 and found.high > 12.5 * found.estimate / 10
    assert plan_fits.by_windows(rate, [(4, 20)] * 2, [(2, 20)] * 3) is None
    assert plan_fits.by_windows(rate._replace(low=None), [(4, 20)] * 3, [(2, 20)] * 3).low is None


def test_offloading_takes_haikus_share_off_the_plan_and_adds_the_other_plans_price(fit):
    made = [row for number in range(3) for row in week(number)]
    for place, row in enumerate(row for row in made if row["kind"] == "usage"):
        if place % 2:
            row["model"] = "claude-haiku-4-5"
    told = fit(made, "--offload", "--plan", "glm=lite:18")
    found = lines(told)
    without, beside = found["small", 1, False], found["small", 1, True]
    assert beside["cost"] == 38 and without["cost"] == 20
    assert beside["waiting_pct"]["estimate"] < without["waiting_pct"]["estimate"]
    assert told["loads"][0]["offloadable_pct"] > 10
    unpriced = fit(made, "--offload", "--plan", "glm=lite")
    assert lines(unpriced)["small", 1, True]["cost"] is None, (
        "no price of glm lite is known, and that is not 0"
    )
    nobody = fit(made, "--offload")
    assert lines(nobody)["small", 1, True]["cost"] is None
    paid = lines(fit(made, "--offload", "--plan", "glm=none"))["small", 1, True]
    assert paid["cost"] == 20


def test_work_counts_as_what_the_gauge_said_of_it_and_not_at_its_list_price(fit):
    heavy = day(21, a_point=2)  # 130 points by the gauge for the money that takes 26 on other days
    share = lines(fit([*MONTH, *heavy], "--most-waiting", "50"))["max", 1, False]["waiting_pct"]["estimate"]
    # Five times the work of another day, of which 30 of 130 points waited.
    assert share == pytest.approx(100 * 5 * 30 / 130 / 20, abs=1.0)


def test_full_windows_are_counted_since_they_hid_work(fit):
    made = fit([*MONTH, *day(21, a_point=2)], "--most-waiting", "50")
    assert made["loads"][0]["full"]["five_hour"] == {"full": 1, "windows": 16}


def test_a_plan_that_nobody_names_is_measured_and_has_no_price(fit):
    made = [{key: value for key, value in row.items() if key != "plan"} for row in MONTH]
    told = fit(made, status=1)
    load = told["loads"][0]
    assert load["plan"] is None and "no reading names the plan" in load["unknown"] and load["carries"] is None
    found = lines(told)["as it is", 1, False]
    assert found["cost"] is None and found["waiting_pct"]["estimate"] == 0
    assert lines(fit(made, "--plan", "claude=max"))["max", 1, False]["cost"] == 100
    assert lines(fit(made, "--plan", "claude=90"))["plan", 1, False]["cost"] == 90


def test_a_load_without_readings_is_shown_and_ends_with_nothing(fit):
    told = fit([row for row in MONTH if row["kind"] == "usage"], status=66)
    load = told["loads"][0]
    assert load["requests"] == 15 * 260 and load["usd"] == pytest.approx(15 * 260 * USD)
    assert all(one["waiting_pct"] == {} for one in load["fits"])


@pytest.mark.parametrize(
    ("args", "said", "status"),
    [
        (("--seats", "10"), "plan-fit: --seats 10: at most 9; give less\n", 2),
        (("--seats", "0"), "'0'", 2),
        (("--most-waiting", "101"), "plan-fit: --most-waiting 101: at most 100; give less\n", 2),
        (
            ("--plan", "claude=small"),
            "the readings of claude show Max 5x, which is not 'small'; leave it out",
            2,
        ),
        (("--plan", "glm=lite:18"), "nothing here uses a plan of glm; leave it out", 2),
        (("--plan", "claude=-5"), "a plan costs more than 0 USD a month", 2),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(fit, args, said, status):
    err = fit(MONTH, *args, status=status)
    assert said in err and err.strip().splitlines()[-1].startswith("plan-fit: ")


def test_no_request_is_no_load(fit):
    assert "no request that used a plan (0 usage rows read)" in fit([], status=66)


def test_prices_in_two_currencies_are_not_added(fit):
    more = '\n[[plan]]\nname = "klein"\nprovider = "claude"\nprice = 20\ncurrency = "EUR"\nas_of = "2026-10-01"\nsource = "made up"\n'
    assert "EUR and USD" in fit(MONTH, status=78, more=more)


def test_csv_has_a_line_for_each_plan_seat_and_way(tool):
    stdin = "".join(json.dumps(row) + "\n" for row in MONTH)
    ran = tool("plan-fit", "--seats", "2", "--format", "csv", stdin=stdin)
    head, *body = ran.out.splitlines()
    assert head.startswith("provider,account,plan,seats,offload,now,cost,waiting_pct_estimate")
    assert [line for line in body if line.startswith("claude,,max,2,")]


def test_the_cost_holds_the_truth_and_the_cheaper_plan_is_named_in_made_up_loads():
    bench = runpy.run_path(str(ROOT / "bench" / "statistics" / "plan_fit.py"))
    found = bench["coverage"]("weekly binds", reps=12, seed=3)
    assert found["cost_held_pct"] >= 90 and found["no_interval_pct"] == 0
    assert found["cheaper_by_estimate_pct"] == 100 and found["dearer_named_pct"] == 0


def test_windows_of_which_only_their_end_is_known_are_no_share_of_windows_that_were_full(fit):
    gauged = [row for number in (0, 7) for row in week(number)]
    banners = []
    for number in range(30, 34):
        start = MONDAY + timedelta(days=number)
        meters = [{"meter": "five_hour", "used_pct": 100, "resets_at": stamp(start + timedelta(hours=5))}]
        banners.append(
            {"kind": "snapshot", "ts": stamp(start + timedelta(hours=4)), "provider": "claude", "surface": "banner",
             "plan": "Max 5x", "meters": meters}
        )  # fmt: skip
    full = [fit(rows)["loads"][0]["full"]["five_hour"] for rows in (gauged, gauged + banners)]
    assert full[0] == full[1]
