"""What is coloured on a page: headings, table heads and the words of a verdict, and no other text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import cli
from tracker.print import paint

PAGE = """NO-GO  (W1)

Both arms:
  - sign-flip test

gate    verdict
        of it
------  -------
cost    pass
errors  fail
"""


def test_headings_and_table_heads_are_bold_and_verdicts_have_their_colour():
    made = paint.painted(PAGE)
    for text, code in (
        ("NO-GO", paint.RED),
        ("Both arms:", paint.BOLD),
        ("gate    verdict", paint.BOLD),
        ("        of it", paint.BOLD),
        ("pass", paint.GREEN),
        ("fail", paint.RED),
    ):
        assert f"\x1b[{code}m{text}\x1b[0m" in made


@pytest.mark.parametrize(
    "text",
    [
        "passage",
        "GO-1",
        "no-GOAL",
        "a bad day",
        "Time: 10:00",
        "passes-not",
        "a window that fails whole",
        "the box holds 3",
    ],
)
def test_other_words_stay_as_they_are(text):
    assert paint.painted(text) == text


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=200))
def test_colour_takes_and_adds_no_word(text):
    text = "\n".join(map(cli.harmless, text.split("\n")))
    assert re.sub(r"\x1b\[\d+m", "", paint.painted(text)) == text


def test_a_page_is_coloured_as_the_option_says(monkeypatch):
    for said, coloured in (("always", True), ("never", False), ("auto", False)):
        monkeypatch.setattr(cli, "color", said)
        assert ("\x1b" in paint.page(PAGE)) == coloured
        assert isinstance(paint.page(PAGE), cli.Painted) == coloured


def test_a_pages_control_characters_are_spelt_out(monkeypatch):
    monkeypatch.setattr(cli, "color", "always")
    assert "\x1b[2J" not in paint.page("GO \x1b[2J")


@pytest.mark.parametrize(
    "text", ["no breach: 9 rules", "no\nbreach: 9 rules", "to Z; 0.0 % failed", "0 % failed"]
)
def test_what_did_not_happen_is_not_red(text):
    assert f"\x1b[{paint.RED}m" not in paint.painted(text)


@pytest.mark.parametrize("text", ["1 breach", "10.0 % failed", "0.4 % failed", "100 % failed"])
def test_what_happened_is_red(text):
    assert f"\x1b[{paint.RED}m" in paint.painted(text)
