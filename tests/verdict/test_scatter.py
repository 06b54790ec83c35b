"""The dispersion of both arms together: a second line beside each arm's own, never the gate."""

from __future__ import annotations

import pytest

from tracker.evidence.facts import facts_of
from tracker.print import preview_page
from tracker.verdict import card, overview
from verdict_rows import A, B, plan, window

ALIKE = [(3, 41, 4, 22), (2, 38, 3, 19), (4, 44, 2, 20), (3, 36, 5, 24), (1, 40, 4, 18)]
UNLIKE = [(3, 30, 0, 22), (3, 30, 9, 19), (4, 40, 0, 20), (3, 30, 8, 24), (4, 40, 0, 18)]


def played(numbers, first=0, **more):
    return [
        one
        for day, (fa, ca, fb, cb) in enumerate(numbers, first)
        for one in (
            window(f"A{day}", A, fa, ca, day, block=day, **more),
            window(f"B{day}", B, fb, cb, day, block=day, **more),
        )
    ]


def seen(some):
    table = overview.preview(facts_of(some))
    return table["pooled"], preview_page.render(table), table


def test_arms_that_scatter_alike_have_a_second_and_narrower_interval():
    pooled, page, table = seen([plan(), *played(ALIKE[:3])])
    own = {arm["methodology"]: arm["ci"] for arm in table["arms"]}
    assert [arm["name"] for arm in pooled["arms"]] == [A, B] and pooled["df"] == 4
    for arm in pooled["arms"]:
        assert arm["ci"]["high"] - arm["ci"]["low"] < own[arm["name"]]["high"] - own[arm["name"]]["low"]
    assert "pooled dispersion (both arms, 6 windows): phi " in page and "no gate reads this" in page


def test_arms_that_do_not_scatter_alike_have_none_and_it_is_said():
    pooled, page, _ = seen([plan(), *played(UNLIKE)])
    assert not pooled["alike"] and [arm["ci"] for arm in pooled["arms"]] == [None, None]
    assert "(both arms, 10 windows): none, for arms do not scatter alike (p < 0.001; phi " in page


def test_windows_before_the_registration_lend_their_scatter_and_not_their_rate():
    since = played(ALIKE[:3], 10)
    alone = seen([plan(9), *since])[0]
    earlier = [(9 * fa, ca, 9 * fb, cb) for fa, ca, fb, cb in ALIKE]
    pooled, page, _ = seen([*played(earlier), plan(9), *since])
    assert (pooled["earlier"], pooled["df"]) == (10, 12)
    assert [(arm["n"], arm["phi"]) for arm in pooled["arms"]] == [
        (3, pytest.approx(arm["phi"])) for arm in alone["arms"]
    ]
    assert "(both arms, 6 windows and 10 before the registration)" in page


@pytest.mark.parametrize(
    "some",
    [
        played(ALIKE[:2]),
        [one for one in played(ALIKE) if one.methodology == A],
        played([(3, 40, 0, 20)] * 4),
        [
            *(window(f"A{n}", A, points=40 + n) for n in range(4)),
            *(window(f"B{n}", B, points=40 + n, provider="codex") for n in range(4)),
        ],
    ],
    ids=["two blocks", "one arm", "no features in an arm", "two units"],
)
def test_too_little_of_an_arm_gives_no_line(some):
    pooled, page, _ = seen([plan(), *some])
    assert pooled is None and "pooled dispersion" not in page


def test_the_card_does_not_know_of_it():
    assert "pooled" not in card.card(facts_of([plan(), *played(ALIKE)]))
