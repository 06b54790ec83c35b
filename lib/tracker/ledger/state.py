"""Which window a shell has open: one small file for each provider, in the agent's state folder.

The ledger's own rows are the truth; these files say which of several open windows a shell means,
and show a person what is open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tracker import cli, jsonl, rows
from tracker.ledger.files import cannot, state_folder


def reader(where: Path, agent_id: str) -> Callable[[str], str | None]:
    """Return a function that says which window of a provider this shell opened last."""

    def opened(provider: str) -> str | None:
        try:
            return (state_folder(where, agent_id) / provider).read_text().split("\n")[0] or None
        except (OSError, UnicodeDecodeError):
            return None

    return opened


def note(where: Path, agent_id: str, lines: Sequence[bytes]) -> None:
    """Write down what this agent's rows opened, and take away what they closed."""
    for line in lines:
        if not line.startswith(b'{"kind":"snapshot"'):
            continue
        row = jsonl.decode(line, 1)
        if not isinstance(row, rows.Snapshot) or not row.window or row.agent_id != agent_id:
            continue  # a copy of another agent's row opens nothing here
        if row.phase == "before":
            folder = state_folder(where, agent_id)
            try:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / row.provider).write_text(row.window + "\n")
            except OSError as error:
                raise cannot(error, folder, "keep the open window in") from None
        elif row.phase == "after":
            forget(where, agent_id, row)


def forget(where: Path, agent_id: str, row: rows.Row) -> None:
    """Take away the mark of a window that this row closed, or that was undone with it."""
    if isinstance(row, rows.Snapshot) and reader(where, agent_id)(row.provider) == row.window:
        try:
            (state_folder(where, agent_id) / row.provider).unlink(missing_ok=True)
        except OSError as error:
            cli.say(f"the mark of the open window stays ({error.strerror})")
