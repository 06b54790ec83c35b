"""Where the work of a window is: its repository and commit, kept in the agent's state folder.

The commit also stands in the BEFORE's notes, in the ledger; the folder's path stands here alone, since a
ledger may be shown to others.
"""

from __future__ import annotations

import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tracker import cli

FILE = "work.json"
HEAD_NOTE = "head:"


class Work(NamedTuple):
    """A window's repository, as it was when the window began."""

    window: str
    repo: str  # absolute path
    head: str | None  # commit; None: the repository has none yet
    moment: dict[str, Any] | None = None  # what the machine said then, for interruptions

    @property
    def path(self) -> Path:
        """The repository's folder."""
        return Path(self.repo)


def head_of(repo: Path) -> str | None:
    """Return the commit that a repository is at, None before its first; cli.Stop (66) when it is none."""
    inside = _git(repo, "rev-parse", "--show-toplevel")
    if inside is None:
        raise cli.Stop(
            cli.NOTHING,
            f"{repo} is no git repository; name the one that you work in with --repo, or `git init`",
        )
    return _git(repo, "rev-parse", "--verify", "--quiet", "HEAD")


def head_at(repo: Path, when: datetime) -> str | None:
    """Return the last commit that a repository's branch had at an instant; None before its first."""
    return _git(repo, "rev-list", "-1", f"--before={when.isoformat()}", "HEAD")


def commits_since(repo: Path, head: str | None) -> int | None:
    """Return how many commits were made since; None when the repository or the commit is not there."""
    said = _git(repo, "rev-list", "--count", f"{head}..HEAD" if head else "HEAD")
    return int(said) if said and said.isdecimal() else None


def _git(repo: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(repo), *words],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def keep(folder: Path, work: Work) -> None:
    """Write down where a window's work is."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(json.dumps(work._asdict()) + "\n")


def kept(folder: Path, window: str | None = None) -> Work | None:
    """Return where a window's work is, if that was written down and is of this window, or of whichever it is."""
    try:
        said = json.loads((folder / FILE).read_text())
        made = Work(str(said["window"]), str(said["repo"]), said["head"], said.get("moment"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return made if window in (None, made.window) else None


def forget(folder: Path) -> None:
    """Take the note away."""
    (folder / FILE).unlink(missing_ok=True)


def noted_head(notes: list[str]) -> str | None:
    """Return the commit that a BEFORE's notes name.

    >>> noted_head(["second account", "head:1a2b3c4"])
    '1a2b3c4'
    """
    return next((note.removeprefix(HEAD_NOTE) for note in notes if note.startswith(HEAD_NOTE)), None)
