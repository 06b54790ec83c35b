"""Tokens of a session against the plans' 200,000 (K18): windows that follow one another without a night between."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tracker import rows
from tracker.evidence.facts import Key, Names

BUDGET = 200_000  # tokens of a session
NIGHT = timedelta(hours=8)  # without a window ends a session
_COUNTED = re.compile(r"[^:]+:(\d+)tokens")  # complete-window's note of a local estimate


class Session(NamedTuple):
    """Tokens of the windows of one session; prompt, completion and cache tokens alike."""

    since: datetime
    windows: int
    tokens: int
    by_provider: dict[str, int]
    not_counted: list[str]  # windows whose tokens nothing tells

    @property
    def left(self) -> int:
        """Tokens left of the budget; below 0 when it is spent."""
        return BUDGET - self.tokens


def tokens(window: rows.Window, telemetry: rows.ProxyTelemetry | None) -> int | None:
    """Return a window's tokens: those of its requests, else what a local estimate counted; None: not known.

    >>> from tracker import clock
    >>> tokens(rows.Window(ts=clock.now(), window="W", methodology="m", provider="glm", features=1,
    ...     notes=["ccusage:29950tokens"]), None)
    29950
    """
    if telemetry is not None and telemetry.total_tokens is not None:
        return telemetry.total_tokens
    counted = [int(found[1]) for note in window.notes if (found := _COUNTED.fullmatch(note))]
    return sum(counted) if counted else None


def sessions(
    windows: Iterable[rows.Window], telemetry: Mapping[Key, rows.ProxyTelemetry], names: Names
) -> list[Session]:
    """Return every session with a window whose tokens are known, oldest first."""
    ordered = sorted(windows, key=_start)
    groups: list[list[rows.Window]] = []
    for window in ordered:
        if not groups or _start(window) - _end(groups[-1]) > NIGHT:
            groups.append([])
        groups[-1].append(window)
    made = [
        _session([(one, telemetry.get(names.key(one.window, one.methodology))) for one in group])
        for group in groups
    ]
    return [one for one in made if one.windows > len(one.not_counted)]


def _start(window: rows.Window) -> datetime:
    return window.started_at or window.ts


def _end(group: Iterable[rows.Window]) -> datetime:
    return max(window.ended_at or window.ts for window in group)


def _session(group: Sequence[tuple[rows.Window, rows.ProxyTelemetry | None]]) -> Session:
    by_provider: dict[str, int] = {}
    not_counted = []
    for window, its in group:
        count = tokens(window, its)
        if count is None:
            not_counted.append(window.window)
        else:
            by_provider[window.provider] = by_provider.get(window.provider, 0) + count
    return Session(_start(group[0][0]), len(group), sum(by_provider.values()), by_provider, not_counted)
