"""The panel's votes: the last one of each person, and what it was before.  Those of nobody stand among the checks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tracker import rows


def votes(checks: Iterable[rows.Evidence]) -> list[dict[str, Any]]:
    """Return a vote for each person and window, in the order in which they first voted."""
    found: dict[tuple[str | None, str], dict[str, Any]] = {}
    for row in checks:
        if row.check == rows.PANEL_VOTE and row.by:
            key = (row.window, row.by)
            before = [*found[key]["before"], found[key]["vote"]] if key in found else []
            found[key] = {
                "by": key[1],
                "vote": row.result,
                "window": row.window,
                "detail": row.detail,
                "before": before,
            }
    return list(found.values())
