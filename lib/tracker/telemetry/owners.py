"""Whose each request is, of those that were made while several windows were open."""

from __future__ import annotations

from collections.abc import Sequence

from tracker import rows
from tracker.telemetry.window_cut import Ambiguous, OpenStretch, WindowCut


def told_apart(usage: Sequence[rows.Usage], open_ones: Sequence[OpenStretch]) -> dict[int, str]:
    """Return the window of every request made while several were open, by the request's id(), where something tells.

    Accounts, resets and sessions tell, as when a window's telemetry is summed up.
    """
    crowded = {id(row) for row in usage if sum(one.holds(row.ts) for one in open_ones) > 1}
    if not crowded:
        return {}
    there = [row for row in usage if id(row) in crowded]
    names = dict.fromkeys(one.window for one in open_ones if any(one.holds(row.ts) for row in there))
    made: dict[int, str] = {}
    for name in names:
        cut = WindowCut(name, open_ones)
        taken = [row for row in usage if cut.take(row)]
        try:
            theirs = cut.settle()
        except Ambiguous:
            continue
        made |= {
            id(row): name for place, row in enumerate(taken) if place not in theirs and id(row) in crowded
        }
    return made
