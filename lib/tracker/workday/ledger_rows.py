"""The ledger's rows in force, as `ledger-cat` prints them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tracker import rows
from tracker.ledger import stored_rows


def read(where: Path, kinds: Sequence[str] = ()) -> list[rows.Row]:
    """Return the rows of a ledger that are in force; none where there is no ledger yet."""
    if not where.is_dir():
        return []
    return [item.row for item in stored_rows.in_force(where, kinds) if item.row is not None]
