"""Where the clients keep what they wrote: which folders there are, and which files in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple


class Source(NamedTuple):
    """One file of a client's."""

    path: Path
    client: str  # claude or codex
    account: str  # label of the folder that it was found in: its name, such as .claude-work
    size: int  # bytes


def find(home: Path, environment: Mapping[str, str], named: list[Path] | None = None) -> list[Source]:
    """Return the files to read, oldest change first.

    `named`: files and folders to look in, instead of where the clients write by themselves: every folder of
    CLAUDE_CONFIG_DIR (several are parted by commas), else ~/.claude and ~/.config/claude, and CODEX_HOME,
    else ~/.codex.  Login and settings files are never among them: only `projects/**/*.jsonl` and
    `sessions/**/rollout-*.jsonl` are.
    """
    places = named if named is not None else standard_folders(home, environment)
    found: dict[Path, tuple[float, Source]] = {}
    for place in places:
        for path, client in _below(place):
            about = path.stat()
            account = _account(path, place)
            found.setdefault(path.resolve(), (about.st_mtime, Source(path, client, account, about.st_size)))
    return [source for _, source in sorted(found.values(), key=lambda one: (one[0], str(one[1].path)))]


def standard_folders(home: Path, environment: Mapping[str, str]) -> list[Path]:
    """Return the folders that the clients use by themselves, whether they are there or not."""
    configured = [
        Path(word.strip()) for word in environment.get("CLAUDE_CONFIG_DIR", "").split(",") if word.strip()
    ]
    claude = configured or [home / ".claude", home / ".config" / "claude"]
    return [*claude, Path(environment.get("CODEX_HOME") or home / ".codex")]


def _below(place: Path) -> Iterator[tuple[Path, str]]:
    if place.is_file():
        yield place, "codex" if place.name.startswith("rollout-") else "claude"
        return
    projects = place if place.name == "projects" else place / "projects"
    for path in projects.rglob("*.jsonl"):
        if path.is_file():
            yield path, "claude"
    for name in ("sessions", "archived_sessions"):
        sessions = place if place.name == name else place / name
        for path in sessions.rglob("rollout-*.jsonl"):
            if path.is_file():
                yield path, "codex"


def _account(path: Path, place: Path) -> str:
    folder = place
    if place.is_file():
        folder = next(
            (above.parent for above in path.parents if above.name in ("projects", "sessions")), place.parent
        )
    elif place.name in ("projects", "sessions", "archived_sessions"):
        folder = place.parent
    return folder.name
