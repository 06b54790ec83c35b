"""A page on one screen: what is important whole or cut, what is not named, and nothing lost with --full."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracker.print import first_screen, screen
from tracker.print.first_screen import ScreenPart


def listed(title):
    return lambda rows, columns: "\n".join([f"{title}:", *rows])


def parts(*sizes, least=0):
    return [
        ScreenPart(f"part {at}", [f"row {at}.{row}" for row in range(size)], listed(f"part {at}"), least)
        for at, size in enumerate(sizes)
    ]


def test_what_fits_is_shown_whole_and_nothing_is_said_of_full():
    assert first_screen.page(parts(3, 4), full=False) == first_screen.page(parts(3, 4), full=True)


def test_what_does_not_fit_is_cut_or_named():
    made = first_screen.page([*parts(30, 50, least=2), *parts(60)], full=False)
    assert "row 0.29" in made
    assert "row 1.1" in made and "row 1.2" not in made and "(and 48 more: --full)" in made
    assert made.endswith("\n\nAlso part 0: --full")


def test_a_less_important_part_does_not_stand_where_a_more_important_one_was_left_out():
    made = first_screen.page([*parts(50), ScreenPart("small", ["row"], listed("small"))], full=False)
    assert made.endswith("Also part 0, small: --full")


def test_in_full_every_row_is_there():
    made = first_screen.page(parts(100, 100), full=True)
    assert made.count("row ") == 200 and "--full" not in made


@given(st.lists(st.integers(1, 80), min_size=1, max_size=6), st.integers(0, 3))
def test_a_screen_is_never_longer_than_forty_lines(sizes, least):
    made = screen.fitted(first_screen.page(parts(*sizes, least=least), full=False), first_screen.COLUMNS)
    assert made.count("\n") + 1 <= first_screen.LINES
    for at, size in enumerate(sizes):
        assert made.count(f"row {at}.") == size or "--full" in made
