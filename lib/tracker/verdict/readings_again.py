"""Whether the windows are what their readings give, and whether their points are of one plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tracker import rows
from tracker.evidence.runs import TaskEvidence, TaskRun
from tracker.windows import reading_pairs, recompute, task_points

RUN_NUMBERS = {
    "points_pp": "points",
    "points_low_pp": "low",
    "points_high_pp": "high",
}  # of row, and of readings


class Recomputed(NamedTuple):
    """What was computed again from its readings."""

    number: int  # of windows, or runs
    differ: list[str]  # a sentence each
    what: str = "windows"
    typed: int = 0  # those whose marks or readings are not here

    @property
    def said(self) -> str:
        """What came of it, in words."""
        if not self.number:
            return f"0 {self.what} recomputed: their readings are not here"
        same = "all the same" if not self.differ else f"{len(self.differ)} numbers differ"
        lacking = "marks or readings" if self.what == "runs" else "readings"
        typed = f"; {self.typed} taken as typed, without {lacking}" if self.typed else ""
        return f"{self.number} {self.what} recomputed from their readings, {same}{typed}"


def _by_window(snapshots: Iterable[rows.Snapshot]) -> dict[str, list[rows.Snapshot]]:
    found: dict[str, list[rows.Snapshot]] = {}
    for row in snapshots:
        if row.window:
            found.setdefault(row.window, []).append(row)
    return found


def recomputed(
    judged: Sequence[rows.Window], snapshots: Iterable[rows.Snapshot], plans: Sequence[rows.Experiment] = ()
) -> Recomputed:
    """Return the judged windows, computed again from their readings in force."""
    readings = _by_window(snapshots)
    with_readings = [window for window in judged if window.window in readings]
    differ = [
        said
        for window in with_readings
        for said in recompute.differences([*plans, *readings[window.window], window])
    ]
    return Recomputed(len(with_readings), differ, typed=len(judged) - len(with_readings))


def runs_recomputed(
    evidence: TaskEvidence, features: Iterable[rows.Feature], snapshots: Sequence[rows.Snapshot]
) -> Recomputed:
    """Return the runs of tasks, their points computed again from marks and readings in force.

    A run of a window without any reading, or whose row has no times, was typed: nothing can be computed of it.
    """
    runs = [
        run
        for one in (*evidence.scored, *evidence.lost)
        for run in (one.a, one.b)
        if run is not None and run.row.points_pp is not None and not run.taken_back
    ]
    read = {row.window for row in snapshots if row.window}
    there = [*features, *snapshots]
    known = {
        window: task_points.points(there, window)
        for window in dict.fromkeys(run.row.window for run in runs)
        if window in read and window is not None
    }
    some = [run for run in runs if run.row.window in known and run.row.started_at is not None]
    differ = [said for run in some if (said := _differs(run, known[run.row.window or ""]))]
    return Recomputed(len(some), differ, "runs", len(runs) - len(some))


def _differs(run: TaskRun, known: Mapping[str, task_points.RunPoints]) -> str | None:
    """Return the first number of a run that its marks and readings do not give, in words."""
    again, where = known.get(run.task), f"{run.task} in {run.row.window} ({run.arm})"
    if again is None or again.points is None:
        why = again.why if again is not None else "it was not dealt there"
        return f"{where}: points_pp is {run.row.points_pp:g}, and its readings give none ({why})"
    for field, name in RUN_NUMBERS.items():
        was, now = getattr(run.row, field), getattr(again, name)
        if was != now and not (field == "points_high_pp" and was is None):  # a later reading bounds it since
            shown = ["null" if x is None else f"{x:g}" for x in (was, now)]
            return f"{where}: {field} is {shown[0]}, its readings give {shown[1]}"
    return None


def backwards(some: Iterable[rows.Window | rows.Feature]) -> list[str]:
    """Return a sentence for each window, or run, that says that it ended before it began."""
    return [
        f"{row.window if isinstance(row, rows.Window) else row.feature_id}: ended_at {row.ended_at:%Y-%m-%dT%H:%M:%SZ} "
        f"lies before started_at {row.started_at:%Y-%m-%dT%H:%M:%SZ}; correct it by a new row"
        for row in some
        if row.started_at is not None and row.ended_at is not None and row.ended_at < row.started_at
    ]


def several_plans(judged: Sequence[rows.Window], snapshots: Iterable[rows.Snapshot]) -> str | None:
    """Return a sentence when the points compared are of several quotas, or of several sizes of plan."""
    quotas: dict[str, list[str]] = {}
    for window in judged:
        if window.capacity_pp is not None:
            quotas.setdefault(window.capacity_quota, []).append(window.window)
    if len(quotas) > 1:
        seen = "; ".join(f"{quota}: {', '.join(names[:3])}" for quota, names in quotas.items())
        return f"points of different quotas are not one unit ({seen}); compare them in money: `plan-cost`"
    readings = _by_window(snapshots)
    plans: dict[str, list[str]] = {}
    changed = []
    for window in judged:
        its = {
            row.plan.lower(): None
            for row in readings.get(window.window, ())
            if row.plan and row.provider == window.provider
        } | ({window.plan.lower(): None} if window.plan else {})
        for plan in its:
            plans.setdefault(plan, []).append(window.window)
        if reading_pairs.plans_differ(its):
            changed.append(window.window)
    if not reading_pairs.plans_differ(plans):
        return None
    seen = "; ".join(f"{plan}: {', '.join(names[:3])}" for plan, names in plans.items())
    between = (
        f", and the plan changed between BEFORE and AFTER of {', '.join(changed[:3])}" if changed else ""
    )
    return f"points of different plans are not one unit ({seen}){between}; compare them in money: `plan-cost`"
