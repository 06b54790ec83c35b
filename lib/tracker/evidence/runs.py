"""Tasks as the unit: each arm's run of every task, the blocks of tasks that are in, and their cells as windows.

A block is two windows with the same tasks.  In a cell of it stand the tasks whose coin fell alike: one arm's
runs in one of the windows, the other arm's in the other.  Where only sums can be compared, each arm's part
of a cell is a window: what gates of windows take.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from tracker import rows
from tracker.evidence.delivered import NOT_DELIVERED, PRICED, PROMISED
from tracker.evidence.in_force import TakenOut
from tracker.evidence.pairing import Name, block_name

RunKey = tuple[str, str]  # task and arm


class EarlierRun(NamedTuple):
    """What a run's row said before it was undone, superseded, or followed by another."""

    row: rows.Feature
    until: datetime | None  # when that was recorded


class TaskRun(NamedTuple):
    """What one arm's run of a task came to, as the last of its rows says."""

    task: str
    arm: str
    row: rows.Feature
    earlier: tuple[EarlierRun, ...] = ()  # what its rows said before
    dealt: rows.Feature | None = None
    taken_back: bool = False  # its last row was undone, and nothing stands in its place

    @property
    def known(self) -> bool:
        """Whether its points are known."""
        return not self.taken_back and self.row.points_pp is not None and self.row.state not in {"blocked"}


class TaskRuns(NamedTuple):
    """Both arms' runs of one task."""

    task: str
    block: Name | None
    a: TaskRun | None
    b: TaskRun | None
    cell: str  # of its block

    @property
    def lacks(self) -> str:
        """Why it cannot be scored, empty when it can."""
        return "; ".join(filter(None, (_why("baseline", self.a), _why("candidate", self.b))))

    @property
    def ended(self) -> datetime:
        """When the later of its runs ended."""
        return max(run.row.ended_at or run.row.ts for run in (self.a, self.b) if run is not None)


class TaskEvidence(NamedTuple):
    """The tasks of the blocks that are in, and those that are still to come."""

    scored: tuple[
        TaskRuns, ...
    ] = ()  # both runs known, block by block in the order in which the blocks ended
    lost: tuple[TaskRuns, ...] = ()  # of a block that is in, and not known in both arms
    waiting: tuple[str, ...] = ()  # tasks of blocks that are not in yet
    dealt: int = 0  # tasks
    dealt_again: tuple[str, ...] = ()  # tasks for which another coin fell later, which does not count

    @property
    def in_order(self) -> list[TaskRuns]:
        """Every task of the blocks that are in, lost ones among the others of their block."""
        last: dict[object, datetime] = {}
        for one in self.scored:
            last[one.block] = max(one.ended, last.get(one.block, one.ended))
        first = min(last.values(), default=None)
        order = sorted(set(last.values()))
        place = {block: order.index(at) for block, at in last.items()}
        every = [*self.scored, *self.lost]
        # Of a block without any score nobody knows when it came: the worst is that it came first.
        return sorted(every, key=lambda one: (place.get(one.block, -1), str(one.block))) if first else every


def task_evidence(
    features: Sequence[rows.Feature],
    every: Iterable[rows.Row | None],
    taken_out: Sequence[TakenOut],
    arms: tuple[str, str],
) -> TaskEvidence:
    """Return the tasks of a plan whose unit is the task; `features` are in force, `every` is all that was recorded.

    A block is in when another one was begun after it, when all its runs are there, or when the rows of its
    windows are.  What was dealt counts whether its rows are in force or not.
    """
    recorded = [row for row in every if row is not None]
    dealt = _dealt(recorded, arms)
    runs = _runs(features, taken_out, dealt, arms)
    tasks = _tasks(dealt, runs, arms)
    closed = _closed(tasks.values(), recorded, dealt, arms)
    known = [one for one in tasks.values() if one.block in closed]
    scored = [one for one in known if not one.lacks]
    ends: dict[object, datetime] = {}
    for one in scored:
        ends[one.block] = max(one.ended, ends.get(one.block, one.ended))
    return TaskEvidence(
        tuple(sorted(scored, key=lambda one: (ends[one.block], str(one.block)))),
        tuple(one for one in known if one.lacks),
        tuple(one.task for one in tasks.values() if one.block not in closed),
        len({key[0] for key in dealt}) or len(tasks),
        _dealt_again(recorded, arms, dealt),
    )


def _dealt_again(
    recorded: Iterable[rows.Row], arms: tuple[str, str], dealt: Mapping[RunKey, rows.Feature]
) -> tuple[str, ...]:
    """Return the tasks that a later deal put into another window, each once."""
    return tuple(
        dict.fromkeys(
            row.feature_id
            for row in every_deal(recorded, arms)
            if dealt[row.feature_id, row.methodology or ""].window != row.window
        )
    )


def _tasks(
    dealt: Mapping[RunKey, rows.Feature], runs: Mapping[RunKey, TaskRun], arms: tuple[str, str]
) -> dict[str, TaskRuns]:
    """Return both arms' runs of every task, those that were dealt first."""
    tasks: dict[str, TaskRuns] = {}
    for task in dict.fromkeys([*(key[0] for key in dealt), *(key[0] for key in runs)]):
        a, b = (runs.get((task, arm)) for arm in arms)
        deals = [row for arm in arms if (row := dealt.get((task, arm))) is not None]
        block = _block_of(deals, a, b)
        tasks[task] = TaskRuns(task, block, a, b, _cell(block, a, b, dealt.get((task, arms[0]))))
    return tasks


def _why(role: str, run: TaskRun | None) -> str:
    if run is None:
        return f"no {role} run"
    if run.taken_back:
        return f"{role} run undone"
    if run.row.state == "blocked":
        return f"{role} run blocked"
    return "" if run.row.points_pp is not None else f"{role} run without points"


def _dealt(recorded: Iterable[rows.Row], arms: tuple[str, str]) -> dict[RunKey, rows.Feature]:
    """Return the runs that were dealt, in the order of the deal; of several deals the first that names a run."""
    found: dict[RunKey, rows.Feature] = {}
    for row in every_deal(recorded, arms):
        found.setdefault((row.feature_id, row.methodology or ""), row)
    return found


def every_deal(recorded: Iterable[rows.Row | None], arms: tuple[str, str]) -> list[rows.Feature]:
    """Return every row that deals a task to a window for an arm, also those of a later deal."""
    return [
        row
        for row in recorded
        if isinstance(row, rows.Feature)
        and row.state == "assigned"
        and row.methodology in arms
        and row.window
        and row.block is not None
    ]


def _is_end(row: rows.Row) -> bool:
    return isinstance(row, rows.Feature) and row.state not in PROMISED and row.state != PRICED


def _runs(
    features: Iterable[rows.Feature],
    taken_out: Iterable[TakenOut],
    dealt: Mapping[RunKey, rows.Feature],
    arms: tuple[str, str],
) -> dict[RunKey, TaskRun]:
    """Return the runs that have a row of their own."""
    arm_in = {(task, row.window): arm for (task, arm), row in dealt.items()}
    standing: dict[RunKey, list[rows.Feature]] = {}
    gone: dict[RunKey, list[EarlierRun]] = {}
    for row in features:
        arm = row.methodology or arm_in.get((row.feature_id, row.window))
        if _is_end(row) and arm in arms:
            standing.setdefault((row.feature_id, arm), []).append(row)
    for out in taken_out:
        row = out.row  # type: ignore[assignment]
        if isinstance(row, rows.Feature) and _is_end(row):
            arm = row.methodology or arm_in.get((row.feature_id, row.window))
            if arm in arms:
                gone.setdefault((row.feature_id, arm), []).append(EarlierRun(row, out.by.recorded_at))
    made = {}
    for key in dict.fromkeys([*standing, *gone]):
        now, before = standing.get(key, []), gone.get(key, [])
        last = _joined(now or [one.row for one in before])
        again = [EarlierRun(row, now[-1].recorded_at) for row in now[:-1]]
        rest = tuple(one for one in (*before, *again) if _says_more(one.row, last))
        made[key] = TaskRun(*key, last, rest, dealt.get(key), not now)
    return made


def _joined(some: Sequence[rows.Feature]) -> rows.Feature:
    """Return the last row with the run's points, in the state that the last row of all says."""
    found = next((row for row in reversed(some) if row.points_pp is not None), some[-1])
    state = next((row.state for row in reversed(some) if row.state), None)
    return found if found.state == state else msgspec.structs.replace(found, state=state)


def _says_more(row: rows.Feature, last: rows.Feature) -> bool:
    """Return whether a row said something else of what a verdict rests on."""
    if row.points_pp is None and row.state == last.state:
        return False
    return (row.points_pp, row.state in NOT_DELIVERED) != (last.points_pp, last.state in NOT_DELIVERED)


def _block_of(deals: Sequence[rows.Feature], a: TaskRun | None, b: TaskRun | None) -> Name | None:
    said = [row.block for row in deals] + [run.row.block for run in (a, b) if run]
    known = next((block for block in said if block is not None), None)
    return None if known is None else block_name(known)


def _cell(block: Name | None, a: TaskRun | None, b: TaskRun | None, dealt_a: rows.Feature | None) -> str:
    """Return a cell's name: its block, and the window that holds the baseline's runs."""
    window = a.row.window if a else dealt_a.window if dealt_a else None
    if block is None:
        return f"{window} | {b.row.window if b else None}"
    return f"{block}:{window}"


def _closed(
    tasks: Iterable[TaskRuns],
    recorded: Sequence[rows.Row],
    dealt: Mapping[RunKey, rows.Feature],
    arms: tuple[str, str],
) -> set[Name | None]:
    """Return the blocks that are in."""
    finished = {row.window for row in recorded if isinstance(row, rows.Window)}
    begun = _begun(recorded)
    windows: dict[Name | None, set[str]] = {}
    started: list[Name | None] = []
    for (task, _), row in dealt.items():
        block = block_name(row.block or 0)
        windows.setdefault(block, set()).add(row.window or "")
        if (task, row.window) in begun or row.window in finished:
            started.append(block)
    order = list(windows)
    last = max((order.index(block) for block in started), default=-1)
    closed: set[Name | None] = {block for place, block in enumerate(order) if place < last}
    closed |= {block for block, its in windows.items() if its <= finished}
    whole: dict[Name | None, bool] = {}
    for one in tasks:
        whole[one.block] = whole.get(one.block, True) and one.a is not None and one.b is not None
    return closed | {block for block, there in whole.items() if there}


def _begun(recorded: Iterable[rows.Row]) -> set[tuple[str, str | None]]:
    """Return the runs that a row says more of than that they wait, by task and window."""
    return {
        (row.feature_id, row.window)
        for row in recorded
        if isinstance(row, rows.Feature) and row.state not in {"assigned", "reserved", "ready", PRICED}
    }


def cells(evidence: TaskEvidence, arms: tuple[str, str], candidate: str) -> list[rows.Window]:
    """Return each arm's part of each cell as a window: its runs' points, and what of them was delivered.

    The candidate's failed runs delivered nothing; the baseline's count, since a failure must not help the other.
    """
    parts: dict[tuple[str, str], list[TaskRun]] = {}
    for one in evidence.scored:
        for arm, run in zip(arms, (one.a, one.b), strict=True):
            if run is not None:
                parts.setdefault((one.cell, arm), []).append(run)
    return [_window(cell, arm, some, judged=arm == candidate) for (cell, arm), some in parts.items()]


def _window(cell: str, arm: str, runs: Sequence[TaskRun], *, judged: bool) -> rows.Window:
    some = [run.row for run in runs]
    done = [delivered(run, judged=judged) for run in runs]
    passed = [run.row.state not in NOT_DELIVERED for run in runs]
    scores = [row.quality_score for row in some if row.quality_score is not None]
    starts = [row.started_at for row in some if row.started_at]
    return rows.Window(
        ts=max(row.ended_at or row.ts for row in some),
        window=some[0].window or cell,
        methodology=arm,
        provider=some[0].provider or "claude",
        features=float(sum(done)),
        capacity_pp=sum(row.points_pp or 0.0 for row in some),
        capacity_quota=some[0].points_quota or "five_hour",
        block=cell,
        quality_score=sum(scores) / len(scores) if len(scores) == len(some) else None,
        outcome="pass" if all(passed) else "partial" if any(passed) else "fail",
        started_at=min(starts, default=None),
        ended_at=max((row.ended_at for row in some if row.ended_at), default=None),
    )


def delivered(run: TaskRun, *, judged: bool) -> int:
    """Return 1 for a run that counts as delivered, else 0."""
    return int(not judged or run.row.state not in NOT_DELIVERED)
