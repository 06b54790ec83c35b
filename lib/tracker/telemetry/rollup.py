"""A stream of usage rows -> a rollup: counts, sums and quantiles that can be merged in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from tracker import lanes
from tracker.rows import Usage
from tracker.telemetry import routing
from tracker.telemetry.quantiles import Values


class Cell(NamedTuple):
    """What is counted apart: requests that agree in all of these share one set of sums."""

    lane: str
    op: str
    model: str
    request_class: str | None
    header_mode: str | None
    h2: bool | None
    decision: str
    err_type: str | None
    status: int | None


class Sums(NamedTuple):
    """Sums over some requests; what a request does not say adds nothing to a sum."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    request_bytes: int = 0
    response_bytes: int = 0
    counted: int = 0  # requests that say their completion tokens

    @property
    def tokens(self) -> int:
        """Prompt, completion and cache tokens."""
        return sum(self[1:5])

    @property
    def bytes(self) -> int:
        """Bodies of requests and replies."""
        return self.request_bytes + self.response_bytes

    def plus(self, other: Sums) -> Sums:
        """Return both added up."""
        return Sums._make(map(int.__add__, self, other))


_summed: Callable[[Usage], tuple[int | None, ...]] = attrgetter(*Sums._fields[1:7])

key_of: Callable[[Usage], tuple[Any, ...]] = attrgetter(*Cell._fields)

# What a breakdown may go by on request, beyond the cell's own fields.
BY: dict[str, Callable[[Usage], Any]] = {
    "session": attrgetter("session_id"),
    "agent": attrgetter("subagent_id"),
    "agent-type": attrgetter("agent_type"),
    "account": attrgetter("account"),
    "project": attrgetter("project"),
    "client": attrgetter("client"),
    "day": lambda row: row.ts.astimezone(UTC).date().isoformat(),
}


class Group:
    """One value of a breakdown: sums, errors, offloaded requests, latencies."""

    def __init__(self) -> None:
        self.sums = Sums()
        self.errors = 0
        self.routed = 0
        self.latency = Values()

    def add(self, some: list[Usage]) -> None:
        """Add rows."""
        columns = list(map(_summed, some))
        self.sums = self.sums.plus(_sums(list(zip(*columns, strict=True))))
        self.errors += sum(is_error(row.status, row.err_type) for row in some)
        self.routed += sum(lanes.is_offload(row.lane) for row in some)
        self.latency.extend(row.latency_ms for row in some if row.latency_ms is not None)

    def merge(self, other: Group) -> None:
        """Add another group's."""
        self.sums = self.sums.plus(other.sums)
        self.errors += other.errors
        self.routed += other.routed
        self.latency.merge(other.latency)


class Rollup:
    """All that a report says of any number of requests.

    A monoid: `Rollup()` is its zero, `merge` adds, and the answer depends on the rows alone,
    not on how they were split among rollups.
    """

    PENDING = 1000  # rows that wait to be summed, so that sums are made over many at once

    def __init__(self, by: Iterable[str] = ()) -> None:
        self.cells: dict[tuple[Any, ...], Sums] = {}
        self.latency: dict[tuple[str, str], Values] = {}  # by (lane, op)
        self.ttfb: dict[tuple[str, str], Values] = {}
        self.by: dict[str, dict[Any, Group]] = {name: {} for name in by}
        self.first: datetime | None = None
        self.last: datetime | None = None
        self._pending: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        self._waiting = 0

    def add(self, some: list[Usage]) -> None:
        """Add rows."""
        pending = self._pending
        for row in some:  # the loop that most of the time is spent in: attributes straight into tuples
            key = (
                row.lane,
                row.op,
                row.model,
                row.request_class,
                row.header_mode,
                row.h2,
                row.decision,
                row.err_type,
                row.status,
            )  # the same as key_of(row)
            value = (
                row.prompt_tokens,
                row.completion_tokens,
                row.cache_read_tokens,
                row.cache_creation_tokens,
                row.request_bytes,
                row.response_bytes,
                row.latency_ms,
                row.ttfb_ms,
                row.ts,
            )
            try:
                pending[key].append(value)
            except KeyError:
                pending[key] = [value]
        self._waiting += len(some)
        if self._waiting >= self.PENDING:
            self.settle()
        for name, groups in self.by.items():
            _add_by(groups, BY[name], some)

    def settle(self) -> None:
        """Sum up what waits; to be called before the rollup is looked at."""
        for key, values in self._pending.items():
            columns = list(zip(*values, strict=True))
            self.put(key, _sums(columns))
            where = key[:2]
            if where not in self.latency:
                self.latency[where], self.ttfb[where] = Values(), Values()
            self.latency[where].extend([value for value in columns[6] if value is not None])
            self.ttfb[where].extend([value for value in columns[7] if value is not None])
            self.saw(min(columns[8]), max(columns[8]))
        self._pending.clear()
        self._waiting = 0

    def put(self, key: tuple[Any, ...], sums: Sums) -> None:
        """Add sums to a cell."""
        self.cells[key] = self.cells[key].plus(sums) if key in self.cells else sums

    def saw(self, first: datetime, last: datetime) -> None:
        """Widen the time range."""
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)

    def merge(self, other: Rollup) -> None:
        """Add another rollup's rows."""
        other.settle()
        for key, sums in other.cells.items():
            self.put(key, sums)
        for mine, its in ((self.latency, other.latency), (self.ttfb, other.ttfb)):
            for where, values in its.items():
                mine.setdefault(where, Values()).merge(values)
        for name, groups in other.by.items():
            for value, group in groups.items():
                self.by.setdefault(name, {}).setdefault(value, Group()).merge(group)
        if other.first is not None and other.last is not None:
            self.saw(other.first, other.last)

    def total(self, wanted: Callable[[Cell], bool] = lambda cell: True) -> Sums:
        """Return the sums over the cells that are wanted."""
        total = Sums()
        for key, sums in self.cells.items():
            if wanted(Cell._make(key)):
                total = total.plus(sums)
        return total

    def along(self, field: str) -> dict[Any, tuple[Sums, int]]:
        """Return (sums, errors) for each value of one of the cell's fields."""
        found: dict[Any, tuple[Sums, int]] = {}
        for key, sums in self.cells.items():
            cell = Cell._make(key)
            value = getattr(cell, field)
            before, errors = found.get(value, (Sums(), 0))
            found[value] = before.plus(sums), errors + sums.requests * failed(cell)
        return found


def _sums(columns: list[tuple[Any, ...]]) -> Sums:
    """Return the sums of the first six columns; None is not known and adds nothing."""
    totals, counts = zip(*map(_sum, columns[:6]), strict=True)
    return Sums._make((len(columns[0]), *totals, counts[1]))


def _sum(column: tuple[Any, ...]) -> tuple[int, int]:
    """Return the sum of what is known in a column, and how many those are."""
    try:
        return sum(column), len(column)
    except TypeError:  # quicker than to look for None first
        known = [value for value in column if value is not None]
        return sum(known), len(known)


def _add_by(groups: dict[Any, Group], key: Callable[[Usage], Any], some: list[Usage]) -> None:
    apart: dict[Any, list[Usage]] = {}
    for row in some:
        apart.setdefault(key(row), []).append(row)
    for value, alike in apart.items():
        groups.setdefault(value, Group()).add(alike)


def is_error(status: int | None, err_type: str | None) -> bool:
    """Say whether a request failed: it has an error type, no status, or one of 400 and up."""
    return err_type is not None or status is None or status >= 400


def failed(cell: Cell) -> bool:
    """Say whether a cell's requests failed."""
    return is_error(cell.status, cell.err_type)


def error_name(cell: Cell) -> str:
    """Return an error's name in the taxonomy: its err_type, else what its status says.

    >>> error_name(Cell("zai", "stream", "claude-haiku-5-5", None, None, None, "forced_model", None, 529))
    '5xx'
    """
    if cell.err_type is not None:
        return cell.err_type
    if cell.status is None:
        return "net"
    return str(cell.status) if cell.status in (401, 429) else f"{cell.status // 100}xx"


def was_routed(cell: Cell) -> bool:
    """Say whether another lane than Anthropic's answered."""
    return lanes.is_offload(cell.lane)


def could_be_routed(cell: Cell) -> bool:
    """Say whether another lane answered or could have, by model or by class."""
    return was_routed(cell) or routing.could_be_routed(cell.model, cell.decision)
