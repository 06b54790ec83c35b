"""Where the clients keep what they wrote: which folders there are, and which files in them."""

from __future__ import annotations

import os
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
    changed: float = 0.0  # when it was written to last, seconds since 1970


def find(
    home: Path,
    environment: Mapping[str, str],
    named: list[Path] | None = None,
    unread: dict[str, str] | None = None,
) -> list[Source]:
    """Return the files to read, oldest change first; links are followed, each file and folder once.

    `named`: files and folders to look in, instead of where the clients write by themselves: every folder of
    CLAUDE_CONFIG_DIR (several are parted by commas), else ~/.claude and ~/.config/claude, and CODEX_HOME,
    else ~/.codex.  Login and settings files are never among them: only `projects/**/*.jsonl` and
    `sessions/**/rollout-*.jsonl` are.  `unread` takes the folders that could not be opened, and why.
    """
    lost = {} if unread is None else unread
    for place in [] if named is not None else configured(environment):
        if not is_there(place):
            lost[str(place)] = "no such folder; CLAUDE_CONFIG_DIR or CODEX_HOME names it"
    places = named if named is not None else standard_folders(home, environment)
    alike = _names_of_several(places)
    found: dict[Path, Source] = {}
    for place in places:
        for path, client in _below(place, lost):
            try:
                about = path.stat()
            except OSError as wrong:  # it went away meanwhile
                lost[str(path)] = wrong.strerror or str(wrong)
                continue
            folder = _folder(path, place)
            account = f"{folder.parent.name}/{folder.name}" if folder.name in alike else folder.name
            source = Source(path, client, account, about.st_size, about.st_mtime)
            found.setdefault(path.resolve(), source)
    return sorted(found.values(), key=lambda one: (one.changed, str(one.path)))


def standard_folders(home: Path, environment: Mapping[str, str]) -> list[Path]:
    """Return the folders that the clients use by themselves, whether they are there or not."""
    claude = claude_folders(environment) or [home / ".claude", home / ".config" / "claude"]
    return [*claude, Path(environment.get("CODEX_HOME") or home / ".codex")]


def claude_folders(environment: Mapping[str, str]) -> list[Path]:
    """Return the folders of CLAUDE_CONFIG_DIR; several are parted by commas."""
    return [
        Path(word.strip()) for word in environment.get("CLAUDE_CONFIG_DIR", "").split(",") if word.strip()
    ]


def configured(environment: Mapping[str, str]) -> list[Path]:
    """Return the folders that somebody set by hand."""
    codex = environment.get("CODEX_HOME")
    return [*claude_folders(environment), *([Path(codex)] if codex else [])]


def clients_in(place: Path) -> set[str]:
    """Return which clients wrote a file in a folder; of each only the first file is looked for."""
    found = {"claude"} if next(_files(place / "projects", "", {}), None) else set()
    return found | ({"codex"} if next(_files(place / "sessions", ROLLOUT, {}), None) else set())


ROLLOUT = "rollout-"


def is_there(path: Path) -> bool:
    """Say whether there is something at a path, be it something that may not be looked at."""
    try:
        return path.exists()
    except PermissionError:
        return True
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """Say whether a path is a file; one that may not be looked at is none, and no error."""
    try:
        return path.is_file()
    except OSError:
        return False


def _below(place: Path, unread: dict[str, str]) -> Iterator[tuple[Path, str]]:
    if is_file(place):
        yield place, "codex" if place.name.startswith(ROLLOUT) else "claude"
        return
    projects = place if place.name == "projects" else place / "projects"
    for path in _files(projects, "", unread):
        yield path, "claude"
    for name in ("sessions", "archived_sessions"):
        sessions = place if place.name == name else place / name
        for path in _files(sessions, ROLLOUT, unread):
            yield path, "codex"


def _files(top: Path, begins: str, unread: dict[str, str]) -> Iterator[Path]:
    """Yield the files below a folder that hold lines of JSON, each folder once, however links lead to it."""

    def lost(wrong: OSError) -> None:
        if not isinstance(wrong, (FileNotFoundError, NotADirectoryError)):  # a client that is not used here
            unread[str(wrong.filename)] = wrong.strerror or str(wrong)

    seen = set()
    for folder, below, names in os.walk(top, onerror=lost, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            below.clear()
            continue
        seen.add(real)
        for name in names:
            path = Path(folder, name)
            if name.startswith(begins) and name.endswith(".jsonl") and is_file(path):
                yield path


def _names_of_several(places: Iterable[Path]) -> set[str]:
    """Return the names that several of these folders share: ann/.claude and bob/.claude are two people's."""
    folders = {_folder(place, place).resolve() for place in places}
    return {name for name, count in Counter(folder.name for folder in folders).items() if count > 1}


def _folder(path: Path, place: Path) -> Path:
    """Return the client's folder in which a file was found."""
    if is_file(place):
        return next(
            (above.parent for above in path.parents if above.name in ("projects", "sessions")), place.parent
        )
    return place.parent if place.name in ("projects", "sessions", "archived_sessions") else place
