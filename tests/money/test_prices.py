"""Tokens into money, request by request, at dated list prices."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

import usage_logs
from conftest import ROOT
from tracker import cli, lanes
from tracker.money import prices
from tracker.money.prices import Tokens

WHEN = datetime(2026, 11, 1, tzinfo=UTC)
LIST = ROOT / "data" / "prices" / "list.json"


@pytest.mark.parametrize(
    "model, lane",
    [
        ("claude-haiku-4-5", "anthropic"),
        ("claude-haiku-5-5", "anthropic"),
        ("glm-4.6", "zai"),
        ("glm-4.5-air", "zai"),
        ("kimi-k2.5", "kimi"),
    ],
)
@pytest.mark.parametrize("prompt", [1_000, 250_000])
def test_our_table_and_the_carried_list_agree(model, lane, prompt):
    tokens = prices.Tokens(prompt, 100, 5000, 300)
    carried, ours = (
        some.cost(model, lane, WHEN, tokens) for some in (prices.ListPrices(), prices.FilePrices(str(LIST)))
    )
    assert ours == pytest.approx(carried, rel=1e-9)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"as_of":"x","models":{"m":{}}}', '{"as_of":"x","models":{"m":{"input":-1,"output":1}}}'],
)
def test_a_price_file_that_is_none_is_refused(tool, tmp_path, text):
    (tmp_path / "p.json").write_text(text)
    ran = tool("cost-compare", stdin=usage_logs.line(usage_logs.usage()), PRICES_FILE="p.json")
    assert ran.status == cli.NO_SETTING and ran.err.count("\n") == 1


@pytest.fixture
def listed(tmp_path):
    """A price list of a file, USD per million tokens."""

    def make(**models):
        (tmp_path / "p.json").write_text(json.dumps({"as_of": "2026-11-01", "models": models}))
        return prices.FilePrices(str(tmp_path / "p.json"))

    return make


def test_the_longest_name_that_fits_is_taken_and_a_whole_name_before_it(listed):
    made = listed(
        **{
            "glm-*": {"input": 1, "output": 1},
            "glm-4*": {"input": 2, "output": 1},
            "glm-4.6": {"input": 3, "output": 1},
        }
    )
    million = Tokens(1_000_000, 0)
    costs = [made.cost(name, "zai", WHEN, million) for name in ("glm-5", "glm-4.5", "glm-4.6", "glm", "kimi")]
    assert costs == [1, 2, 3, None, None]
    assert made.as_of == "2026-11-01 (p.json)"


def test_what_has_no_price_of_its_own_is_input(listed):
    made = listed(m={"input": 4, "output": 10, "cache_read": 1})
    assert made.cost("m", "zai", WHEN, Tokens(100, 10, 1000, 50)) == pytest.approx(
        (400 + 100 + 1000 + 200) / 1e6
    )


def test_a_tier_is_for_the_request_whose_input_is_above_it(listed):
    made = listed(m={"input": 1, "output": 1, "tiers": [{"above": 300, "input": 9, "output": 1}, {"above": 200, "input": 2, "output": 1}]})  # fmt: skip
    inputs = [Tokens(200, 0), Tokens(150, 0, 51), Tokens(301, 0)]
    assert [round(1e6 * made.cost("m", "zai", WHEN, tokens)) for tokens in inputs] == [200, 402, 2709]


def test_every_lane_of_the_table_has_its_list_and_a_strange_one_none():
    assert all(prices.provider_of(lane.name) for lane in lanes.SHIPPED)
    assert prices.provider_of(lanes.ANTHROPIC) == "anthropic"
    assert prices.ListPrices().cost("glm-4.6", "elsewhere", WHEN, Tokens(1, 1)) is None
    assert prices.ListPrices().cost("no-such-model", "zai", WHEN, Tokens(1, 1)) is None


@pytest.mark.parametrize("lane", lanes.SHIPPED, ids=lambda lane: lane.name)
def test_the_model_that_a_lane_asks_for_is_listed_and_no_dearer_than_a_haiku(lane):
    """An agent's turn: a long prompt, a short answer; and glm-4.6, the plans' name, has a price as well."""
    told, turn = prices.ListPrices(), Tokens(50_000, 1_000)
    cost = told.cost(lane.model, lane.name, WHEN, turn)
    assert cost is not None and cost <= told.cost("claude-haiku-4-5", lanes.ANTHROPIC, WHEN, turn)
    if lane.name == lanes.DEFAULT:
        assert cost < told.cost("glm-4.6", lane.name, WHEN, turn) / 2


def test_a_file_is_taken_when_one_is_named_and_one_that_is_not_there_is_said():
    assert isinstance(prices.find(None), prices.ListPrices)
    assert isinstance(prices.find(str(LIST)), prices.FilePrices)
    with pytest.raises(cli.Stop, match=r"PRICES_FILE: cannot read none\.json") as stop:
        prices.find("none.json")
    assert stop.value.status == cli.NO_SETTING


def by_the_lists_own_sum(model, provider, tokens):
    from genai_prices import Usage, calc_price

    used = Usage(
        input_tokens=tokens.prompt + tokens.cache_read + tokens.cache_write,
        output_tokens=tokens.completion,
        cache_read_tokens=tokens.cache_read,
        cache_write_tokens=tokens.cache_write,
        cache_write_1h_tokens=tokens.cache_write_1h,
    )
    return float(calc_price(used, model, provider_id=provider, genai_request_timestamp=WHEN).total_price)


@pytest.mark.parametrize(
    ("lane", "model", "provider"),
    [
        ("stock", "claude-opus-5-5", "anthropic"),
        ("stock", "claude-haiku-5-5", "anthropic"),
        ("anthropic", "claude-sonnet-4-5", "anthropic"),
        ("stock", "gpt-5.5", "openai"),
        ("zai", "glm-4.5-air", "zai"),
        ("deepseek", "deepseek-flash", "deepseek"),
    ],
)
@pytest.mark.parametrize("prompt", [1_000, 99_000, 100_000, 100_001, 200_000, 272_001, 900_000])
def test_the_quick_sum_is_the_lists_own_at_every_side_of_a_tier(lane, model, provider, prompt):
    writes = (700, 300) if provider == "anthropic" else (0, 0)  # the others bill no writes
    tokens = Tokens(prompt - sum(writes[:1]), 40, 0, *writes)
    ours = prices.ListPrices().cost(model, lane, WHEN, tokens)
    assert ours == pytest.approx(by_the_lists_own_sum(model, provider, tokens), rel=1e-9)


def test_a_model_of_a_clients_history_has_its_makers_price_and_an_unknown_one_none():
    listed = prices.ListPrices()
    some = Tokens(1000, 100)
    assert listed.cost("claude-opus-5-5", "stock", WHEN, some) == listed.cost(
        "claude-opus-5-5", "anthropic", WHEN, some
    )
    assert listed.cost("claude-of-tomorrow-9", "stock", WHEN, some) is None
    assert listed.cost("<synthetic>", "stock", WHEN, some) is None


def test_a_write_for_an_hour_has_its_own_price_in_a_file_else_that_of_a_write(listed):
    made = listed(
        m={"input": 1, "output": 1, "cache_write": 2, "cache_write_1h": 3},
        n={"input": 1, "output": 1, "cache_write": 2},
        o={"input": 1, "output": 1},
    )
    costs = [made.cost(name, "zai", WHEN, Tokens(0, 0, 0, 100, 40)) for name in "mno"]
    assert [round(1e6 * cost) for cost in costs] == [60 * 2 + 40 * 3, 200, 100]
