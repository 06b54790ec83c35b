"""Names that a reader can take at their word: one thing a name, plain, and functions short enough to hold in mind."""

from __future__ import annotations

import ast
from collections import Counter

import pytest
from radon.complexity import cc_visit

from conftest import BIN, ROOT, TOOLS

LIB = ROOT / "lib" / "tracker"
MODULES = sorted(LIB.rglob("*.py"))
SOURCES = [*MODULES, *(BIN / name for name in TOOLS)]

# Words that a newcomer must ask about: what they were used for here has a plain name.
ASKED_ABOUT = {"paper", "papers", "courier", "errand", "ticket"}


def twice(names):
    return {name for name, count in Counter(names).items() if count > 1}


def test_a_class_name_stands_once_in_the_house():
    """A class inside a function or class counts too; one that begins with `_` is its module's own."""
    names = [
        node.name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert twice(names) == set(), "two things called alike; give each a name of its own"


def test_a_module_name_stands_once_in_the_house():
    names = [path.stem for path in MODULES if path.stem != "__init__"]
    assert twice(names) == set(), "two files called alike; a reader cannot tell which is meant"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(LIB)))
def test_no_name_that_a_newcomer_must_ask_about(path):
    words = set(path.stem.split("_"))
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            words |= set(node.name.lower().strip("_").split("_"))
    assert words & ASKED_ABOUT == set()


MOST = 20  # radon's cyclomatic complexity


def functions(path):
    """Yield (name, complexity) of every function and method of a file."""
    for block in cc_visit(path.read_text()):
        for one in (block, *getattr(block, "methods", ()), *getattr(block, "closures", ())):
            yield f"{path.relative_to(ROOT)}:{one.name}", one.complexity


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_has_more_branches_than_a_reader_can_hold(path):
    assert {name: many for name, many in functions(path) if many > MOST} == {}


def test_the_limit_sees_a_function_above_it(tmp_path):
    body = "".join(f"    if x == {number}:\n        return {number}\n" for number in range(MOST))
    (path := tmp_path / "deep.py").write_text(f"def deep(x):\n{body}")
    assert max(one.complexity for one in cc_visit(path.read_text())) == MOST + 1
