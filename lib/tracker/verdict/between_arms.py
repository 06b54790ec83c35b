"""What two arms must not share, or do not have in common: windows at one time, features, accounts, prices of nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tracker import rows
from tracker.evidence.delivered import NOT_DELIVERED
from tracker.evidence.facts import Names
from tracker.verdict.notes import counted

AT_ONCE = timedelta(minutes=2)  # an AFTER reading may come so late after the next BEFORE


def notes(
    judged: Sequence[rows.Window],
    features: Iterable[rows.Feature],
    snapshots: Iterable[rows.Snapshot],
    names: Names,
    arms: tuple[str, str],
) -> list[str]:
    """Return what a reader must know of what the arms, baseline and candidate, do not have in common."""
    windows = {window.window for window in judged}
    its = [row for row in features if row.window in windows and row.state != "assigned"]
    said = (
        in_one_arm_only(its, names, arms),
        accounts(judged),
        without_plan(judged, snapshots),
        for_nothing(its, names, arms),
    )
    return [one for one in said if one]


def in_one_arm_only(features: Iterable[rows.Feature], names: Names, arms: tuple[str, str]) -> str | None:
    """Return which features only one arm delivered, where others were delivered by both."""
    did: dict[str, dict[str, None]] = {arm: {} for arm in arms}
    for row in features:
        arm = names.arm_of(row)
        if arm in did and row.state not in NOT_DELIVERED:
            did[arm][row.feature_id] = None
    a, b = (did[arm] for arm in arms)
    alone = {arms[0]: [name for name in a if name not in b], arms[1]: [name for name in b if name not in a]}
    if not a.keys() & b.keys() or not any(alone.values()):
        return None
    seen = "; ".join(f"{arm} {counted(some) if some else 0}" for arm, some in alone.items())
    return f"features that one arm alone delivered: {seen}; a task cut in more pieces is no more work"


def accounts(judged: Iterable[rows.Window]) -> str | None:
    """Return that the arms drew on different accounts, whose points are of one size only on one plan."""
    by_arm: dict[str, dict[str, None]] = {}
    for window in judged:
        by_arm.setdefault(window.methodology, {})[window.account or "no account named"] = None
    if len({frozenset(some) for some in by_arm.values()}) < 2:
        return None
    seen = "; ".join(f"{arm}: {', '.join(some)}" for arm, some in by_arm.items())
    return f"the arms drew on different accounts ({seen}): points are one unit only if their plans are alike"


def without_plan(judged: Sequence[rows.Window], snapshots: Iterable[rows.Snapshot]) -> str | None:
    """Return which windows name no plan, in their row or their readings, where others do."""
    read = {row.window for row in snapshots if row.plan and row.window}
    without = [window.window for window in judged if not window.plan and window.window not in read]
    if not without or len(without) == len(judged):
        return None
    return f"windows that name no plan, where others do: {counted(without)}; nobody can tell whether it was the same"


def for_nothing(features: Iterable[rows.Feature], names: Names, arms: tuple[str, str]) -> str | None:
    """Return which of the candidate's features have a price of 0, where its others have one."""
    its = [row for row in features if names.arm_of(row) == arms[1] and row.cost_usd is not None]
    free = list(dict.fromkeys(row.feature_id for row in its if row.cost_usd == 0))
    if not free or len(free) == len({row.feature_id for row in its}):
        return None
    return f"the candidate's features at a price of 0: {counted(free)}; a price that nobody knows is null"


class PlayTime(NamedTuple):
    """A stretch of time in which something was played that has points of its own."""

    began: datetime
    ended: datetime
    name: str


def at_once(what: str, some: Iterable[rows.Window | rows.Feature]) -> list[str]:
    """Return a sentence when windows, or runs, of one meter were played at one time: the points of each are in both's."""
    by_meter: dict[tuple[object, ...], list[PlayTime]] = {}
    for row in some:
        if row.started_at is None or row.ended_at is None:
            continue
        if isinstance(row, rows.Window):
            meter = row.provider, row.person, row.account, row.capacity_quota
            by_meter.setdefault(meter, []).append(PlayTime(row.started_at, row.ended_at, row.window))
        else:
            name = f"{row.feature_id} in {row.window}"
            by_meter.setdefault((row.points_quota,), []).append(PlayTime(row.started_at, row.ended_at, name))
    pairs = []
    for stretches in by_meter.values():
        latest: PlayTime | None = None
        for stretch in sorted(stretches):
            if latest is not None and min(latest.ended, stretch.ended) - stretch.began > AT_ONCE:
                pairs.append(f"{latest.name} and {stretch.name}")
            if latest is None or stretch.ended > latest.ended:
                latest = stretch
    if not pairs:
        return []
    return [
        f"{what} of one meter at one time: {counted(pairs)}; the points of each are in the other's too, so play them "
        "apart"
    ]
