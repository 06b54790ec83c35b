"""print/ is the only place that draws, indents and chooses formats; everything else hands it values."""

from __future__ import annotations

import ast
import re

import pytest

from conftest import BIN, ROOT, TOOLS

LIB = ROOT / "lib" / "tracker"
# The router is a server in an environment of its own; ops/docs writes the repository's own pages.
# heads.txt is a file of the ledger: its columns are read back, and its lines may not change.
# A tool's help is argparse's, which the ground floor sets: print/ stands above it.
OWN = {LIB / "ledger/files.py": 3, LIB / "cli.py": 2}
ELSEWHERE = [
    path
    for path in sorted(LIB.rglob("*.py"))
    if path.relative_to(LIB).parts[0] not in ("print", "router") and LIB / "ops/docs" not in path.parents
]
# What draws, by what it is called, however it was imported.
PACKAGES = {
    "tabulate",
    "rich",
    "texttable",
    "prettytable",
    "matplotlib",
    "jinja2",
    "textwrap",
    "pprint",
    "string",
}
CALLS = {"ljust", "rjust", "center", "expandtabs", "writer", "DictWriter", "pprint"}
PADDED = re.compile(r"(?:.?[<>^=])?[-+ ]?#?(?:[1-9]\d*|\{)|.?[<>^]")  # a width: `<24`, `>8`, `11`, `{wide}`
PERCENT = re.compile(r"%[-+ ]*[1-9]\d*(?:\.\d+)?[sdfgx]")


def drawing(text: str) -> list[str]:
    """Return what a file draws with, each with its line."""
    found = []
    for node in ast.walk(ast.parse(text)):
        found += [f"line {node.lineno}: {what}" for what in _drawn(node)]
    return found


def _drawn(node):
    if isinstance(node, ast.Import):
        yield from ({alias.name.split(".")[0] for alias in node.names} & PACKAGES)
    elif isinstance(node, ast.ImportFrom):
        yield from ({(node.module or "").split(".")[0]} & PACKAGES)
        if (node.module or "") in ("csv", "json"):
            yield from ({alias.name for alias in node.names} & {"writer", "DictWriter", "JSONEncoder"})
    elif isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in CALLS:
            yield name
        if any(word.arg == "indent" for word in node.keywords):
            yield f"{name}(indent=...)"
        if name == "format":
            yield from _format_call(node)
        if name == "print":
            yield "print()"
    elif isinstance(node, ast.FormattedValue) and node.format_spec:
        spec = "".join(p.value if isinstance(p, ast.Constant) else "{" for p in node.format_spec.values)
        if PADDED.match(spec):
            yield f"a column in an f-string (:{spec})"
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
        if isinstance(node.left.value, str) and PERCENT.search(node.left.value):
            yield f"a column in {node.left.value!r}"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "\x1b[" in node.value:
        yield "an escape sequence"


def _format_call(node):
    if isinstance(node.func, ast.Name):  # format(value, spec)
        spec = getattr(node.args[1], "value", "{") if len(node.args) > 1 else ""
        if PADDED.match(spec):
            yield f"a column in format(..., {spec!r})"
    elif isinstance(node.func.value, ast.Constant):  # "{:<24}".format
        if any(PADDED.match(spec) for spec in re.findall(r":([^{}]*)\}", node.func.value.value)):
            yield "a column in str.format"
    elif ast.unparse(node.func.value).endswith("json"):
        yield "msgspec.json.format()"


@pytest.mark.parametrize("path", ELSEWHERE, ids=lambda path: str(path.relative_to(LIB)))
def test_only_print_draws(path):
    found = drawing(path.read_text())
    assert len(found) == OWN.get(path, 0), f"values belong here, their drawing into print/: {found}"


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_draws_nothing_and_writes_text_by_cli_put_alone(name):
    text = (BIN / name).read_text()
    assert drawing(text) == []
    assert "sys.stdout.write(" not in text, "cli.put spells out what would steer a terminal"
    assert "tracker.print import" in text or ".render(" not in text


@pytest.mark.parametrize("path", ELSEWHERE, ids=lambda path: str(path.relative_to(LIB)))
def test_text_leaves_a_room_by_the_ground_floor_alone(path):
    """A room that writes to stdout itself would print names that steer a terminal."""
    if path.name != "cli.py":
        assert not re.search(r"sys\.stdout\.write(lines)?\(|sys\.stderr\.write\(", path.read_text())


@pytest.mark.parametrize(
    "text",
    [
        "import tabulate",
        "from tabulate import tabulate as t",
        "import json\njson.dumps(1, indent=0)",
        "from json import dumps as d\nd(1, indent=2)",
        "msgspec.json.format(raw)",
        "x = f'{a:<24}{b:>8}'",
        "x = f'{a:8}'",
        "x = f'{a:{wide}}'",
        "x = f'{a:.<8}'",
        "x = '%-24s' % a",
        "x = '{:<24}'.format(a)",
        "x = format(a, '>8')",
        "a.ljust(8)",
        "import csv\ncsv.writer(out)",
        "from csv import DictWriter",
        "print(a)",
        "x = '\\x1b[1m'",
    ],
)
def test_the_wall_sees_every_way_to_draw(text):
    assert drawing(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = f'{a:02d}:{b:.1f} {c:,} {d:g} {e:+.2f} {f:%H:%M} {g!r} {h:.0f} {i:04x} {j:,.0f} {k:F}'",
        "json.dumps(a)",
        "'%H:%M' % a",
        "row.format",
        "x = '{}'.format(a)",
        "csv.DictReader(a)",
    ],
)
def test_the_wall_lets_values_pass(text):
    assert drawing(text) == []
