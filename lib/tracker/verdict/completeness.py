"""What must be there before any number is judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tracker import rows
from tracker.evidence.facts import Names
from tracker.evidence.pairing import usable

COMPLETE = 0.80  # share of its required items that every judged window must have
LEAST_BLOCKS = 5
ITEMS = ("capacity", "features", "quality", "outcome", "methodology", "block", "telemetry")


class WindowItems(NamedTuple):
    """How many of the items that a verdict rests on a window has."""

    window: str
    present: int
    required: int
    lacks: list[str]

    @property
    def complete(self) -> bool:
        """Whether it has enough of them."""
        return self.present >= COMPLETE * self.required


class DataGate(NamedTuple):
    """What must hold before any number is judged."""

    windows: list[WindowItems]
    anomalies: list[str]  # open ones of the judged windows
    blocks: int  # complete ones
    seed: int | None  # of the blocks' coins
    refused: list[str]  # why the arms must not be judged at all, one sentence each
    counted: str = "blocks"  # what `blocks` counts: tasks, where the unit is the task

    @property
    def lowest(self) -> WindowItems | None:
        """The window that has least of what it needs."""
        return min(self.windows, key=lambda one: one.present / one.required, default=None)

    @property
    def incomplete(self) -> list[WindowItems]:
        """The windows that have too little."""
        return [one for one in self.windows if not one.complete]

    @property
    def holds(self) -> bool:
        """Whether numbers may be judged."""
        return (
            bool(self.windows)
            and not self.incomplete
            and not self.anomalies
            and self.blocks >= LEAST_BLOCKS
            and self.seed is not None
            and not self.refused
        )


def scored(features: Iterable[rows.Feature], names: Names) -> set[object]:
    """Return windows, and (methodology, feature_id) of features of no window, with a quality score."""
    return {
        names.key(row.window, row.methodology) if row.window else (None, row.methodology, row.feature_id)
        for row in features
        if row.quality_score is not None
    }


def items(window: rows.Window, names: Names, has_score: set[object], has_telemetry: bool) -> WindowItems:
    """Return what a window has of what a verdict rests on; `has_score` as `scored` gives it."""
    has = {
        "capacity": usable(window) or window.capacity_high_pp is not None,
        "features": True,  # the row does not exist without
        "quality": window.quality_score is not None
        or names.key(window.window, window.methodology) in has_score
        or (None, window.methodology, window.feature_id) in has_score,
        "outcome": window.outcome is not None,
        "methodology": True,
        "block": window.block is not None,
        "telemetry": has_telemetry,
    }
    lacks = [name for name in ITEMS if not has[name]]
    return WindowItems(window.window, len(ITEMS) - len(lacks), len(ITEMS), lacks)


def said(data: DataGate, arms: Sequence[str]) -> list[str]:
    """Return what stands between the rows and the data gate, one sentence each."""
    found = [
        f"{one.window} is {one.present}/{one.required} complete: no {', '.join(one.lacks)}"
        for one in data.incomplete
    ]
    if not data.windows:
        found.append(f"no window of {' or '.join(arms)}")
    found += [f"open anomaly, {anomaly}" for anomaly in data.anomalies]
    if data.blocks < LEAST_BLOCKS:
        found.append(f"{data.blocks} complete {data.counted}; a verdict below {LEAST_BLOCKS} is impossible")
    if data.seed is None:
        found.append("no seed of the blocks' coins is recorded; `experiment register` writes it")
    return found + data.refused
