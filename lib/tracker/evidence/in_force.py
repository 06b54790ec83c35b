"""Which rows of a stream count: not those undone or superseded, and of a window's several rows the last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tracker import rows


class InForce(NamedTuple):
    """Which of a stream's rows count, by their places in it."""

    places: list[int]
    came_again: list[str]  # windows with several rows in force, of which the last counts


def in_force(came: Sequence[rows.Row | None]) -> InForce:
    """Return which rows count; None stands for a row of a kind that this version does not know."""
    gone = taken_back(came)
    places: dict[object, int] = {}
    again: set[str] = set()
    for place, row in enumerate(came):
        if row is None or (row.row_id is not None and row.row_id in gone):
            continue
        same = (row.window, row.methodology, row.provider) if isinstance(row, rows.Window) else place
        if places.pop(same, None) is not None and isinstance(row, rows.Window):
            again.add(row.window)
        places[same] = place
    return InForce(list(places.values()), sorted(again))


def taken_back(came: Sequence[rows.Row | None]) -> set[str]:
    """Return the row_ids that were undone or superseded.

    An undo that was itself undone does nothing, hence from the last to the first.
    """
    gone: set[str] = set()
    for row in reversed(came):
        if row is not None and (row.row_id is None or row.row_id not in gone):
            target = row.undoes if isinstance(row, rows.Undo) else row.supersedes
            if target is not None:
                gone.add(target)
    return gone
