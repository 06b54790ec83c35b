"""Where the clients keep what they wrote: which folders there are, and which files in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple


class Source(NamedTuple):
    """One file of a client's."""

    path: Path
    client: str  # claude or codex
    account: str  # label of the folder that it was found in: its name, such as .claude-work, behind its parent's where several share it
    size: int  # bytes


def find(home: Path, environment: Mapping[str, str], named: list[Path] | None = None) -> list[Source]:
    """Return the files to read, oldest change first.

    `named`: files and folders to look in, instead of where the clients write by themselves: every folder of
    CLAUDE_CONFIG_DIR (several are parted by commas), else ~/.claude and ~/.config/claude, and CODEX_HOME,
    else ~/.codex.  Login and settings files are never among them: only `projects/**/*.jsonl` and
    `sessions/**/rollout-*.jsonl` are.
    """
    places = named if named is not None else standard_folders(home, environment)
    alike = _names_of_several(places)
    found: dict[Path, tuple[float, Source]] = {}
    for place in places:
        for path, client in _below(place):
            about = path.stat()
            folder = _folder(path, place)
            account = f"{folder.parent.name}/{folder.name}" if folder.name in alike else folder.name
            found.setdefault(path.resolve(), (about.st_mtime, Source(path, client, account, about.st_size)))
    return [source for _, source in sorted(found.values(), key=lambda one: (one[0], str(one[1].path)))]


def standard_folders(home: Path, environment: Mapping[str, str]) -> list[Path]:
    """Return the folders that the clients use by themselves, whether they are there or not."""
    configured = [
        Path(word.strip()) for word in environment.get("CLAUDE_CONFIG_DIR", "").split(",") if word.strip()
    ]
    claude = configured or [home / ".claude", home / ".config" / "claude"]
    return [*claude, Path(environment.get("CODEX_HOME") or home / ".codex")]


def clients_in(place: Path) -> set[str]:
    """Return which clients wrote a file in a folder; of each only the first file is looked for."""
    found = {"claude"} if next((place / "projects").rglob("*.jsonl"), None) else set()
    return found | ({"codex"} if next((place / "sessions").rglob("rollout-*.jsonl"), None) else set())


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


def _names_of_several(places: Iterable[Path]) -> set[str]:
    """Return the names that several of these folders share: ann/.claude and bob/.claude are two people's."""
    folders = {_folder(place, place).resolve() for place in places}
    return {name for name, count in Counter(folder.name for folder in folders).items() if count > 1}


def _folder(path: Path, place: Path) -> Path:
    """Return the client's folder in which a file was found."""
    if place.is_file():
        return next(
            (above.parent for above in path.parents if above.name in ("projects", "sessions")), place.parent
        )
    return place.parent if place.name in ("projects", "sessions", "archived_sessions") else place
