"""Windows whose points their readings leave open: typed where others were read, or read otherwise before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import product
from typing import NamedTuple

from tracker import rows
from tracker.evidence.in_force import TakenOut
from tracker.evidence.pairing import usable
from tracker.verdict.notes import counted

SAME_RESET = timedelta(minutes=5)  # readings of one reset may show it so far apart
ROUNDING = 1.0  # points: what two readings of whole percents may differ by
TYPED = "points typed, where other windows have readings"
READ_OTHERWISE = "a reading that was taken back says otherwise"


class OpenPoints(NamedTuple):
    """What a window's points may be."""

    low: float
    high: float
    why: str


def open_points(
    judged: Sequence[rows.Window],
    snapshots: Iterable[rows.Snapshot],
    taken_out: Iterable[TakenOut],
    candidate: str,
) -> dict[str, OpenPoints]:
    """Return the judged windows whose points are open to the candidate's favour, in percentage points, by name.

    A window without any reading in force, where another one of the same person has some, used from 0 to 100.
    One whose readings were taken back used what any pair of its readings gives, if that is less for the
    baseline, or more for the candidate, than its row says.
    """
    readings = _by_window(snapshots)
    gone = _by_window(out.row for out in taken_out if isinstance(out.row, rows.Snapshot))
    read_by = {window.person for window in judged if window.window in readings}
    found = {}
    for window in judged:
        if not usable(window) or window.capacity_pp is None:
            continue
        if window.window not in readings:
            if window.person in read_by or window.window in gone:
                found[window.window] = OpenPoints(0.0, 100.0, TYPED)
        elif window.window in gone:
            every = [*readings[window.window], *gone[window.window]]
            points = [window.capacity_pp, *_pairs(window, every)]
            worst = max(points) if window.methodology == candidate else min(points)
            if abs(worst - window.capacity_pp) > ROUNDING:
                found[window.window] = OpenPoints(min(points), max(points), READ_OTHERWISE)
    return found


def said(points: Mapping[str, OpenPoints]) -> list[str]:
    """Return what is open, a sentence for each reason."""
    names: dict[str, list[str]] = {}
    for name, one in points.items():
        names.setdefault(one.why, []).append(name)
    return [f"{why}: {counted(some)}" for why, some in names.items()]


def _by_window(snapshots: Iterable[rows.Row]) -> dict[str, list[rows.Snapshot]]:
    found: dict[str, list[rows.Snapshot]] = {}
    for row in snapshots:
        if isinstance(row, rows.Snapshot) and row.window and not row.feature_id:
            found.setdefault(row.window, []).append(row)
    return found


def _pairs(window: rows.Window, readings: Iterable[rows.Snapshot]) -> list[float]:
    """Return the points of every BEFORE with every AFTER of one quota and reset."""
    ends: dict[str, list[rows.Meter]] = {"before": [], "after": []}
    for row in readings:
        if row.phase and row.provider == window.provider:
            ends[row.phase] += [
                meter for meter in row.meters if window.capacity_quota.split()[0] == meter.meter
            ]
    return [
        after.used_pct - before.used_pct
        for before, after in product(ends["before"], ends["after"])
        if before.used_pct is not None
        and after.used_pct is not None
        and after.used_pct >= before.used_pct
        and after.pool == before.pool
        and _one_reset(before, after)
    ]


def _one_reset(one: rows.Meter, other: rows.Meter) -> bool:
    if one.resets_at is None or other.resets_at is None:
        return True
    return abs(one.resets_at - other.resets_at) <= SAME_RESET
