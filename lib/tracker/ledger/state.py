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
    opened = reader(where, agent_id)
    marks: dict[str, str | None] = {}
    for line in lines:
        row = jsonl.decode(line, 1) if line.startswith(b'{"kind":"snapshot"') else None
        if not isinstance(row, rows.Snapshot) or not row.window or row.agent_id != agent_id or row.feature_id:
            continue  # a copy of another agent's row opens nothing here
        if row.phase == "before":
            marks[row.provider] = row.window
        elif row.phase == "after":
            mark = marks[row.provider] if row.provider in marks else opened(row.provider)
            marks[row.provider] = None if mark == row.window else mark
    for provider, window in marks.items():
        _mark(state_folder(where, agent_id) / provider, window)


def forget(where: Path, agent_id: str, row: rows.Row) -> None:
    """Take away the mark of a window whose BEFORE was undone."""
    if not isinstance(row, rows.Snapshot) or row.phase != "before":
        return
    if reader(where, agent_id)(row.provider) == row.window:
        _mark(state_folder(where, agent_id) / row.provider, None)


def _mark(path: Path, window: str | None) -> None:
    try:
        if window is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(window + "\n")
    except OSError as error:
        # The rows are in the ledger: this is a warning, not a failure of theirs.
        cli.say(str(cannot(error, path, "keep the open window in")).replace("nothing was recorded: ", ""))
