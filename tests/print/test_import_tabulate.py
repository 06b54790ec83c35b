"""tabulate without what it does not need to draw: the same tables, and nothing else in the process is touched."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from conftest import ROOT

DRAWS = """
import json, sys
sys.path[:0] = [{lib!r}]
{first}
from tracker.print import layout
from tracker.print.import_tabulate import tabulate
print(json.dumps([
    layout.grid([["a", "1"], ["bb", "22"]], ["name", "n"]),
    "importlib.metadata" in sys.modules,
    "wcwidth" in sys.modules,
    bool(tabulate.wcwidth),
]))
from importlib.metadata import version
assert version("tabulate")
"""


def drawn(first: str = "") -> list:
    text = DRAWS.format(lib=str(ROOT / "lib"), first=first)
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_a_table_is_drawn_without_what_would_tell_versions_and_wide_signs():
    table, *asked = drawn()
    assert "name" in table and "bb" in table
    assert asked == [False, False, False]


@pytest.mark.parametrize("first", ["import importlib.metadata, wcwidth", "import tabulate"])
def test_what_was_there_before_stays_and_the_table_is_the_same(first):
    table, *there = drawn(first)
    assert table == drawn()[0]
    assert there[:2] == [True, True]
