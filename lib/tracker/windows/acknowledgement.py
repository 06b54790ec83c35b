"""Which anomalies a person means, and the rows that acknowledge them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from tracker import cli, rows

LEAST = 4  # signs of a row_id that name a row


def still_open(there: Iterable[rows.Row]) -> list[rows.Anomaly]:
    """Return the anomalies that no row acknowledges, in their order."""
    told = [row for row in there if isinstance(row, rows.Anomaly)]
    explained = {row.acknowledges for row in told}
    return [row for row in told if row.acknowledges is None and row.row_id not in explained]


def by_id(there: Sequence[rows.Row], start: str) -> rows.Anomaly:
    """Return the open anomaly whose row_id begins so; cli.Stop says why none is: 2, 66, or 75 when it was before."""
    if len(start) < LEAST:
        raise cli.Stop(cli.USAGE, f"{start!r} is too little of a row_id; give {LEAST} signs or more")
    named = [row for row in there if (row.row_id or "").startswith(start)]
    if len(named) > 1:
        raise cli.Stop(cli.USAGE, f"{start!r} begins {len(named)} row_ids; give more of it")
    if not named:
        raise cli.Stop(
            cli.NOTHING, f"no row in force is called {start}; `ledger-cat --kind anomaly` shows them"
        )
    (row,) = named
    if not isinstance(row, rows.Anomaly) or row.acknowledges is not None:
        raise cli.Stop(cli.USAGE, f"row {start} is no anomaly; `ledger-cat --kind anomaly` shows them")
    if row not in still_open(there):
        raise cli.Stop(
            cli.TRY_LATER,
            f"row {start} ({row.anomaly}) is acknowledged already; undo that row to say it anew",
        )
    return row


def of_window(there: Sequence[rows.Row], window: str, word: str | None) -> list[rows.Anomaly]:
    """Return the open anomalies of a window, of one name if asked; cli.Stop (66) when it has none."""
    found = [
        row
        for row in still_open(there)
        if row.window == window and word in (None, row.anomaly) and row.row_id is not None
    ]
    if not found:
        what = f"open {word}" if word else "open anomaly"
        raise cli.Stop(
            cli.NOTHING, f"{window} has no {what} among these rows; `window-audit` shows what it has"
        )
    return found


def rows_for(found: Iterable[rows.Anomaly], reason: str, at: datetime) -> list[rows.Anomaly]:
    """Return the row that acknowledges each anomaly."""
    return [
        rows.Anomaly(
            ts=at,
            anomaly=row.anomaly,
            window=row.window,
            provider=row.provider,
            detail=reason,
            acknowledges=row.row_id,
        )
        for row in found
    ]
