"""Where a run of a task begins and ends within its window: marks that its deal allows, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from tracker import cli, rows
from tracker.windows import reading_pairs

STARTED, ENDED = "started", "ended"


class DealtRun(NamedTuple):
    """One arm's run of a task, as it was dealt, and how far it has come."""

    dealt: rows.Feature
    started: datetime | None
    ended: datetime | None

    @property
    def is_running(self) -> bool:
        """Whether it was begun and has not ended."""
        return self.started is not None and self.ended is None

    @property
    def where(self) -> str:
        """The run in words."""
        return f"{self.dealt.feature_id} in {self.dealt.window} ({self.dealt.methodology})"


def runs(there: Iterable[rows.Row]) -> list[DealtRun]:
    """Return the runs that were dealt, in the order of the deal; of several marks the last counts."""
    dealt: dict[tuple[str, str | None], rows.Feature] = {}
    marks: dict[tuple[str, str | None, str], datetime] = {}
    for row in there:
        if not isinstance(row, rows.Feature):
            continue
        if row.state == "assigned" and row.window and row.block is not None:
            dealt[row.feature_id, row.window] = row
        elif row.state in (STARTED, ENDED):
            marks[row.feature_id, row.window, row.state] = row.ts
    return [DealtRun(row, marks.get((*key, STARTED)), marks.get((*key, ENDED))) for key, row in dealt.items()]


def runs_in(
    there: Iterable[rows.Row], window: str, arm: str | None
) -> list[tuple[datetime, datetime | None]] | None:
    """Return when an arm's tasks ran in a window, each from its start to its end; None when no task there was marked."""
    marked = [run for run in runs(there) if run.dealt.window == window and run.started]
    mine = [(run.started, run.ended) for run in marked if run.started and run.dealt.methodology == arm]
    return mine if marked else None


def to_start(there: Sequence[rows.Row], task: str, window: str | None) -> DealtRun:
    """Return the run of a task that begins: in the window that is open, else the first that nobody began.

    Raises cli.Stop: 66 for a task that is not dealt, 75 when it was begun, or when another runs in its window.
    """
    every = runs(there)
    mine = _of(every, task, window)
    free = [run for run in mine if run.started is None]
    if not free:
        raise cli.Stop(
            cli.TRY_LATER,
            f"{task} was begun already ({', '.join(run.dealt.window or '' for run in mine)}); take its mark back "
            "with `ledger-undo`, or name another task",
        )
    opened = {
        key.window for key, pair in reading_pairs.pairs(there).items() if pair.before and not pair.after
    }
    run = next((one for one in free if one.dealt.window in opened), free[0])
    busy = next((one for one in every if one.is_running), None)
    if busy:
        raise cli.Stop(
            cli.TRY_LATER,
            f"{busy.where} runs since {busy.started:%H:%M} UTC; end it first: `tracker task end {busy.dealt.feature_id}`",
        )
    return run


def to_end(there: Sequence[rows.Row], task: str, window: str | None) -> DealtRun:
    """Return the run of a task that is under way; cli.Stop (75) when none is."""
    mine = _of(runs(there), task, window)
    run = next((one for one in mine if one.is_running), None)
    if run is None:
        seen = "has ended already" if any(one.ended for one in mine) else "was not begun"
        what = (
            "take its mark back with `ledger-undo`, or name another task"
            if all(one.ended for one in mine)
            else f"begin it with `tracker task start {task}`"
        )
        raise cli.Stop(cli.TRY_LATER, f"{task} {seen}; {what}")
    return run


def _of(every: Sequence[DealtRun], task: str, window: str | None) -> list[DealtRun]:
    mine = [run for run in every if run.dealt.feature_id == task and window in (None, run.dealt.window)]
    if mine:
        return mine
    names = list(dict.fromkeys(run.dealt.feature_id for run in every))
    seen = f"dealt: {cli.some(names)}" if names else "no task is dealt"
    where = f" to {window}" if window else ""
    raise cli.Stop(
        cli.NOTHING,
        f"{task} was not dealt{where} ({seen}); deal tasks with `tracker assign-tasks --per-window N`",
    )


def out_of_turn(there: Sequence[rows.Row], run: DealtRun) -> str | None:
    """Return a sentence when a block's second window begins before every task of its first has ended."""
    if run.dealt.turn != 2:
        return None
    open_ones = [
        one.dealt.feature_id
        for one in runs(there)
        if (one.dealt.block, one.dealt.turn) == (run.dealt.block, 1) and one.ended is None
    ]
    if not open_ones:
        return None
    return f"the first window of block {run.dealt.block} still has {cli.some(open_ones)}; the order is part of the test"


def mark(run: DealtRun, state: str, at: datetime) -> rows.Feature:
    """Return the row that says when a run began or ended; cli.Stop (65) for an end before its start."""
    if state == ENDED and run.started is not None and at < run.started:
        raise cli.Stop(
            cli.BAD_INPUT,
            f"{run.where} began at {run.started:%F %T} UTC, after this end ({at:%F %T} UTC); give a later --at",
        )
    dealt = run.dealt
    return rows.Feature(
        ts=at,
        feature_id=dealt.feature_id,
        window=dealt.window,
        methodology=dealt.methodology,
        capability=dealt.capability,
        block=dealt.block,
        turn=dealt.turn,
        predicted_size=dealt.predicted_size,
        state=state,
    )


def at_mark(reading: rows.Snapshot, run: DealtRun, state: str) -> rows.Snapshot:
    """Return a reading as that of a run's start or end; the window's own BEFORE and AFTER are others."""
    return msgspec.structs.replace(
        reading,
        window=run.dealt.window,
        feature_id=run.dealt.feature_id,
        phase="before" if state == STARTED else "after",
    )


def of_session(usage: Iterable[rows.Usage], session: str) -> tuple[datetime, datetime]:
    """Return when a session's first request began and its last reply ended; cli.Stop (66) without any."""
    first: datetime | None = None
    last: datetime | None = None
    for row in usage:
        if row.session_id == session:
            began = row.ts - timedelta(milliseconds=row.latency_ms or 0.0)
            first, last = min(first or began, began), max(last or row.ts, row.ts)
    if first is None or last is None:
        raise cli.Stop(
            cli.NOTHING, f"no request of session {session} in the log; see the session_id of its rows"
        )
    return first, last
