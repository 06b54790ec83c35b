"""Compute finished windows again from their readings, and compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from tracker import cli, clock, rows
from tracker.windows import finish, reading_pairs

NUMBERS = ("capacity_pp", "capacity_low_pp", "capacity_high_pp", "weekly_pp", "glm_credits", "glm_pp")
TIMES = ("started_at", "ended_at")  # by which blocks are put in order, and held against their coins


def differences(all_rows: Sequence[rows.Row]) -> Iterator[str]:
    """Yield, for a person, every number of a finished window that its readings in force do not give.

    Windows without any reading in these rows are passed over: there is nothing to compute from.
    """
    measured = {key.window for key in reading_pairs.pairs(all_rows)}
    for row in all_rows:
        if not isinstance(row, rows.Window) or row.window not in measured:
            continue
        try:
            again = finish.finish(
                all_rows,
                row.window,
                row.methodology,
                row.features_by_provider or {row.provider: row.features},
                agent_id=_agent(row),
                supersede=True,
            ).row
        except cli.Stop as wrong:
            yield f"{row.window}: {wrong}"
            continue
        for name in NUMBERS:
            was, is_now = getattr(row, name), getattr(again, name)
            if was != is_now:
                yield f"{row.window}: {name} is {_shown(was)}, its readings give {_shown(is_now)}"
        for name in TIMES:
            at, read_at = getattr(row, name), getattr(again, name)
            if at is not None and at != read_at:
                yield f"{row.window}: {name} is {_at(at)}, its readings say {_at(read_at)}"


def _at(time: datetime | None) -> str:
    return "no time" if time is None else clock.text(time)


def _shown(number: float | None) -> str:
    return "null" if number is None else format(number, "g")


def _agent(row: rows.Window) -> str | None:
    return next((note.removeprefix("agent:") for note in row.notes if note.startswith("agent:")), None)
