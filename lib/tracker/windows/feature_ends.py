"""What a window delivered, task by task, as typed at its end: `F-1=0.9`, `F-2=0.8,blocked`."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeGuard

from tracker import cli, rows
from tracker.windows import deal_by_task, task_marks, task_points

OPEN = {"reserved", "ready", "blocked"}  # states that a task's end closes
STATES = ("delivered", "failed", "blocked")


class Delivered(NamedTuple):
    """One task's end."""

    feature_id: str
    quality: float | None  # 0..1; None: not graded
    state: str  # one of STATES


def parse(text: str) -> Delivered:
    """Return what one `--feature` says; cli.WrongValue says what it may be.

    >>> parse("F-1=0.9"), parse("F-2=0.8,blocked"), parse("F-3,failed")
    (Delivered(feature_id='F-1', quality=0.9, state='delivered'), Delivered(feature_id='F-2', quality=0.8, state='blocked'), Delivered(feature_id='F-3', quality=None, state='failed'))
    """
    graded, *words = [word.strip() for word in text.split(",")]
    name, equals, grade = (
        (part.strip() for part in graded.rpartition("=")) if "=" in graded else (graded, "", "")
    )
    states = [word for word in words if word in STATES]
    if not name or len(states) != len(words) or len(states) > 1 or (not equals and _is_grade(name)):
        raise cli.WrongValue(f"{text!r} is no feature; write F-1, F-1=0.9 or F-1=0.9,{'|'.join(STATES)}")
    quality = None
    if equals:
        try:
            quality = float(grade)
        except ValueError:
            quality = -1.0
        if not 0 <= quality <= 1:
            raise cli.WrongValue(f"{text!r}: the quality of {name} is a number from 0 to 1 ({grade!r})")
    return Delivered(name, quality, states[0] if states else "delivered")


def _is_grade(text: str) -> bool:
    """Say whether what stands for a task's name is its quality, the name forgotten.

    >>> [_is_grade(text) for text in ("0.9", "1", "nan", "1.0001", "17", "F-1")]
    [True, True, True, True, False, False]
    """
    try:
        value = float(text)
    except ValueError:
        return False
    return not text.isdecimal() or value <= 1


QUESTION = "what was delivered? one feature a line, as F-1=0.9 or F-2,blocked; an empty line ends"
OPEN_STILL = "nothing was recorded, and the window stays open; type it again, or name what was delivered"


def ask(read_line: Callable[[], str], dealt: Sequence[str] = ()) -> list[Delivered]:
    """Ask a person what a window delivered, and return the answer, task by task; none is an answer too.

    `read_line` returns a line with its end, and nothing at the end of input: then, as after Ctrl-D, nothing
    is known, and cli.Stop (75) says that the window stays open.  `dealt` are the tasks that the window has.
    """
    cli.aside(
        f"{QUESTION}, Ctrl-C keeps the window open" + (f" (dealt: {cli.some(dealt, 8)})" if dealt else "")
    )
    made: list[Delivered] = []
    while True:
        line = read_line()
        if not line:
            raise cli.Stop(cli.TRY_LATER, OPEN_STILL)
        if not line.strip():
            return made
        try:
            one = parse(line.strip())
            refuse_doubles([*made, one])
            made.append(one)
        except (cli.WrongValue, cli.Stop) as wrong:
            cli.aside(f"{wrong}; type that line again")


def dealt_to(there: Iterable[rows.Row], window: str) -> list[str]:
    """Return the tasks that were dealt to a window, or reserved for it."""
    return [
        row.feature_id
        for row in there
        if isinstance(row, rows.Feature) and row.window == window and row.state in ("assigned", "reserved")
    ]


def count(some: Iterable[Delivered]) -> int:
    """Return how many tasks count as features delivered: neither failed nor blocked."""
    return sum(one.state == "delivered" for one in some)


def quality(some: Sequence[Delivered]) -> float | None:
    """Return the mean quality of the graded tasks; None when none is graded."""
    grades = [one.quality for one in some if one.quality is not None]
    return sum(grades) / len(grades) if grades else None


def outcome(some: Sequence[Delivered]) -> str:
    """Return how a window ended: pass when every task was delivered, fail when none was, else partial."""
    done = count(some)
    return "pass" if done == len(some) else "partial" if done else "fail"


def refuse_doubles(some: Sequence[Delivered]) -> None:
    """Raise cli.Stop (2) when a task is named twice."""
    names = [one.feature_id for one in some]
    again = next((name for name in names if names.count(name) > 1), None)
    if again:
        raise cli.Stop(cli.USAGE, f"--feature {again} is given twice; every task ends once")


def provider_of(there: Iterable[rows.Row], window: str) -> str:
    """Return whose readings a window has first of all; claude when it has none."""
    return next(
        (row.provider for row in there if isinstance(row, rows.Snapshot) and row.window == window), "claude"
    )


def run_fields(there: Sequence[rows.Row], window: str) -> dict[str, dict[str, Any]]:
    """Return what each task's run in a window that was dealt by task has of its own, by task."""
    dealt = {run.dealt.feature_id: run.dealt for run in task_marks.runs(there) if run.dealt.window == window}
    return {
        name: {
            "methodology": dealt[name].methodology,
            "block": dealt[name].block,
            "turn": dealt[name].turn,
            "points_pp": run.points,
            "points_low_pp": run.low,
            "points_high_pp": run.high,
            "points_quota": run.quota,
            "started_at": run.started_at,
            "ended_at": run.ended_at,
        }
        for name, run in task_points.points(there, window).items()
    }


def not_known(some: Iterable[Delivered], there: Sequence[rows.Row], window: str) -> list[str]:
    """Return a sentence for each task that is none of the window's deal, or whose points nobody knows."""
    if not deal_by_task.is_by_task(there, window):
        return _not_dealt([one.feature_id for one in some], there, window)
    found = task_points.points(there, window)
    said = [
        f"{one.feature_id} was not dealt to {window}, so it counts for no arm"
        for one in some
        if one.feature_id not in found
    ]
    return said + [
        f"{one.feature_id}: its points are not known ({run.why}); in a verdict it counts at its worst"
        for one in some
        if (run := found.get(one.feature_id)) is not None and run.points is None
    ]


def _not_dealt(named: Sequence[str], there: Sequence[rows.Row], window: str) -> list[str]:
    """Return a sentence for each named task that was dealt elsewhere or nowhere, and one for those left out."""
    dealt = [
        row.feature_id
        for row in there
        if isinstance(row, rows.Feature) and row.window == window and row.state == "assigned"
    ]
    left = [name for name in dealt if name not in named]
    if not dealt or not named:
        return []
    return [
        f"{name} was not dealt to {window} ({cli.some(dealt, 8)} was); if that is a slip, correct it: `ledger-cat | "
        f"complete-window --window {shlex.quote(window)} --supersede --feature {(left or dealt)[0]}=0.9 | ledger-append`"
        for name in named
        if name not in dealt
    ] + ([f"of what was dealt to {window}, {cli.some(left, 8)} is not named"] if left else [])


def taken_back(
    some: Iterable[Delivered], there: Iterable[rows.Row], window: str, at: datetime
) -> list[rows.Undo]:
    """Return what takes back the ends of tasks that a correction of a window's tasks does not name any more."""
    named = {one.feature_id for one in some}
    return [
        rows.Undo(ts=at, undoes=row.row_id, reason=f"{window} was corrected, without {row.feature_id}")
        for row in there
        if is_end(row, window) and row.row_id and row.feature_id not in named
    ]


def is_end(row: rows.Row, window: str) -> TypeGuard[rows.Feature]:
    """Say whether a row tells how a task ended in a window."""
    return isinstance(row, rows.Feature) and row.window == window and row.state in STATES


def feature_rows(
    some: Iterable[Delivered], there: Iterable[rows.Row], window: str, methodology: str | None, at: datetime
) -> list[rows.Feature]:
    """Return one row a task: its quality, its end, and what its reservation or deal said of it.

    A reservation, or a spec that waited, is closed: the new row supersedes it, as it does what was said of the
    task's end in this window before.  A deal stays as it was dealt.
    Of a window that was dealt by task each row has its task's arm, and the points of its run with their bounds.
    """
    listed = list(there)
    known: dict[str, rows.Feature] = {}
    for row in listed:
        if isinstance(row, rows.Feature) and row.window in (None, window):
            known[row.feature_id] = row
    ended = {row.feature_id: row for row in listed if is_end(row, window)}
    runs = run_fields(listed, window) if deal_by_task.is_by_task(listed, window) else {}
    made = []
    for one in some:
        before = known.get(one.feature_id)
        open_ = before if before is not None and before.state in OPEN else ended.get(one.feature_id)
        made.append(
            rows.Feature(
                ts=at,
                feature_id=one.feature_id,
                window=window,
                **({"methodology": methodology} | runs.get(one.feature_id, {})),
                capability=before.capability if before else None,
                predicted_size=before.predicted_size if before else None,
                provider=before.provider if before else None,
                state=one.state,
                quality_score=one.quality,
                supersedes=open_.row_id if open_ else None,
            )
        )
    return made
