"""A word is taken out of a text however it is spelt, and nothing else is."""

from __future__ import annotations

import json
import random

import pytest

from tracker.proofs import markers
from tracker.router.lanes import identities

WORDS = frozenset({markers.ACCOUNT, markers.EMAIL, markers.DEVICE})


def cleaned(value):
    return json.loads(identities.of(WORDS, None).clean(json.dumps(value).encode()).text)


@pytest.mark.parametrize("spelling", markers.SPELLINGS)
@pytest.mark.parametrize("word", sorted(WORDS))
def test_no_spelling_of_a_word_is_left(word, spelling):
    written = markers.SPELLINGS[spelling](word)
    got = cleaned({"a": [f"before {written} after"]})["a"][0]
    assert written not in got and got.startswith("before ") and got.endswith(" after")
    assert identities.REMOVED in got


def test_what_only_resembles_a_word_stays():
    almost = markers.ACCOUNT[:-1] + "e"
    for text in (almost, markers.EMAIL.replace("example", "other"), "0d0d0d0d", "%40", "a\u200bb", "\uff20"):
        assert cleaned(text) == text


def test_a_session_may_name_a_folder_and_nothing_else():
    own = identities.of(frozenset({markers.SESSION}), markers.SESSION)
    text = f"/tmp/{markers.SESSION}/x and {markers.SESSION}"
    assert json.loads(own.clean(json.dumps(text).encode()).text) == f"/tmp/{markers.SESSION}/x and [removed]"


def test_texts_of_all_kinds_stay_json_and_lose_nothing_but_the_words():
    dice = random.Random(5)
    letters = ["a", "é", "😀", "\\", '"', "\n", "\x1b", "%41", "&amp;", "\\u0041", "\ud800", "-", " ", "@"]
    for _ in range(500):
        text = "".join(dice.choice(letters) for _ in range(dice.randrange(30)))
        assert cleaned([text, {"k": text}]) == [text, {"k": text}]
        assert cleaned(text + markers.ACCOUNT + text) == text + "[removed]" + text


def test_what_is_remembered_is_bounded():
    own = identities.Identities({markers.ACCOUNT})
    for number in range(40):
        own.clean(b'"' + b"%07d" % number * 20_000 + b'"')
    assert own._clean[""]._size <= identities.MOST_KEPT
    assert own.clean(b'"short"').text == b'"short"'


def test_a_text_that_was_clean_is_not_read_again(monkeypatch):
    own = identities.Identities({markers.ACCOUNT})
    dirty = b'"I am %s"' % markers.ACCOUNT.encode()
    first = own.clean(dirty)
    monkeypatch.setattr(own, "_cleaned", None)
    assert own.clean(dirty) == first
    assert first.text == b'"I am [removed]"'
