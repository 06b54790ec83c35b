"""The gate of people: fifteen windows of five people say of others what five people say."""

from __future__ import annotations

import json

import pytest

from card_rows import experiment, lines
from team_rows import merged


@pytest.fixture
def card(tool, tmp_path):
    """The card of several people's ledgers; `points` gives each person's candidate points a window."""

    def call(points, n=4, **more):
        stream = merged(tool, tmp_path, [{"cb": cb} | more for cb in points], n)
        return json.loads(tool("decision-card", "--format", "json", stdin=stream).out)

    return call


def gate(made, name="people"):
    [found] = [one for one in made["gates"] if one["name"] == name]
    return found


def test_people_who_agree_pass(card):
    made = card([20, 22, 19, 21])
    assert gate(made)["verdict"] == "pass" and gate(made)["n"] == 4
    assert made["verdict"] == "GO"


def test_two_people_who_differ_are_no_go_on_the_sum_of_their_windows(card):
    """Many windows of one person for whom it works do not speak for the other."""
    made = card([12, 39], n=6)
    assert gate(made, "efficiency")["verdict"] == "pass"
    assert gate(made)["verdict"] in {"undecided", "soft pass"}
    assert made["verdict"] != "GO"


def test_it_fails_where_every_person_does_worse(card):
    made = card([60, 62, 61, 60, 63, 61], n=4)
    assert gate(made)["verdict"] == "fail"
    assert made["verdict"] == "NO-GO"


def test_one_persons_card_has_no_such_gate(tool):
    made = json.loads(tool("decision-card", "--format", "json", stdin=lines(experiment())).out)
    assert "people" not in {one["name"] for one in made["gates"]}


def test_the_card_and_its_derivation_name_the_people(card, tool, tmp_path):
    made = card([20, 22, 19])
    table = gate(made)["table"]
    assert table["people"] == ["p0", "p1", "p2"]
    merged = tool("ledger-merge", *(f"p{number}={tmp_path / f'3-{number}'}" for number in range(3)))
    explained = tool("decision-card", "--explain", stdin=merged.out)
    assert explained.status == 0 and "people" in explained.out


def test_a_failure_of_the_blocks_alone_is_no_no_go_of_a_team(card):
    """Ten blocks of one person for whom it is far worse do not fail it for the other."""
    made = card([110, 30], n=6)
    assert (
        gate(made, "efficiency")["verdict"] == "undecided"
        and "person by person" in gate(made, "efficiency")["why"]
    )
    assert made["verdict"] == "INSUFFICIENT"
