"""Tasks as bad for the candidate as what is missing, undone or uncertain of them allows; nothing disappears.

A task that was dealt counts once its block is in; what is missing of it counts at its worst for the arm that
it favours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from tracker import rows
from tracker.evidence.delivered import NOT_DELIVERED
from tracker.evidence.pairing import LEAST_SHOWN, Name
from tracker.evidence.runs import TaskEvidence, TaskRun, TaskRuns, delivered
from tracker.evidence.tables import TaskColumns
from tracker.verdict.notes import counted, first_of
from tracker.verdict.taken_out import is_other_stretch

MOST_PP = 100.0


class WorstTasks(NamedTuple):
    """The tasks at their worst, and as they were first recorded."""

    columns: TaskColumns
    lost: dict[str, str]  # those that are not as the rows in force say, and why
    first: TaskColumns | None  # None: nothing was changed
    looked: datetime | None = None  # when somebody could look first; None: unknown
    as_recorded: TaskColumns | None = None  # in the order in which they were recorded; None: the same


class RunEnds(NamedTuple):
    """What is known of a run: whether it counts as delivered, and its points between two ends."""

    features: float
    low: float
    high: float


Ends = tuple[RunEnds, RunEnds]  # A's and B's


def worst_tasks(
    evidence: TaskEvidence, first_look: int, decided: Iterable[rows.Decision], most: int
) -> WorstTasks:
    """Return every task of the blocks that are in, at its worst."""
    looked = None  # who does a run again has looked, nobody knows since when
    if not done_again(evidence):
        looked = looked_from(evidence.scored, first_look, decided)
    some = evidence.in_order[:most]
    worst, first, lost = [], [], {}
    for one in some:
        ends, why = _worst(one, looked)
        worst.append(ends)
        if why:
            lost[one.task] = why
        first.append(_first(one))
    changed = any(run is not None and run.earlier for one in some for run in (one.a, one.b))
    return WorstTasks(
        _columns(some, worst),
        lost,
        _columns(some, first) if changed else None,
        looked,
        _as_recorded(some, worst),
    )


def _as_recorded(some: Sequence[TaskRuns], ends: Sequence[Ends]) -> TaskColumns | None:
    """Return the columns with the blocks in the order in which they were recorded first; None: that is their order.

    A run's time is its own word; when it was recorded is the ledger's.
    """
    times: dict[Name | None, datetime] = {}
    for one in some:
        rows_of = [
            row for run in (one.a, one.b) if run for row in (run.row, *(was.row for was in run.earlier))
        ]
        for at in filter(None, (row.recorded_at for row in rows_of)):
            times[one.block] = max(at, times.get(one.block, at))
    blocks = list(dict.fromkeys(one.block for one in some))
    if not times:
        return None
    earliest = min(times.values())  # where nobody knows when a block came: the worst is that it came first
    order = sorted(blocks, key=lambda block: times.get(block, earliest))
    if order == blocks:
        return None
    places = sorted(range(len(some)), key=lambda place: order.index(some[place].block))
    return _columns([some[place] for place in places], [ends[place] for place in places])


def done_again(evidence: TaskEvidence) -> list[str]:
    """Return the runs that were done again: a row before is of another stretch of time."""
    return [
        f"{run.task} ({run.arm})"
        for run, _ in _with_side([*evidence.scored, *evidence.lost])
        if any(is_other_stretch(was.row, run.row) for was in run.earlier)
    ]


def looked_from(scored: Sequence[TaskRuns], first: int, decided: Iterable[rows.Decision]) -> datetime | None:
    """Return when somebody could look first: at a recorded card, else at so many recorded tasks; None: unknown."""
    cards = [time for row in decided if (time := row.recorded_at or row.ts)]
    ends = sorted(
        max(one.a.row.recorded_at, one.b.row.recorded_at)
        for one in scored
        if one.a and one.b and one.a.row.recorded_at and one.b.row.recorded_at
    )
    return min([*cards, *ends[first - 1 : first]], default=None)


def _columns(some: Sequence[TaskRuns], ends: Sequence[Ends]) -> TaskColumns:
    return TaskColumns(
        [one.task for one in some],
        [str(one.block) for one in some],
        [one.cell for one in some],
        [a.features for a, _ in ends],
        [a.low for a, _ in ends],
        [b.features for _, b in ends],
        [b.high for _, b in ends],
        is_worst=True,
    )


def _worst(one: TaskRuns, looked: datetime | None) -> tuple[Ends, str]:
    """Return a task's two runs at their worst, and why they are not as the rows in force say."""
    late = [
        [was.row for was in run.earlier if looked is None or was.until is None or was.until >= looked]
        if run is not None
        else []
        for run in (one.a, one.b)
    ]
    sides = [
        [_ends(row, judged=judged) for row in _rows(run) + more] or [_missing(judged=judged)]
        for run, more, judged in ((one.a, late[0], False), (one.b, late[1], True))
    ]
    ends = min(((a, b) for a in sides[0] for b in sides[1]), key=_score)
    if one.lacks:
        return ends, one.lacks
    if not kept(one):
        return _exchanged(ends), "not done as its coin fell"
    if any(late):
        return ends, "changed after a look was possible"
    its = [run.row for run in (one.a, one.b) if run is not None]
    if any(map(_unseen, its)):
        return ends, "0 points for something delivered"
    return ends, "points outside of their own bounds" if any(map(_outside, its)) else ""


def _exchanged(ends: Ends) -> Ends:
    """Return the two runs so that what spoke for the candidate speaks against it."""
    a, b = ends
    if _score(ends)[0] <= 0:
        return ends
    return a._replace(low=b.high), b._replace(high=a.low)


def _rows(run: TaskRun | None) -> list[rows.Feature]:
    return [run.row] if run is not None else []


def _missing(*, judged: bool) -> RunEnds:
    """Return what a run that is not there could have been: nothing for a whole quota, or all for nothing."""
    return RunEnds(0.0 if judged else 1.0, 0.0, MOST_PP)


def _ends(row: rows.Feature, *, judged: bool) -> RunEnds:
    done = 0.0 if judged and row.state in NOT_DELIVERED else 1.0
    if row.points_pp is not None and not _unseen(row) and not _outside(row) and row.state != "blocked":
        return RunEnds(done, row.points_pp, row.points_pp)
    points = row.points_pp or 0.0
    low = min(points, row.points_low_pp or 0.0)
    return RunEnds(done, low, max(points, row.points_high_pp or MOST_PP))


def _unseen(row: rows.Feature) -> bool:
    """Return whether a run delivered something for 0 points, or for fewer than any meter can show."""
    return row.points_pp is not None and row.points_pp < LEAST_SHOWN and row.state not in NOT_DELIVERED


def _outside(row: rows.Feature) -> bool:
    """Return whether a run's points lie outside of what its row says they are between."""
    low, high = row.points_low_pp, row.points_high_pp
    points = row.points_pp or 0.0
    return (low is not None and points < low) or (high is not None and points > high)


def _score(ends: Ends) -> tuple[float, float]:
    """Return how two runs stand for the candidate at their worst ends, A used the least, B the most; ties by points."""
    from tracker.stats.task_flip import task_scores

    a, b = ends
    return float(task_scores([a.features], [a.low], [b.features], [b.high])[0]), a.low - b.high


def _first(one: TaskRuns) -> Ends:
    """Return the two runs as they were first recorded."""
    made = []
    for run, judged in ((one.a, False), (one.b, True)):
        if run is None:
            made.append(_missing(judged=judged))
        else:
            made.append(_ends(run.earlier[0].row if run.earlier else run.row, judged=judged))
    return made[0], made[1]


def kept(one: TaskRuns) -> bool:
    """Return whether both runs were done in the window, and these in the order, that the coin gave."""
    runs = [run for run in (one.a, one.b) if run is not None and run.dealt is not None]
    if any(run.row.window != run.dealt.window for run in runs if run.dealt is not None):
        return False
    if len(runs) < 2:
        return True
    (a, b), (deal_a, deal_b) = [run.row.started_at for run in runs], [run.dealt for run in runs]
    if a is None or b is None or a == b or deal_a is None or deal_b is None:
        return True
    if deal_a.turn is None or deal_b.turn is None or deal_a.turn == deal_b.turn:
        return True
    return (deal_a.turn < deal_b.turn) == (a < b)


def lines(evidence: TaskEvidence, others: Sequence[str], whole: Sequence[rows.Window]) -> list[str]:
    """Return what was taken out, changed or never played of the tasks, one sentence each."""
    every = [*evidence.scored, *evidence.lost]
    runs = _with_side(every)
    said = first_of([_changed(run) for run, _ in runs if run.earlier and not run.taken_back], "runs changed")
    named = _of_deal(evidence) | _of_runs(runs)
    said += [f"{what}: {counted(names)}" for what, names in named.items() if names]
    return [*said, *others, *between_tasks(every, whole)]


def _of_deal(evidence: TaskEvidence) -> dict[str, list[str]]:
    """Return the tasks that were not done, or not as they were dealt, by what is said of them."""
    return {
        "runs done again, so that every change counts at its worse": done_again(evidence),
        "tasks dealt again with another coin, of which the first counts": list(evidence.dealt_again),
        "tasks of which nobody can tell whether the coin's order was kept (no started_at)": [
            one.task
            for one in evidence.scored
            if any(
                run is not None and run.dealt is not None and run.row.started_at is None
                for run in (one.a, one.b)
            )
        ],
        "tasks that have no measured run in one arm or in both": [one.task for one in evidence.lost],
        "tasks not done as their coin fell": [one.task for one in evidence.scored if not kept(one)],
    }


def _of_runs(runs: Sequence[tuple[TaskRun, bool]]) -> dict[str, list[str]]:
    """Return the tasks of runs that count otherwise than their rows say, by what is said of them."""
    return {
        "runs undone": [f"{run.task} ({run.arm})" for run, _ in runs if run.taken_back],
        "candidate's runs failed or blocked, which count as nothing delivered": [
            run.task for run, judged in runs if judged and not delivered(run, judged=True)
        ],
        "baseline's runs failed or blocked, which count as delivered": [
            run.task for run, judged in runs if not judged and run.row.state in NOT_DELIVERED
        ],
        "runs that delivered for 0 points, below what a meter shows": [
            run.task for run, _ in runs if _unseen(run.row)
        ],
    }


def _with_side(every: Iterable[TaskRuns]) -> list[tuple[TaskRun, bool]]:
    """Return the runs that there are, each with whether it is the candidate's."""
    return [
        (run, judged) for one in every for run, judged in ((one.a, False), (one.b, True)) if run is not None
    ]


def _changed(run: TaskRun) -> str:
    was, now = run.earlier[0].row, run.row
    differ = [
        f"{name} {getattr(was, name)} -> {getattr(now, name)}"
        for name in ("points_pp", "state")
        if getattr(was, name) != getattr(now, name)
    ]
    return f"{run.task} ({run.arm}) changed: {', '.join(differ) or 'and back'}"


def _used(every: Iterable[TaskRuns]) -> dict[str | None, list[float]]:
    """Return the points of the runs in each window."""
    used: dict[str | None, list[float]] = {}
    for one in every:
        for run in (one.a, one.b):
            if run is not None and run.row.points_pp is not None:
                used.setdefault(run.row.window, []).append(run.row.points_pp)
    return used


def above_their_window(evidence: TaskEvidence, whole: Iterable[rows.Window]) -> list[str]:
    """Return a sentence for each window whose runs took more points than it did, by more than rounding explains."""
    used = _used([*evidence.scored, *evidence.lost])
    return [
        f"{window.window}: its runs add up to {sum(its):g} points, and the window took {window.capacity_pp:g}; correct "
        "what is wrong by a new row"
        for window in whole
        if (its := used.get(window.window)) and window.capacity_pp is not None
        if sum(its) - window.capacity_pp > 1.0 + len(its)
    ]


def between_tasks(every: Iterable[TaskRuns], whole: Iterable[rows.Window]) -> list[str]:
    """Return a sentence for each window of whose points more lie between its tasks than rounding explains."""
    used = _used(every)
    said = []
    for window in whole:
        its = used.get(window.window, [])
        left = (window.capacity_pp or 0.0) - sum(its)
        if its and left > 1.0 + len(its):
            said.append(
                f"{window.window}: {left:g} of its {window.capacity_pp:g} points lie between its tasks, "
                "and count for no arm"
            )
    return first_of(said, "windows with points between tasks")
