"""Find the one row that a person means."""

from __future__ import annotations

from pathlib import Path

from tracker import cli, rows
from tracker.ledger import stored_rows
from tracker.options import FEATURE_NOTE


def by_id(where: Path, start: str) -> rows.Row:
    """Return the row in force whose row_id is, or begins with, `start`; cli.Stop (66) says why none is."""
    if len(start) < 4:
        raise cli.Stop(cli.USAGE, f"{start!r} is too little of a row_id; give 4 signs or more")
    found = [
        item.row
        for item in stored_rows.in_force(where)
        if item.row and (item.row.row_id or "").startswith(start)
    ]
    exact = [row for row in found if row.row_id == start] or found
    if len(exact) == 1:
        return exact[0]
    if exact:
        raise cli.Stop(cli.USAGE, f"{start!r} begins {len(exact)} row_ids; give more of it")
    raise cli.Stop(cli.NOTHING, f"no row in force is called {start}; `ledger-cat` shows them")


def last(
    where: Path,
    what: str,
    agent_id: str,
    provider: str | None = None,
    window: str | None = None,
    feature_id: str | None = None,
) -> rows.Row:
    """Return the agent's last row in force of a kind, or its last reading of a phase; cli.Stop (66) when none fits."""
    kind = "snapshot" if what in {"before", "after"} else what
    found = None
    for item in stored_rows.in_force(where, [kind]):
        row = item.row
        if row is None or (row.agent_id or "main") != agent_id:
            continue
        if provider and getattr(row, "provider", None) != provider:
            continue
        if window and getattr(row, "window", None) != window:
            continue
        if feature_id and not _is_of_task(row, feature_id):
            continue
        if kind == what or (isinstance(row, rows.Snapshot) and row.phase == what and row.feature_id is None):
            found = row
    if found is None:
        fits = " ".join(filter(None, [provider, what, *(f"of {one}" for one in (window, feature_id) if one)]))
        raise cli.Stop(
            cli.NOTHING, f"agent {agent_id} has no {fits} in force; `ledger-cat` shows what there is"
        )
    return found


def _is_of_task(row: rows.Row, feature_id: str) -> bool:
    """Say whether a row is a task's own, or a reading that was taken for it."""
    notes = getattr(row, "notes", [])
    return getattr(row, "feature_id", None) == feature_id or f"{FEATURE_NOTE}{feature_id}" in notes


def finished(where: Path, window: str | None) -> bool:
    """Say whether a window's canonical row is in force."""
    found = stored_rows.in_force(where, ["window"])
    return any(isinstance(item.row, rows.Window) and item.row.window == window for item in found)


def named(row: rows.Row) -> str:
    """Return a row's name for a person.

    >>> from datetime import UTC, datetime
    >>> named(rows.Undo(ts=datetime(2026, 1, 1, tzinfo=UTC), undoes="ab", row_id="0123456789abcdef"))
    'row 01234567 (undo)'
    """
    parts = [str(row.__struct_config__.tag)]
    parts += [getattr(row, name) for name in ("window", "provider", "phase") if getattr(row, name, None)]
    return f"row {(row.row_id or '?')[:8]} ({' '.join(parts)})"
