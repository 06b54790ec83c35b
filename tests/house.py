"""The walls of the house as checks on a tree, this one or a copy: rooms, arrows, circles, tests by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# What each room may import from the other rooms of lib/tracker.  A room that is not named here is refused.
GROUND = {
    *(
        "rows",
        "cli",
        "places",
        "bases",
        "config_file",
        "settings",
        "extras",
        "jsonl",
        "clock",
        "options",
        "import_msgspec",
        "git",
        "providers",
        "lanes",
        "env_file",
        "control_file",
        "placeholders",
    )
}
ARROWS = {
    "__init__": set(),
    "__main__": {"cli"},
    "rows": {"import_msgspec", "providers"},
    "bases": set(),
    "cli": {"bases", "extras"},
    "extras": {"bases"},
    "config_file": {"cli", "providers"},
    "settings": {"bases", "cli", "config_file", "env_file"},
    "places": {"bases", "settings"},
    "installed": set(),
    "import_msgspec": set(),
    "providers": set(),
    "env_file": {"cli"},
    "control_file": set(),
    "placeholders": set(),
    "lanes": {"cli", "placeholders", "places", "settings"},
    "clock": {"cli"},
    "options": {"cli"},
    "git": {"cli"},
    "jsonl": {"cli", "import_msgspec", "rows"},
    "live": GROUND,
    "meters": GROUND,
    "ledger": GROUND,
    "windows": GROUND,
    "churn": GROUND,
    "history": GROUND | {"meters"},
    "outlook": GROUND | {"history", "ledger", "meters", "stats"},
    "telemetry": GROUND,
    "stats": set(),
    "evidence": GROUND,
    "money": GROUND | {"stats", "evidence", "history"},
    "verdict": GROUND | {"stats", "evidence", "ledger", "windows"},
    "replay": GROUND | {"evidence", "verdict"},
    "print": {"cli"},  # values in, text out: no rows, no files
    "router": {"cli", "control_file", "env_file", "lanes", "places", "providers"},
    "mock": GROUND,
    "proofs": GROUND | {"mock", "telemetry"},
    "ops": GROUND | {"print"},
    "workday": GROUND | {"ledger", "meters", "telemetry", "windows"},
    "exports": GROUND | {"history", "print", "windows"},
    "reporting": GROUND | {"evidence", "history", "verdict"},
}


def modules(root: Path) -> list[Path]:
    """Return every module of a tree's lib/tracker."""
    return sorted((root / "lib" / "tracker").rglob("*.py"))


def inside(root: Path, path: Path) -> Path:
    """Return a module's path in lib/tracker."""
    return path.relative_to(root / "lib" / "tracker")


def room(root: Path, path: Path) -> str:
    """Return the room that a module stands in; a module of the ground floor is one by itself."""
    parts = inside(root, path).parts
    return parts[0] if len(parts) > 1 else path.stem


def full_name(root: Path, path: Path) -> str:
    """Return a module's name as an import has it."""
    parts = ("tracker", *inside(root, path).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


Imported = tuple[str, tuple[str, ...]]  # a module, and the names that are taken from it


def imports(path: Path, top_only: bool = False, package: str = "") -> tuple[Imported, ...]:
    """Return (module, names) for every import of a file, also one within a function or by a name in quotes.

    `package` is what the file's relative imports start from.
    """
    return imported(path.read_text(), top_only, package)


@cache
def imported(text: str, top_only: bool, package: str) -> tuple[Imported, ...]:
    """Return the imports of a text; it is read once, however often the walls are looked at."""
    return tuple(_imported(ast.parse(text), top_only, package))


def _imported(tree: ast.Module, top_only: bool, package: str) -> Iterator[Imported]:
    for node in tree.body if top_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ()
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            yield (
                ".".join([*above, *([node.module] if node.module else [])]),
                tuple(alias.name for alias in node.names),
            )
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            for word in node.args[:1]:
                if isinstance(word, ast.Constant) and isinstance(word.value, str):
                    yield word.value, ()


def reached(root: Path, path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the imports of a module of lib/tracker, relative ones by their full names."""
    name = full_name(root, path)
    yield from imports(path, package=name if path.stem == "__init__" else name.rpartition(".")[0])


def rooms_reached(root: Path, path: Path) -> set[str]:
    """Return the rooms that a module imports from, its own left out."""
    rooms: set[str] = set()
    for module, names in reached(root, path):
        parts = module.split(".")
        if parts[0] == "tracker":
            rooms |= {parts[1]} if len(parts) > 1 else set(names)
    return rooms - {"__version__", room(root, path)}


def modules_reached(root: Path) -> dict[str, set[str]]:
    """Return the modules that each module imports, by full name."""
    names = {full_name(root, path): path for path in modules(root)}
    found = {}
    for own, path in names.items():
        reaches: set[str] = set()
        for module, inner in reached(root, path):
            reaches |= {f"{module}.{name}" for name in inner} & names.keys() or {module} & names.keys()
        found[own] = reaches - {own, "tracker"}
    return found


def wrong_arrows(root: Path) -> list[str]:
    """Return what stands in no room, or imports from one that its own may not."""
    wrong = []
    for path in modules(root):
        own = room(root, path)
        if own not in ARROWS:
            wrong.append(f"{inside(root, path)}: {own} is no room; name it in ARROWS, and what it may import")
        elif further := rooms_reached(root, path) - ARROWS[own]:
            wrong.append(f"{inside(root, path)}: {own} may not import {', '.join(sorted(further))}")
    return wrong


def circles(arrows: dict[str, set[str]]) -> set[str]:
    """Return what imports itself by way of others."""
    left = dict(arrows)
    while ready := [name for name, reaches in left.items() if not reaches & left.keys()]:
        for name in ready:
            del left[name]
    return set(left)


def empty_rooms(root: Path) -> set[str]:
    """Return the rooms that are named and are not there."""
    return ARROWS.keys() - {room(root, path) for path in modules(root)}


def without_test(root: Path) -> list[str]:
    """Return the modules whose test nobody finds by name.

    lib/tracker/ROOM/x.py has tests/ROOM/test_x.py, lib/tracker/ROOM/SUB/x.py that or
    tests/ROOM/SUB/test_x.py, and lib/tracker/x.py has tests/test_x.py or tests/ground/test_x.py.
    """
    missing = []
    for path in modules(root):
        where, name = inside(root, path), f"test_{path.stem}.py"
        above = where.parts[:-1]
        folders = [Path(*above), Path(above[0])] if above else [Path(), Path("ground")]
        if not path.stem.startswith("__") and not any(
            (root / "tests" / folder / name).exists() for folder in folders
        ):
            missing.append(where.as_posix())
    return missing
