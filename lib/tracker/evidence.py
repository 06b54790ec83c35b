"""Rows into what the statistics work on: windows, arms, blocks, telemetry, features, the plan."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, NamedTuple

from tracker import jsonl, rows

ALL_WINDOWS = "WEEK0"  # the roll-up's name where a window's is expected


class Block(NamedTuple):
    """One window of each arm, done in random order."""

    name: str
    a: rows.Window  # baseline
    b: rows.Window  # candidate


class Broken(NamedTuple):
    """A block that cannot be scored, and why."""

    name: str
    why: str
    a: list[rows.Window]  # what there is of it
    b: list[rows.Window]


class Evidence:
    """What a stream of rows says, each fact once.

    windows: the last row of each (window, methodology, provider).  telemetry: the last row of each
    window.  plans: every registration, oldest first.  lines: the rows as they came, when kept.
    """

    def __init__(self) -> None:
        self.windows: dict[tuple[str, str, str], rows.Window] = {}
        self.telemetry: dict[str, rows.ProxyTelemetry] = {}
        self.features: list[rows.Feature] = []
        self.costs: list[rows.Cost] = []
        self.plans: list[rows.Experiment] = []
        self.anomalies: list[rows.Anomaly] = []
        self.checks: list[rows.Evidence] = []
        self.scored: set[object] = set()  # windows, or (methodology, feature_id), with a quality score
        self.doubles: list[str] = []  # windows that came more than once
        self.lines: list[bytes] = []
        self.read = 0

    @property
    def plan(self) -> rows.Experiment:
        """The registration in force; its defaults when nothing was registered."""
        return self.plans[-1] if self.plans else DEFAULT_PLAN

    def arm(self, methodology: str) -> list[rows.Window]:
        """Return an arm's windows whose capacity is known."""
        return [w for w in self.windows.values() if w.methodology == methodology and usable(w)]

    def is_scored(self, window: rows.Window) -> bool:
        """Return whether a window's quality is known, from its own row or its feature's."""
        return (
            window.quality_score is not None
            or window.window in self.scored
            or (window.methodology, window.feature_id) in self.scored
        )


DEFAULT_PLAN = rows.Experiment(ts=datetime(1970, 1, 1, tzinfo=UTC))


def usable(window: rows.Window) -> bool:
    """Return whether a window's capacity is known and nothing is wrong with it."""
    return window.capacity_pp is not None and not window.errors


def read(stream: IO[bytes], window: str | None = None, keep_lines: bool = False) -> Evidence:
    """Read a stream of rows; `window` restricts it to one, WEEK0 means all.

    Rows that were undone or superseded are left out, so that plain ledger files, joined with `cat`,
    say the same as `ledger-cat`.  Raises cli.Stop (65) at a line that is no row.
    """
    found = Evidence()
    kept: list[jsonl.Line] = []
    takes_back: list[rows.Row] = []
    for line in jsonl.read(stream):
        found.read += 1
        row = line.row
        if isinstance(row, rows.Undo):
            takes_back.append(row)
        elif isinstance(row, JUDGED):
            kept.append(line)
            if row.supersedes is not None:
                takes_back.append(row)
    gone = _gone(takes_back)
    only = None if window in {None, ALL_WINDOWS} else window
    for line in kept:
        row = line.row
        assert row is not None
        if row.row_id in gone and row.row_id is not None:
            continue
        if only is not None and not isinstance(row, rows.Experiment) and row.window != only:  # type: ignore[attr-defined]
            continue
        _add(found, row)
        if keep_lines:
            found.lines.append(line.raw)
    found.plans.sort(key=lambda plan: plan.ts)
    return found


JUDGED = (
    rows.Window,
    rows.ProxyTelemetry,
    rows.Feature,
    rows.Experiment,
    rows.Anomaly,
    rows.Evidence,
    rows.Cost,
)


def _gone(takes_back: list[rows.Row]) -> set[str]:
    """Return the row_ids out of force; an undo that was itself undone does nothing."""
    gone: set[str] = set()
    for row in reversed(takes_back):
        if row.row_id is None or row.row_id not in gone:
            target = row.undoes if isinstance(row, rows.Undo) else row.supersedes
            if target is not None:
                gone.add(target)
    return gone


def _add(found: Evidence, row: rows.Row) -> None:
    if isinstance(row, rows.Window):
        key = (row.window, row.methodology, row.provider)
        if key in found.windows:
            found.doubles.append(row.window)
        found.windows[key] = row
    elif isinstance(row, rows.ProxyTelemetry):
        found.telemetry[row.window] = row
    elif isinstance(row, rows.Feature):
        found.features.append(row)
        if row.quality_score is not None:
            found.scored.add(row.window or (row.methodology, row.feature_id))
    elif isinstance(row, rows.Experiment):
        found.plans.append(row)
    elif isinstance(row, rows.Anomaly):
        found.anomalies.append(row)
    elif isinstance(row, rows.Evidence):
        found.checks.append(row)
    elif isinstance(row, rows.Cost):
        found.costs.append(row)


def blocks(windows: Iterable[rows.Window], plan: rows.Experiment) -> tuple[list[Block], list[Broken]]:
    """Return the experiment's complete blocks in the order in which they ended, and the others.

    A block is one usable window of each arm under the same `block` name.
    """
    found: dict[str, tuple[list[rows.Window], list[rows.Window]]] = {}
    sides = {plan.baseline: 0, plan.candidate: 1}
    for window in windows:
        side = sides.get(window.methodology)
        if side is not None and window.block is not None:
            found.setdefault(str(window.block), ([], []))[side].append(window)
    whole: list[Block] = []
    broken: list[Broken] = []
    for name, (a, b) in found.items():
        why = _why_broken(a, b, plan)
        if why is None:
            whole.append(Block(name, a[0], b[0]))
        else:
            broken.append(Broken(name, why, a, b))
    whole.sort(key=ended)
    broken.sort(key=lambda block: natural(block.name))
    return whole, broken


def ended(block: Block) -> tuple[datetime, tuple[int, int, str]]:
    """Return the key that puts blocks in the order in which they ended."""
    return max(block.a.ts, block.b.ts), natural(block.name)


def _why_broken(a: list[rows.Window], b: list[rows.Window], plan: rows.Experiment) -> str | None:
    for label, side in ((plan.baseline, a), (plan.candidate, b)):
        if not side:
            return f"no {label} window"
        if len(side) > 1:
            return f"{len(side)} {label} windows ({', '.join(window.window for window in side)})"
        if not usable(side[0]):
            return f"{side[0].window}: {', '.join(side[0].errors) or 'capacity not known'}"
    return None


def natural(name: str) -> tuple[int, int, str]:
    """Return a key that sorts block names as people count: 2 before 10.

    >>> sorted(["10", "b", "2"], key=natural)
    ['2', '10', 'b']
    """
    return (0, int(name), "") if name.isdecimal() else (1, 0, name)


def unlike_plan(found: Evidence) -> list[str]:
    """Return a sentence for every methodology that looks like a misspelt arm of the plan."""
    arms = (found.plan.baseline, found.plan.candidate)
    counts: dict[str, int] = {}
    for _, methodology, _ in found.windows:
        counts[methodology] = counts.get(methodology, 0) + 1
    said = []
    for label in sorted(set(counts) - set(arms)):
        close = difflib.get_close_matches(label, arms, n=1, cutoff=0.8)
        if close:
            said.append(
                f"methodology {label!r} ({counts[label]} windows) is not {close[0]!r}; "
                "if it is a slip, undo the rows and record them anew"
            )
    return said


def open_anomalies(found: Evidence) -> list[str]:
    """Return what is wrong and not explained, one `window: word` each.

    Anomaly rows, and the errors of windows.  An anomaly row that `acknowledges` another one's
    row_id explains it, and with it the same error of its window.
    """
    explained = {row.acknowledges for row in found.anomalies if row.acknowledges is not None}
    closed = {(row.window, row.anomaly) for row in found.anomalies if row.row_id in explained}
    said: dict[str, None] = {}
    for row in found.anomalies:
        if row.acknowledges is None and (row.row_id is None or row.row_id not in explained):
            said[f"{row.window or 'no window'}: {row.anomaly}"] = None
    for window in found.windows.values():
        for error in window.errors:
            if (window.window, error) not in closed:
                said[f"{window.window}: {error}"] = None
    return list(said)


def changed_plan(found: Evidence) -> str | None:
    """Return what to know of the plan's age: registered or changed after the first window."""
    judged = [
        w for w in found.windows.values() if w.methodology in {found.plan.baseline, found.plan.candidate}
    ]
    if not judged or not found.plans:
        return None
    first = min(window.started_at or window.ts for window in judged)
    if found.plans[0].ts > first:
        return f"the plan was registered after data were seen ({_day(found.plans[0])}, first window {first:%Y-%m-%d})"
    late = [plan for plan in found.plans[1:] if plan.ts > first and _terms(plan) != _terms(found.plans[0])]
    if late:
        return f"the plan changed after data were seen ({', '.join(_day(plan) for plan in late)})"
    return None


def _day(plan: rows.Experiment) -> str:
    return f"{plan.ts:%Y-%m-%d}"


def _terms(plan: rows.Experiment) -> tuple[object, ...]:
    return tuple(getattr(plan, name) for name in TERMS)


TERMS = (
    "baseline",
    "candidate",
    "n_blocks",
    "first_look",
    "smallest_effect",
    "seed",
    "alpha",
    "quality_margin",
    "error_margin_pp",
    "p95_margin",
    "cost_margin",
)
