"""A word is taken out of a text however it is spelt, and nothing else is."""

from __future__ import annotations

import base64
import itertools
import json
import random
import re
import struct
import tracemalloc
import uuid
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


@pytest.mark.parametrize(
    "spelling", ["as it is", "with spaces of no width", "in HTML entities", "as base64", "as hex"]
)
def test_a_word_is_taken_out_of_a_long_text_wherever_it_stands(spelling):
    """A long text is read in parts: at their edges as well."""
    page = "plain words, one after the other; "
    written = markers.SPELLINGS[spelling](markers.EMAIL)
    step, longest = identities.MOST_TOGETHER, len(written) + 40
    for at in (0, step - longest // 2, step, step + identities.OVERLAP - 20, 2 * step - 7, 3 * step + 100):
        before = (page * (at // len(page) + 1))[:at]
        text = f"{before} {written} {page * 9_000}"
        got = cleaned(text)
        assert got.startswith(f"{before} [removed]") and got.endswith(f" {page * 9_000}"), (spelling, at)
        assert written not in got


def test_a_word_inside_of_long_base64_is_found_whatever_part_it_stands_in():
    dice = random.Random(8)
    for _ in range(12):
        data = (b"plain words; " * 30_000)[: dice.randrange(100_000, 300_000)]
        at = dice.randrange(len(data))
        run = base64.b64encode(data[:at] + b'{"e":"' + markers.EMAIL.upper().encode() + b'"}' + data[at:])
        left = cleaned(run.decode()).split("[removed]")
        shown = b"".join(
            base64.b64decode(part[len(part) % 4 :] + "=" * (-len(part[len(part) % 4 :]) % 4)) for part in left
        )
        assert markers.EMAIL.upper().encode() not in shown and len(left) > 1


def test_a_session_at_the_edge_of_a_part_may_still_name_a_folder():
    own = identities.of(frozenset({markers.SESSION}), markers.SESSION)
    text = (
        "x" * (identities.MOST_TOGETHER - 1) + "/" + markers.SESSION + "/y " + "z " * identities.MOST_TOGETHER
    )
    assert json.loads(own.clean(json.dumps(text).encode()).text) == text


def test_a_long_text_takes_little_memory_beside_itself():
    text = (f"my address is {markers.EMAIL}; " + "plain words, one after the other; " * 15_000) * 8
    piece = json.dumps(text).encode()
    tracemalloc.start()
    identities.Identities(WORDS).clean(piece)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 6 * len(piece) and len(piece) > 4_000_000


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


ID = uuid.UUID("5f3c9a71-6b2e-4d08-91c4-e7a2b38d10f6")


@pytest.mark.parametrize(
    "value",
    [
        list(ID.bytes),
        [one - 256 if one > 127 else one for one in ID.bytes],
        {str(at): one for at, one in enumerate(ID.bytes)},
        {"type": "Buffer", "data": list(ID.bytes)},
        ID.int,
        {"high": ID.int >> 64, "low": ID.int & (2**64 - 1)},
        {"high": ID.int >> 64, "low": (ID.int & (2**64 - 1)) - 2**64},
        list(struct.unpack(">4I", ID.bytes)),
        list(ID.fields),
    ],
)
def test_an_id_that_is_numbers_of_json_is_none_of_them_any_more(value):
    cleaned = identities.Identities({str(ID)}).clean(json.dumps({"a": value, "b": 7}).encode()).text
    assert json.loads(cleaned)["b"] == 7
    numbers = {int(one) for one in re.findall(rb"\d+", json.dumps(value).encode())} - {0, 1}
    assert not {one for one in numbers if one > 255} & {int(one) for one in re.findall(rb"\d+", cleaned)}
    assert len(re.findall(rb"\d+", cleaned)) < 16
