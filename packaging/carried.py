"""What an installed tree has of a clone beside the modules: for the wheel and for `make install`."""

from __future__ import annotations

from pathlib import Path

CARRIED = (
    "addons",
    "bin",
    "data/plans",
    "data/prices",
    "data/samples",
    "lib/native",
    "lib/start.py",
    "scripts",
)
OF_A_CLONE = {"gen-docs", "lint.sh", "lock.sh", "setup.sh", "build-native.sh"}


def files(path: Path) -> list[Path]:
    """Return the file, or the files below a folder, through links too, by the names that they have there."""
    if path.is_file():
        return [path]
    found = []
    for one in sorted(path.iterdir()) if path.is_dir() else []:
        if one.name not in OF_A_CLONE and one.name != "__pycache__":
            found += files(one)
    return found
