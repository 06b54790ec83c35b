"""A number of each task in both arms, summed over blocks: what the gates of quality and of cost read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tracker.evidence.tables import Side, Tables, Task
from tracker.verdict.gates.gate import Proving

Instead = Callable[[float, Mapping[str, float]], float]


class BlockSums(NamedTuple):
    """Sums over the tasks of each block; features of one block share its luck."""

    a: list[float]
    b: list[float]
    tasks: list[float]  # how many
    lacks: list[str]  # tested blocks without any
    of_a: tuple[list[float], list[float], list[float]] | None = (
        None  # a, b, tasks over A's alone, where B has more
    )
    people: list[str] = []  # whose the blocks are, where there are several people
    people_of_a: list[str] = []  # and those of `of_a`

    def proving(self, count: int) -> Proving | None:
        """Return the first columns that may prove a failure: what A lacks is no proof."""
        return Proving(list(self.of_a[:count]), self.people_of_a) if self.of_a else None


def block_sums(
    tables: Tables,
    number: Callable[[Task], float | None],
    instead_of_b: Instead,
    instead_of_a: Instead,
    together: Mapping[str, str] | None = None,
) -> BlockSums:
    """Return the sums of a task's number, over the tasks that have one in either arm.

    `instead_of_b(a, all of B)` is taken where B has none, `instead_of_a(b, all of A)` where A has none: the worst
    for B.  Where no task was done in both arms they have tasks of their own, and nothing can be compared.
    Blocks that `together` gives one name are one.
    """
    a, b = _numbers(tables.a, number), _numbers(tables.b, number)
    every: dict[str, tuple[float, float, float]] = {}
    known: dict[str, tuple[float, float, float]] = {}
    there = set()
    for name in dict.fromkeys([*a, *b]) if a.keys() & b.keys() else ():
        block = _block(tables, name)
        if block not in tables.tested:
            continue  # nobody looks at the block, or it is of none
        one = a[name] if name in a else instead_of_a(b[name], a)
        two = b[name] if name in b else instead_of_b(a[name], b)
        there.add(block)
        unit = (together or {}).get(block, block)
        for sums in (every, known) if name in a else (every,):
            of_a, of_b, count = sums.get(unit, (0.0, 0.0, 0.0))
            sums[unit] = (of_a + one, of_b + two, count + 1)
    lacks = [f"block {block.name}" for block in tables.blocks if block.name not in there]
    some = any(block.name in there for block in tables.blocks)
    whose = tables.person_of_block
    return BlockSums(
        *_columns(every),
        lacks if some else [],
        None if known == every else _columns(known),
        [whose[block] for block in every] if whose else [],
        [whose[block] for block in known] if whose else [],
    )


def _block(tables: Tables, name: str) -> str:
    """Return the block of a task, the candidate's first; empty when it is of none that is complete."""
    found = (side.tasks[name].block for side in (tables.b, tables.a) if name in side.tasks)
    return next((block for block in found if block is not None), "")


def of_no_block(tables: Tables) -> list[str]:
    """Return the tasks with a score or a price in both arms that are of no block: no gate reads them."""
    both = tables.a.tasks.keys() & tables.b.tasks.keys()
    known = {
        name: [side.tasks[name] for side in (tables.a, tables.b)] for name in tables.a.tasks if name in both
    }
    return [
        name
        for name, two in known.items()
        if not _block(tables, name)
        and (all(task.quality is not None for task in two) or all(task.cost_usd is not None for task in two))
    ]


def _numbers(side: Side, number: Callable[[Task], float | None]) -> dict[str, float]:
    """Return the number of each task of an arm that has one."""
    return {name: value for name, task in side.tasks.items() if (value := number(task)) is not None}


def _columns(sums: Mapping[str, tuple[float, float, float]]) -> tuple[list[float], list[float], list[float]]:
    a, b, tasks = ([row[place] for row in sums.values()] for place in range(3))
    return a, b, tasks
