"""Bounds of several people: no nearer than those of blocks, and than those of people, each counted once."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from team_rows import merged
from tracker.stats import noninferiority
from tracker.verdict.gates import cost, errors, latency, quality
from tracker.verdict.gates.each_person import bounds_of
from tracker.verdict.gates.gate import FAIL, PASS, SOFT, UNDECIDED, Looks

LAST = Looks(12, 5, 0.05, 12)
WHO = ["ann", "bob", "cy"] * 4


def of_people(b):
    return bounds_of(noninferiority.latency_ratio, [[100.0] * 12, b], WHO, is_ratio=True)


def slowest(b, who=WHO):
    return latency.judge(latency.Slowest([100.0] * len(b), b, [], who), 1.3, LAST)


def test_the_bound_is_students_of_the_persons_figures_where_that_is_further():
    b = [100.0, 110.0, 121.0] * 4
    found = of_people(b).at(0.025)
    low, high = stats.t.interval(0.95, 2, loc=np.log(1.1), scale=np.log(1.1) / 3**0.5)
    assert (found.estimate, found.n) == (pytest.approx(1.1), 3)
    assert (found.low, found.high) == (pytest.approx(np.exp(low)), pytest.approx(np.exp(high)))
    blocks = noninferiority.latency_ratio([100.0] * 12, b)
    assert blocks.high < found.high and blocks.low > found.low


def test_where_people_agree_to_the_digit_the_blocks_still_bound_it():
    b = [90.0, 90.0, 90.0, 110.0, 110.0, 110.0] * 2
    found = of_people(b).at(0.025)
    assert found.high == pytest.approx(noninferiority.latency_ratio([100.0] * 12, b).high)


def test_one_persons_storm_is_one_and_not_as_many_as_their_blocks():
    """Given one busy person for whom it is three times as slow, and two others for whom it is not."""
    who = ["ann"] * 8 + ["bob"] * 2 + ["cy"] * 2
    b = [300.0, 304.0] * 4 + [100.0, 102.0] * 2
    assert slowest(b, []).verdict == FAIL
    made = slowest(b, who)
    assert made.verdict == UNDECIDED and (made.n, made.counted) == (3, "people")
    # and the other way round: a busy person for whom it is quick does not speak for the two
    b = [100.0, 102.0] * 4 + [150.0, 152.0] * 2
    assert slowest([*b[:8], 100.0, 102.0, 150.0, 152.0], []).verdict == PASS
    assert slowest([*b[:8], 100.0, 102.0, 150.0, 152.0], who).verdict in {UNDECIDED, SOFT}


def test_who_says_that_all_persons_are_far_outside_says_so_of_people():
    made = slowest([200.0, 204.0, 208.0] * 4)
    assert made.verdict == FAIL and made.n == 3


def test_one_person_of_a_team_tells_nothing_of_the_others():
    made = slowest([100.0, 102.0] * 6, ["ann"] * 12)
    assert (made.verdict, made.n, made.why) == (UNDECIDED, 1, "1 person tells nothing of others")


def test_a_person_without_a_figure_is_said():
    sums = cost.BlockSums(
        [1.0] * 12, [0.3] * 8 + [0.0] * 4, [3.0] * 12, [], people=["ann"] * 4 + ["bob"] * 4 + ["cy"] * 4
    )
    made = cost.judge(sums, 2.0, LAST)
    assert made.verdict == UNDECIDED and made.why.startswith("of one of the people no feature has a cost")


def test_how_many_more_people_would_do_is_found_by_repeating_people():
    made = slowest([100.0, 115.0, 130.0] * 4)
    assert made.verdict in {SOFT, UNDECIDED}
    grown = of_people([100.0, 115.0, 130.0] * 4).times(2.0)
    assert len(grown.places) == 6 and len(grown.columns[0]) == 24
    assert [len(its) for its in grown.places] == [4] * 6
    wide = slowest([80.0, 115.0, 170.0] * 4)
    assert wide.verdict == UNDECIDED and "more people would do" in wide.why


def test_every_gate_of_bounds_counts_people():
    ones = [1.0] * 12
    made = [
        quality.judge(quality.BlockSums(ones, ones, ones, [], people=WHO), 0.8, LAST),
        errors.judge(errors.Counts([[1.0] * 12, [400.0] * 12] * 2, [], [], WHO), 2.0, LAST),
        slowest([100.0] * 12),
        cost.judge(cost.BlockSums([3.0] * 12, ones, ones, [], people=WHO), 2.0, LAST),
    ]
    assert [(gate.n, gate.counted, gate.table["person"]) for gate in made] == [(3, "people", WHO)] * 4
    assert "up to 63 % of people" in made[1].why


def test_a_card_of_a_team_counts_people_in_every_gate(tool, tmp_path):
    stream = merged(tool, tmp_path, [{"cost": 0.2}, {"cost": 0.41}, {"cost": 0.2}])
    made = json.loads(tool("decision-card", "--format", "json", stdin=stream).out)
    by_name = {gate["name"]: gate for gate in made["gates"]}
    assert {gate["counted"] for name, gate in by_name.items() if name != "efficiency"} == {"people"}
    assert by_name["cost"]["verdict"] != PASS and by_name["reliability_p95"]["verdict"] == PASS
    assert made["verdict"] != "GO"
