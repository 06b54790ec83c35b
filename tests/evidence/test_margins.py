"""Margins: their names, their limits, and where a plan says them."""

from __future__ import annotations

import pytest

from tracker.evidence.margins import Margin, names_of, said_otherwise
from verdict_rows import plan

COST = Margin("cost", "ratio", 2.0, "", least=0, field="cost_margin", other_names=("cost_ratio",))
OWN = Margin("chattiness", "ratio", 1.25, "", least=0, below=5)


def test_a_margin_is_its_field_or_stands_under_its_name():
    assert COST.of(plan(cost_margin=3.0)) == 3.0 and COST.key == "cost_margin"
    assert OWN.of(plan(margins={"chattiness": 1.5})) == 1.5 and OWN.key == "chattiness"
    assert OWN.of(plan()) == 1.25


def test_every_name_of_a_margin_leads_to_it():
    known = names_of([COST, OWN])
    assert {known[name] for name in ("cost", "cost_margin", "cost_ratio")} == {COST}
    assert said_otherwise({"cost_ratio": 3, "chattiness": 1}, known) == [(COST, 3), (OWN, 1)]


def test_what_cannot_be_registered_is_said():
    assert OWN.wrong(5) == "more than 0, less than 5" and OWN.wrong(4.9) is None
    assert Margin("e", "pp", 2, "", least=0, open_end=False).wrong(0) is None
    with pytest.raises(ValueError, match=r"margins: cost, chattiness \(speed\)"):
        said_otherwise({"speed": 1}, names_of([COST, OWN]))
    with pytest.raises(ValueError, match=r"\(both\)"):
        said_otherwise("both", names_of([COST]))
