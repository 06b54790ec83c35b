"""The whole card by task on arrays says what the card itself says, and a slice of what is simulated with it."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest

from conftest import ROOT
from drawn_ledgers_by_task import ledger
from tracker.evidence.facts import facts_of
from tracker.verdict import card

sys.path.append(str(ROOT / "bench" / "statistics"))
worlds = import_module("worlds_by_task")
whole = import_module("whole")
by_task = import_module("whole_by_task")
cells = import_module("cells")

SEED = 2718
MIXED = {  # every gate near its margin, so that each of them decides some of the words
    "efficiency": worlds.points(worlds.FAMILIES["scatter .3 and .9"], 1.6),
    "quality": worlds.scores(1.15, low=0.5, high=0.7),
    "errors": worlds.failures(0.0, "bursts", 0.003),
    "p95": worlds.slowest(1.0, 0.12),
    "cost": worlds.costs(3.2, 0.2, arm=0.2),
}


def efficiency(name, effect):
    return worlds.EXCELLENT | {"efficiency": worlds.points(worlds.FAMILIES[name], effect)}


CASES = [
    ("near every margin", 3, MIXED),
    ("near every margin", 5, MIXED),
    ("truly better", 5, worlds.GOOD),
    ("tiny", 4, efficiency("tiny", 2.0)),
    ("fails", 5, efficiency("fails", 2.0)),
    ("scatter", 4, efficiency("scatter .3 and .9", 1.2)),
    ("arm in window", 5, efficiency("arm-in-window", 1.5)),
    ("worse", 4, worlds.GOOD | {"efficiency": worlds.points(worlds.FAMILIES["plain"], 0.5)}),
]


@pytest.mark.parametrize(("name", "n", "draws"), CASES, ids=[f"{name}, {n}" for name, n, _ in CASES])
def test_the_arrays_say_what_the_card_by_task_says_at_every_look(name, n, draws):
    reps = 8
    ledgers = worlds.ledgers(cells.generator(SEED, name, n), reps, n, draws)
    said = by_task.words(ledgers)
    for place in range(reps):
        for look, seen in enumerate(ledgers.ends):
            verdict = card.card(facts_of(ledger(ledgers, place, seen)))["verdict"]
            assert whole.WORDS[verdict] == said[place, look], (place, seen, verdict)


def test_the_ledgers_compared_have_every_word():
    seen = set()
    for name, n, draws in CASES:
        said = by_task.words(worlds.ledgers(cells.generator(SEED, name, n), 8, n, draws))
        seen |= set(said.ravel().tolist())
    assert seen == set(whole.WORDS.values())


@pytest.mark.parametrize(
    "name", ["efficiency: plain", "efficiency: scatter .3 and .9", "cost: arm-in-window"]
)
def test_a_gate_at_its_margin_is_no_go_too_often(name):
    found = worlds.at_margin(name, 3, 1500, SEED)
    assert found["GO"] <= 0.055 + 3 * (0.055 * 0.945 / 1500) ** 0.5
    assert found["soft"] <= 0.25 + 3 * (0.25 * 0.75 / 1500) ** 0.5
