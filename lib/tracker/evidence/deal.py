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


def deal(features: Iterable[rows.Feature]) -> tuple[DealtBlock, ...]:
    """Return the blocks that were dealt, in the order of the deal; of several deals the last that names a block."""
    blocks: dict[Name, dict[str, Turn]] = {}
    for row in features:
        if row.state == "assigned" and row.block is not None and row.methodology and row.window:
            blocks.setdefault(block_name(row.block), {})[row.methodology] = Turn(row.window, row.turn)
    return tuple(DealtBlock(name, turns) for name, turns in blocks.items())
