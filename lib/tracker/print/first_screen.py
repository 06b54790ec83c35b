"""What of a long page stands on one screen: its first parts, cut where they are long; the others are named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tracker.print import screen

LINES, COLUMNS = 40, 80  # what one screen holds; a narrower one shows the same in more lines
ALL = 1_000_000
TRAILER = 2  # lines kept for what is named at the end


Draw = Callable[
    [Sequence[Any], int | None], str
]  # (rows, columns; -1: the screen's) -> text, its title in it


class ScreenPart(NamedTuple):
    """A titled table or list of a page."""

    title: str
    rows: Sequence[Any]
    draw: Draw
    least: int = 0  # rows that the first screen has, be there room for more or not; 0: none needed
    floor: int = 1  # rows that it has even when what all parts need at least is more than a screen


def page(parts: Sequence[ScreenPart], full: bool) -> str:
    """Return the parts one below the other: every one in full, or what one screen holds, and what it leaves out.

    A part that does not fit is cut to its `least` rows; when even these are too many, later parts lose theirs
    first, down to their `floor`.

    >>> listed = lambda rows, columns: "\\n".join(rows)
    >>> print(page([ScreenPart("Few", ["a"], listed, 1), ScreenPart("Many", ["b"] * 50, listed)], full=False))
    a
    <BLANKLINE>
    Also Many: --full
    """
    counts = [ALL] * len(parts) if full else _that_fit(parts)
    shown = [_drawn(part, count, -1) for part, count in zip(parts, counts, strict=True) if count]
    left_out = [part.title for part, count in zip(parts, counts, strict=True) if not count]
    return "\n\n".join(shown + ([f"Also {', '.join(left_out)}: --full"] if left_out else []))


def _that_fit(parts: Sequence[ScreenPart]) -> list[int]:
    """Return how many rows of each part one screen holds."""
    counts = [min(part.least, len(part.rows), LINES) for part in parts]
    heights = [_height(part, count) for part, count in zip(parts, counts, strict=True)]
    while sum(heights) > LINES - TRAILER:
        last = next((at for at in reversed(range(len(parts))) if counts[at] > parts[at].floor), None)
        if last is None:
            break
        counts[last] -= 1
        heights[last] = _height(parts[last], counts[last])
    room = LINES - TRAILER - sum(heights)
    for at, part in enumerate(parts):
        more = LINES if len(part.rows) > LINES else _height(part, ALL) - heights[at]
        if more <= room:
            counts[at], room = ALL, room - more
        elif not counts[at]:
            break  # those behind it are less important
    return counts


def _drawn(part: ScreenPart, count: int, columns: int | None) -> str:
    more = len(part.rows) - count
    return part.draw(part.rows[:count], columns) + (f"\n  (and {more:,} more: --full)" if more > 0 else "")


def _height(part: ScreenPart, count: int) -> int:
    """Return the lines that so many rows of a part take, the blank line behind them counted."""
    return screen.fitted(_drawn(part, count, COLUMNS), COLUMNS).count("\n") + 2 if count else 0
