"""What was dealt: windows, arms and turns of each block."""

from __future__ import annotations

from tracker.evidence.deal import deal
from verdict_rows import A, B, feature


def test_a_deal_is_read_from_its_assigned_rows():
    some = [
        feature("T1", "W1", B, state="assigned", block="1", turn=1),
        feature("T1", "W2", A, state="assigned", block=1, turn=2),
        feature("T2", "W3", A, state="assigned", block=2, turn=1),
        feature("T2", "W3", A, state="delivered", block=3),
    ]
    first, second = deal(some)
    assert (first.name, second.name) == (1, 2)
    assert {arm: tuple(turn) for arm, turn in first.turns.items()} == {B: ("W1", 1), A: ("W2", 2)}
    assert deal([]) == ()


def test_a_coin_that_is_tossed_again_does_not_count():
    first = [
        feature("T1", "W1", A, state="assigned", block=1, turn=1),
        feature("T1", "W2", B, state="assigned", block=1, turn=2),
    ]
    again = [
        feature("T1", "W1", A, state="assigned", block=1, turn=2),
        feature("T1", "W2", B, state="assigned", block=1, turn=1),
    ]
    (block,) = deal([*first, *again])
    assert block.dealt_again and (block.turns[A].turn, block.turns[B].turn) == (1, 2)
    assert not deal([*first, *first])[0].dealt_again
