"""Efficiency by task: whether B takes fewer points for a task than A, by the registered test over tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.evidence.registration import LEAST_LOOK
from tracker.evidence.tables import Tables, TaskColumns
from tracker.verdict.gates.features_per_point import EQUAL, MOST_TO_INVERT, NAME, SOFT_ALPHA
from tracker.verdict.gates.gate import FAIL, PASS, SOFT, UNDECIDED, Gate, GateKind, Looks, ScoreLine

if TYPE_CHECKING:
    from tracker.stats.task_flip import TaskFlip

Four = tuple[list[float], list[float], list[float], list[float]]


def columns(tables: Tables) -> TaskColumns:
    """Return the points of the tasks."""
    assert tables.by_task is not None
    return tables.by_task


def judge(found: TaskColumns, margin: float, looks: Looks) -> Gate:
    """Ask the test over tasks at its registered end; failed when it rejects the other way round."""
    from tracker.stats import comparison, sequential
    from tracker.stats.task_flip import BEST, UNLIKE, task_flip, task_scores

    count = len(found.tasks)
    gate = Gate(NAME, "ratio", ">", margin, "tasks", n=count, why="no task was done in both arms")
    if not count:
        return gate
    four = times(found, 1.0)
    gate = gate._replace(
        estimate=comparison.paired(*four).estimate, table=table(found, task_scores(*four).tolist())
    )
    if min(count, looks.blocks) > sequential.MOST_BLOCKS:
        return gate._replace(why=f"the exact test goes up to {sequential.MOST_BLOCKS} tasks")

    def test(alpha: float, ratio: float = 1.0, sign: float = 1.0) -> TaskFlip:
        its: Four = times(found, ratio) if sign > 0 else (*four[2:], *four[:2])
        return task_flip(its, found.blocks, found.cells, looks.blocks, max(looks.first, LEAST_LOOK), alpha)

    def bound(alpha: float) -> float | None:
        if gate.estimate is None or found.is_worst or min(count, looks.blocks) > MOST_TO_INVERT:
            return None
        return sequential.lower_bound(lambda ratio: test(alpha, ratio).rejected_at is not None, gate.estimate)

    strict = test(looks.alpha)
    last = strict.looks[-1] if strict.looks else None
    if strict.rejected_at:
        verdict, why = PASS, f"rejected at task {strict.rejected_at} of {looks.blocks}"
    elif test(looks.alpha, sign=-1.0).rejected_at:
        verdict, why = FAIL, "the candidate takes more points for a task"
    elif test(SOFT_ALPHA).rejected_at:
        verdict, why = SOFT, "rejects at 20 %, not at 5 %"
    else:
        verdict, why = UNDECIDED, f"{min(count, looks.blocks)} of {looks.blocks} tasks"
    if strict.cells:
        why += f"; windows differ, so {strict.cells} cells were exchanged as wholes too"
    if strict.unlike is not None and strict.unlike < UNLIKE:
        why += f"; the candidate's runs scatter more, so the points' sum without its {BEST} best tasks was asked too"
    if strict.held_back:
        why += f"; the tasks reject, {' and '.join(strict.held_back)} not"
    return gate._replace(
        verdict=verdict,
        why=why,
        bound=bound(looks.alpha),
        soft_bound=bound(SOFT_ALPHA),
        spent=last.alpha if last else 0.0,
        score=ScoreLine(
            strict.score,
            strict.threshold,
            last.n if last else 0,
            last.alpha if last else 0.0,
            of_units=dict(zip(found.tasks[: last.n if last else 0], gate.table["score"], strict=False)),
        ),
        looks=_asked(found, looks),
    )


def _asked(found: TaskColumns, looks: Looks) -> dict[str, list[Any]]:
    """Return how likely windows and runs differ as much by themselves, an entry a look."""
    from tracker.stats import task_flip

    fa, pa, fb, pb = times(found, 1.0)
    scores = task_flip.task_scores(fa, pa, fb, pb)
    ends = task_flip.look_ends(
        found.blocks, min(len(found.tasks), looks.blocks), max(looks.first, LEAST_LOOK)
    )
    return {
        "tasks": list(ends),
        "p_windows": [
            min(task_flip.clustered(scores[:n], groups[:n]) for groups in (found.cells, found.blocks))
            for n in ends
        ],
        "p_b": [task_flip.scatters_more(pa[:n], pb[:n]) for n in ends],
        "p_a": [task_flip.scatters_more(pb[:n], pa[:n]) for n in ends],
    }


def times(found: TaskColumns, ratio: float) -> Four:
    """Return features and points of A and of B, B's points multiplied by a ratio."""
    return (
        found.features_a,
        found.points_a,
        found.features_b,
        [ratio * points for points in found.points_b],
    )


def table(found: TaskColumns, its: list[float]) -> dict[str, list[object]]:
    """Return what the test was computed from, an entry a task."""
    return {
        "task": list(found.tasks),
        "block": list(found.blocks),
        "cell": list(found.cells),
        "score": list(its),
        "features_a": list(found.features_a),
        "points_a": list(found.points_a),
        "features_b": list(found.features_b),
        "points_b": list(found.points_b),
    }


GATE = GateKind(
    name=NAME,
    label="efficiency: points for a task, A over B",
    about="sign-flip over tasks done in both arms, (a - b)/(a + b); where windows differ, over cells too; where the "
    "better arm's runs scatter more, of the points' sum too",
    margin=None,
    columns=columns,
    judge=judge,
    fixed=EQUAL,
    next_row="a task: `tracker task start` and `tracker task end` in both arms",
)
