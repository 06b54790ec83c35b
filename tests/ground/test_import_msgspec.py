"""A fast start: msgspec without what it does as well without, and nothing left changed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from conftest import ROOT


def loaded(text: str) -> str:
    path = f"import sys; sys.path.insert(0, {str(ROOT / 'lib')!r})\n"
    return subprocess.run(
        [sys.executable, "-c", path + text], capture_output=True, text=True, check=True
    ).stdout


def test_msgspec_comes_without_typing_extensions_which_may_still_be_imported_later():
    assert (
        loaded(
            "from tracker import import_msgspec, rows\n"
            "print('msgspec' in sys.modules, 'typing_extensions' in sys.modules)\n"
            "import typing_extensions; print(typing_extensions.__name__)\n"
        )
        == "True False\ntyping_extensions\n"
    )


@pytest.mark.parametrize("first", ["msgspec", "typing_extensions"])
def test_what_was_imported_before_stays_as_it_was(first):
    assert loaded(f"import {first}\nkept = sys.modules[{first!r}]\nfrom tracker import import_msgspec, rows\n"
                  f"print(sys.modules[{first!r}] is kept)\n") == "True\n"  # fmt: skip


def test_rows_are_checked_all_the_same():
    assert "Expected `str`, got `int`" in loaded(
        "from tracker import import_msgspec, jsonl, cli\n"
        'try: jsonl.decode(b\'{"kind":"evidence","ts":"2026-01-01T00:00:00Z","check":1}\', 1)\n'
        "except cli.Stop as stop: print(stop)\n"
    )
