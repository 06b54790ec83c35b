"""How many features a window may count: the lesser of claim and rows for the candidate, the greater for the baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from tracker import rows

PROMISED = {"assigned", "reserved", "ready", "started", "ended"}  # states of a feature that was not tried yet
NOT_DELIVERED = {"blocked", "failed"}
PRICED = "priced"  # one row stands for all features of a window


class Claim(NamedTuple):
    """What a window says it delivered, and what its feature rows say."""

    window: str
    claimed: float
    recorded: int | None  # features of its rows that were delivered; None: no such row
    counted: float


def claim(window: rows.Window, features: Sequence[rows.Feature], judged: bool) -> Claim:
    """Return what a window counts; `judged` for the candidate's, whose failures count as nothing.

    What favours the candidate must stand in a row of its own: a failed window counts 0, and one with
    feature rows no more than those that were delivered.  A baseline's window counts no fewer than its rows.
    """
    last = {
        row.feature_id: row.state for row in features if row.state != PRICED and row.state not in PROMISED
    }
    recorded = sum(state not in NOT_DELIVERED for state in last.values()) if last else None
    counted = window.features
    if recorded is not None:
        counted = (min if judged else max)(counted, float(recorded))
    if judged and window.outcome == "fail":
        counted = 0.0
    return Claim(window.window, window.features, recorded, counted)


def counted(
    windows: Iterable[rows.Window], of_window: Mapping[object, Sequence[rows.Feature]], candidate: str
) -> tuple[list[rows.Window], list[Claim]]:
    """Return the windows with what they count, and their claims; `of_window`: rows by (window, methodology)."""
    made, claims = [], []
    for window in windows:
        one = claim(
            window, of_window.get((window.window, window.methodology), ()), window.methodology == candidate
        )
        claims.append(one)
        made.append(
            window
            if one.counted == window.features
            else msgspec.structs.replace(window, features=one.counted)
        )
    return made, claims
