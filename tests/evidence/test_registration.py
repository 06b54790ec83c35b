"""Registrations: what may be registered, and in which words."""

from __future__ import annotations

import json

import pytest

from tracker import cli
from tracker.evidence import registration
from tracker.evidence.margins import Margin, names_of
from verdict_rows import START

COST = Margin("cost", "ratio", 2.0, "", least=0, field="cost_margin")
OWN = Margin("own", "ratio", 1.0, "", least=0)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"n_blocks": 4}, "--blocks: 5 to 24 (4)"),
        ({"n_blocks": 25}, "--blocks: 5 to 24 (25)"),
        ({"first_look": 13}, "--first-look: 5 to --blocks 12 (13)"),
        ({"alpha": 0.06}, "--alpha: more than 0, at most 0.05 (0.06)"),
        ({"smallest_effect": 1.0}, "--effect: more than 1 (1)"),
        ({"baseline": ""}, "--baseline and --candidate must have names"),
        ({"candidate": "stock_anthropic"}, "name two methodologies"),
    ],
)
def test_what_no_test_can_follow_is_refused_with_what_is_allowed(terms, words):
    with pytest.raises(cli.Stop) as stop:
        registration.register(START, 1, **terms)
    assert stop.value.status == cli.USAGE and words in str(stop.value)


def test_margins_go_to_their_field_or_under_their_name_and_have_limits():
    made = registration.register(START, 1, {COST: 3.0, OWN: 0.5})
    assert (made.cost_margin, made.margins) == (3.0, {"own": 0.5})
    with pytest.raises(cli.Stop, match="--own: more than 0"):
        registration.register(START, 1, {OWN: 0.0})


def test_a_seed_is_drawn_when_none_is_given():
    assert registration.register(START, None).seed is not None


def test_the_plans_words_are_understood():
    line = b'{"kind":"pre_registration","arm_a":"x","arm_b":"y","blocks":8,"margins":{"own":2,"cost":3}}'
    made, strange = registration.understood(line, 1, names_of([COST, OWN]))
    assert (made.baseline, made.candidate, made.n_blocks) == ("x", "y", 8)
    assert (made.cost_margin, made.margins, strange) == (3.0, {"own": 2.0}, [])
    assert registration.understood(b'{"kind":"window"}', 1, {}) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"kind":"experiment","n":8,"n_blocks":12}', "n_blocks is said twice"),
        (b'{"kind":"experiment","alpha":0.2}', "alpha: at most 0.05"),
        (b'{"kind":"experiment","effect":1}', "no effect"),
        (b'{"kind":"experiment","arms":["a","a"]}', "look alike"),
        (b'{"kind":"experiment","unit":"session"}', r"unit: block or task \(session\)"),
        (b'{"kind":"experiment","n":8,"first":9}', r"first_look: 5 to the 8 blocks registered \(9\)"),
        (
            b'{"kind":"experiment","n":8,"looks":[5,8,14]}',
            "after every block from first_look to n_blocks, 5 to 8",
        ),
        (b'{"kind":"experiment","n":8,"looks":12}', "5 to 8"),
        (b'{"kind":"experiment","margins":{"cost":0}}', r"> 0.0 - at `\$.cost_margin`"),
        (b'{"kind":"experiment","n":7.5}', "Expected `int`"),
        (b'{"kind":"experiment","alpha":"5%"}', "Expected `float`"),
    ],
)
def test_a_registration_under_which_no_verdict_is_true_is_refused(line, words):
    with pytest.raises(ValueError, match=words):
        registration.understood(line, 1, names_of([COST]))


@pytest.mark.parametrize(
    "terms", [b'"n":8,"looks":[5,6,7,8]', b'"n":8,"looks":4', b'"unit":"window"', b'"n":1000000000']
)
def test_what_the_test_does_anyway_may_be_said(terms):
    assert registration.understood(b'{"kind":"experiment",' + terms + b"}", 1, {})[1] == []


def test_where_the_arms_run_is_registered(tool):
    row = json.loads(
        tool("experiment", "register", "--candidate-provider", "claude", "--candidate-lane", "zai").out
    )
    assert (row["candidate_provider"], row["candidate_lane"], row["baseline_provider"]) == (
        "claude",
        "zai",
        None,
    )


def test_a_registration_is_a_row_that_the_card_judges_by(tool):
    ran = tool("experiment", "register", "--blocks", "8", "--seed", "7", "--notes", "agreed")
    row = json.loads(ran.out)
    assert (row["kind"], row["n_blocks"], row["seed"], row["notes"]) == ("experiment", 8, 7, ["agreed"])
    assert tool("ledger-append", stdin=ran.out).status == 0


def test_without_a_seed_one_is_drawn(tool):
    one, other = (json.loads(tool("experiment", "register").out)["seed"] for _ in range(2))
    assert one != other


@pytest.mark.parametrize(
    "options",
    [["--blocks", "4"], ["--first-look", "3"], ["--effect", "nan"], ["--alpha", "0.6"], ["--errors", "-1"]],
)
def test_a_plan_that_cannot_be_is_refused(tool, options):
    ran = tool("experiment", "register", *options)
    assert ran.status == 2 and options[0] in ran.err and not ran.out
