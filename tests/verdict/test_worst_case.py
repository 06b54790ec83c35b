"""Blocks at their worst: lost, undone, unplayed, out of turn, unseen by the meter."""

from __future__ import annotations

import pytest

from tracker.evidence.pairing import arm_of, pair
from tracker.verdict.worst_case import Uncertain, worst_case
from verdict_rows import A, B, blocks, window


def worst(some, **uncertain):
    pairing = pair(*(arm_of(one for one in some if one.methodology == arm) for arm in (A, B)))
    made = worst_case(pairing, (A, B), Uncertain(**uncertain), best=5.0)
    return {
        block.name: (block.a.features, block.a.capacity_pp, block.b.features, block.b.capacity_pp)
        for block in made.blocks
    }, made.lost


def test_blocks_that_nothing_is_uncertain_of_stay_as_they_are():
    four, lost = worst(blocks(3))
    assert lost == {} and four["1"] == (3, 41, 3, 21)


@pytest.mark.parametrize(
    ("change", "reason", "four"),
    [
        ({"points": None, "errors": ["negative-delta"]}, "B1: negative-delta", (3, 41, 3, 100)),
        ({"points": 0.0}, "0 points for something delivered", (3, 41, 3, 100)),
        (
            {"points": None, "capacity_low_pp": 3, "capacity_high_pp": 15},
            "B1: capacity not known",
            (3, 41, 3, 15),
        ),
    ],
)
def test_a_window_whose_points_nobody_knows_used_the_most(change, reason, four):
    some = [one for one in blocks(3) if one.window != "B1"] + [window("B1", B, 3, day=1, block=1, **change)]
    found, lost = worst(some)
    assert (lost, found["1"]) == ({"1": reason}, four)


def test_a_block_that_is_still_running_is_not_lost_and_an_older_one_is():
    assert worst([*blocks(3), window("A3", A, day=3, block=3)])[1] == {}
    found, lost = worst([*blocks(3), window("A-1", A, day=-1, block=9)])
    assert lost == {"9": "no candidate window"} and found["9"] == (3, 40, 0, 100)


def test_dealt_and_never_played_undone_and_changed_blocks_count():
    earlier = [
        window("X", A, 4, 30, block=7),
        window("Y", B, 1, 60, block=7),
        window("B0", B, 3, 90, block=0),
    ]
    found, lost = worst(blocks(3), earlier=earlier, unplayed=[8])
    assert lost == {"0": "changed after a look was possible", "7": "undone", "8": "dealt and never played"}
    assert found["0"] == (3, 40, 3, 90) and found["7"] == (4, 30, 1, 60) and found["8"] == (5, 0, 0, 100)


def test_a_block_out_of_its_coins_order_is_as_bad_as_it_was_good():
    found, lost = worst(blocks(2), coins={0})
    assert found["0"] == (3, 20, 3, 40) and lost == {"0": "not done in the order of its coin"}


def test_windows_that_nobody_can_place_come_first():
    made = pair(
        arm_of(one for one in blocks(2) if one.methodology == A),
        arm_of(one for one in blocks(2) if one.methodology == B),
    )
    found = worst_case(made, (A, B), Uncertain(loose=[window("S", "week0")], unfinished=["U"]), best=5.0)
    assert [block.name for block in found.blocks] == ["S", "U", "0", "1"]
