"""The task bank: which task is done in which arm, in which block, and which capability it takes."""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from tracker import cli, rows

HELD = {"reserved", "assigned", "ready", "blocked", "delivered"}  # states that keep a capability taken
WAITING = {"ready", "blocked"}  # states of a spec that is written and waits for a window


class BankTask(NamedTuple):
    """One line of a task bank or capability map."""

    feature_id: str
    capability: str | None
    size: float | None  # predicted, lines


class Arms(NamedTuple):
    """The two arms, and what their windows are called: W0-CL-01, W0-MITM-01 …"""

    baseline: str = "stock_anthropic"
    candidate: str = "mitm_offload"
    baseline_windows: str = "W0-CL"
    candidate_windows: str = "W0-MITM"


def read(text: Sequence[str], needed: str) -> list[BankTask]:
    """Return the tasks of a CSV with a heading; cli.Stop (65) names the line that is none, 66 an empty one.

    Columns: feature_id, capability, predicted_size; `needed` is the one that every line must fill.
    Others are passed over.

    >>> read(["feature_id,predicted_size", "F-1,50"], "feature_id")
    [BankTask(feature_id='F-1', capability=None, size=50.0)]
    """
    listed = _listed(text)
    if needed not in listed[0]:
        seen = ", ".join(str(name) for name in listed[0])
        raise cli.Stop(
            cli.BAD_INPUT, f"line 1: no column {needed} (columns: {seen[:80]}); add it to the heading"
        )
    tasks = [_task(number, fields, needed) for number, fields in enumerate(listed, 2)]
    doubled = sorted(name for name, count in Counter(task.feature_id for task in tasks).items() if count > 1)
    if doubled:
        raise cli.Stop(cli.BAD_INPUT, f"{doubled[0]} is in the CSV twice; every task stands there once")
    return tasks


def _listed(text: Sequence[str]) -> list[dict[str, str | None]]:
    # Spreadsheets begin a CSV with a byte order mark, which would become part of the first column's name.
    unmarked = [line.removeprefix("\ufeff") for line in text[:1]] + list(text[1:])
    try:
        listed = list(csv.DictReader(unmarked, skipinitialspace=True, strict=True))
    except csv.Error as wrong:
        raise cli.Stop(cli.BAD_INPUT, f"no CSV ({wrong}); give a heading and one task a line") from None
    if not listed:
        raise cli.Stop(cli.NOTHING, "no task in the CSV; give a heading and one task a line")
    return listed


def _task(number: int, fields: dict[str, str | None], needed: str) -> BankTask:
    name = (fields.get(needed) or "").strip()
    if not name:
        raise cli.Stop(cli.BAD_INPUT, f"line {number}: {needed} is empty; fill it in")
    size = (fields.get("predicted_size") or "").strip()
    try:
        lines = float(size) if size else None
        if lines is not None and not 0 < lines < float("inf"):
            raise ValueError
    except ValueError:
        raise cli.Stop(
            cli.BAD_INPUT, f"line {number}: predicted_size is no number of lines ({size!r})"
        ) from None
    feature_id = (fields.get("feature_id") or "").strip() or name
    return BankTask(feature_id, (fields.get("capability") or "").strip() or None, lines)


def assign(
    tasks: Sequence[BankTask],
    seed: int,
    at: datetime,
    *,
    blocks: int | None = None,
    matched: bool = False,
    arms: Arms | None = None,
) -> list[rows.Feature]:
    """Return the tasks in blocks of one baseline and one candidate window, in the order to do them.

    In every block both arms do the same task; `matched` gives each arm a task of its own of equal
    predicted size instead.  One independent fair coin a block says which arm goes first, and a
    matched block's second coin which task is whose.  The same seed gives the same blocks.  Raises
    cli.Stop (65) when there are too few tasks, or too few of equal size.
    """
    arms = arms or Arms()
    coin = random.Random(seed)  # noqa: S311  fair and repeatable is what is wanted
    pool = sorted(tasks)
    coin.shuffle(pool)
    pairs = _equal(pool) if matched else [(task, task) for task in pool]
    wanted = blocks if blocks is not None else len(pairs)
    what = "pairs of tasks of equal predicted_size" if matched else "tasks"
    if not pairs:
        raise cli.Stop(cli.BAD_INPUT, f"no {what} there ({len(tasks)} tasks); add tasks")
    if wanted > len(pairs):
        raise cli.Stop(
            cli.BAD_INPUT, f"{wanted} blocks asked for, {len(pairs)} {what} there; add tasks or ask for fewer"
        )
    made = []
    for block, pair in enumerate(pairs[:wanted], 1):
        baseline_first = coin.random() < 0.5
        swapped = matched and coin.random() < 0.5
        sides = [
            (arms.baseline, f"{arms.baseline_windows}-{block:02}", pair[1 if swapped else 0]),
            (arms.candidate, f"{arms.candidate_windows}-{block:02}", pair[0 if swapped else 1]),
        ]
        for turn, (arm, window, task) in enumerate(sides if baseline_first else sides[::-1], 1):
            made.append(
                rows.Feature(
                    ts=at,
                    feature_id=task.feature_id,
                    window=window,
                    methodology=arm,
                    capability=task.capability,
                    state="assigned",
                    block=block,
                    turn=turn,
                    predicted_size=task.size,
                )
            )
    return made


def _equal(pool: Iterable[BankTask]) -> list[tuple[BankTask, BankTask]]:
    """Return pairs of equal predicted size, in the order in which they fill up."""
    waiting: dict[float, BankTask] = {}
    pairs = []
    for task in pool:
        if task.size is None:
            raise cli.Stop(cli.BAD_INPUT, f"{task.feature_id} has no predicted_size; tasks are matched by it")
        if task.size in waiting:
            pairs.append((waiting.pop(task.size), task))
        else:
            waiting[task.size] = task
    return pairs


MAPS = Path("docs/System/capability_map")


def capability_map(project: str | None, maps: Path = MAPS) -> Path:
    """Return the map of a project, without one the only map there is; cli.Stop (2) when it must be named."""
    if project is not None:
        return maps / project / "capabilities.csv"
    there = sorted(maps.glob("*/capabilities.csv"))
    if len(there) != 1:
        seen = f"there are {', '.join(path.parent.name for path in there)}" if there else f"none in {maps}"
        raise cli.Stop(cli.USAGE, f"which capability map? ({seen}); name it with --project or with --map")
    return there[0]


class Wanted(NamedTuple):
    """What is asked for: which capability, under which name, and in which state."""

    capability: str | None = None  # None: the first that is free
    feature_id: str | None = None  # None: as the map says
    window: str | None = None
    provider: str | None = None
    ready: bool = False
    blocked_by: str | None = None

    @property
    def state(self) -> str:
        """The state that its row has; what is ready and lacks capacity alone stays ready."""
        if self.ready:
            return "ready"
        return "blocked" if self.blocked_by else "reserved"


def reserve(
    known: Iterable[rows.Row], entries: Sequence[BankTask], at: datetime, wanted: Wanted
) -> rows.Feature:
    """Return the row that reserves a capability, or says that its spec is ready or blocked.

    A spec that waits is reserved, and a reserved one set back, by a row in its row's place.  Raises
    cli.Stop: 75 when it is taken (by whom), 65 when the map does not have it.
    """
    taken = {
        row.capability: row
        for row in known
        if isinstance(row, rows.Feature) and row.capability and row.state in HELD
    }
    named = {entry.capability or entry.feature_id: entry for entry in entries}
    capability = wanted.capability or _first_free(named, taken, wanted)
    if capability not in named:
        raise cli.Stop(
            cli.BAD_INPUT,
            f"the map has no capability {capability} ({len(named)} entries); add it there first",
        )
    holder = taken.get(capability)
    if holder is not None and not _may_replace(holder, wanted):
        where = f" in {holder.window}" if holder.window else ""
        raise cli.Stop(
            cli.TRY_LATER,
            f"{capability} is taken by {holder.feature_id}{where} ({holder.state}, row {(holder.row_id or '?')[:8]}); "
            "take another, or undo that row",
        )
    entry = named[capability]
    return rows.Feature(
        ts=at,
        feature_id=wanted.feature_id or (holder.feature_id if holder else entry.feature_id),
        capability=capability,
        window=wanted.window,
        provider=wanted.provider or (holder.provider if holder else None),
        state=wanted.state,
        blocked_by=wanted.blocked_by,
        predicted_size=entry.size,
        supersedes=holder.row_id if holder and not _ended(holder) else None,
    )


def _ended(holder: rows.Feature) -> bool:
    """Say whether a row is how a task ended in its window, which stays as it was."""
    return holder.window is not None and holder.state != "reserved"


def _may_replace(holder: rows.Feature, wanted: Wanted) -> bool:
    """Say whether a row may take another one's place: a waiting spec's any, a reservation's one that waits."""
    if holder.row_id is None:
        return False
    return holder.state in WAITING or (holder.state == "reserved" and wanted.state in WAITING)


def _first_free(named: Iterable[str], taken: Mapping[str, rows.Feature], wanted: Wanted) -> str:
    """Return the first capability that is free; a ready spec is, for whoever reserves."""
    listed = list(named)
    ready = [name for name in listed if name in taken and taken[name].state == "ready"]
    free = ready if wanted.state == "reserved" else []
    free += [name for name in listed if name not in taken]
    if not free:
        raise cli.Stop(
            cli.TRY_LATER,
            f"all {len(listed)} capabilities of the map are taken; add one, or undo a reservation",
        )
    return free[0]
