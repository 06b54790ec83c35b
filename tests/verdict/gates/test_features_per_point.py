"""The gate of features per point, from tables: bound and margin in one unit, the score beside it."""

from __future__ import annotations

import pytest

from gate_tables import tables
from tracker.verdict.gates import features_per_point
from tracker.verdict.gates.gate import FAIL, NO_DATA, PASS, UNDECIDED, Looks

LOOKS = Looks(12, 5, 0.05, 12)


def judge(looks=LOOKS, **arms):
    return features_per_point.judge(features_per_point.columns(tables(**arms)), 1.0, looks)


def test_it_passes_fails_and_knows_when_there_is_nothing():
    good = judge()
    assert good.verdict == PASS and 1 < good.bound <= good.estimate == pytest.approx(2, rel=0.02)
    assert good.score.value >= good.score.needed and good.score.block == 7
    assert judge(cb=90.0).verdict == FAIL and judge(cb=90.0).bound < 1
    assert judge(n=4).verdict == UNDECIDED and judge(n=0).verdict == NO_DATA
    assert judge(cb=-0.0).verdict in {PASS, NO_DATA}


def test_more_blocks_than_the_exact_test_takes_decide_nothing():
    assert judge(Looks(30, 5, 0.05, 30), n=30).why == "the exact test goes up to 24 blocks"
