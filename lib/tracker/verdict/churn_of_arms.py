"""How much of an arm's work was gone a fortnight later, and how much of that is known yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from tracker import rows
from tracker.evidence.facts import Key, Names
from tracker.evidence.pairing import ArmWindows


class ArmChurn(NamedTuple):
    """Churn of an arm's windows: a share of lines, over those windows whose fortnight has passed."""

    windows: int  # whose commits were measured
    mature: int  # of these: whose fortnight has passed
    not_measured: int  # windows of the arm without a measured row
    added_lines: int  # of all measured windows
    mature_lines: int  # of the mature ones; the share is of these
    share: float | None  # 0..1, gone within 14 days; None: nothing is mature yet
    low: float | None  # the least of the mature windows
    high: float | None  # the most
    matures_at: datetime | None  # when the next window's fortnight has passed


def last_of_windows(churn: Iterable[rows.Churn], names: Names) -> dict[Key, rows.Churn]:
    """Return the last row of each window that measured something."""
    return {names.key(row.window, row.methodology): row for row in churn if not row.skipped}


def of_arm(arm: ArmWindows, last: Mapping[Key, rows.Churn], names: Names) -> ArmChurn | None:
    """Return an arm's churn; None when no window of it was measured."""
    found = [last.get(names.key(window.window, window.methodology)) for window in arm.all]
    measured = [row for row in found if row is not None]
    if not measured:
        return None
    mature = [(row.churn_14d, row.added_lines or 0) for row in measured if row.churn_14d is not None]
    lines = sum(added for _, added in mature)
    shares = [share for share, _ in mature]
    later = [row.matures_at for row in measured if row.churn_14d is None and row.matures_at]
    return ArmChurn(
        len(measured),
        len(mature),
        len(found) - len(measured),
        sum(row.added_lines or 0 for row in measured),
        lines,
        sum(share * added for share, added in mature) / lines if lines else None,
        min(shares, default=None),
        max(shares, default=None),
        min(later, default=None),
    )
