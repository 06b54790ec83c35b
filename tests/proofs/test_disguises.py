"""Every disguise hides a word from a plain look, and another one hides it in another way."""

from __future__ import annotations

import pytest

from tracker.proofs import disguises, markers


@pytest.mark.parametrize("word", [markers.ACCOUNT, markers.EMAIL])
def test_no_two_disguises_are_the_same(word):
    table = disguises.DISGUISES | (disguises.OF_AN_ADDRESS if "@" in word else disguises.OF_A_NUMBER)
    made = [spell(word) for spell in table.values()]
    assert len(made) > 70 and all(made)
    assert len(set(made)) > 0.85 * len(made)  # what changes signs that a word has not leaves it as it is
