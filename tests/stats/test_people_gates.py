"""Made-up teams on arrays: they say what the gates themselves say, and a slice of what is simulated with them."""

from __future__ import annotations

import sys
from importlib import import_module

import numpy as np
import pytest

from conftest import ROOT
from tracker.verdict.gates import cost, errors, latency, people, quality
from tracker.verdict.gates.gate import FAIL, PASS, SOFT, Looks

sys.path.append(str(ROOT / "bench" / "statistics"))
people_gates = import_module("people_gates")
whole = import_module("whole")

N = 12
NEAR = {  # near each margin, so that every verdict comes up
    "quality": people_gates.qualities(0.93, 0.08),
    "errors": people_gates.errors(0.006, 0.01),
    "p95": people_gates.latencies(1.1, 0.1),
    "cost": people_gates.costs(2.6, 0.2),
}


def verdict_of(gate, some, place, look):
    """The gate's own verdict on the blocks of one team."""
    c = {name: column[place, :look].tolist() for name, column in some.columns.items()}
    who, looks = [f"p{one}" for one in some.who[place, :look]], Looks(N, 5, 0.05, look)
    if gate == "quality":
        sums = quality.BlockSums(c["quality_a"], c["quality_b"], c["tasks"], [], people=who)
        return quality.judge(sums, whole.SHARE, looks).verdict
    if gate == "errors":
        four = [c[name] for name in errors.NAMES]
        return errors.judge(errors.Counts(four, [], [], who), 100 * whole.ERRORS, looks).verdict
    if gate == "p95":
        return latency.judge(latency.Slowest(c["p95_a"], c["p95_b"], [], who), whole.P95, looks).verdict
    sums = cost.BlockSums(c["cost_a"], c["cost_b"], [3.0] * look, [], people=who)
    return cost.judge(sums, whole.COST, looks).verdict


@pytest.mark.parametrize("gate", NEAR)
@pytest.mark.parametrize("kind", people_gates.ORDERS)
def test_the_arrays_say_what_the_gate_says_at_every_look(gate, kind):
    rng = np.random.default_rng(7)
    some = people_gates.team(rng, 4, (12, N), kind, NEAR[gate], people_gates.normal)
    said = people_gates.looks(gate, some)
    seen = set()
    for place in range(12):
        for look in range(5, N + 1):
            own, at = verdict_of(gate, some, place, look), (look - 5, place)
            seen.add(own)
            assert (own == PASS) == said["GO"][at] and (own == FAIL) == said["fail"][at], (place, look, own)
            assert (own in {PASS, SOFT}) == (said["GO"][at] or said["soft"][at]), (place, look, own)
    assert len(seen) > 1


@pytest.mark.parametrize("count", [2, 5])
def test_the_people_gate_on_arrays_is_the_cards(count):
    rng = np.random.default_rng(count)
    draw = people_gates.rates(1.6, 0.2)
    some = people_gates.team(rng, count, (20, N), "in turn", draw, people_gates.normal)
    better, _ = people_gates.spread("people", some).beyond(N, 0.05)
    for place in range(20):
        its = [
            [float(column[place][some.who[place] == one].sum()) for one in range(count)]
            for column in (some.columns[name] for name in people_gates.worlds.POINTS)
        ]
        found = people.judge(
            people.Columns([str(one) for one in range(count)], *its), 1.0, Looks(N, 5, 0.05, N)
        )
        assert (found.verdict == PASS) == better[place]


@pytest.mark.parametrize(("people_of", "n"), [(2, 12), (5, 12), (10, 24)])
@pytest.mark.parametrize("name", ["quality, graded", "errors, in bursts", "p95", "cost"])
def test_a_gate_at_its_margin_says_go_for_no_more_than_one_team_in_eighteen(name, people_of, n):
    """A slice of bench/statistics/people_gates.py; blocks alone would say it of one in ten to one in three."""
    gate, draw = people_gates.AT_MARGIN[name]
    found = people_gates.shares(gate, draw, people_gates.normal, people_of, n, 1000, 3)
    assert found["GO"] <= 5.5 + 3 * 100 * (0.055 * 0.945 / 1000) ** 0.5
    assert found["soft"] <= 25.0
    if gate in {"p95", "cost"}:
        assert found["GO, by blocks"] > 10.0
