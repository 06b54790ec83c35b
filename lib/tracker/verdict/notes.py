"""Facts about a stream's rows that a reader must know, each a sentence; preview and card say the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tracker import jsonl, rows
from tracker.evidence import registration
from tracker.evidence.facts import Facts, Names, telemetry_came_again
from tracker.evidence.pairing import ArmWindows, BlockPair, BrokenBlock, columns
from tracker.evidence.runs import TaskRuns
from tracker.evidence.tables import TaskColumns, task_columns
from tracker.verdict import anomalies

MOST_FALSE = 15  # percent of claims by task at 5 %, in the worst family of docs/statistics/tasks.md


def of_rows(facts: Facts) -> list[str]:
    """Return what is unusual about the rows themselves."""
    windows, arms = facts.windows, (facts.baseline, facts.candidate)
    labels = {"baseline": facts.plan.baseline, "candidate": facts.plan.candidate}
    said = [
        windows_again(facts.came_again),
        by_hand(facts),
        came_again(
            "windows with several telemetry rows", telemetry_came_again(facts.all_telemetry, facts.names)
        ),
        armless([*facts.all_telemetry, *facts.features], facts.names),
        came_again(
            "features with several quality scores or costs in one arm",
            features_came_again(facts.features, facts.names),
        ),
        without_block(facts.pairing.loose, sum(len(arm.all) for arm in arms)),
        undated([window for arm in arms for window in arm.all]),
        undated_plan(facts.plan) if facts.plans else None,
        more_than_a_quota(windows),
        late_after(windows),
        elsewhere(facts.telemetry_elsewhere),
        prices_of_other_days(facts.features, facts.names, labels),
    ]
    return [
        *(one for one in said if one),
        *anomalies.explain_nothing(facts.anomalies),
        *without_telemetry(labels, facts.names, set(facts.telemetry)),
        *first_of(odd_telemetry(facts.telemetry.values()), "windows with odd telemetry"),
    ]


def of_tasks(facts: Facts) -> list[str]:
    """Return what to know of the tasks, where the plan's unit is the task."""
    if facts.plan.unit != registration.TASK:
        return []
    return [
        said
        for said in (
            waiting(facts.tasks.waiting),
            at_their_bounds(
                task_columns(facts.tasks, registration.units(facts.plan)), facts.tasks.scored, facts.plan
            ),
        )
        if said
    ]


def waiting(names: Sequence[str]) -> str | None:
    """Return which tasks are of a block that is not in yet."""
    return f"tasks of blocks that are not in yet, which no look takes: {counted(names)}" if names else None


def at_their_bounds(columns: TaskColumns, scored: Sequence[TaskRuns], terms: rows.Experiment) -> str | None:
    """Return whether the test rejects with every task's points at the worst end of its bounds; never the gate."""
    from tracker.stats.sequential import MOST_BLOCKS
    from tracker.stats.task_flip import task_flip

    some = [(one.a, one.b) for one in scored[: len(columns.tasks)]]
    ends = [(a.row.points_low_pp, b.row.points_high_pp) for a, b in some if a is not None and b is not None]
    if not ends or len(ends) > MOST_BLOCKS:
        return None
    unbounded = [task for task, (low, high) in zip(columns.tasks, ends, strict=True) if None in (low, high)]
    if unbounded:
        return f"tasks whose points no later reading bounds: {counted(unbounded)}; read the meter once more after the last one"
    low, high = [low or 0.0 for low, _ in ends], [high or 0.0 for _, high in ends]
    test = task_flip(
        (columns.features_a, low, columns.features_b, high),
        columns.blocks,
        columns.cells,
        registration.units(terms),
        terms.first_look,
        terms.alpha,
    )
    what = "still rejects" if test.rejected_at else "does not reject"
    return f"with every task at the worst end of its bounds (rounding and lag) the test {what}; a second line, no gate"


def by_hand(facts: Facts) -> str | None:
    """Return that several ledgers stand behind one another, which no row says whose they are."""
    if not facts.chain.again or facts.chain.contradicts:
        return None
    return (
        "several ledgers came in one stream, and nobody can tell which row was first; "
        "`ledger-merge PERSON=FOLDER ...` keeps people apart"
    )


def windows_again(names: Sequence[str]) -> str | None:
    """Return that some windows came more than once, and what to do when they are of several people."""
    said = came_again("windows that came more than once", names)
    return f"{said} (of several people: `ledger-merge` keeps them apart)" if said else None


def came_again(what: str, names: Sequence[str]) -> str | None:
    """Return that some came more than once, of which the last counts."""
    return f"{what}: {counted(names)}; the last row counts" if names else None


def armless(some: Iterable[rows.Feature | rows.ProxyTelemetry], names: Names) -> str | None:
    """Return whose rows count for no arm, where several arms use their window's name."""
    without = (
        sorted({row.window for row in some if row.window and names.arm_of(row) is None})
        if names.shared
        else []
    )
    if not without:
        return None
    return f"rows without a methodology, of windows in several arms: {counted(without)}; they count for none"


def features_came_again(features: Iterable[rows.Feature], names: Names) -> list[str]:
    """Return the features with several scores, or several costs, in one arm."""
    seen: set[object] = set()
    again: dict[str, None] = {}
    for row in features:
        arm = names.arm_of(row)
        for field in ("quality_score", "cost_usd"):
            if getattr(row, field) is not None:
                if (arm, row.feature_id, field) in seen:
                    again[row.feature_id] = None
                seen.add((arm, row.feature_id, field))
    return list(again)


def without_block(loose: Sequence[BrokenBlock], windows: int) -> str | None:
    """Return which windows name no block, unless none of them does."""
    if not 0 < len(loose) < windows:
        return None
    names = [block.name for block in loose]
    return f"windows without a block: {counted(names)}; in the worst case they count as lost blocks"


def undated(windows: Iterable[rows.Window]) -> str | None:
    """Return how many windows have no time."""
    count = sum((window.started_at or window.ts).year == 1 for window in windows)
    if not count:
        return None
    return f"windows without a ts: {count}; taken as the first ones, in the order in which they came"


def undated_plan(plan: rows.Experiment) -> str | None:
    """Return what is made of a registration without a time."""
    if jsonl.has_time(plan):
        return None
    return "the registration has no ts: it is taken as registered before the data"


def more_than_a_quota(windows: Iterable[rows.Window]) -> str | None:
    """Return which windows used more than a whole quota."""
    over = [window.window for window in windows if not window.errors and (window.capacity_pp or 0) > 100]
    return f"more than 100 points in one window: {some(over)}; check the readings" if over else None


def late_after(windows: Iterable[rows.Window]) -> str | None:
    """Return which windows were read later than they should have been."""
    late = [window.window for window in windows if "late-after" in window.notes]
    return f"late-after readings: {some(late)}" if late else None


def without_telemetry(labels: dict[str, str], names: Names, known: set[tuple[str, str | None]]) -> list[str]:
    """Return the windows of each arm (role: methodology) without telemetry, where any window has it."""
    said = []
    for role, methodology in labels.items() if known else ():
        its = names.of(methodology)
        without = [name for name in its if names.key(name, methodology) not in known]
        if without:
            said.append(f"{len(without)} of {len(its)} {role} windows have no telemetry: {some(without)}")
    return said


def odd_telemetry(telemetry: Iterable[rows.ProxyTelemetry]) -> list[str]:
    """Return counts that cannot be, or say nothing."""
    odd = []
    for row in telemetry:
        if not row.total_prompts:
            odd.append(f"{row.window}: telemetry of no request, left out of the error rate")
        if row.p95_latency_ms == 0:
            odd.append(f"{row.window}: a p95 latency of 0, left out")
        if row.refused_lines:
            odd.append(
                f"{row.window}: {row.refused_lines:,} lines of its log were no request's and count nowhere; "
                f"{row.total_prompts:,} do"
            )
    return odd


def of_no_block(names: Sequence[str]) -> list[str]:
    """Return which features of both arms no gate reads."""
    if not names:
        return []
    return [f"features of no complete block: {counted(names)}; no gate of quality or cost reads them"]


def prices_of_other_days(
    features: Iterable[rows.Feature], names: Names, labels: Mapping[str, str]
) -> str | None:
    """Return that the two arms were priced by lists of different days, if they were."""
    last: dict[tuple[str | None, str], str | None] = {}
    for row in features:
        if row.cost_usd is not None:
            last[names.arm_of(row), row.feature_id] = row.as_of
    days = {
        arm: sorted({day or "no date" for (its, _), day in last.items() if its == arm})
        for arm in labels.values()
    }
    if not all(days.values()) or len(set(map(tuple, days.values()))) == 1:
        return None
    seen = "; ".join(f"{arm}: {some(dates)}" for arm, dates in days.items())
    return f"the arms were priced by lists of different days ({seen}); `cost-compare --features` prices both by one"


def elsewhere(names: Sequence[str]) -> str | None:
    """Return whose telemetry is of requests at another time."""
    if not names:
        return None
    return (
        f"telemetry of requests at another time than its window, left out: {counted(names)}; "
        "count them anew with `ingest-proxy`"
    )


def divergences(windows: Iterable[rows.Window]) -> list[str]:
    """Return the windows whose two sources disagree."""
    return [
        f"{window.window}: {note}"
        for window in windows
        for note in window.notes
        if note.startswith("divergent")
    ]


def not_counted(broken: Iterable[BrokenBlock]) -> list[str]:
    """Return a sentence for each block that cannot be scored."""
    return [f"block {block.name} is not counted: {block.why}" for block in broken]


def directions(blocks: Sequence[BlockPair]) -> str | None:
    """Return which number counts when the pooled totals and the pairs point in opposite directions."""
    from tracker.stats import comparison

    four = columns(blocks)
    fa, ca, fb, cb = (float(column.sum()) for column in four)
    paired = comparison.paired(*four).estimate
    if not (fa > 0 and ca > 0 and cb > 0 and paired):
        return None
    pooled = fb / cb / (fa / ca)
    if (pooled - 1) * (paired - 1) >= 0 or max(abs(pooled - 1), abs(paired - 1)) < 0.01:
        return None
    return (
        f"the totals say {pooled:.3g} and the pairs {paired:.3g}: the pairs count, since each compares windows of "
        "one block, and the totals mix blocks of unequal size"
    )


def counts(arms: Mapping[tuple[str, str], ArmWindows]) -> dict[str, int]:
    """Return how many windows each methodology has."""
    found: dict[str, int] = {}
    for (methodology, _), arm in arms.items():
        found[methodology] = found.get(methodology, 0) + len(arm.all)
    return found


def first_of(said: list[str], what: str) -> list[str]:
    """Return the first five sentences, and how many more there are."""
    return said if len(said) <= 5 else [*said[:5], f"{len(said) - 5} more {what}"]


def counted(names: Sequence[str]) -> str:
    """Return how many names there are, and the first three."""
    return f"{len(names)} ({some(names)})"


def some(names: Sequence[str]) -> str:
    """Return the first three names."""
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def unseen_by_task() -> str:
    """Return what a claim by task leans on; the share is of the worst family of docs/statistics/tasks.md.

    >>> unseen_by_task()[:46]
    'no exchange of arms sees what lasts for one ar'
    """
    return (
        "no exchange of arms sees what lasts for one arm alone over a whole block, nor a few far dearer runs of the "
        f"candidate: where there are such, a claim by task is false in up to {MOST_FALSE} % (docs/statistics.md)"
    )


def unseen(verdict: str, blocks: int, people: int = 1) -> str:
    """Return what a yes does not exclude: 1 - (1 - p)^n = .95 is the share that would have shown itself.

    >>> unseen("GO", 12)[-62:]
    ' none of 12 blocks showed may still come in up to 22 % of them'
    >>> unseen("GO", 12, 4)[-62:]
    'none of 4 people showed may still come to up to 53 % of people'
    """
    share = 100 * (1 - 0.05 ** (1 / (people if people > 1 else blocks)))
    if people > 1:
        return (
            f"{verdict} speaks of people like these: slow replies, windows that fail whole or storms of points "
            f"that none of {people} people showed may still come to up to {share:.0f} % of people"
        )
    return (
        f"{verdict} speaks of windows like these: a slow spell, a window that fails whole or a storm of points "
        f"that none of {blocks} blocks showed may still come in up to {share:.0f} % of them"
    )
