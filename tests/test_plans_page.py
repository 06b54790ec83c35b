"""docs/plans.md: every row of the field plans, and the test or target that shows it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from conftest import ROOT

PAGE = ROOT / "docs" / "plans.md"
# How many rows each section has.
SECTIONS = dict(zip("ABCDEFGHIJKLMN", (12, 20, 8, 13, 12, 17, 8, 13, 21, 9, 20, 10, 8, 8), strict=True))
PROOF = re.compile(r"`([^`]+)`")


def table(text: str) -> list[list[str]]:
    """Return the cells of the page's rows: number, the plans' word, what it is here, what shows it."""
    lines = [line for line in text.splitlines() if re.match(r"\| [A-N]\d+ \|", line)]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


ROWS = table(PAGE.read_text())


@cache
def names_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@cache
def scenarios() -> frozenset[str]:
    found = set()
    for path in (ROOT / "tests" / "features").glob("*.feature"):
        for title in re.findall(r"^\s*Scenario(?: Outline)?: (.+)$", path.read_text(), re.M):
            found.add(f"{path.name}: {title}")
    return frozenset(found)


@cache
def targets() -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z0-9-]+):.*##", (ROOT / "Makefile").read_text(), re.M))


def missing(proof: str) -> str | None:
    """Return what is wrong with a proof's name; None when it is there."""
    if proof.startswith("make "):
        return None if proof[5:] in targets() else f"no target: {proof}"
    if ".feature: " in proof:
        return None if proof in scenarios() else f"no scenario: {proof}"
    file, _, name = proof.partition("::")
    path = ROOT / "tests" / file
    if not path.is_file() or not name.startswith("test_") or name not in names_in(path):
        return f"no test: {proof}"
    return None


def test_every_row_of_the_plans_stands_there_once_and_in_order():
    wanted = [f"{section}{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)]
    assert len(wanted) == 179
    assert [cells[0] for cells in ROWS] == wanted


@pytest.mark.parametrize("cells", ROWS, ids=lambda cells: cells[0])
def test_a_row_is_shown_by_what_there_is(cells):
    assert len(cells) == 4
    assert all(cells)
    proofs = PROOF.findall(cells[3])
    assert [missing(proof) for proof in proofs if missing(proof)] == []
    # A target alone would show nothing to whoever runs the suite.
    assert any(not proof.startswith("make ") for proof in proofs)


def test_a_row_without_a_proof_or_with_a_wrong_one_is_seen():
    (cells,) = table("| A1 | `x \\| y` | z | |")
    assert cells[1:] == ["`x \\| y`", "z", ""]
    assert (
        missing("test_plans_page.py::test_that_nobody_wrote")
        == "no test: test_plans_page.py::test_that_nobody_wrote"
    )
    assert missing("test_plans_page.py::missing")
    assert missing("nowhere/test_x.py::test_x")
    assert missing("make nothing")
    assert missing("clean_data.feature: Nobody did anything")
    assert missing("make soak") is None


def test_no_test_stands_for_half_of_the_plans():
    counted = Counter(proof for cells in ROWS for proof in PROOF.findall(cells[3]))
    assert max(counted.values()) <= 12
