"""A ledger's verification: a verdict a file, then its windows."""

from __future__ import annotations

import pytest

from tracker.print import ledger_page

FILE = {"file": "2026-01.jsonl", "rows": 1234, "line": None, "wrong": None}


def report(**more):
    return {"files": [FILE], "windows": [], "sound": True, "compared": False} | more


@pytest.mark.parametrize(
    "one, said",
    [
        ({}, "ok"),
        ({"line": 7, "wrong": "the chain breaks"}, "line 7: the chain breaks"),
        ({"wrong": "cannot be read"}, "cannot be read"),
    ],
)
def test_a_file_has_its_rows_and_its_verdict(one, said):
    line = ledger_page.render(report(files=[FILE | one]), markdown=True).splitlines()[2]
    assert [cell.strip() for cell in line.strip("|").split("|")] == ["2026-01.jsonl", "1,234", said]


def test_windows_are_as_their_readings_give_or_named_or_not_looked_at():
    assert "windows: as their readings give" in ledger_page.render(report())
    assert ledger_page.render(report(windows=["W1: 3, not 4"], compared=True)).endswith("\n\nW1: 3, not 4\n")
    assert ledger_page.render(report(sound=False)).endswith("windows: not looked at\n")


def test_what_heads_kept_elsewhere_would_show_is_said_until_they_are_compared():
    assert "--publish, --against" in ledger_page.render(report())
    assert "--publish" not in ledger_page.render(report(compared=True))
