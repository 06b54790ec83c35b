"""Numbers that said something else when somebody could already look: the worst of their versions for the candidate.

A score, a price, a count of errors or a latency that was undone, superseded or recorded once more after a
look was possible counts as the worse of both, as a window's points do (`worst_case`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from tracker import rows
from tracker.evidence.delivered import NOT_DELIVERED
from tracker.evidence.facts import Key, Names
from tracker.evidence.in_force import TakenOut
from tracker.verdict.notes import counted


class WhatWasTold(NamedTuple):
    """What rows say, in force and once."""

    windows: Sequence[rows.Window]
    features: Sequence[rows.Feature]
    telemetry: Sequence[rows.ProxyTelemetry]  # also of one window several
    names: Names
    candidate: str
    taken_out: Sequence[TakenOut] = ()


class Versions(NamedTuple):
    """What the gates read, each number as bad for the candidate as any version of it that counts."""

    features: Sequence[rows.Feature]
    telemetry: Mapping[Key, rows.ProxyTelemetry]
    windows: Sequence[rows.Window]
    earlier: Sequence[rows.Window]  # candidate windows as the states of their features once left them
    changed: Mapping[str, list[str]]  # what was changed, and of which features or windows

    @property
    def said(self) -> list[str]:
        """What was changed, a sentence each."""
        return [
            f"{what} after a look was possible, of which the worse counts: {counted(names)}"
            for what, names in self.changed.items()
            if names
        ]


def is_late(at: datetime | None, first_look: datetime | None) -> bool:
    """Return whether something was recorded when somebody could look; a time that nobody knows counts as late."""
    return at is None or first_look is None or at >= first_look


def worst_versions(told: WhatWasTold, first_look: datetime | None) -> Versions:
    """Return features, telemetry and windows at the worst of their versions; `first_look` as `looked_from` gives it."""
    gone = [out.row for out in told.taken_out if is_late(out.by.recorded_at, first_look) and not out.again]
    features, changed_features = _features(told, gone, first_look)
    telemetry, changed_telemetry = _telemetry(told, gone, first_look)
    windows = _windows(told, gone, first_look)
    scores = {(window.window, window.methodology): window.quality_score for window in told.windows}
    changed = {
        "scores or prices of features changed": changed_features,
        "telemetry of windows changed": changed_telemetry,
        "quality of windows changed": [
            w.window
            for w in windows
            if w.quality_score != scores.get((w.window, w.methodology), w.quality_score)
        ],
    }
    return Versions(features, telemetry, windows, _less_delivered(told, gone), changed)


def corrected_in_time(counted_ones: Versions, every: Versions) -> list[str]:
    """Return what was changed before anybody could look, of which the last counts: `every` version against those."""
    found = []
    for what, names in every.changed.items():
        early = [name for name in names if name not in counted_ones.changed[what]]
        if early:
            found.append(f"{what} before a look was possible, of which the last counts: {counted(early)}")
    return found


def _told(
    gone: Iterable[rows.Row],
    in_force: Iterable[rows.Row],
    first_look: datetime | None,
    number: Callable[[Any], float | None],
) -> list[float]:
    """Return the numbers that count: of rows taken out, and of those in force but for what was replaced in time."""
    last: list[float] = []
    for row in in_force:
        value = number(row)
        if value is not None:
            last = [*(last if is_late(row.recorded_at, first_look) else []), value]
    return [*(value for row in gone if (value := number(row)) is not None), *last]


def _worst(numbers: Sequence[float], high: bool) -> float | None:
    return (max if high else min)(numbers) if numbers else None


def _features(
    told: WhatWasTold, gone: Sequence[rows.Row], first_look: datetime | None
) -> tuple[list[rows.Feature], list[str]]:
    """Return the features with a row more for each whose score or price was another one, and their names."""

    def grouped(some: Iterable[rows.Row]) -> dict[tuple[str | None, str], list[rows.Feature]]:
        found: dict[tuple[str | None, str], list[rows.Feature]] = {}
        for row in some:
            if isinstance(row, rows.Feature):
                found.setdefault((told.names.arm_of(row), row.feature_id), []).append(row)
        return found

    before, now = grouped(gone), grouped(told.features)
    more, names = [], []
    for key in dict.fromkeys([*before, *now]):
        some = before.get(key, []), now.get(key, [])
        is_candidate = key[0] == told.candidate
        quality = _worst(_told(*some, first_look, lambda row: row.quality_score), not is_candidate)
        cost = _worst(_told(*some, first_look, lambda row: row.cost_usd), is_candidate)
        in_force = [
            next((value for row in reversed(some[1]) if (value := getattr(row, field)) is not None), None)
            for field in ("quality_score", "cost_usd")
        ]
        if [quality, cost] != in_force:
            rest = [row for part in some for row in part]
            window = next((row.window for row in reversed(rest) if row.window), None)
            made = msgspec.structs.replace(rest[-1], quality_score=quality, cost_usd=cost, window=window)
            more.append(msgspec.structs.replace(made, methodology=key[0]))
            names.append(key[1])
    return [*told.features, *more], names


def _telemetry(
    told: WhatWasTold, gone: Sequence[rows.Row], first_look: datetime | None
) -> tuple[dict[Key, rows.ProxyTelemetry], list[str]]:
    """Return the telemetry of each window at its worst, and the windows whose numbers were others."""

    def grouped(some: Iterable[rows.Row]) -> dict[Key, list[rows.ProxyTelemetry]]:
        found: dict[Key, list[rows.ProxyTelemetry]] = {}
        for row in some:
            if isinstance(row, rows.ProxyTelemetry):
                found.setdefault(told.names.key(row.window, row.methodology), []).append(row)
        return found

    before, now = grouped(gone), grouped(told.telemetry)
    made: dict[Key, rows.ProxyTelemetry] = {}
    names = []
    for key in dict.fromkeys([*before, *now]):
        some = before.get(key, []), now.get(key, [])
        last = [row for part in some for row in part][-1]
        high = told.names.arm_of(last) == told.candidate
        requests = [row.total_prompts for row in some[1]]
        # Counted again there are more requests; of as many, or fewer, it is no count of all of them.
        look = first_look if requests == sorted(set(requests)) else None
        rate = _worst(_told(*some, look, _error_rate), high)
        p95 = _worst(_told(*some, look, lambda row: row.p95_latency_ms), high)
        made[key] = last
        if key not in now or [rate, p95] != [_error_rate(last), last.p95_latency_ms]:
            made[key] = msgspec.structs.replace(last, errors=None, error_rate=rate, p95_latency_ms=p95)
            names.append(key[0])
    return made, names


def _error_rate(row: rows.ProxyTelemetry) -> float | None:
    if not row.total_prompts:
        return None
    return row.error_rate if row.errors is None else row.errors / row.total_prompts


def _windows(told: WhatWasTold, gone: Sequence[rows.Row], first_look: datetime | None) -> list[rows.Window]:
    """Return the windows, also those undone, with the worst quality that was told of each."""
    before: dict[object, list[rows.Window]] = {}
    for row in gone:
        if isinstance(row, rows.Window):
            before.setdefault((row.window, row.methodology), []).append(row)
    made = []
    for window in told.windows:
        earlier = before.pop((window.window, window.methodology), [])
        worst = _worst(
            _told(earlier, [window], first_look, lambda row: row.quality_score),
            window.methodology != told.candidate,
        )
        same = worst == window.quality_score
        made.append(window if same else msgspec.structs.replace(window, quality_score=worst))
    return [*(some[-1] for some in before.values()), *made]


def _less_delivered(told: WhatWasTold, gone: Sequence[rows.Row]) -> list[rows.Window]:
    """Return the candidate's windows with the features less that were taken back as failed or blocked."""
    failed = [
        row for row in gone if isinstance(row, rows.Feature) and row.window and row.state in NOT_DELIVERED
    ]
    lost: dict[str | None, set[str]] = {}
    for row in failed:
        if told.names.arm_of(row) == told.candidate:
            lost.setdefault(row.window, set()).add(row.feature_id)
    return [
        msgspec.structs.replace(window, features=max(0.0, window.features - len(lost[window.window])))
        for window in told.windows
        if window.methodology == told.candidate and window.window in lost
    ]
