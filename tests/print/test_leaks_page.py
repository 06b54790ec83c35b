"""What productize-check saw: a line a rule, everything that is broken, and the verdict."""

from __future__ import annotations

import pytest

from test_goldens import WIDTHS, too_long
from tracker.print import formats, leaks_page

KEPT = {"router": "bin", "rule": "no secret in a log", "where": "usage.jsonl", "is_kept": True, "seen": ""}
BROKEN = KEPT | {"is_kept": False, "seen": "login"}


def test_when_all_hold_the_count_is_said():
    page = leaks_page.render({"findings": [KEPT, KEPT], "broken": [], "checks": 2})
    assert page.endswith("all 2 checks hold\n") and "BROKEN" not in page


def test_what_is_broken_is_named_with_its_place():
    lines = leaks_page.render(
        {"findings": [KEPT, BROKEN], "broken": [BROKEN], "checks": 2}, True
    ).splitlines()
    assert [cell.strip() for cell in lines[2].strip("|").split("|")] == [
        "bin",
        "no secret in a log",
        "2",
        "1",
    ]
    assert lines[-2:] == ["BROKEN  bin: no secret in a log: usage.jsonl: login", "1 of 2 checks broken"]


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_page_fits_any_screen(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    broken = BROKEN | {"where": "the access log of the provider's server", "seen": "a login of Claude " * 9}
    made = {"findings": [KEPT, broken, KEPT | {"rule": "a key goes to its own lane's hosts alone " * 3}]}
    page = formats.written("text", made | {"broken": [broken], "checks": 3}, leaks_page.render)
    assert too_long(page, columns) == [] and "1 of 3 checks broken" in page
