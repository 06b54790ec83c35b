"""Which rows of a stream count: not those undone or superseded, and of a window's several rows the last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tracker import rows


class TakenOut(NamedTuple):
    """A row that was recorded and no longer counts."""

    row: rows.Row
    by: rows.Row  # the undo, or the row in its place
    again: bool = False  # the row in its place does not say that it supersedes this one

    @property
    def undone(self) -> bool:
        """Whether nothing stands in its place."""
        return isinstance(self.by, rows.Undo)


class InForce(NamedTuple):
    """Which of a stream's rows count, by their places in it, and which do not."""

    places: list[int]
    came_again: list[str]  # windows with several rows in force, of which the last counts
    taken_out: list[TakenOut]


def in_force(came: Sequence[rows.Row | None]) -> InForce:
    """Return which rows count; None stands for a row of a kind that this version does not know."""
    gone = taken_back(came)
    places: dict[object, int] = {}
    again: set[str] = set()
    out: list[TakenOut] = []
    for place, row in enumerate(came):
        if row is None:
            continue
        if row.row_id is not None and row.row_id in gone:
            if not isinstance(row, rows.Undo):
                out.append(TakenOut(row, gone[row.row_id]))
            continue
        same = (row.window, row.methodology, row.provider) if isinstance(row, rows.Window) else place
        before = places.pop(same, None)
        if before is not None and isinstance(row, rows.Window):
            again.add(row.window)
            out.append(TakenOut(came[before] or row, row, again=True))
        places[same] = place
    return InForce(list(places.values()), sorted(again), out)


def taken_back(came: Sequence[rows.Row | None]) -> dict[str, rows.Row]:
    """Return the row_ids that were undone or superseded, each with the row that did it.

    An undo that was itself undone does nothing, hence from the last to the first.
    """
    gone: dict[str, rows.Row] = {}
    for row in reversed(came):
        if row is not None and (row.row_id is None or row.row_id not in gone):
            target = row.undoes if isinstance(row, rows.Undo) else row.supersedes
            if target is not None:
                gone.setdefault(target, row)
    return gone
