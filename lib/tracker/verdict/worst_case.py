"""Blocks that cannot be scored, each as bad for the candidate as its bounds allow."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tracker.evidence.pairing import BlockPair, BrokenBlock, capacity_bounds


def lost_blocks(whole: Sequence[BlockPair], broken: Sequence[BrokenBlock], best: float) -> list[BlockPair]:
    """Return the broken blocks at their worst; `best` is the most that a window delivered.

    A block whose second window has not come yet is not lost while no later block is complete; a
    window that names no block is.
    """
    last = max((block.ended[0] for block in whole), default=None)
    return [
        _at_worst(block, best)
        for block in broken
        if not (_is_running(block) and (last is None or max(row.ts for row in block.a + block.b) > last))
    ]


def _is_running(block: BrokenBlock) -> bool:
    some = block.a + block.b
    return len(some) == 1 and some[0].block is not None


def _at_worst(block: BrokenBlock, best: float) -> BlockPair:
    from tracker.stats.missing import Bounded, worst_for_candidate

    ends = []
    for side in (block.a, block.b):
        bounds = [capacity_bounds(row) for row in side] or [(0.0, 100.0)]
        delivered = [row.features for row in side] or [0.0, best]
        ends.append(
            Bounded(min(delivered), max(delivered), min(b[0] for b in bounds), max(b[1] for b in bounds))
        )
    fa, ca, fb, cb = worst_for_candidate(*ends)
    some = block.a + block.b
    a, b = (block.a or some)[-1], (block.b or some)[-1]
    return BlockPair(
        block.name,
        msgspec.structs.replace(a, features=fa, capacity_pp=ca),
        msgspec.structs.replace(b, features=fb, capacity_pp=cb),
    )
