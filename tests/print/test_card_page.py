"""The card for people: every gate in one unit, the score beside it, what was taken out."""

from __future__ import annotations

import pytest

from tracker.evidence.facts import facts_of
from tracker.print import card_page
from tracker.verdict import card
from verdict_rows import blocks, plan, window


@pytest.mark.parametrize("markdown", [False, True])
def test_a_card_shows_its_gates_and_what_was_taken_out(markdown):
    made = card.card(facts_of([plan(), *blocks(12)]))
    page = card_page.render(made, markdown)
    assert "INSUFFICIENT" in page.splitlines()[0]
    assert "Score of the efficiency test: " in page and "> 1.00" in page
    assert "What was taken out, changed or never played" in page


def test_lost_blocks_are_told_with_their_reason():
    some = [plan(), *blocks(12), window("L", "mitm_offload")]
    assert "Worst case: INSUFFICIENT (blocks L: no block counted" in card_page.render(
        card.card(facts_of(some))
    )


def test_one_windows_part_is_no_verdict():
    page = card_page.render(card.card_of_window(facts_of([window("W")]), "W"))
    assert "This window's part" in page and "does not count towards the verdict as it is" in page
