"""A pytest or behave of another Python says in one line what to run; nobody reads a page of import errors."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import needs
from conftest import ROOT, clean_env

THEIRS = {
    "pytest": ("pytest", "py", "_pytest", "pluggy", "iniconfig", "packaging", "pygments"),
    "behave": (
        "behave",
        "parse",
        "parse_type",
        "cucumber_tag_expressions",
        "cucumber_expressions",
        "colorama",
        "six",
    ),
}


@pytest.fixture
def foreign(tmp_path):
    """`foreign("pytest", "tests")` runs that program of a Python that has it, and none of the project's packages."""

    def call(program: str, *words: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / program
        folder.mkdir()
        for name in THEIRS[program]:
            try:
                path = Path(importlib.import_module(name).__file__)
            except ImportError:
                continue
            path = path.parent if path.name == "__init__.py" else path
            (folder / path.name).symlink_to(path)
        start = f"import sys; sys.path.insert(0, {str(folder)!r}); sys.argv[0] = {program!r}; "
        run = {
            "pytest": "import pytest; sys.exit(pytest.main())",
            "behave": "from behave.__main__ import main; sys.exit(main())",
        }
        return subprocess.run(
            [sys.executable, "-S", "-c", start + run[program], *words],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=clean_env(tmp_path, PYTHONPATH="tracker/src", PYTHONDONTWRITEBYTECODE="1"),
            timeout=120,
        )

    return call


@pytest.mark.parametrize("words", [(), ("tests/ledger",), ("tests/ledger/test_find.py",)])
def test_a_pytest_of_another_python_says_what_to_run(foreign, words):
    ran = foreign("pytest", *words, "-p", "no:cacheprovider")
    said = (ran.stdout + ran.stderr).strip()
    assert ran.returncode == 1
    assert re.fullmatch(
        r"pytest: this Python \(.*\) is not the project's: it has no msgspec, .*; run `make test` .*", said
    )


def test_a_behave_of_another_python_says_what_to_run(foreign):
    ran = foreign("behave", "features")
    assert ran.returncode != 0
    assert "behave: this Python" in ran.stderr and "`make behave`" in ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr


def test_this_python_has_what_the_tests_need():
    assert needs.lacking() is None
