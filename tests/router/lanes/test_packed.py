"""Long words are found, and what they may be base64 of."""

from __future__ import annotations

import base64
import gzip
import random

import pytest

from tracker.router.lanes import packed


def test_runs_are_long_words_and_lines_of_one_are_joined():
    one = base64.b64encode(bytes(range(48))).decode()
    assert packed.runs(f"see {one}, short words, /a/{one}".encode()) == [
        one.encode(),
        f"/a/{one}".encode(),
    ]
    lines = "\n".join(one[at : at + 20] for at in range(0, len(one), 20))
    assert packed.runs(f"see {lines} there".encode()) == [one.encode()]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda data: data.decode().encode("utf-16-le")])
@pytest.mark.parametrize("before", range(4))
def test_a_run_is_unfolded_wherever_its_base64_begins(pack, before):
    run = b"A" * before + base64.b64encode(pack(b"some words that say something"))
    assert any(b"that say" in found for found in packed.unfolded(run)) or (before and pack is gzip.compress)


def test_bytes_that_are_no_text_are_not_looked_into_further():
    dice = random.Random(4)
    runs = [base64.b64encode(dice.randbytes(60)) for _ in range(50)]
    assert sum(len(list(packed.unfolded(run))) for run in runs) < 5


def test_lines_that_are_drawn_are_no_words():
    assert packed.runs(b"| " + b"-" * 40 + b" | " + b"=" * 40) == []


def test_runs_that_are_decoded_at_once_give_what_each_of_them_gives():
    dice = random.Random(6)
    said = [b"jo@example.org", "jö → √".encode() * 4, b'{"id":"0d0d0d0d-1111-4222-8333-abcdef0d0d0d"}']
    for _ in range(300):
        some = []
        for _ in range(dice.randrange(1, 6)):
            text = dice.choice(
                [dice.randbytes(20), dice.choice(said), dice.choice(said).decode().encode("utf-16-le")]
            )
            if dice.random() < 0.2:
                text = gzip.compress(text)
            run = dice.choice([base64.b64encode, base64.urlsafe_b64encode])(text)
            some.append(b"key="[dice.randrange(5) :] + (run.rstrip(b"=") if dice.random() < 0.5 else run))
        together = packed.texts_in(some)
        for run in some:
            for found in packed.unfolded(run):
                assert found in together or found.replace(b"\0", b"") in together


def test_what_was_decoded_from_two_runs_is_apart():
    one, two = base64.b64encode(b"some words say something"), base64.b64encode(b"others say another thing")
    assert packed.APART.join([b"some words say something", b"others say another thing"]) in packed.texts_in(
        [one, two]
    )
