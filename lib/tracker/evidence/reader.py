"""Rows into what the statistics work on: windows, arms, blocks, telemetry, features, the plan."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import islice, repeat
from types import NoneType
from typing import IO

from tracker import cli, jsonl, rows
from tracker.evidence import registration
from tracker.evidence.blocks import Arm, Pairs, joined

Key = tuple[str, str | None]  # a window, and the methodology where several use its name
ALL_WINDOWS = "WEEK0"  # the roll-up's name where a window's is expected


class Evidence:
    """What a stream of rows says, each fact once.

    arms: the windows of each (methodology, provider).  telemetry: the last row of each window (`key`).
    plans: every registration, oldest first.  windows and lines: only when they are to be kept.
    """

    def __init__(self, keep: bool = True) -> None:
        self.keep = keep
        self.windows: list[rows.Window] = []  # the last row of each (window, methodology, provider)
        self.arms: dict[tuple[str, str], Arm] = {}
        self.all_telemetry: list[rows.ProxyTelemetry] = []
        self.features: list[rows.Feature] = []
        self.plans: list[rows.Experiment] = []
        self.anomalies: list[rows.Anomaly] = []
        self.checks: list[rows.Evidence] = []
        self.snapshots: list[rows.Snapshot] = []
        self.names: dict[str, str] = {}  # methodology of each window, the last one of several
        self.doubled: set[str] = set()  # names that came more than once, perhaps of several providers
        self.doubles: list[str] = []  # those of which the last row in force counts
        self.strange_terms: list[str] = []  # fields of registrations that nothing here reads
        self.lines: list[bytes] = []
        self.read = 0  # rows read, of any kind

    @property
    def plan(self) -> rows.Experiment:
        """The registration in force; its defaults when nothing was registered."""
        return self.plans[-1] if self.plans else registration.DEFAULTS

    def add(self, some: Sequence[rows.Row]) -> None:
        """Take rows in; kinds that nothing here is computed from are passed over."""
        windows: Sequence[rows.Window]
        if set(map(type, some)) == {rows.Window}:
            windows = some  # type: ignore[assignment]
        else:
            windows = [row for row in some if type(row) is rows.Window]
            for row in some:
                self._add_other(row)
        if windows:
            self._add_windows(windows)

    def _add_windows(self, windows: Sequence[rows.Window]) -> None:
        if self.keep:
            self.windows += windows
        arms = [window.methodology for window in windows], [window.provider for window in windows]
        labels = sorted(set(zip(*arms, strict=True)))
        for label in labels:
            its = windows
            if len(labels) > 1:
                arm, provider = label
                its = [
                    window for window in windows if window.methodology == arm and window.provider == provider
                ]
            before, names = len(self.names), [window.window for window in its]
            self.names.update(zip(names, repeat(label[0])))
            if len(self.names) < before + len(names):
                seen = set(islice(self.names, before))
                for name in names:
                    (self.doubled if name in seen else seen).add(name)
            self.arms.setdefault(label, Arm(self.keep)).add(its)

    def _add_other(self, row: rows.Row) -> None:
        if isinstance(row, rows.ProxyTelemetry):
            self.all_telemetry.append(row)
        elif isinstance(row, rows.Feature):
            self.features.append(row)
        elif isinstance(row, rows.Experiment):
            self.plans.append(row)
        elif isinstance(row, rows.Anomaly):
            self.anomalies.append(row)
        elif isinstance(row, rows.Evidence):
            self.checks.append(row)
        elif isinstance(row, rows.Snapshot):
            self.snapshots.append(row)

    def order_plans(self) -> None:
        """Put the registrations in the order of their times; one without leaves them in the file's."""
        if all(map(jsonl.has_time, self.plans)):
            self.plans.sort(key=lambda row: row.ts)

    def arm(self, methodology: str) -> Arm:
        """Return an arm of the plan, of all its providers."""
        arms = [arm for (label, _), arm in sorted(self.arms.items()) if label == methodology]
        return joined(arms)

    @cached_property
    def baseline(self) -> Arm:
        """Arm A of the plan."""
        return self.arm(self.plan.baseline)

    @cached_property
    def candidate(self) -> Arm:
        """Arm B of the plan."""
        return self.arm(self.plan.candidate)

    @cached_property
    def pairs(self) -> Pairs:
        """The blocks of the plan's arms."""
        return Pairs(self.baseline, self.candidate)

    @cached_property
    def shared(self) -> dict[str, set[str]]:
        """The methodologies of each window name that several of them use."""
        return shared(window for window in self.windows if window.window in self.doubled)

    def key(self, window: str, methodology: str | None) -> Key:
        """Return whose a row of a window is: the window's, or its arm's where several arms use the name."""
        return window, methodology if window in self.shared else None

    def arm_of(self, row: rows.Feature | rows.ProxyTelemetry) -> str | None:
        """Return the methodology of a row, its own or its window's; None when nobody can know."""
        if row.methodology or row.window is None or row.window in self.shared:
            return row.methodology
        return self.names.get(row.window)

    def names_of(self, methodology: str) -> list[str]:
        """Return the windows of a methodology."""
        return [name for name, last in self.names.items() if methodology in self.shared.get(name, {last})]

    @cached_property
    def telemetry(self) -> dict[Key, rows.ProxyTelemetry]:
        """The last telemetry row of each window."""
        return {self.key(row.window, row.methodology): row for row in self.all_telemetry}

    def telemetry_of(self, window: rows.Window) -> rows.ProxyTelemetry | None:
        """Return the telemetry of a window, if there is any."""
        return self.telemetry.get(self.key(window.window, window.methodology))

    @property
    def repeated(self) -> list[str]:
        """Windows with more than one telemetry row, of which the last counts."""
        counts = Counter(self.key(row.window, row.methodology) for row in self.all_telemetry)
        return sorted({name for (name, _), count in counts.items() if count > 1})

    @cached_property
    def scored(self) -> set[object]:
        """Windows, and (methodology, feature_id) of features of no window, with a quality score."""
        return {
            self.key(row.window, row.methodology) if row.window else (None, row.methodology, row.feature_id)
            for row in self.features
            if row.quality_score is not None
        }

    @property
    def judged(self) -> list[rows.Window]:
        """The windows of the plan's two arms."""
        return [w for arm in (self.baseline, self.candidate) for w in arm.good + arm.lost]

    def is_scored(self, window: rows.Window) -> bool:
        """Return whether a window's quality is known, from its own row or its feature's."""
        return (
            window.quality_score is not None
            or self.key(window.window, window.methodology) in self.scored
            or (None, window.methodology, window.feature_id) in self.scored
        )


def shared(windows: Iterable[rows.Window]) -> dict[str, set[str]]:
    """Return the methodologies of each window name that several of them use."""
    arms: dict[str, set[str]] = {}
    for window in windows:
        arms.setdefault(window.window, set()).add(window.methodology)
    return {name: its for name, its in arms.items() if len(its) > 1}


def read(stream: IO[bytes], window: str | None = None, keep_lines: bool = False) -> Evidence:
    """Read a stream of rows; `window` restricts it to one, WEEK0 means all; `keep_lines` keeps rows and lines.

    Rows that were undone or superseded are left out, so that plain ledger files, joined with `cat`,
    say the same as `ledger-cat`; of several rows of one window, arm and provider the last counts.
    Raises cli.Stop (65) at a line that is no row.
    """
    only = None if window in {None, ALL_WINDOWS} else window
    if keep_lines:
        return _read_keeping(stream, only)
    tape = _Tape(stream)
    found = Evidence(keep=False)
    for some in jsonl.read_in_bulk(tape):  # type: ignore[arg-type]
        kinds = set(map(type, some))
        known: list[rows.Row]
        known = [row for row in some if row is not None] if NoneType in kinds else some  # type: ignore[assignment]
        found.read += len(known)
        found.add(known if only is None else _of(known, only))
        corrects = rows.Undo in kinds or [row for row in known if row.supersedes is not None]
        if found.doubled or corrects or (kinds & MAY_BE_PLANS and tape.may_have_odd_plan()):
            # What came may not count, or not as it was read: begin again, with the rows at hand.
            return _read_keeping(tape.again(), only)
    found.order_plans()
    return found


class _Tape:
    """A stream that can be read once more from where it began: a file by itself, a pipe from what it keeps."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.start = stream.tell() if stream.seekable() else None
        self.parts: list[bytes] = []  # all of a pipe, the last two of a file

    def read(self, size: int) -> bytes:
        return self._kept(self.stream.read(size))

    def readline(self, size: int) -> bytes:
        return self._kept(self.stream.readline(size))

    def _kept(self, part: bytes) -> bytes:
        if self.start is not None:
            del self.parts[:-1]
        self.parts.append(part)
        return part

    def again(self) -> IO[bytes]:
        """Return everything, what was read and what is still to come."""
        if self.start is None:
            return io.BytesIO(b"".join(self.parts) + self.stream.read())
        self.stream.seek(self.start)
        return self.stream

    def may_have_odd_plan(self) -> bool:
        """Return whether a registration in other words than the row's own is in the stretch read last."""
        stretch = b"".join(self.parts[-2:])  # a block, and the rest of its last line
        for kind in registration.KINDS:
            place = -1
            while (place := stretch.find(b'"%b"' % kind.encode(), place + 1)) >= 0:
                start, end = stretch.rfind(b"\n", 0, place) + 1, stretch.find(b"\n", place)
                try:
                    if registration.spelt_otherwise(stretch[start : end if end >= 0 else None]) is not None:
                        return True
                except ValueError:  # refused when it is read again, with the line's number
                    return True
        return False


def _plan_of(raw: bytes, number: int) -> rows.Experiment | None:
    try:
        return registration.spelt_otherwise(raw, number)
    except ValueError as wrong:  # msgspec's errors are ValueErrors
        raise cli.Stop(
            cli.BAD_INPUT, f"line {number}: registration: {wrong}; see docs/rows.md, experiment"
        ) from None


def _read_keeping(stream: IO[bytes], only: str | None) -> Evidence:
    came = [_understood(line) for line in jsonl.read(stream, undated=True)]
    places, replaced = _in_force([line.row for line in came])
    found = Evidence()
    for place in places:
        line = came[place]
        for row in _of([line.row], only):
            found.add([row])
            if isinstance(row, rows.Experiment):
                found.strange_terms += registration.strange_terms(line.raw)
            if type(row) in JUDGED:
                found.lines.append(line.raw)
    found.doubles = sorted(name for name in replaced if only in {None, name})
    found.read = len(came)
    found.order_plans()
    return found


def _understood(line: jsonl.Line) -> jsonl.Line:
    if line.row is not None and not isinstance(line.row, rows.Experiment):
        return line
    made = _plan_of(line.raw, line.number)
    return line if made is None else line._replace(row=made)


def _of(some: Sequence[rows.Row | None], only: str | None) -> list[rows.Row]:
    """Return the rows of one window, and those that belong to none by their kind."""
    return [row for row in some if row is not None and (only is None or getattr(row, "window", only) == only)]


def _in_force(came: Sequence[rows.Row | None]) -> tuple[list[int], set[str]]:
    """Return the places of the rows in force, of windows that came again the last, and which those are."""
    # An undo that was itself undone does nothing, hence from the last to the first.
    gone: set[str] = set()
    for row in reversed(came):
        if row is not None and (row.row_id is None or row.row_id not in gone):
            target = row.undoes if isinstance(row, rows.Undo) else row.supersedes
            if target is not None:
                gone.add(target)
    places: dict[object, int] = {}
    again: set[str] = set()
    for place, row in enumerate(came):
        if row is not None and (row.row_id is None or row.row_id not in gone):
            same = (row.window, row.methodology, row.provider) if isinstance(row, rows.Window) else place
            if places.pop(same, None) is not None and isinstance(row, rows.Window):
                again.add(row.window)
            places[same] = place
    return list(places.values()), again


MAY_BE_PLANS = {rows.Experiment, NoneType}  # what a registration in other words is read as
JUDGED = {
    rows.Window,
    rows.ProxyTelemetry,
    rows.Feature,
    rows.Experiment,
    rows.Anomaly,
    rows.Evidence,
}
