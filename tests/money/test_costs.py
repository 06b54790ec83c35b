"""What offloaded requests cost against the model that they replaced, said plainly; and what has no cost."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

import usage_logs
from conftest import ROOT
from tracker import cli, lanes
from tracker.money import prices

WHEN = datetime(2026, 11, 1, tzinfo=UTC)
LIST = ROOT / "data" / "prices" / "list.json"


def request(minute=0, lane="zai", **more):
    row = {
        "kind": "usage",
        "ts": f"2026-01-05T10:{minute:02d}:00Z",
        "model": "claude-haiku-4-5",
        "routed_model": "glm-4.6",
        "lane": lane,
        "status": 200,
        "latency_ms": 800.0,
        "decision": "forced_model",
        "op": "stream",
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "cache_read_tokens": 5000,
    }
    return row | more


def window(number, hour):
    return {
        "kind": "window",
        "ts": f"2026-01-05T{hour:02d}:59:00Z",
        "window": f"W{number}",
        "methodology": "mitm_offload",
        "provider": "claude",
        "features": 1,
        "capacity_pp": 20,
        "weekly_pp": 2,
        "feature_id": f"F{number}",
        "started_at": f"2026-01-05T{hour:02d}:00:00Z",
        "ended_at": f"2026-01-05T{hour:02d}:58:00Z",
    }


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def compare(tool):
    def call(rows, *args, **env):
        ran = tool("cost-compare", "--format", "json", *args, stdin=lines(rows), PRICES_FILE=str(LIST), **env)
        assert all(" at list price (" in line for line in ran.err.splitlines())
        return ran.status, json.loads(ran.out)

    return call


def test_requests_are_priced_alone_and_then_added(compare):
    rows = [
        request(i, model="claude-sonnet-4-5", prompt_tokens=100_000, cache_read_tokens=0) for i in range(10)
    ]
    made = compare(rows)[1]
    # A million tokens in one request would cost twice as much a token.
    assert made["total"]["replaced_cost_usd"] == pytest.approx(10 * (100_000 * 3 + 100 * 15) / 1e6)


def test_cheaper_is_yes_and_dearer_is_said_plainly(compare, tool):
    assert compare([request()])[0] == 0
    status, made = compare([request()], "--replaced", "claude-haiku-5-5")
    assert status == 1 and made["total"]["saved_usd"] < 0
    out = tool("cost-compare", "--replaced", "claude-haiku-5-5", stdin=lines([request()])).out
    assert out.startswith("Offloading costs MORE than the model it replaces")
    assert "not comparable" in out


def test_requests_belong_to_the_feature_of_their_window(compare):
    rows = [window(n, 10 + n) for n in range(3)]
    for n in range(3):
        rows += [request(m, ts=f"2026-01-05T{10 + n}:{m:02d}:00Z") for m in range(3 + n)]
    rows.append(request(ts="2026-01-06T10:00:00Z"))
    made = compare(rows)[1]
    assert [(one["feature"], one["requests"]) for one in made["features"]] == [
        ("F0", 3),
        ("F1", 4),
        ("F2", 5),
    ]
    assert made["outside"] == 1 and made["total"]["requests"] == 13
    delta = made["delta_per_feature"]
    assert delta["low"] < delta["mean"] < delta["high"]
    assert [one["feature"] for one in compare(rows, "--min", "4")[1]["features"]] == ["F1", "F2"]


def test_what_a_feature_takes_of_the_plan_is_said_in_points(compare, tool):
    made = compare([window(0, 10), request(1)])[1]
    assert made["capacity"][0]["weekly_pp_per_feature"] == 2
    ran = tool("cost-compare", "--plan-usd", "-100", stdin=lines([request()]))
    assert ran.status == 2  # the plan's money is plan-cost's


def test_what_cannot_be_priced_is_counted_and_never_zero(compare):
    rows = [request(), request(1, routed_model="glm-99"), request(2, prompt_tokens=None)]
    made = compare(rows)[1]
    assert made["unpriced"] == {"no price of glm-99": 1, "no token counts": 1}
    assert made["total"]["priced"] == 1
    status, made = compare([request(routed_model="glm-99")])
    assert status == 66 and made["total"]["cost_usd"] is None


def test_cost_rows_fit_the_ledger(tool):
    ran = tool(
        "cost-compare", "--format", "jsonl", stdin=lines([window(0, 10), request(1), request(2), request(3)])
    )
    assert [json.loads(line)["feature_id"] for line in ran.out.splitlines()] == ["F0", None]
    assert tool("ledger-append", stdin=ran.out).status == 0


def feature(number, arm, cost):
    return {
        "kind": "feature",
        "ts": "2026-01-05T12:00:00Z",
        "feature_id": f"F{number}",
        "methodology": arm,
        "cost_usd": cost,
    }


def test_features_done_in_both_arms_are_compared_candidate_minus_baseline(compare, tool):
    costs = [(0.30, 0.10), (0.42, 0.15), (0.36, 0.12)]
    rows = [request()] + [
        feature(i, arm, cost)
        for i, both in enumerate(costs)
        for arm, cost in zip(("stock_anthropic", "mitm_offload"), both, strict=True)
    ]
    rows.append(feature(9, "mitm_offload", 5.0))  # in one arm only: no pair
    arms = compare(rows)[1]["arms"]
    assert [one["feature"] for one in arms["features"]] == ["F0", "F1", "F2"]
    # -0.20 -0.27 -0.24: mean -.236667, sd .035119, t(2, .975) = 4.302653
    assert arms["delta"]["mean"] == pytest.approx(-0.2366667, abs=1e-6)
    assert arms["delta"]["low"] == pytest.approx(-0.3239072, abs=1e-5)
    assert arms["delta"]["high"] == pytest.approx(-0.1494261, abs=1e-5)
    assert compare(rows, "--min", "4")[1]["arms"]["delta"] is None
    text = tool("cost-compare", stdin=lines(rows), PRICES_FILE=str(LIST)).out
    assert "mitm_offload minus stock_anthropic: -0.237 USD a feature" in text
    assert compare([request()])[1]["arms"] is None


def test_features_of_both_arms_are_compared_without_any_request(compare, tool):
    rows = [
        feature(i, arm, cost)
        for i in range(4)
        for arm, cost in (("stock_anthropic", 0.1), ("mitm_offload", 0.3))
    ]
    status, made = compare(rows)
    assert (status, made["total"]["requests"], made["arms"]["delta"]["mean"]) == (1, 0, pytest.approx(0.2))
    text = tool("cost-compare", stdin=lines(rows), PRICES_FILE=str(LIST)).out
    assert text.startswith(
        "The same 4 features cost MORE than on stock_anthropic: 1.20 USD on mitm_offload, 0.400"
    )
    assert "on the replaced model" not in text
    cheaper = [dict(row, cost_usd=0.05 if row["methodology"] == "mitm_offload" else 0.1) for row in rows]
    assert compare(cheaper)[0] == 0
    one_arm = [row for row in rows if row["methodology"] == "mitm_offload"]
    assert tool("cost-compare", stdin=lines(one_arm), PRICES_FILE=str(LIST)).status == cli.NOTHING


@pytest.fixture
def costs_of(tool):
    def call(rows):
        ran = tool("cost-compare", "--features", stdin=lines(rows), PRICES_FILE=str(LIST))
        return ran, [json.loads(line) for line in ran.out.splitlines()]

    return call


def kept(minute, **more):
    return request(minute, lane="anthropic", model="claude-sonnet-4-5", routed_model=None) | more


def test_a_windows_requests_of_both_lanes_become_its_features_cost(costs_of, compare):
    _, offloaded = compare([request(1)])
    both = [
        window(1, 10),
        request(1, trace_id="a"),
        request(1, trace_id="a"),
        kept(2),
        kept(3, status=529) | NO_TOKENS,
    ]
    ran, (row,) = costs_of(both)
    prices_of = prices.FilePrices(str(LIST))
    sonnet = prices_of.cost("claude-sonnet-4-5", "anthropic", WHEN, prices.Tokens(1000, 100, 5000))
    assert row["cost_usd"] == pytest.approx(offloaded["total"]["cost_usd"] + sonnet)
    assert (row["feature_id"], row["methodology"], row["state"], row["requests"]) == (
        "F1",
        "mitm_offload",
        "priced",
        3,
    )
    assert row["as_of"] and not ran.err


NO_TOKENS = {"prompt_tokens": None, "completion_tokens": None}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([window(1, 10)], "0 requests in the log"),
        ([window(1, 10), request(1), request(2) | NO_TOKENS], "1 of 2 requests have no price"),
        ([window(1, 10), request(1, model="no-such", lane="anthropic", routed_model=None)], "have no price"),
        ([window(1, 10) | {"feature_id": None}, request(1)], "no feature_id"),
        ([window(1, 10) | {"ended_at": None}, request(1)], "none with both readings"),
        (
            [window(1, 10), feature(1, "mitm_offload", 0.2) | {"window": "W1"}, request(1)],
            "have a cost already",
        ),
        (
            [
                window(1, 10),
                {
                    "kind": "proxy_telemetry",
                    "ts": "2026-01-05T12:00:00Z",
                    "window": "W1",
                    "total_prompts": 40,
                },
                request(1),
            ],
            "1 requests in the log of the 40 that its telemetry counts",
        ),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "",
)
def test_a_cost_that_would_be_too_low_is_not_written(costs_of, rows, why):
    ran, made = costs_of(rows)
    assert (ran.status, made) == (cli.NOTHING, []) and why in ran.err
    ran, made = costs_of([*rows, window(2, 14), request(1) | {"ts": "2026-01-05T14:01:00Z"}])
    assert ran.status == 0 and [row["feature_id"] for row in made] == ["F2"]


def test_a_window_of_several_features_is_one_cost_under_all_their_names(costs_of):
    done = [feature(i, "mitm_offload", None) | {"window": "W1", "state": "delivered"} for i in (3, 1, 2)]
    rows = [window(1, 10), *done, request(1)]
    first = costs_of(rows)[1]
    assert [row["feature_id"] for row in first] == ["F1+F2+F3"]
    assert costs_of([*rows, *first])[1] == first  # made anew, not added to


def test_logged_costs_reach_the_cards_gate(tool, costs_of):
    rows = []
    for number in range(6):
        for arm, hour in (("stock_anthropic", 9), ("mitm_offload", 15)):
            name, day = f"W{number}-{arm[:2]}", f"2026-01-{10 + number}"
            row = window(number, hour) | {"window": name, "methodology": arm, "block": number}
            rows.append(
                {
                    key: str(value).replace("2026-01-05", day) if key.endswith(("ts", "_at")) else value
                    for key, value in row.items()
                }
            )
            lane = kept(1) if arm == "stock_anthropic" else request(1, routed_model="glm-4.5-air")
            rows.append(lane | {"ts": f"{day}T{hour:02d}:0{1 + number}:00Z"})
    made = costs_of(rows)[1]
    assert len(made) == 12
    ran = tool(
        "decision-card",
        "--format",
        "json",
        stdin=lines([row for row in rows if row["kind"] == "window"] + made),
    )
    gate = next(one for one in json.loads(ran.out)["gates"] if one["name"] == "cost")
    a, b = (
        sum(row["cost_usd"] for row in made if row["methodology"] == arm)
        for arm in ("stock_anthropic", "mitm_offload")
    )
    assert gate["n"] == 6 and gate["estimate"] == pytest.approx(a / b)


def test_each_lane_is_priced_by_its_own_list_and_a_dear_model_is_warned_of(tool):
    def of(lane, model):
        backend = lanes.backend(lane)
        more = {"lane": lane, "upstream": lane, "backend_provider": backend, "routed_model": model}
        return usage_logs.usage(prompt_tokens=10_000, completion_tokens=500, **more)

    rows = [of(lane.name, lane.model) for lane in lanes.SHIPPED] + [
        of("zai", "glm-4.6"),
        of("elsewhere", "x-1"),
    ]
    ran = tool("cost-compare", "--format", "json", stdin=lines(rows))
    made = json.loads(ran.out)
    assert made["total"]["priced"] == len(lanes.SHIPPED) + 1
    assert made["unpriced"] == {"no price of x-1": 1}
    said = ran.err.splitlines()
    assert any("kimi-k2.5 on Kimi (Moonshot) costs" in line and "KIMI_MODEL" in line for line in said)
    assert any("1 request of lane 'elsewhere', which no table has" in line for line in said)


def test_the_page_names_the_lane_that_answered(tool):
    row = usage_logs.usage(lane="deepseek", upstream="deepseek", backend_provider="deepseek")
    row |= {"routed_model": "deepseek-flash", "prompt_tokens": 1000, "completion_tokens": 10}
    ran = tool("cost-compare", stdin=lines([row]))
    assert (
        "on DeepSeek, USD" in ran.out and "DeepSeek counted 1,010 tokens" in ran.out and "Z.AI" not in ran.out
    )
