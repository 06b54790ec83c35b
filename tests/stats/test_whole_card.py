"""The whole card on arrays says what the card itself says, and a slice of what is simulated with it."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest

from conftest import ROOT
from drawn_ledgers import ledger
from tracker.evidence.facts import facts_of
from tracker.verdict import card

sys.path.append(str(ROOT / "bench" / "statistics"))
worlds = import_module("worlds")
whole = import_module("whole")
cells = import_module("cells")

SEED = 5150


MIXED = {  # every gate near its margin, so that each of them decides some of the words
    "efficiency": worlds.storms(0.15, of_b=True),
    "quality": worlds.scores(0.95, tasks=6),
    "errors": worlds.failures(0.0, "bursts", 0.004),
    "p95": worlds.slowest(1.05, 0.12),
    "cost": worlds.costs(2.8, 0.2, size=0.8),
}
CASES = [
    ("near every margin", 6, MIXED),
    ("near every margin", 8, MIXED),
    ("near every margin", 12, MIXED),
    ("truly better", 8, worlds.GOOD),
    ("four points a window", 8, worlds.EXCELLENT | {"efficiency": worlds.of_family("tiny-meter", 1.5)}),
    ("unequal", 8, worlds.EXCELLENT | {"efficiency": worlds.unequal(1.0)}),
    ("worse", 8, worlds.GOOD | {"efficiency": worlds.of_family("planned", 0.5)}),
]


@pytest.mark.parametrize(("name", "n", "draws"), CASES, ids=[f"{name}, {n}" for name, n, _ in CASES])
def test_the_arrays_say_what_the_card_says_at_every_look(name, n, draws):
    reps = 20
    ledgers = worlds.ledgers(cells.generator(SEED, name, n), (reps, n), draws)
    said = whole.words(ledgers)
    for place in range(reps):
        for look in range(whole.FIRST, n + 1):
            verdict = card.card(facts_of(ledger(ledgers, place, look, n)))["verdict"]
            assert whole.WORDS[verdict] == said[place, look - whole.FIRST], (place, look, verdict)


def test_the_ledgers_compared_have_every_word():
    seen = set()
    for name, n, draws in CASES:
        said = whole.words(worlds.ledgers(cells.generator(SEED, name, n), (20, n), draws))
        seen |= set(said.ravel().tolist())
    assert seen == set(whole.WORDS.values())
