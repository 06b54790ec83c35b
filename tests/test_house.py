"""The house rules that a machine can hold: who imports whom, what stays out, how a tool begins."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import pytest

from conftest import BIN, ROOT, TOOLS

LIB = ROOT / "lib" / "tracker"
MODULES = sorted(LIB.rglob("*.py"))
ADDONS = sorted((ROOT / "addons").glob("*.py"))

# What each room may import from the other rooms of lib/tracker.  A room that is not named here is refused.
GROUND = {
    *(
        "rows",
        "cli",
        "places",
        "extras",
        "jsonl",
        "clock",
        "options",
        "fast_start",
        "git",
        "providers",
        "lanes",
    )
}
ARROWS = {
    "__init__": set(),
    "__main__": {"cli"},
    "rows": {"providers"},
    "places": set(),
    "cli": {"places", "extras"},
    "extras": {"places"},
    "installed": set(),
    "fast_start": set(),
    "providers": set(),
    "lanes": {"cli", "places"},
    "clock": {"cli"},
    "options": {"cli"},
    "git": {"cli"},
    "jsonl": {"cli", "rows"},
    "meters": GROUND,
    "ledger": GROUND,
    "windows": GROUND,
    "churn": GROUND,
    "telemetry": GROUND,
    "stats": set(),
    "evidence": GROUND,
    "money": GROUND | {"stats", "evidence"},
    "verdict": GROUND | {"stats", "evidence", "windows"},
    "replay": GROUND | {"stats", "evidence", "verdict"},
    "print": {"cli"},  # values in, text out: no rows, no files
    "router": {"cli", "lanes", "places", "providers"},
    "mock": GROUND,
    "proofs": GROUND | {"mock", "telemetry"},
    "ops": GROUND | {"print"},
}
LATE = {
    "scipy",
    "numpy",
    "tabulate",
    "matplotlib",
    "tqdm",
    "jq",
    "genai_prices",
    "aiohttp",
    "trustme",
    "anthropic",
    "detect_secrets",
}
HEADER = (BIN / TOOLS[0]).read_text().split("__doc__")[0] if TOOLS else ""


def room(path) -> str:
    inside = path.relative_to(LIB)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def imports(path, top_only=False):
    """Yield (module, names) for every import of a file."""
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ()
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, tuple(alias.name for alias in node.names)


def rooms_reached(path) -> set[str]:
    """Return the rooms of lib/tracker that a file imports from, its own left out."""
    reached = set()
    for module, names in imports(path):
        parts = module.split(".")
        if parts[0] == "tracker":
            reached |= {parts[1]} if len(parts) > 1 else set(names)
    return reached - {"__version__", room(path)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(LIB)))
def test_arrows_point_one_way(path):
    assert room(path) in ARROWS, (
        f"{room(path)} is no room of the house: name it in ARROWS, and what it may import"
    )
    assert rooms_reached(path) <= ARROWS[room(path)]


def test_no_arrow_closes_a_circle():
    """Not between rooms, as declared, nor between the modules of one."""
    for arrows in (ARROWS, modules_reached()):
        open_ones = dict(arrows)
        while ready := [name for name, reached in open_ones.items() if not reached & open_ones.keys()]:
            for name in ready:
                del open_ones[name]
        assert not open_ones, f"a circle: {open_ones}"


def modules_reached() -> dict[str, set[str]]:
    """Return the modules that each module of lib/tracker imports, by full name."""
    names = {
        ".".join(path.relative_to(LIB.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in MODULES
    }
    found = {}
    for path in MODULES:
        own = ".".join(path.relative_to(LIB.parent).with_suffix("").parts).removesuffix(".__init__")
        reached = set()
        for module, inside in imports(path):
            whole = {f"{module}.{name}" for name in inside} & names
            reached |= whole or ({module} & names)
        found[own] = reached - {own, "tracker"}
    return found


def test_only_the_router_knows_mitmproxy():
    for path in MODULES:
        outside = {module.split(".")[0] for module, _ in imports(path)}
        assert "mitmproxy" not in outside or room(path) == "router", path
        assert not outside & {"bin", "scripts", "addons"}, path


# What the meters have in common; a surface may import these, and no other surface.
SHARED = {"text", "reset_times", "panel", "notices", "answers", "registry"}


@pytest.mark.parametrize("path", sorted((LIB / "meters").glob("*.py")), ids=lambda path: path.stem)
def test_meters_never_import_one_another(path):
    others = {other.stem for other in (LIB / "meters").glob("*.py")} - {path.stem, "__init__"}
    if path.stem in {"__init__", "registry", "capture"}:
        return
    for module, names in imports(path):
        if module == "tracker.meters":
            assert not set(names) & (others - SHARED)


# The rooms that compute with arrays; a tool imports them inside the function that needs them.
HEAVY_ROOMS = ("stats", "replay", "print", "mock", "proofs")


@pytest.mark.parametrize("path", [*MODULES, *(BIN / name for name in TOOLS)], ids=lambda path: path.name)
def test_heavy_packages_are_imported_late(path):
    if path.is_relative_to(LIB) and room(path) in HEAVY_ROOMS:
        return
    for module, names in imports(path, top_only=True):
        assert module.split(".")[0] not in LATE, f"{module} belongs inside the function that needs it"
        for heavy in HEAVY_ROOMS:
            assert not module.startswith(f"tracker.{heavy}")
            assert not (module == "tracker" and heavy in names)


ROUTER = sorted((LIB / "router").rglob("*.py"))


@pytest.mark.parametrize("path", [*ADDONS, *ROUTER], ids=lambda path: path.name)
def test_the_router_uses_mitmproxy_and_the_standard_library_only(path):
    beside = {"mitmproxy", "tracker", "brotli", "zstandard", "certifi"}  # mitmproxy needs the last three
    beside |= {"uvloop"} if path.stem == "master" else set()  # used where it is
    # The same: without it json does, which tests/router/test_router_body.py shows.
    beside |= {"msgspec"} if path.stem == "message_body" else set()
    for module, _ in imports(path):
        top = module.split(".")[0]
        assert top in sys.stdlib_module_names or top in beside


def test_the_addons_are_the_plans_names_and_no_more():
    for path in ADDONS:
        assert len(path.read_text().splitlines()) <= 18, path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(LIB)))
def test_only_the_ground_floor_parses_options(path):
    if path.stem != "cli":
        assert not any(module == "argparse" for module, _ in imports(path))


@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_begins_the_same_way(name):
    text = (BIN / name).read_text()
    if name == "router":  # mitmproxy's pins need an environment of their own
        text = text.replace(".venv-router", ".venv").replace("-SIO", "-SI")
        text = re.sub(r"# glibc: .*\nexport MALLOC_.*\n", "", text)
    assert text.startswith(HEADER + "__doc__ = ")
    assert re.search(r'^EXAMPLES = """', text, re.M)
    assert "def make_parser(" in text
    assert "def main(" in text


def test_sourced_scripts_have_no_bit_and_run_scripts_have_one():
    listed = subprocess.run(
        ["git", "ls-files", "-s", "scripts"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for line in listed.splitlines():
        mode, _, _, name = line.replace("\t", " ").split(" ", 3)
        if name.endswith(".sh"):
            has_shebang = (ROOT / name).read_text().startswith("#!")
            assert (mode == "100755") == has_shebang, name


FORBIDDEN = re.compile(r"/root/|/home/[a-z]+/|pypi\.org|files\.pythonhosted|registry\.npmjs\.org")


def test_no_path_of_a_machine_and_no_index_host():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.split():
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".gz", ".zst"} and name != "tests/test_house.py":
            found = FORBIDDEN.search(path.read_text(errors="replace"))
            assert not found, f"{name}: {found and found[0]}"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "lib/tracker/stats").glob("*.py")), ids=lambda path: path.stem
)
def test_every_statistic_names_its_source_and_has_an_example(path):
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            said = ast.get_docstring(node) or ""
            assert "Source" in said and ">>> " in said, node.name
