"""Windows into arms and blocks: what the two-arm statistics work on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from tracker import rows

if TYPE_CHECKING:
    import numpy as np

    Columns = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


Name = int | str  # of a block


class ArmWindows(NamedTuple):
    """The windows of one arm in the order in which they came."""

    measured: tuple[rows.Window, ...] = ()  # capacity known, nothing wrong
    lost: tuple[rows.Window, ...] = ()

    @property
    def all(self) -> tuple[rows.Window, ...]:
        """Every window of the arm."""
        return self.measured + self.lost

    def numbers(self) -> tuple[np.ndarray, np.ndarray]:
        """Return features and points of the measured windows."""
        import numpy as np

        two = [(window.features, window.capacity_pp) for window in self.measured]
        features, points = np.array(two, float).reshape(-1, 2).T
        return features, points

    def total(self, field: str) -> float | None:
        """Return the sum of a field over the measured windows that have it; None when none has."""
        known = [value for window in self.measured if (value := getattr(window, field)) is not None]
        return sum(known) if known else None

    @property
    def contiguous(self) -> bool:
        """Whether each window began with the reading that ended the one before."""
        return all(window.started_at is not None for window in self.measured) and all(
            after.started_at == before.ended_at
            for before, after in zip(self.measured, self.measured[1:], strict=False)
        )


def arm_of(windows: Iterable[rows.Window]) -> ArmWindows:
    """Return an arm of these windows."""
    every = list(windows)
    return ArmWindows(
        tuple(window for window in every if usable(window)),
        tuple(window for window in every if not usable(window)),
    )


class BlockPair(NamedTuple):
    """One window of each arm, done in random order."""

    name: str
    a: rows.Window  # baseline
    b: rows.Window  # candidate

    @property
    def ended(self) -> tuple[datetime, tuple[int, int, str]]:
        """The key that puts blocks in the order in which they ended, by their readings where they have them."""
        return max(end_of(self.a), end_of(self.b)), natural(block_name(self.name))


class BrokenBlock(NamedTuple):
    """A block that cannot be scored, and why."""

    name: str
    why: str
    a: list[rows.Window]  # what there is of it
    b: list[rows.Window]


class Pairing(NamedTuple):
    """The blocks of two arms.

    A block is exactly one window of each arm under the same `block` name, both usable.
    """

    blocks: tuple[BlockPair, ...]  # complete ones, in the order in which they ended
    broken: tuple[BrokenBlock, ...]  # the others, in the order of their names
    loose: tuple[BrokenBlock, ...]  # windows that name no block, each as a block of its own


def pair(a: ArmWindows, b: ArmWindows) -> Pairing:
    """Return the blocks of two arms."""
    by_name: dict[Name, tuple[list[rows.Window], list[rows.Window]]] = {}
    loose = []
    for side, arm in enumerate((a, b)):
        for window in arm.all:
            if window.block is None:
                sides: tuple[list[rows.Window], list[rows.Window]] = ([], [])
                sides[side].append(window)
                loose.append(BrokenBlock(window.window, "no block", *sides))
            else:
                by_name.setdefault(block_name(window.block), ([], []))[side].append(window)
    whole, broken = [], []
    for name in sorted(by_name, key=natural):
        one, two = by_name[name]
        why = "; ".join(filter(None, (_why("baseline", one), _why("candidate", two))))
        if why:
            broken.append(BrokenBlock(str(name), why, one, two))
        else:
            whole.append(BlockPair(str(name), one[0], two[0]))
    return Pairing(tuple(sorted(whole, key=lambda block: block.ended)), tuple(broken), tuple(loose))


def _why(role: str, some: Sequence[rows.Window]) -> str:
    """Return why a side of a block cannot be scored, empty when it can."""
    if len(some) > 1:
        return f"several {role} windows"
    if not some:
        return f"no {role} window"
    if usable(some[0]):
        return ""
    return f"{some[0].window}: {', '.join(some[0].errors) or 'capacity not known'}"


def block_name(block: Name) -> Name:
    """Return a block's name so that 3 and "3" are the same.

    >>> block_name("3"), block_name(3), block_name("03"), block_name("b")
    (3, 3, '03', 'b')
    """
    if isinstance(block, str) and block.isascii() and block.isdecimal() and len(block) < 19:
        return int(block) if str(int(block)) == block else block
    return block


def natural(name: Name) -> tuple[int, int, str]:
    """Return a key that sorts block names as people count: 2 before 10, numbers before words.

    >>> sorted(["b", 10, 2], key=natural)
    [2, 10, 'b']
    """
    return (0, name, "") if isinstance(name, int) else (1, 0, name)


def end_of(window: rows.Window) -> datetime:
    """Return when a window's work ended."""
    return window.ended_at or window.ts


def usable(window: rows.Window) -> bool:
    """Return whether a window's capacity is known and nothing is wrong with it."""
    return window.capacity_pp is not None and not window.errors


LEAST_SHOWN = 0.01  # points: the finest step that any meter shows


def unseen(window: rows.Window) -> bool:
    """Return whether a window delivered something for 0 points, or for fewer than any meter can show."""
    return window.capacity_pp is not None and window.capacity_pp < LEAST_SHOWN and window.features > 0


def columns(blocks: Sequence[BlockPair]) -> Columns:
    """Return (F_A, C_A, F_B, C_B) of blocks, in their order."""
    import numpy as np

    four = [
        (block.a.features, block.a.capacity_pp, block.b.features, block.b.capacity_pp) for block in blocks
    ]
    fa, ca, fb, cb = np.array(four, float).reshape(-1, 4).T
    return fa, ca, fb, cb


def capacity_bounds(window: rows.Window) -> tuple[float, float]:
    """Return what is known of a window's points: both ends alike when measured, else at least 0..100.

    A window that delivered features and used 0 points is below the meter's resolution, or its meter
    stood still: nobody knows what it used.
    """
    if window.capacity_pp is not None and not window.errors and not unseen(window):
        return window.capacity_pp, window.capacity_pp
    low = 0.0 if window.capacity_low_pp is None else window.capacity_low_pp
    return low, 100.0 if window.capacity_high_pp is None else window.capacity_high_pp
