"""Whether the windows are what their readings give, and whether their points are of one plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tracker import rows
from tracker.windows import reading_pairs, recompute


class Recomputed(NamedTuple):
    """The windows computed again from their readings."""

    windows: int
    differ: list[str]  # a sentence each

    @property
    def said(self) -> str:
        """What came of it, in words."""
        if not self.windows:
            return "0 windows recomputed: their readings are not here"
        same = "all the same" if not self.differ else f"{len(self.differ)} numbers differ"
        return f"{self.windows} windows recomputed from their readings, {same}"


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
    return Recomputed(len(with_readings), differ)


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
