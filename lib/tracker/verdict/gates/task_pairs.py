"""A number of each task in both arms, summed over blocks: what the gates of quality and of cost read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tracker.evidence.tables import Tables, Task


class BlockSums(NamedTuple):
    """Sums over the tasks of A of each block; features of one block share its luck."""

    a: list[float]
    b: list[float]
    tasks: list[float]  # how many
    lacks: list[str]  # tested blocks without any


def block_sums(
    tables: Tables,
    number: Callable[[Task], float | None],
    instead: Callable[[float, Mapping[str, float]], float],
) -> BlockSums:
    """Return the sums of a task's number, over the tasks that have one in A.

    `instead(a, all of B)` is taken where B has none: the worst for B.  Where no task was done in both
    arms they have tasks of their own, and nothing can be compared.
    """
    a, b = (
        {name: value for name, task in side.tasks.items() if (value := number(task)) is not None}
        for side in (tables.a, tables.b)
    )
    sums: dict[str, tuple[float, float, float]] = {}
    for name, value in a.items() if a.keys() & b.keys() else ():
        block = (tables.b if name in b else tables.a).tasks[name].block
        if (name not in b and block is None) or (block is not None and block not in tables.tested):
            continue  # B's is still to come, or nobody looks at the block
        of_a, of_b, count = sums.get(block or name, (0.0, 0.0, 0.0))
        sums[block or name] = (of_a + value, of_b + (b[name] if name in b else instead(value, b)), count + 1)
    three = [list(column) for column in zip(*sums.values(), strict=True)] or [[], [], []]
    lacks = [f"block {block.name}" for block in tables.blocks if block.name not in sums]
    return BlockSums(
        three[0], three[1], three[2], lacks if any(block.name in sums for block in tables.blocks) else []
    )
