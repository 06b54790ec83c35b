"""What is set, and by whom: the environment, `.env`, the config file, in this order; an option wins over all.

One reader, asked when a setting is needed; nothing is put into the environment.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from tracker import bases, cli, config_file, env_file


class SettingSaid(NamedTuple):
    """A setting's text, and what says it."""

    text: str
    where: str  # the variable, the same "in .env", or the key "in the config file"


def said(variable: str) -> SettingSaid | None:
    """Return what sets a variable of `config_file.KEYS`, or another place's; None when nothing does.

    A variable that is set but empty is one that is not set.  Raises cli.Stop (78) for a file that cannot be read.

    >>> os.environ["TRACKER_PROVIDER"] = "glm"
    >>> said("TRACKER_PROVIDER")
    SettingSaid(text='glm', where='TRACKER_PROVIDER')
    >>> del os.environ["TRACKER_PROVIDER"]
    """
    if text := os.environ.get(variable):
        return SettingSaid(text, variable)
    if text := _of_env_file(bases.env().path, variable):
        return SettingSaid(text, f"{variable} in .env")
    if variable in config_file.BY_VARIABLE and (
        text := config_file.read(bases.config().path).settings.get(variable)
    ):
        return SettingSaid(text, f"{config_file.BY_VARIABLE[variable].name} in the config file")
    return None


def _of_env_file(path: Path, variable: str) -> str | None:
    """Return what `.env` sets; its parser, slow to load, is not loaded for a file without the name."""
    try:
        if variable.encode() not in path.read_bytes():
            return None
    except OSError:
        return None  # no file; one that cannot be read is said by whoever needs a key from it
    return env_file.read(path).get(variable)


def checked(variable: str, default: str) -> str:
    """Return a setting's text, else its default; cli.Stop (78) when the text is not what the key must be."""
    found = said(variable)
    if found is None:
        return default
    try:
        return config_file.BY_VARIABLE[variable].read(found.text)
    except ValueError as wrong:
        raise cli.Stop(cli.NO_SETTING, f"{found.where} is {found.text!r}; it must be {wrong}") from None


def repository(named: str | Path) -> Path:
    """Return a `--repo`: a folder, or one of the config file's repositories by name.

    Raises cli.Stop (2) when a plain word is both.
    """
    path = Path(named)
    if len(path.parts) != 1 or str(named).startswith((".", "~")):
        return path
    known = config_file.read(bases.config().path).repositories.get(str(named))
    if known is not None and path.exists():
        raise cli.Stop(
            cli.USAGE,
            f"--repo {named}: a folder here and a repository of the config file; write ./{named} or {known}",
        )
    return known or path


def table() -> list[tuple[str, str, str, str]]:
    """Return (key, text, where from, what it is) of every setting that is in force and names no place."""
    found = []
    for key in config_file.KEYS:
        if not key.name.startswith("places.") and (one := said(key.variable)):
            found.append((key.name, one.text, one.where, key.about))
    for name, path in sorted(config_file.read(bases.config().path).repositories.items()):
        found.append((f"repositories.{name}", str(path), "the config file", f"what --repo {name} means"))
    return found
