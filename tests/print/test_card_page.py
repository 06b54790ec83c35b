"""The card for people: every gate in one unit, the score beside it, what was taken out."""

from __future__ import annotations

import pytest

from tracker.evidence.facts import facts_of
from tracker.print import card_page
from tracker.verdict import card
from verdict_rows import blocks, plan, window
from whole_story import judged, of, story, undo


@pytest.mark.parametrize("markdown", [False, True])
def test_a_card_shows_its_gates_and_what_was_taken_out(markdown):
    made = card.card(facts_of([plan(), *blocks(12)]))
    page = card_page.render(made, markdown)
    assert "INSUFFICIENT" in page.splitlines()[0]
    assert "Score of the efficiency test: " in page and "> 1.00" in page
    assert "What was taken out, changed or never played" in page


def test_lost_blocks_are_told_with_their_reason():
    some = [plan(), *blocks(12), window("L", "mitm_offload")]
    page = card_page.render(card.card(facts_of(some)))
    assert "(blocks counted as bad for the candidate as they can be: L (no block); score " in page
    assert "The rows in force alone" not in page


def test_a_card_that_its_worst_case_holds_down_says_what_it_would_be_without():
    rows = story(points_b=(72, 27))
    page = card_page.render(judged([*rows, *undo(of(rows, "window"))]))
    assert page.startswith("INSUFFICIENT") and ": 1, 2, 3 (undone); score 2.01, 9.29 needed). " in page
    assert "The rows in force alone would be SOFT GO; no verdict stands above its worst case" in page
    assert "features a point; 4: 1.04, 5: 1.04, " in page


def test_one_windows_part_is_no_verdict():
    page = card_page.render(card.card_of_window(facts_of([window("W")]), "W"))
    assert "This window's part" in page and "does not count towards the verdict as it is" in page
