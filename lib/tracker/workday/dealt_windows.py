"""The deal: which windows were dealt to which arm, in which order, and how far each has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from tracker import rows
from tracker.windows import reading_pairs


class WindowTurn(msgspec.Struct, frozen=True):
    """One window of the deal."""

    window: str
    methodology: str | None
    block: int | str | None
    turn: int | None  # place in its block
    tasks: list[str]
    state: str  # to do, open, read, finished


class BegunWindow(NamedTuple):
    """A window that has a BEFORE and is not finished."""

    window: str
    provider: str
    agent_id: str
    since: datetime
    has_after: bool
    notes: list[str]


def turns(there: Sequence[rows.Row]) -> list[WindowTurn]:
    """Return the windows of the deal in the order in which they are to be done.

    Features that were dealt to one window are its tasks; a window without a block was not dealt.
    """
    finished = {row.window for row in there if isinstance(row, rows.Window)}
    read = {key.window: pair for key, pair in reading_pairs.best_pairs(there).items()}
    dealt: dict[str, list[rows.Feature]] = {}
    for row in there:
        if isinstance(row, rows.Feature) and row.state == "assigned" and row.window and row.block is not None:
            dealt.setdefault(row.window, []).append(row)
    made = []
    for window, tasks in dealt.items():
        pair = read.get(window)
        state = "to do"
        if window in finished:
            state = "finished"
        elif pair is not None and pair.before:
            state = "read" if pair.after else "open"
        first = tasks[0]
        names = [task.feature_id for task in tasks]
        arms = {task.methodology for task in tasks}
        methodology = first.methodology if len(arms) == 1 else None  # else each task has its own
        made.append(WindowTurn(window, methodology, first.block, first.turn, names, state))
    return sorted(made, key=lambda one: (isinstance(one.block, str), one.block, one.turn or 0))


def next_turn(dealt: Iterable[WindowTurn]) -> WindowTurn | None:
    """Return the first window that nobody has begun."""
    return next((one for one in dealt if one.state == "to do"), None)


def open_windows(there: Sequence[rows.Row], agent_id: str) -> list[BegunWindow]:
    """Return an agent's windows that were begun and are not finished, oldest first."""
    finished = {row.window for row in there if isinstance(row, rows.Window)}
    return [one for one in begun_windows(there, agent_id) if one.window not in finished]


def is_unmeasured(there: Sequence[rows.Row], window: str) -> bool:
    """Say whether a window is finished and names commits, and nobody has measured them."""
    done = [row for row in there if isinstance(row, rows.Window) and row.window == window]
    named = any(row.commit_start and row.commit_end and row.commit_start != row.commit_end for row in done)
    return named and not any(isinstance(row, rows.Churn) and row.window == window for row in there)


def begun_windows(there: Sequence[rows.Row], agent_id: str) -> list[BegunWindow]:
    """Return an agent's windows that have a BEFORE, finished or not, oldest first."""
    made = []
    for key, pair in reading_pairs.pairs(there).items():
        if key.agent_id == agent_id and pair.before is not None:
            before = pair.before
            made.append(
                BegunWindow(
                    key.window, key.provider, key.agent_id, before.ts, pair.after is not None, before.notes
                )
            )
    return sorted(made, key=lambda one: one.since)


def plan_of(there: Iterable[rows.Row]) -> rows.Experiment | None:
    """Return the registration in force, if there is one."""
    plans = [row for row in there if isinstance(row, rows.Experiment)]
    return max(plans, key=lambda row: row.ts) if plans else None
