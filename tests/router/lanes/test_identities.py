"""A word is taken out of a text however it is spelt, and nothing else is."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

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


def test_texts_that_are_looked_at_together_are_judged_as_one_by_one():
    """Whatever stands in one is found among others; what is clean is told so, but where another is not."""
    dice = random.Random(11)
    page = Path(__file__).read_text()
    clean = [
        json.dumps(page[at : at + 900] + " → │ é", ensure_ascii=False).encode() for at in range(0, 6000, 500)
    ]
    own = identities.Identities({*WORDS, markers.SESSION})
    assert own.clean_among(clean) == set(clean)
    for spelling, word in itertools.product(markers.SPELLINGS, sorted(WORDS)):
        text = json.dumps(f"before {markers.SPELLINGS[spelling](word)} after").encode()
        among = [*dice.sample(clean, 3), text, *dice.sample(clean, 3)]
        assert text not in own.clean_among(among), spelling
        assert identities.REMOVED in json.loads(own.clean(text).text), spelling
    assert own.clean_among(clean) == set(clean)


def test_a_batch_is_bounded_and_loses_no_text():
    pieces = [b'"%d"' % n * 3_000 for n in range(90)] + [b'"' + b"x" * 100_000 + b'"']
    batches = list(identities._batches(pieces))
    assert [one for some in batches for one in some] == pieces
    assert all(len(some) == 1 or sum(map(len, some)) <= identities.MOST_TOGETHER for some in batches)


def test_long_words_that_are_remembered_are_bounded():
    own = identities.Identities({markers.ACCOUNT})
    for number in range(3):
        own.clean(json.dumps([f"some_long_name_{number}_{at}" for at in range(6_000)]).encode())
    assert 0 < len(own._plain_runs) <= identities.MOST_PLAIN + 6_000


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
