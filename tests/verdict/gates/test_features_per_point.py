"""The gate of features per point, from tables: bound and margin in one unit, the score beside it."""

from __future__ import annotations

import msgspec
import pytest

from gate_tables import tables
from tracker.verdict.gates import features_per_point
from tracker.verdict.gates.gate import FAIL, NO_DATA, PASS, SOFT, UNDECIDED, Looks

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


def test_a_claim_that_hangs_on_one_block_of_unequal_windows_does_not_pass():
    # given blocks alike but for one in which the candidate used nearly nothing
    some = tables(n=6, cb=40.0)
    used = [1.0, 39.0, 40.0, 40.5, 39.0, 38.0]
    blocks = [
        block._replace(b=msgspec.structs.replace(block.b, capacity_pp=points))
        for block, points in zip(some.blocks, used, strict=True)
    ]
    found = features_per_point.judge(
        features_per_point.columns(some._replace(blocks=tuple(blocks))), 1.0, Looks(6, 5, 0.05, 6)
    )
    # then the test rejects, and the card does not take it for a proof
    assert found.verdict == SOFT and found.bound < 1 < found.soft_bound
    assert "rejected at block 6 of 6, but not without block 0" in found.why
    assert "not without block 0 at half the error" in found.why
    assert "476 times (points) and 13,065 times (phi) as much as the baseline's" in found.why


def test_what_passes_has_a_bound_beyond_the_margin():
    """Much smaller ratios scatter the candidate's windows more, and there the test must hold without its best block."""
    some = tables(n=5)
    used = [(14.0, 10.0), (6.0, 5.0), (6.0, 4.0), (6.0, 5.0), (6.0, 4.0)]
    blocks = [
        block._replace(
            a=msgspec.structs.replace(block.a, capacity_pp=a, features=1.0),
            b=msgspec.structs.replace(block.b, capacity_pp=b, features=1.0),
        )
        for block, (a, b) in zip(some.blocks, used, strict=True)
    ]
    found = features_per_point.judge(
        features_per_point.columns(some._replace(blocks=tuple(blocks))), 1.0, Looks(6, 5, 0.05, 5)
    )
    assert found.verdict == PASS and 1 < found.bound <= found.estimate
