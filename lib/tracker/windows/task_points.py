"""What a task's run used of the quota: the gauge at its end less the gauge at its start, and the bounds of that.

The gauge of a window is every dated reading of it: its BEFORE and AFTER, one at each end of a task, the moves
that the router's log dates.  It shows steps, and may show a move late.  So a run's points are known to one
step more or less; what it used may come up to five minutes after its end, and what came in the first five
minutes may be of the run before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tracker import providers, rows
from tracker.windows import reading_pairs, task_marks
from tracker.windows.reading_pairs import JITTER, QuotaName

LAG = timedelta(minutes=5)  # as ADR 0006 has it between work and the AFTER


class RunPoints(NamedTuple):
    """What one run used."""

    started_at: datetime | None
    ended_at: datetime | None
    points: float | None = None  # None: nobody knows
    low: float | None = None
    high: float | None = None  # None: no reading after it bounds it
    quota: str | None = None
    why: str | None = None  # why there are no points


class GaugeAt(NamedTuple):
    """One dated reading of the gauge."""

    ts: datetime
    used: float
    step: float
    resets_at: datetime | None
    mark: tuple[str, str] | None = None  # the task and phase at whose mark it was read


def points(there: Sequence[rows.Row], window: str) -> dict[str, RunPoints]:
    """Return what each run of a window used, by task, as far as marks and readings tell."""
    runs = [run for run in task_marks.runs(there) if run.dealt.window == window]
    gauge, quota = gauge_of(there, window)
    made = {}
    for run in runs:
        name = run.dealt.feature_id
        if run.started is None or run.ended is None:
            word = "its start" if run.started is None else "its end"
            made[name] = RunPoints(run.started, run.ended, why=f"{word} is not marked")
            continue
        before = max((one.ended for one in runs if one.ended and one.ended <= run.started), default=None)
        made[name] = _between(gauge, name, run.started, run.ended, before)._replace(
            quota=str(quota) if quota else None
        )
    return made


def gauge_of(there: Iterable[rows.Row], window: str) -> tuple[list[GaugeAt], QuotaName | None]:
    """Return the dated readings of a window's capacity, oldest first, and which quota they are of."""
    mine = [
        row
        for row in there
        if isinstance(row, rows.Snapshot) and row.window == window and not reading_pairs.is_estimate(row)
    ]
    if not mine:
        return [], None
    provider = mine[0].provider
    mine = [row for row in mine if row.provider == provider]
    shown = {QuotaName(one.meter, one.pool) for row in mine for one in row.meters}
    wanted = providers.BY_NAME[provider].capacity
    quota = next((name for one in wanted for name in sorted(shown) if one.fits(*name)), None)
    if quota is None:
        return [], None
    found = [one for row in mine for one in _gauge_in(row, quota)]
    return sorted(found, key=lambda one: one.ts), quota


def _gauge_in(row: rows.Snapshot, quota: QuotaName) -> Iterator[GaugeAt]:
    """Yield what one reading says of a quota: the gauge, and the moves that it carries."""
    meter = reading_pairs.meter_of(row, quota)
    used = reading_pairs.share_of(meter) if meter else None
    if meter is None or used is None:
        return
    mark = (row.feature_id, row.phase) if row.feature_id and row.phase else None
    yield GaugeAt(row.ts, used, meter.resolution_pp, meter.resets_at, mark)
    # Of a reading that a reset lies in, nobody knows which moves were before it.
    reset = None if "reset-between" in row.flags else meter.resets_at
    for move in row.ticks:
        if (move.meter, move.pool) == quota:
            yield GaugeAt(move.ts, move.used_pct, meter.resolution_pp, reset)


def _between(
    gauge: Sequence[GaugeAt], name: str, start: datetime, end: datetime, before: datetime | None
) -> RunPoints:
    """Return what a run used from `start` to `end`; `before` is when the run before it ended."""
    made = RunPoints(start, end)
    first = _read_at(gauge, (name, "before")) or _until(gauge, start) or _from(gauge, start)
    last = _read_at(gauge, (name, "after")) or _until(gauge, end)
    if first is None or last is None or last.ts < first.ts:
        return made._replace(why="no reading at its start and its end")
    step = max(first.step, last.step)
    if _was_reset(first, last):
        # At least what the later quota shows, at most also what was left of the earlier one.
        return made._replace(
            low=max(0.0, last.used - step),
            high=round(last.used + max(0.0, 100.0 - first.used) + step, 4),
            why="the quota was reset in between",
        )
    if last.used < first.used - step:
        return made._replace(why="negative-delta")
    settled = first
    if before is not None and start - before < LAG:
        settled = _from(gauge, start + LAG) or last
    late = _from(gauge, end + LAG)
    bounded = late is not None and not _was_reset(first, late) and late.used >= last.used
    return made._replace(
        points=round(max(0.0, last.used - first.used), 4),
        low=round(max(0.0, last.used - max(first.used, settled.used) - step), 4),
        high=round(late.used - first.used + step, 4) if late is not None and bounded else None,
    )


def _was_reset(first: GaugeAt, last: GaugeAt) -> bool:
    if first.resets_at is not None and last.ts >= first.resets_at:
        return True
    if first.resets_at is None or last.resets_at is None:
        return False
    return first.used > 0 and abs(last.resets_at - first.resets_at) > JITTER


def _read_at(gauge: Iterable[GaugeAt], mark: tuple[str, str]) -> GaugeAt | None:
    return next((one for one in gauge if one.mark == mark), None)


def _until(gauge: Iterable[GaugeAt], at: datetime) -> GaugeAt | None:
    """Return the last reading up to an instant."""
    found = None
    for one in gauge:
        if one.ts <= at:
            found = one
    return found


def _from(gauge: Iterable[GaugeAt], at: datetime) -> GaugeAt | None:
    """Return the first reading from an instant on."""
    return next((one for one in gauge if one.ts >= at), None)
