"""What `assign-tasks` dealt: which windows make a block, and which of them the coin put first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tracker import rows
from tracker.evidence.pairing import Name, block_name


class Turn(NamedTuple):
    """One window of a dealt block."""

    window: str
    turn: int | None  # place in its block: 1 is done first


class DealtBlock(NamedTuple):
    """One block as it was dealt."""

    name: Name
    turns: Mapping[str, Turn]  # by methodology
    dealt_again: bool = False  # another coin fell for it later, which does not count


def deal(features: Iterable[rows.Feature]) -> tuple[DealtBlock, ...]:
    """Return the blocks that were dealt, in the order of the deal; of several deals the first that names a block.

    Whoever tosses a coin again until it falls well has no coin: a later deal does not replace an earlier one's.
    """
    blocks: dict[Name, dict[str, Turn]] = {}
    again: set[Name] = set()
    for row in features:
        if row.state == "assigned" and row.block is not None and row.methodology and row.window:
            name = block_name(row.block)
            first = blocks.setdefault(name, {}).setdefault(row.methodology, Turn(row.window, row.turn))
            if first.turn != row.turn:
                again.add(name)
    return tuple(DealtBlock(name, turns, name in again) for name, turns in blocks.items())
