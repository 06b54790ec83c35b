"""The toolkit's own folder, and which folder a person's things lie in when nothing names their place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

DISTRIBUTION = "plan-meters"  # its name for pip, and the folder's name below the XDG directories
_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "tree"  # what a wheel carries beside the modules
IS_CLONE = not _INSTALLED.is_dir()
TREE = _PACKAGE.parents[1] if IS_CLONE else _INSTALLED  # bin/, scripts/, addons/, data/prices/


class Place(NamedTuple):
    """A folder or file, and in a few words why it is that one."""

    path: Path
    why: str


def standard(inside: str, base: str, default: str, below: str, *, of_clone: bool = True) -> Place:
    """Return TRACKER_HOME's, the clone's (where the thing is `of_clone`), or that of the XDG base directories.

    `inside`: below TRACKER_HOME or a clone; `base`: the XDG variable; `default`: its default below the home
    folder; `below`: below this toolkit's folder there.
    """
    if home := os.environ.get("TRACKER_HOME"):
        return Place(Path(home) / inside, "TRACKER_HOME")
    if IS_CLONE and of_clone:
        return Place(TREE / inside, "the clone that this tool is of")
    said = os.environ.get(base, "")
    if Path(said).is_absolute():  # XDG's own rule: a relative path is as good as none
        return Place(Path(said) / DISTRIBUTION / below, base)
    return Place(Path.home() / default / DISTRIBUTION / below, f"{base} is not set")


CONFIG = ("XDG_CONFIG_HOME", ".config")


def env() -> Place:
    """Return where `.env` is looked for."""
    return standard(".env", *CONFIG, ".env")


def config() -> Place:
    """Return where the config file is looked for: a person's, one for every clone and installation."""
    if said := os.environ.get("TRACKER_CONFIG"):
        return Place(Path(said), "TRACKER_CONFIG")
    return standard("config.toml", *CONFIG, "config.toml", of_clone=False)
