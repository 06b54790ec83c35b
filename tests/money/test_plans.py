"""The dated table of plans: what readings call them, what a price may be, and what is not known."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from conftest import ROOT
from tracker import cli
from tracker.money import plans

ENTRY = {
    "name": '"lite"',
    "provider": '"glm"',
    "price": "18",
    "currency": '"USD"',
    "as_of": '"2026-11-20"',
    "source": '"mine"',
}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A plans file of the user's own, from entries of TOML."""

    def write(*entries):
        lines = [
            "[[plan]]\n" + "".join(f"{key} = {value}\n" for key, value in one.items()) for one in entries
        ]
        (tmp_path / "plans.toml").write_text("\n".join(lines))
        monkeypatch.setenv("PLANS_FILE", str(tmp_path / "plans.toml"))
        return plans.read()

    return write


def test_every_shipped_plan_has_a_source_a_day_and_no_price_of_nothing():
    told = tomllib.loads((ROOT / "data/plans/list.toml").read_text())["plan"]
    assert len(told) == len(plans.read().plans) >= 12
    for entry in told:
        assert entry["source"].startswith("https://") and date.fromisoformat(entry["as_of"])
        assert "price" not in entry or entry["price"] > 0


@pytest.mark.parametrize(
    ("provider", "shown", "names"),
    [
        ("claude", "Claude Pro", ["pro"]),
        ("claude", "Max (5x)", ["max"]),
        ("claude", "Claude Max 20x", ["ultra"]),
        ("claude", "Claude Max", ["max", "ultra"]),
        ("claude", "Claude Max Account", ["max", "ultra"]),
        ("codex", "Plus", ["plus"]),
        ("codex", "prolite", ["pro-100"]),
        ("codex", "Max", []),
        ("glm", "pro", ["pro"]),
    ],
)
def test_a_plan_is_known_by_what_its_readings_call_it(provider, shown, names):
    assert [plan.name for plan in plans.read().called(provider, shown)] == names


def test_a_name_of_two_plans_is_neither_until_the_person_says_which():
    table = plans.read()
    plan, why = plans.pick(table, "claude", "Claude Max", {})
    assert plan is None and "max or ultra; --plan claude=max" in why
    chosen = plans.by_provider([plans.choice("claude=ultra")])
    assert plans.pick(table, "claude", "Claude Max", chosen)[0].price == 200
    assert plans.pick(table, "claude", "Pro", chosen)[0].name == "pro"
    with pytest.raises(cli.Stop, match="show Pro, which is not 'ultra'"):
        plans.check(table, chosen, [("claude", "Pro")])
    plans.check(table, chosen, [("claude", "Pro"), ("claude", "Claude Max")])


def test_a_price_that_nobody_knows_is_none_and_what_to_do_is_said():
    plan, why = plans.pick(plans.read(), "glm", "lite", {})
    assert plan.price is None and plan.week is None and "--plan glm=lite:USD" in why
    plan, why = plans.pick(plans.read(), "glm", "lite", plans.by_provider([plans.choice("glm=18")]))
    assert (plan.name, plan.price, plan.as_of, why) == ("lite", 18.0, "as typed", "")
    assert plan.quotas["weekly_all"] == plans.PublishedQuota(10_000.0, "credits")


def test_a_week_is_seven_days_of_a_month():
    assert plans.Plan("x", "claude", 100.0, "USD", "", "").week == pytest.approx(100 * 12 / 365.25 * 7)


def test_the_users_own_entry_goes_before_the_shipped_one(own):
    table = own(
        ENTRY, ENTRY | {"name": '"mine"', "provider": '"codex"', "quotas": '{ five_hour = "plus x 2" }'}
    )
    assert table.named("glm", "lite").price == 18 and table.named("glm", "max").price is None
    assert table.named("codex", "mine").quotas["five_hour"] == plans.PublishedQuota(times=2.0, of="plus")
    assert len([plan for plan in table.plans if (plan.provider, plan.name) == ("glm", "lite")]) == 1


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"price": "-3"}, "price: -3 is no amount above 0"),
        ({"price": "0"}, "price: 0 is no amount above 0"),
        ({"price": "nan"}, "price: nan"),
        ({"price": "true"}, "price: True"),
        ({"price": '"18"'}, "price: '18'"),
        ({"provider": '"nobody"'}, "provider: 'nobody' is none of"),
        ({"name": '""'}, "name: is no text"),
        ({"as_of": '"yesterday"'}, "as_of: 'yesterday' is no day"),
        ({"as_of": "3"}, "as_of: 3 is no day"),
        ({"prize": "3"}, "prize: no key of a plan"),
        ({"quotas": '{ hourly = "3 credits" }'}, "'hourly' is none of"),
        ({"quotas": '{ five_hour = "lots" }'}, "five_hour is 'lots'"),
        ({"quotas": '{ five_hour = "-2 credits" }'}, "five_hour is '-2 credits'"),
        ({"shown": '"lite"'}, "shown: is no list"),
    ],
    ids=str,
)
def test_an_entry_that_cannot_be_is_refused_by_its_key(own, entry, said):
    with pytest.raises(cli.Stop, match="entry 1") as stop:
        own(ENTRY | entry)
    assert said in str(stop.value) and stop.value.status == cli.NO_SETTING


def test_a_file_that_is_none_and_a_plan_that_stands_there_twice_are_refused(own, tmp_path, monkeypatch):
    with pytest.raises(cli.Stop, match="stands there twice"):
        own(ENTRY, ENTRY)
    (tmp_path / "plans.toml").write_text("price = [")
    with pytest.raises(cli.Stop, match="is no TOML"):
        plans.read()
    monkeypatch.setenv("PLANS_FILE", str(tmp_path / "none.toml"))
    with pytest.raises(cli.Stop, match="cannot read"):
        plans.read()


@pytest.mark.parametrize(
    "text",
    [
        "claude",
        "claude=",
        "=max",
        "nobody=20",
        "claude=-5",
        "glm=0",
        "glm=nan",
        "glm=1e999",
        "glm=lite:-1",
        "glm=lite:x",
    ],
)
def test_a_choice_that_cannot_be_is_refused(text):
    with pytest.raises(cli.WrongValue):
        plans.choice(text)


def test_two_currencies_are_not_added_and_a_provider_is_named_once():
    some = [plans.Plan("a", "claude", 1.0, "USD", "", ""), plans.Plan("b", "glm", 1.0, "CNY", "", "")]
    with pytest.raises(cli.Stop, match="CNY and USD"):
        plans.one_currency(some)
    assert plans.one_currency(some[1:]) == "CNY" and plans.one_currency([]) == "USD"
    with pytest.raises(cli.Stop, match="named twice"):
        plans.by_provider([plans.choice("glm=18"), plans.choice("glm=lite")])
    with pytest.raises(cli.Stop, match=r"no glm plan 'huge' is known \(known: lite, pro, max\)"):
        plans.pick(plans.read(), "glm", None, plans.by_provider([plans.choice("glm=huge")]))
