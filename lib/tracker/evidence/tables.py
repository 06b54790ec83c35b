"""What the gates read: blocks, tasks and traffic of the plan's two arms, without the rows' other fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tracker import rows
from tracker.evidence.delivered import PRICED
from tracker.evidence.facts import Key, Names
from tracker.evidence.pairing import BlockPair
from tracker.evidence.runs import TaskEvidence, delivered

NOT_DONE = {
    "assigned",
    "reserved",
    "ready",
    "started",
    "ended",
    "blocked",
}  # states of a feature that nobody delivered yet


class Task(NamedTuple):
    """What one arm made of one feature."""

    feature_id: str
    block: str | None  # the complete block in which it was done; None: in none
    quality: float | None  # 0..1
    cost_usd: float | None


class Traffic(NamedTuple):
    """One window's requests through the router."""

    window: str
    block: str | None  # the complete block of the window
    errors: float | None  # None: not counted
    requests: float
    p95_ms: float | None


class Side(NamedTuple):
    """One arm's part of the tables."""

    methodology: str
    tasks: Mapping[str, Task]  # by feature_id
    traffic: tuple[Traffic, ...]


class TaskColumns(NamedTuple):
    """Both arms' points of each task, where the plan's unit is the task."""

    tasks: list[str]
    blocks: list[str]
    cells: list[str]
    features_a: list[float]  # 1 or 0: whether the run counts as delivered
    points_a: list[float]
    features_b: list[float]
    points_b: list[float]
    is_worst: bool = (
        False  # counted at their worst, or as first recorded: asked for a word, never for a bound
    )


class Tables(NamedTuple):
    """What the gates read."""

    blocks: tuple[BlockPair, ...]  # complete and registered ones, in the order in which they ended
    tested: frozenset[str]  # their names
    a: Side  # baseline
    b: Side  # candidate
    by_task: TaskColumns | None = None  # where the unit is the task; the blocks are then its cells
    several_people: bool = False  # whether the windows are of more than one person

    @property
    def block_of_cell(self) -> dict[str, str]:
        """The block of each cell, where the unit is the task."""
        return dict(zip(self.by_task.cells, self.by_task.blocks, strict=True)) if self.by_task else {}

    @property
    def person_of_block(self) -> dict[str, str]:
        """Whose each tested block is; empty where all are of one person, or the unit is the task."""
        if not self.several_people or self.by_task is not None:
            return {}
        return {block.name: block.a.person or block.b.person or "" for block in self.blocks}


def task_columns(evidence: TaskEvidence, most: int) -> TaskColumns:
    """Return the columns of the tasks that are scored, at most so many."""
    some = [(one, one.a, one.b) for one in evidence.scored[:most]]
    known = [(one, a, b) for one, a, b in some if a is not None and b is not None]
    return TaskColumns(
        [one.task for one, _, _ in known],
        [str(one.block) for one, _, _ in known],
        [one.cell for one, _, _ in known],
        [float(delivered(a, judged=False)) for _, a, _ in known],
        [a.row.points_pp or 0.0 for _, a, _ in known],
        [float(delivered(b, judged=True)) for _, _, b in known],
        [b.row.points_pp or 0.0 for _, _, b in known],
    )


def tables_of(
    blocks: Sequence[BlockPair],
    arms: tuple[str, str],
    windows: Sequence[rows.Window],
    features: Iterable[rows.Feature],
    telemetry: Mapping[Key, rows.ProxyTelemetry],
    names: Names,
    most: int,
) -> Tables:
    """Return the tables of two arms, the baseline first; of the blocks the first `most` are tested."""
    of_arm: dict[str | None, list[rows.Feature]] = {}
    for row in features:
        of_arm.setdefault(names.arm_of(row), []).append(row)
    sides = []
    for side, methodology in enumerate(arms):
        block_of = {(pair.b if side else pair.a).window: pair.name for pair in blocks}
        its = [window for window in windows if window.methodology == methodology]
        sides.append(
            Side(
                methodology,
                _tasks(its, of_arm.get(methodology, []), block_of),
                tuple(
                    _traffic(row, block_of) for row in telemetry.values() if names.arm_of(row) == methodology
                ),
            )
        )
    tested = tuple(blocks[:most])
    several = len({window.person for window in windows}) > 1
    return Tables(
        tested, frozenset(block.name for block in tested), a=sides[0], b=sides[1], several_people=several
    )


def _tasks(
    windows: Sequence[rows.Window], its: Sequence[rows.Feature], block_of: Mapping[str, str]
) -> dict[str, Task]:
    """Return an arm's tasks: quality and cost of a task's own row, else its windows' quality."""
    made: dict[str, Task] = {}
    for feature_id, (score, window) in _quality_of_windows(windows, its).items():
        made[feature_id] = Task(feature_id, block_of.get(window), score, None)
    for row in its:
        known = made.get(row.feature_id) or Task(row.feature_id, None, None, None)
        made[row.feature_id] = Task(
            row.feature_id,
            block_of.get(row.window or "", known.block),
            known.quality if row.quality_score is None else row.quality_score,
            known.cost_usd if row.cost_usd is None else row.cost_usd,
        )
    return made


def _quality_of_windows(
    windows: Sequence[rows.Window], its: Sequence[rows.Feature]
) -> dict[str, tuple[float, str]]:
    """Return the mean quality, and the last, of the windows that did each feature, as their rows or its own name them."""
    known = {window.window: window for window in windows if window.quality_score is not None}
    done = [(window.feature_id, name) for name, window in known.items() if window.feature_id]
    done += [
        (row.feature_id, row.window)
        for row in its
        if row.window in known and row.state not in NOT_DONE and row.state != PRICED
    ]
    # A row that prices a window's features together is no task beside them; alone it stands for them.
    named = {name for _, name in done}
    done += [
        (row.feature_id, row.window)
        for row in its
        if row.state == PRICED and row.window in known and row.window not in named
    ]
    scores: dict[str, list[tuple[float, str]]] = {}
    for feature_id, name in dict.fromkeys(done):
        scores.setdefault(feature_id, []).append((known[name].quality_score or 0.0, name))
    return {
        feature_id: (sum(score for score, _ in some) / len(some), some[-1][1])
        for feature_id, some in scores.items()
    }


def _traffic(row: rows.ProxyTelemetry, block_of: Mapping[str, str]) -> Traffic:
    errors: float | None = row.errors
    if errors is None and row.error_rate is not None:
        errors = round(row.error_rate * row.total_prompts)
    return Traffic(
        row.window,
        block_of.get(row.window),
        None if errors is None else float(min(errors, row.total_prompts)),
        float(row.total_prompts),
        row.p95_latency_ms,
    )
