"""Windows by arm and by block: what the two-arm statistics work on."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from operator import itemgetter, lt
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tracker import rows

if TYPE_CHECKING:
    import numpy as np

    Columns = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


Name = int | str  # of a block
T = TypeVar("T")


class Block(NamedTuple):
    """One window of each arm, done in random order."""

    name: str
    a: rows.Window  # baseline
    b: rows.Window  # candidate


class Broken(NamedTuple):
    """A block that cannot be scored, and why."""

    name: str
    why: str
    a: list[rows.Window]  # what there is of it, as far as rows were kept
    b: list[rows.Window]


class Arm:
    """The windows of one arm: the numbers of those whose capacity is known, and the others as rows.

    `keep` keeps the rows of the good ones as well; a hundred thousand of them take longer to keep
    and to walk through than to read.
    """

    def __init__(self, keep: bool = True) -> None:
        self.keep = keep
        self.good: list[rows.Window] = []  # empty unless kept
        self.lost: list[rows.Window] = []
        self.noted: list[rows.Window] = []
        self.over: list[rows.Window] = []  # more than 100 points in one window
        # One entry for each good window, in the order in which they came:
        self.features = array("d")
        self.capacity = array("d")  # points
        self.ends: list[datetime] = []  # ts
        self.blocks: list[Name | None] = []
        self.loose: list[rows.Window] = []  # without a block
        self.first: datetime | None = None  # when the first one began that has a time
        self.undated = 0  # windows without a time, good or not
        self.totals: dict[str, float | None] = dict.fromkeys(TOTALS)
        self.contiguous = True  # each window began with the reading that ended the one before
        self._last: datetime | None = None

    def add(self, windows: Sequence[rows.Window]) -> None:
        """Take windows in."""
        if not windows:
            return
        # One pass finds the windows with anything beyond features and points: in a long file few have.
        odd = [
            w
            for w in windows
            if w.notes
            or w.errors
            or w.capacity_pp is None
            or w.block is None
            or w.started_at is not None
            or w.weekly_pp is not None
            or w.glm_pp is not None
            or w.glm_credits is not None
        ]
        times = [window.ts for window in windows]
        starts = [w.started_at or w.ts for w in windows] if odd else times
        if min(starts).year == 1:
            starts = [start for start in starts if start.year > 1]
            self.undated += len(windows) - len(starts)
        first = min(starts, default=self.first)
        self.first = min(first, self.first) if first and self.first else first
        good = windows
        if odd:
            good, times = self._add_odd(windows, odd)
        elif self.contiguous:
            self.contiguous = False  # without their beginnings
        names = [window.block for window in good]
        self.blocks += names if _are_whole(names) else [None if n is None else block_name(n) for n in names]
        capacity: list[float] = [window.capacity_pp for window in good]  # type: ignore[misc]
        if max(capacity, default=0) > 100:
            self.over += [window for window in good if (window.capacity_pp or 0) > 100]
        self.capacity.fromlist(capacity)
        self.features.fromlist([window.features for window in good])
        self.ends += times
        if self.keep:
            self.good += good

    def _add_odd(
        self, windows: Sequence[rows.Window], odd: Sequence[rows.Window]
    ) -> tuple[Sequence[rows.Window], list[datetime]]:
        """Take in what only the odd ones of these windows have; return the good ones and their ends."""
        self.noted += [window for window in odd if window.notes]
        self.lost += [window for window in odd if not usable(window)]
        good = [window for window in windows if usable(window)]
        self.loose += [window for window in good if window.block is None]
        if self.contiguous:
            self._follow(good)
        self._sum("weekly_pp", [w.weekly_pp for w in odd if w.weekly_pp is not None and usable(w)])
        self._sum("glm_pp", [w.glm_pp for w in odd if w.glm_pp is not None and usable(w)])
        self._sum("glm_credits", [w.glm_credits for w in odd if w.glm_credits is not None and usable(w)])
        return good, [window.ts for window in good]

    def _sum(self, name: str, known: list[float]) -> None:
        if known:
            self.totals[name] = (self.totals[name] or 0) + sum(known)

    def _follow(self, good: Sequence[rows.Window]) -> None:
        for window in good:
            if window.started_at is None or (self._last is not None and window.started_at != self._last):
                self.contiguous = False
                return
            self._last = window.ended_at

    def __len__(self) -> int:
        return len(self.features)

    @cached_property
    def place(self) -> dict[Name, int]:
        """Where the good window of each block is; asked for when all windows are in, as what follows."""
        return {name: place for place, name in enumerate(self.blocks) if name is not None}

    @cached_property
    def doubled(self) -> set[Name]:
        """The blocks with several good windows."""
        if len(set(self.blocks)) == len(self.blocks):
            return set()
        return {name for name, count in Counter(self.blocks).items() if count > 1 and name is not None}

    @cached_property
    def numbers(self) -> tuple[np.ndarray, np.ndarray]:
        """Features and points as arrays."""
        import numpy as np

        return np.array(self.features, float), np.array(self.capacity, float)


TOTALS = ("weekly_pp", "glm_pp", "glm_credits")


def arm_of(windows: Sequence[rows.Window]) -> Arm:
    """Return an arm of these windows, with their rows."""
    made = Arm()
    made.add(windows)
    return made


def joined(arms: Sequence[Arm]) -> Arm:
    """Return several arms as one."""
    if len(arms) == 1:
        return arms[0]
    made = Arm(all(arm.keep for arm in arms))
    for arm in arms:
        for field in ("good", "lost", "noted", "over", "features", "capacity", "ends", "blocks", "loose"):
            getattr(made, field).extend(getattr(arm, field))
        made.contiguous = False
        made.undated += arm.undated
        times = [time for time in (made.first, arm.first) if time is not None]
        made.first = min(times, default=None)
    return made


class Pairs:
    """The complete blocks of two arms in the order in which they ended, and the others.

    A block is exactly one window of each arm under the same `block` name, both usable.
    """

    def __init__(self, a: Arm, b: Arm) -> None:
        self.a, self.b = a, b
        odd = {block_name(w.block) for arm in (a, b) for w in arm.lost if w.block is not None}
        odd |= a.doubled | b.doubled
        if not odd and not a.loose and a.blocks == b.blocks:
            names: Sequence[Name] = a.blocks  # type: ignore[assignment]
        else:
            odd |= a.place.keys() ^ b.place.keys()
            names = [name for name in a.place if name not in odd]
        self.names, self._odd = names, odd
        ends = list(map(max, self._of(a, a.ends), self._of(b, b.ends)))
        if not all(map(lt, ends, ends[1:])):
            order = sorted(zip(ends, names if _are_whole(names) else map(natural, names), names, strict=True))
            self.names = list(map(itemgetter(-1), order))

    def _of(self, arm: Arm, values: list[T]) -> list[T]:
        """Return one value of an arm for each block."""
        if self.names == arm.blocks:
            return values
        places = [arm.place[name] for name in self.names]
        return [values[place] for place in places]

    def __len__(self) -> int:
        return len(self.names)

    def columns(self) -> Columns:
        """Return (F_A, C_A, F_B, C_B) of the blocks, in their order."""
        import numpy as np

        sides = []
        for arm in (self.a, self.b):
            every = list(range(len(arm)))
            places = self._of(arm, every)
            some = slice(None) if places is every else np.array(places, int)
            sides += [numbers[some] for numbers in arm.numbers]
        return sides[0], sides[1], sides[2], sides[3]

    @cached_property
    def blocks(self) -> list[Block]:
        """The complete ones; only where rows are kept."""
        both = zip(self.names, self._of(self.a, self.a.good), self._of(self.b, self.b.good), strict=True)
        return [Block(str(name), a, b) for name, a, b in both]

    @cached_property
    def loose(self) -> list[Broken]:
        """Windows that name no block, each as a block of its own."""
        made = []
        for side, arm in enumerate((self.a, self.b)):
            for window in [*arm.loose, *(w for w in arm.lost if w.block is None)]:
                made.append(
                    Broken(window.window, "no block", *(([window], []) if side == 0 else ([], [window])))
                )
        return made

    @cached_property
    def broken(self) -> list[Broken]:
        """The others, in the order of their names."""
        if not self._odd:
            return []
        a, b = _by_block(self.a), _by_block(self.b)
        made = []
        for name in sorted(self._odd, key=natural):
            one, two = a.get(name, []), b.get(name, [])
            why = _why("baseline", self.a, name, one), _why("candidate", self.b, name, two)
            made.append(Broken(str(name), "; ".join(filter(None, why)), one, two))
        return made


def _by_block(arm: Arm) -> dict[Name, list[rows.Window]]:
    found: dict[Name, list[rows.Window]] = {}
    for window in arm.good + arm.lost:
        if window.block is not None:
            found.setdefault(block_name(window.block), []).append(window)
    return found


def _why(role: str, arm: Arm, name: Name, some: list[rows.Window]) -> str:
    lost = [window for window in some if not usable(window)]
    if name in arm.doubled or len(lost) + (name in arm.place) > 1:
        return f"several {role} windows"
    if name in arm.place:
        return ""
    if lost:
        return f"{lost[0].window}: {', '.join(lost[0].errors) or 'capacity not known'}"
    return f"no {role} window"


def block_name(block: Name) -> Name:
    """Return a block's name so that 3 and "3" are the same.

    >>> block_name("3"), block_name(3), block_name("03"), block_name("b")
    (3, 3, '03', 'b')
    """
    if isinstance(block, str) and block.isascii() and block.isdecimal() and len(block) < 19:
        return int(block) if str(int(block)) == block else block
    return block


def usable(window: rows.Window) -> bool:
    """Return whether a window's capacity is known and nothing is wrong with it."""
    return window.capacity_pp is not None and not window.errors


def ended(block: Block) -> tuple[datetime, tuple[int, int, str]]:
    """Return the key that puts blocks in the order in which they ended."""
    return max(block.a.ts, block.b.ts), natural(block_name(block.name))


def _are_whole(names: Sequence[Name | None]) -> bool:
    return set(map(type, names)) == {int}


def natural(name: Name) -> tuple[int, int, str]:
    """Return a key that sorts block names as people count: 2 before 10, numbers before words.

    >>> sorted(["b", 10, 2], key=natural)
    [2, 10, 'b']
    """
    return (0, name, "") if isinstance(name, int) else (1, 0, name)


def columns(blocks: Sequence[Block]) -> Columns:
    """Return (F_A, C_A, F_B, C_B) of blocks, in their order."""
    import numpy as np

    four = [
        (block.a.features, block.a.capacity_pp, block.b.features, block.b.capacity_pp) for block in blocks
    ]
    fa, ca, fb, cb = np.array(four, float).reshape(-1, 4).T
    return fa, ca, fb, cb


def capacity_bounds(window: rows.Window) -> tuple[float, float]:
    """Return what is known of a window's points: both ends alike when measured, else at least 0..100."""
    if window.capacity_pp is not None and not window.errors:
        return window.capacity_pp, window.capacity_pp
    low = 0.0 if window.capacity_low_pp is None else window.capacity_low_pp
    return low, 100.0 if window.capacity_high_pp is None else window.capacity_high_pp
