"""What all meter texts have in common: escapes, borders, percentages, lost letters."""

from __future__ import annotations

import pytest

from tracker.meters import text


def test_escapes_borders_and_odd_blanks_are_gone():
    raw = "\x1b]0;title\x07\x1b[2K│ \x1b[1m5h\u00a0limit:\x1b[0m │\r\n│ 9%\x1b[3Cused │"
    assert text.lines(text.clean(raw)) == ["5h limit:", "9%   used"]


@pytest.mark.parametrize(
    ("line", "used"),
    [
        ("37% used", 37.0),
        ("12 % left", 88.0),
        ("15%used", 15.0),
        ("1% 1% used", 1.0),
        ("1% 2% used", None),
        ("1772377140% used", 1772377140.0),
        ("140% left", None),
    ],
)
def test_a_percentage_is_read_with_its_word(line, used):
    assert text.used(text.PERCENT.search(line)) == used


@pytest.mark.parametrize("line", ["-5% used", "~5% used", "v5% used", "5% of it", "$5% used"])
def test_what_only_looks_like_a_percentage_is_none(line):
    assert text.PERCENT.search(line) is None


def test_a_line_too_long_for_a_pane_is_empty():
    assert text.lines("x" * 1000) == [""]
