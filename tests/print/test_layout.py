"""Tables that fit: wrapped at words, without their least columns, or as blocks; never cut, never mixed up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.print import layout, screen

ROWS = [
    ["claude-haiku-4-5-20251001", "5", "7,912", "undecided: the bound is 1.02 and 1.1 is needed"],
    ["claude-opus-5-5", "13", "n/a", "pass"],
]
HEADERS = ["model", "cache read", "prompt tokens", "verdict"]
CELL = st.lists(st.text("abcdefgh", min_size=1, max_size=9), min_size=1, max_size=8).map(" ".join)


@given(
    st.integers(1, 5).flatmap(
        lambda n: st.tuples(
            st.lists(CELL, min_size=n, max_size=n),
            st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=5),
        )
    ),
    st.integers(20, 200),
)
def test_any_table_fits_any_screen_and_no_word_is_broken(table, columns):
    headers, rows = table
    made = layout.grid(rows, headers, columns=columns)
    assert max(map(len, made.split("\n"))) <= columns
    known = {word for row in (headers, *rows) for cell in row for word in cell.split()}
    seen = {word.rstrip(":") for word in made.split() if set(word) != {"-"}}
    assert seen <= known
    assert {word for row in rows for cell in row for word in cell.split()} <= seen


def test_without_a_bound_every_row_is_one_line():
    made = layout.grid(ROWS, HEADERS, columns=None)
    assert len(made.split("\n")) == 2 + len(ROWS)


def test_below_sixty_columns_rows_are_blocks():
    made = layout.grid(ROWS, HEADERS, columns=59)
    assert made.split("\n\n")[1].split("\n") == [
        "model: claude-opus-5-5",
        "cache read: 13",
        "prompt tokens: n/a",
        "verdict: pass",
    ]
    assert "---" not in made


def test_columns_go_in_the_order_declared_and_are_named():
    wide = [["a" * 30, "b" * 20, "c" * 20, "d" * 20]]
    made = layout.grid(wide, ["first", "second", "third", "fourth"], columns=80, least=("third", "second"))
    assert "c" * 20 not in made and "b" * 20 in made
    assert "(not shown at 80 columns: third)" in made
    made = layout.grid(wide, ["first", "second", "third", "fourth"], columns=60, least=("third", "second"))
    assert "(not shown at 60 columns: third, second)" in made


def test_a_column_without_a_name_is_a_column():
    made = layout.grid([["zai", "p50", "7"], ["zai", "p95", "8"]], ["lane", "", "ms"], columns=60)
    assert "p50" in made and "p95" in made and "not shown" not in made


def test_a_table_without_a_least_column_that_does_not_fit_becomes_blocks():
    made = layout.grid([["a" * 50, "b" * 50]], ["first", "second"], columns=80)
    assert made == f"first: {'a' * 50}\nsecond: {'b' * 50}"


def test_header_and_cells_never_stand_on_one_line():
    for columns in range(60, 130):
        head, rule, *_ = layout.grid(ROWS, HEADERS, columns=columns).partition("----")
        assert rule, columns
        assert not any(cell in head for row in ROWS for cell in row[:3])


def test_numbers_stand_to_the_right_and_words_to_the_left():
    made = layout.grid([["a", "1,234", "x 1"], ["bbb", "n/a", "y"]], ["name", "n", "words"]).split("\n")
    assert made[2:] == ["a     1,234  x 1", "bbb     n/a  y"]


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (0.1423, "0.142"), (1234.0, "1,234"), (None, "n/a"), (1e-9, "1.00e-09")]
)
def test_numbers_have_three_digits_and_no_exponent_where_people_can_read_them(value, said):
    assert layout.number(value) == said


def test_one_wild_interval_leaves_the_others_room():
    tame, wild = ("tame", 0.05, 0.1, 0.2), ("wild", 0.01, 0.5, 400.0)
    _, first, second = layout.intervals([tame, wild], "features/pp").split("\n")
    assert first.rstrip().endswith("|") and len(first.strip()) - len("tame") > 8
    assert second.endswith(">") and second.count(">") == 1
    assert "o" in second


def test_intervals_are_drawn_on_one_scale():
    lines = layout.intervals([("a", 1.0, 2.0, 4.0), ("b", None, None, None)], "features/pp").split("\n")
    assert lines[0].endswith("4 features/pp")
    assert lines[1].count("|") == 2 and "o" in lines[1]
    assert lines[2] == "b  ci=n/a"


def test_the_bound_is_the_screens_when_nobody_says_another(monkeypatch):
    monkeypatch.setattr(screen, "width", lambda: 40)
    assert layout.grid([["1"]], ["n"]) == "n: 1"
