"""What a card's gates come to."""

from __future__ import annotations

from itertools import product

import pytest

from tracker.verdict import judging
from tracker.verdict.gates.gate import FAIL, NO_DATA, PASS, SOFT, UNDECIDED, Gate, worse

EMPTY = Gate("cost", "ratio", ">=", 2.0, "blocks")


@pytest.mark.parametrize(
    ("verdicts", "word"),
    [
        ((PASS, PASS), judging.GO),
        ((PASS, SOFT), judging.SOFT_GO),
        ((SOFT, UNDECIDED), judging.INSUFFICIENT),
        ((PASS, NO_DATA), judging.INSUFFICIENT),
        ((PASS, FAIL), judging.NO_GO),
    ],
)
def test_the_word_is_that_of_the_worst_gate_and_none_without_the_data(verdicts, word):
    gates = [EMPTY._replace(verdict=verdict) for verdict in verdicts]
    assert judging.judge(gates, True) == word
    assert judging.judge(gates, False) == judging.INSUFFICIENT


def test_no_yes_stands_above_its_worst_case_and_a_no_stays():
    words = (judging.NO_GO, judging.INSUFFICIENT, judging.SOFT_GO, judging.GO)
    for verdict, worst in product(words, words):
        said = judging.capped(verdict, worst)
        if verdict in {judging.GO, judging.SOFT_GO}:
            assert words.index(said) <= max(words.index(worst), words.index(judging.INSUFFICIENT))
        else:
            assert said == verdict


def test_the_worse_of_two_gates_is_the_first_where_they_are_alike():
    one, other = EMPTY._replace(verdict=SOFT, needed=1.0), EMPTY._replace(verdict=SOFT, needed=3.0)
    assert worse(one, other) is one and worse(other, EMPTY._replace(verdict=FAIL)).verdict == FAIL
