"""What a window delivered, task by task, as typed at its end: `F-1=0.9`, `F-2=0.8,blocked`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

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
    if not name or len(states) != len(words) or len(states) > 1:
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
    """Return a sentence for each task that was not dealt to a window dealt by task, or whose points nobody knows."""
    if not deal_by_task.is_by_task(there, window):
        return []
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


def feature_rows(
    some: Iterable[Delivered], there: Iterable[rows.Row], window: str, methodology: str | None, at: datetime
) -> list[rows.Feature]:
    """Return one row a task: its quality, its end, and what its reservation or deal said of it.

    A reservation, or a spec that waited, is closed: the new row supersedes it.  A deal stays as it was dealt.
    Of a window that was dealt by task each row has its task's arm, and the points of its run with their bounds.
    """
    listed = list(there)
    known: dict[str, rows.Feature] = {}
    for row in listed:
        if isinstance(row, rows.Feature) and row.window in (None, window):
            known[row.feature_id] = row
    runs = run_fields(listed, window) if deal_by_task.is_by_task(listed, window) else {}
    made = []
    for one in some:
        before = known.get(one.feature_id)
        open_ = before is not None and before.state in OPEN
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
                supersedes=before.row_id if before and open_ else None,
            )
        )
    return made
