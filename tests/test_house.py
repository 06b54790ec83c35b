"""The house rules that a machine can hold: who imports whom, what stays out, how a tool begins."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys

import pytest

import house
from conftest import BIN, ROOT, TOOLS
from house import imports

LIB = ROOT / "lib" / "tracker"
MODULES = house.modules(ROOT)
ADDONS = sorted((ROOT / "addons").glob("*.py"))

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


def test_every_module_stands_in_a_room_and_arrows_point_one_way():
    assert house.wrong_arrows(ROOT) == []


def test_every_room_that_is_named_is_there():
    assert house.empty_rooms(ROOT) == set()


def test_no_arrow_closes_a_circle():
    """Not between rooms, as declared, nor between the modules of one."""
    assert house.circles(house.ARROWS) == set()
    assert house.circles(house.modules_reached(ROOT)) == set()


def test_every_module_has_its_test_by_name():
    assert house.without_test(ROOT) == []


@pytest.fixture(scope="module")
def sound_copy(tmp_path_factory):
    """A copy of the house in which every wall holds."""
    root = tmp_path_factory.mktemp("house")
    for part in ("lib/tracker", "tests"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__", "fixtures"))
    return root


# Deliberately wrong: what is written at the end of which file, and who says so in which words.
WRONG = {
    "a wrong arrow": (
        "telemetry/rollup.py",
        "from tracker.money import prices",
        "telemetry may not import money",
    ),
    "one within a function": (
        "stats/power.py",
        "def f():\n    import tracker.rows",
        "stats may not import rows",
    ),
    "a relative one": ("ledger/tail.py", "from ..churn import patches", "ledger may not import churn"),
    "one by a name in quotes": (
        "print/layout.py",
        "import importlib\nimportlib.import_module('tracker.ledger.files')",
        "print may not import ledger",
    ),
    "one to a tool's own room": (
        "meters/text.py",
        "from tracker import windows",
        "meters may not import windows",
    ),
    "an unlisted room": ("attic/things.py", "THINGS = 1", "attic is no room"),
    "an unlisted floor": ("attic.py", "THINGS = 1", "attic is no room"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_the_walls_go_red_when_somebody_walks_through(sound_copy, kind):
    name, text, said = WRONG[kind]
    path = sound_copy / "lib" / "tracker" / name
    before = path.read_text() if path.exists() else None
    assert house.wrong_arrows(sound_copy) == []
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{before or ''}\n{text}\n")
    try:
        (wrong,) = house.wrong_arrows(sound_copy)
        assert wrong.startswith(f"{name}: {said}")
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before)


@pytest.mark.parametrize(
    ("one", "other"),
    [("telemetry/engines.py", "telemetry/on_dask.py"), ("ledger/files.py", "ledger/append.py")],
)
def test_a_circle_within_a_room_is_seen(sound_copy, one, other):
    names = [f"tracker.{name.removesuffix('.py').replace('/', '.')}" for name in (one, other)]
    paths = [sound_copy / "lib" / "tracker" / name for name in (one, other)]
    before = [path.read_text() for path in paths]
    for path, text, further in zip(paths, before, reversed(names), strict=True):
        path.write_text(
            f"{text}\ndef f():\n    from {further.rpartition('.')[0]} import {further.rpartition('.')[2]}\n"
        )
    try:
        assert set(names) <= house.circles(house.modules_reached(sound_copy))
    finally:
        for path, text in zip(paths, before, strict=True):
            path.write_text(text)
    assert house.circles(house.modules_reached(sound_copy)) == set()


def test_a_circle_of_rooms_is_seen():
    assert house.circles({**house.ARROWS, "ledger": {"verdict"}, "windows": {"ledger"}}) >= {
        "ledger",
        "windows",
    }


def test_a_module_without_its_test_is_seen(sound_copy):
    path = sound_copy / "lib" / "tracker" / "churn" / "blame.py"
    path.write_text("LINES = 1\n")
    try:
        assert house.without_test(sound_copy) == ["churn/blame.py"]
        (sound_copy / "tests" / "churn" / "test_blame.py").write_text("")
        assert house.without_test(sound_copy) == []
    finally:
        path.unlink()


def test_every_room_and_every_arrow_is_needed():
    """An arrow that nobody walks is taken out of ARROWS; the ground floor is everybody's."""
    used: dict[str, set[str]] = {}
    for path in house.modules(ROOT):
        used.setdefault(house.room(ROOT, path), set()).update(house.rooms_reached(ROOT, path))
    idle = {name: arrows - house.GROUND - used[name] for name, arrows in house.ARROWS.items()}
    assert {name: arrows for name, arrows in idle.items() if arrows} == {}


def test_only_the_router_knows_mitmproxy():
    for path in MODULES:
        outside = {module.split(".")[0] for module, _ in imports(path)}
        assert "mitmproxy" not in outside or house.room(ROOT, path) == "router", path
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
    if path.is_relative_to(LIB) and house.room(ROOT, path) in HEAVY_ROOMS:
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


LEAVES_EARLY = re.compile(r"\|\s*(?:\\?command\s+)?(?:head\b|grep\s+-\w*q)[^\n]*")


def left_early(text):
    """Each pipe whose last reader leaves before its writer is done: with pipefail that ends the script, now and then, with 141."""
    joined = re.sub(r"\\\n\s*|(?<=\|)\n\s*", "", re.sub(r"^\s*#.*$", "", text, flags=re.M))
    return [found[0] for found in LEAVES_EARLY.finditer(joined) if "|| :" not in found[0]]


def test_no_script_ends_because_a_reader_left():
    listed = subprocess.run(
        ["git", "ls-files", "*.sh", ".ci/run"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert {name: pipes for name in listed.split() if (pipes := left_early((ROOT / name).read_text()))} == {}
    assert left_early("cat rows |\n\thead -n 1\n") and left_early("x | grep -qx y\n")
    assert not left_early("first=$(x | head -n 1 || :)\n") and not left_early("x | sed -n 1p\n")


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


# Who makes the frozen value of a ledger, and who joins what was made of it: the card and what is gone from
# it, the preview and its notes, the replay's log.  A gate takes its columns, a page its values.
TAKE_THE_WHOLE = {"evidence/facts", "evidence/reader", "verdict/card", "verdict/overview", "verdict/notes"}
TAKE_THE_WHOLE |= {"verdict/gone", "replay/log", "money/plan_costs", "reporting/contents"}


def test_only_the_reader_and_the_joiners_take_the_whole_of_the_evidence():
    taken = {
        str(path.relative_to(LIB).with_suffix(""))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        for argument in (*node.args.args, *node.args.kwonlyargs)
        if argument.annotation is not None and "Facts" in ast.unparse(argument.annotation).split(".")[-1:]
    }
    assert "verdict/card" in taken
    assert taken <= TAKE_THE_WHOLE
