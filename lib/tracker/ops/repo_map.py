"""Every file of a repository: what it is for, when it last changed and by whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from tracker import cli, git

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
_TODO = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
# Where a file says what it is for: a docstring, a heading, a comment behind the first line.
_SUMMARIES = (
    re.compile(r'^(?:__doc__ = )?(?:""":"\n[\s\S]*?^__doc__ = )?"""(?P<said>[^\n"]+)', re.M),
    re.compile(r"^#!.*\n(?:# Usage: \S+\s*(?:[^\n]*?   )?|(?:#|//)\s*)(?P<said>\S[^\n]*)"),
    re.compile(r"^(?:# shellcheck [^\n]*\n)?#+ (?P<said>[^\n]+)"),
    re.compile(r"^(?:<!--|//|;)\s*(?P<said>[^\n]+?)(?:-->)?$", re.M),
)


class File(NamedTuple):
    """One file, and what a reader wants to know of it."""

    path: str
    summary: str  # empty: it does not say
    changed: datetime | None  # None: not committed yet
    author: str
    lines: int
    todos: int


def read(root: Path) -> list[File]:
    """Return every file that git follows, by path; cli.Stop (66) outside a repository."""
    names = [name for name in _git(root, "ls-files", "-z").split("\0") if name]
    last = _last_commits(root)
    made = []
    for name in names:
        path = root / name
        if not path.is_file() or path.is_symlink():
            continue
        text = path.read_bytes()[:200_000].decode("utf-8", "replace")
        changed, author = last.get(name, (None, ""))
        made.append(
            File(name, summary(name, text), changed, author, text.count("\n"), len(_TODO.findall(text)))
        )
    return made


def summary(name: str, text: str) -> str:
    """Return the line in which a file says what it is for, or nothing.

    >>> summary("x.md", "# Meters\\n\\nWhat is read.\\n")
    'Meters'
    >>> summary("soak.sh", "#!/usr/bin/env bash\\n# Usage: soak.sh [MINUTES]   alternate Sonnet and Haiku\\n")
    'alternate Sonnet and Haiku'
    """
    if name.endswith((".json", ".jsonl", ".csv", ".svg", ".txt", ".png")) or "\0" in text:
        return ""
    start = text[:3000]
    found = next((match for pattern in _SUMMARIES if (match := pattern.search(start))), None)
    return found["said"].strip().replace("|", "\\|")[:160] if found else ""


def _last_commits(root: Path) -> dict[str, tuple[datetime, str]]:
    last: dict[str, tuple[datetime, str]] = {}
    when, author = None, ""
    for line in (
        _git(root, "log", "--format=%x01%cI%x02%an", "--name-only", "-z").replace("\n", "\0").split("\0")
    ):
        if line.startswith("\x01"):
            text, author = line[1:].split("\x02", 1)
            when = datetime.fromisoformat(text)
        elif line and when is not None:
            last.setdefault(line, (when, author))
    return last


def _git(root: Path, *words: str) -> str:
    done = git.run(root, *words)
    if done.returncode:
        raise cli.Stop(cli.NOTHING, f"no repository in {root} ({git.reason(done)}); name one with --repo")
    return done.stdout.decode(errors="surrogateescape")


def quick_wins(files: list[File]) -> list[str]:
    """Return up to three small things worth doing that a machine can see."""
    made = []
    noted = sorted((file for file in files if file.todos), key=lambda file: -file.todos)
    if noted:
        made.append(f"`{noted[0].path}` has {noted[0].todos} TODO or FIXME: do them, or take them out")
    mute = [file for file in files if not file.summary and file.path.endswith((".py", ".sh", ".md"))]
    mute = [file for file in mute if file.lines > 0]
    if mute:
        made.append(
            f"`{mute[0].path}` does not say what it is for ({len(mute)} such files): add a first line"
        )
    code = [file for file in files if file.path.endswith((".py", ".sh"))]
    longest = max(code, key=lambda file: file.lines, default=None)
    if longest is not None and longest.lines > 300:
        made.append(f"`{longest.path}` is the longest program ({longest.lines} lines): part it")
    return made[:3]


def fold(files: list[File], depth: int = 3) -> list[File]:
    """Return the files with those deeper than `depth` folders, data mostly, as one entry a folder."""
    made: dict[str, File] = {}
    for file in files:
        parts = file.path.split("/")
        folder = "/".join(parts[:depth]) + "/"
        if len(parts) <= depth:
            made[file.path] = file
        elif folder not in made:
            made[folder] = file._replace(path=folder, summary="1 file")
        else:
            kept = made[folder]
            newer = max(kept, file, key=lambda one: one.changed.timestamp() if one.changed else 0)
            count = int(kept.summary.split()[0]) + 1
            made[folder] = newer._replace(
                path=folder,
                summary=f"{count} files",
                lines=kept.lines + file.lines,
                todos=kept.todos + file.todos,
            )
    return list(made.values())


def groups(files: list[File], now: datetime) -> list[tuple[str, list[File]]]:
    """Return (heading, files): changed this week, this month, older than a month, not committed."""
    tests: list[tuple[str, Callable[[timedelta], bool]]] = [
        ("Changed this week", lambda age: age <= WEEK),
        ("Changed this month", lambda age: WEEK < age <= MONTH),
        ("Older than 1 month", lambda age: age > MONTH),
    ]
    made = [
        (heading, [file for file in files if file.changed and fits(now - file.changed)])
        for heading, fits in tests
    ]
    made.append(("Not committed yet", [file for file in files if file.changed is None]))
    return [(heading, kept) for heading, kept in made if kept]


def as_dict(files: list[File], now: datetime) -> dict[str, Any]:
    """Return the map as plain values: groups of files by when they last changed, and quick wins."""
    return {
        "groups": [
            {"heading": heading, "files": [_file(one) for one in kept]}
            for heading, kept in groups(fold(files), now)
        ],
        "quick_wins": quick_wins(files),
    }


def _file(one: File) -> dict[str, Any]:
    return one._asdict() | {"changed": one.changed.isoformat() if one.changed else None}
