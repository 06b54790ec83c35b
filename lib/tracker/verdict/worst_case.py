"""The blocks as bad for the candidate as what is missing, undone or uncertain of them allows.

A block that was dealt counts; what is missing of it counts at its worst for the arm that it favours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from tracker import rows
from tracker.evidence.in_force import TakenOut
from tracker.evidence.pairing import (
    BlockPair,
    BrokenBlock,
    Name,
    Pairing,
    block_name,
    capacity_bounds,
    natural,
    unseen,
)
from tracker.verdict.open_points import OpenPoints

Sides = tuple[list[rows.Window], list[rows.Window]]


class Uncertain(NamedTuple):
    """What the rows in force do not tell of the blocks."""

    earlier: Sequence[rows.Window] = ()  # rows taken out, or as they were before they were changed
    unplayed: Sequence[Name] = ()  # blocks dealt and never played
    coins: Collection[Name] = ()  # blocks not done in the order of their coin
    loose: Sequence[rows.Window] = ()  # windows that nobody gave an arm
    unfinished: Sequence[str] = ()  # windows with readings and no row
    points: Mapping[str, OpenPoints] = {}  # by window, where its readings leave open what it used


class WorstCase(NamedTuple):
    """The blocks at their worst, in their order."""

    blocks: list[BlockPair]
    lost: dict[str, str]  # those that are not as the rows in force say, and why


def worst_case(pairing: Pairing, arms: tuple[str, str], uncertain: Uncertain, best: float) -> WorstCase:
    """Return every block at its worst; `best` is the most features that a window delivered.

    A block whose second window has not come yet is not lost while no later block is complete; a
    window that names no block is.
    """
    sides: dict[Name, Sides] = {block_name(block.name): ([block.a], [block.b]) for block in pairing.blocks}
    sides |= {block_name(block.name): (block.a, block.b) for block in pairing.broken}
    earlier = _by_block(uncertain.earlier, arms)
    last = max((block.ended[0] for block in pairing.blocks), default=None)
    whole = {block_name(block.name): block for block in pairing.blocks}
    why = {block_name(block.name): block.why for block in pairing.broken}
    made, lost = [], {}
    for name in sorted({*sides, *earlier, *uncertain.unplayed}, key=natural):
        a, b = sides.get(name, ([], []))
        more_a, more_b = earlier.get(name, ([], []))
        if name in why and _is_running(a + b + more_a + more_b, last):
            continue
        reason = _reason(name, whole.get(name), why, bool(more_a or more_b), uncertain)
        if not reason:
            made.append(whole[name])
            continue
        lost[str(name)] = reason
        pair = _at_worst(str(name), a + more_a, b + more_b, best, pairing.blocks, uncertain.points)
        if pair is not None:
            made.append(_turned(pair) if name in uncertain.coins else pair)
    unplaced = [
        *pairing.loose,
        *(BrokenBlock(window.window, "no arm", [], [window]) for window in uncertain.loose),
        *(BrokenBlock(name, "unfinished", [], []) for name in uncertain.unfinished),
    ]
    first = []
    for block in unplaced:  # nobody knows where it belongs: the worst is that it came first
        pair = _at_worst(block.name, block.a, block.b, best, pairing.blocks)
        lost[block.name] = block.why
        first += [pair] if pair is not None else []
    return WorstCase([*first, *sorted(made, key=lambda block: block.ended)], lost)


def as_recorded(
    blocks: Sequence[BlockPair], windows: Sequence[rows.Window], taken_out: Iterable[TakenOut]
) -> list[BlockPair] | None:
    """Return the blocks in the order in which they were recorded first; None where that is their order, or unknown.

    A window's time is its own word; when it was recorded is the ledger's.
    """
    first: dict[str, datetime] = {}
    for row in [*(out.row for out in taken_out), *windows]:
        if isinstance(row, rows.Window) and row.recorded_at is not None:
            first[row.window] = min(row.recorded_at, first.get(row.window, row.recorded_at))
    if not first:
        return None
    earliest = min(first.values())  # where nobody knows when a block came: the worst is that it came first
    times = [
        max((first[name] for name in (block.a.window, block.b.window) if name in first), default=earliest)
        for block in blocks
    ]
    if times == sorted(times):
        return None
    return [block for _, block in sorted(zip(times, blocks, strict=True), key=lambda two: two[0])]


def _reason(
    name: Name, whole: BlockPair | None, why: Mapping[Name, str], changed: bool, uncertain: Uncertain
) -> str:
    """Return why a block is not as the rows in force say, empty when it is."""
    if name in uncertain.unplayed:
        return "dealt and never played"
    if name in why:
        return why[name]
    if whole is None:
        return "undone"
    if changed:
        return "changed after a look was possible"
    if name in uncertain.coins:
        return "not done in the order of its coin"
    if unseen(whole.a) or unseen(whole.b):
        return "0 points for something delivered"
    its = (uncertain.points.get(row.window) for row in (whole.a, whole.b))
    return next((one.why for one in its if one is not None), "")


def _by_block(windows: Sequence[rows.Window], arms: tuple[str, str]) -> dict[Name, Sides]:
    found: dict[Name, Sides] = {}
    for window in windows:
        if window.block is not None and window.methodology in arms:
            found.setdefault(block_name(window.block), ([], []))[arms.index(window.methodology)].append(
                window
            )
    return found


def _is_running(some: Sequence[rows.Window], last: object) -> bool:
    return len(some) == 1 and (last is None or max(row.ts for row in some) > last)  # type: ignore[operator]


def _at_worst(
    name: str,
    a: list[rows.Window],
    b: list[rows.Window],
    best: float,
    blocks: Sequence[BlockPair],
    points: Mapping[str, OpenPoints] = MappingProxyType({}),
) -> BlockPair | None:
    """Return a block as bad for the candidate as its rows allow; None without any row to go by."""
    from tracker.stats.missing import Bounded, worst_for_candidate

    some = a + b or ([blocks[0].a] if blocks else [])
    if not some:
        return None
    ends = []
    for side in (a, b):
        bounds = [capacity_bounds(row) for row in side] or [(0.0, 100.0)]
        bounds += [points[row.window][:2] for row in side if row.window in points]
        delivered = [row.features for row in side] or [0.0, best]
        ends.append(
            Bounded(min(delivered), max(delivered), min(b[0] for b in bounds), max(b[1] for b in bounds))
        )
    fa, ca, fb, cb = worst_for_candidate(*ends)
    return BlockPair(
        name,
        _stand_in(name, a, some, features=fa, capacity_pp=ca),
        _stand_in(name, b, some, features=fb, capacity_pp=cb),
    )


def _stand_in(
    name: str, side: Sequence[rows.Window], some: Sequence[rows.Window], **numbers: float
) -> rows.Window:
    """Return the window of a block's side with these numbers; where there is none, one that has no other rows."""
    window = side[-1] if side else msgspec.structs.replace(some[-1], window=f"(none in block {name})")
    return msgspec.structs.replace(window, errors=[], **numbers)


def _turned(pair: BlockPair) -> BlockPair:
    """Return a block as bad for the candidate as it was good, since no coin decided who was first."""
    a, b = pair.a, pair.b
    if b.features * (a.capacity_pp or 0.0) <= a.features * (b.capacity_pp or 0.0):
        return pair
    return BlockPair(
        pair.name,
        msgspec.structs.replace(a, features=b.features, capacity_pp=b.capacity_pp),
        msgspec.structs.replace(b, features=a.features, capacity_pp=a.capacity_pp),
    )
