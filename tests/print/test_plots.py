"""Drawings: SVG that is the same every time, with names that are shown as they are."""

from __future__ import annotations

from xml.etree import ElementTree

from tracker.print import plots


def test_the_same_numbers_give_the_same_drawing_without_a_date():
    made = [
        plots.curves({"a": ([1, 2], [3, 4])}, "title", ("x", "y"), log=log) for log in (False, False, True)
    ]
    assert made[0] == made[1] != made[2] and "<dc:date>" not in made[0]
    assert ElementTree.fromstring(made[0]).tag.endswith("svg")


def test_a_name_is_no_formula_and_is_not_hidden():
    made = plots.curves({"_$x^2$\x1b": ([1], [2])}, "a_$b$", ("x", "y"))
    assert "<!--  _$x^2$\\x1b -->" in made and "a_$b$" in made and "\x1b" not in made


def test_dots_stand_at_percent_beside_their_names():
    made = plots.dots(["one", "two"], {"method": [0.5, 0.95]}, 0.9, "cover")
    assert all(f"<!-- {word} -->" in made for word in ("one", "two", "percent", "method", "cover"))
