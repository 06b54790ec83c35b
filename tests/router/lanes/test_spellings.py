"""What a text says whichever way it is written, and where each spelling of a word is looked for."""

from __future__ import annotations

import json
import random

import pytest

from tracker.router.lanes import spellings


@pytest.mark.parametrize(
    "written, said",
    [
        (r"\u0041", "A"),
        (r"\\\u0041", "A"),
        (r"\u{1f600}", "😀"),
        ("%u0041", "A"),
        (r"\x41", "A"),
        (r"\101", "A"),
        (r"\n", ""),
        ("%41%2542", "AB"),
        ("&#65;&#0066;&#x43", "ABC"),
        ("&commat;", "@"),
        ("=41=42", "AB"),
        ("=40", "@"),
        ("a=\r\nb", "ab"),
        ("+AEA-", "@"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("<b>bold</b><!-- no -->", "bold"),
        ("a = 5 < 6, 100 %, R&D, x=y", "a = 5 < 6, 100 %, R&D, x=y"),
    ],
)
def test_a_token_is_read_for_what_it_stands_for(written, said):
    assert spellings.TOKEN.sub(spellings.meant, written) == said


@pytest.mark.parametrize("text", ["ad", "АD", "ⓐⓓ", "𝐚𝐝", "a\u200bd", "a\u0301d", "a-d", "Ａ．Ｄ"])
def test_letters_are_the_same_whatever_they_look_like(text):
    assert spellings.letters(text) == "ad"


def test_the_letters_of_bytes_are_those_of_the_text():
    dice = random.Random(3)
    signs = [
        "a",
        "B",
        "é",
        "e\u0301",
        "٣",
        "о",
        "-",
        "\n",
        "😀",
        "ß",
        "ﬁ",
        " ",
        "→",
        "│",
        "Σ",
        "ς",
        "你",
        "Ж",
        "ж",
        "½",
        "\u200b",
    ]
    for _ in range(600):
        some = dice.sample(signs, dice.randrange(1, len(signs)))
        text = "".join(dice.choice(some) for _ in range(20))
        assert spellings.folded(text.encode()).decode() == spellings.letters(text)


def test_bytes_that_are_no_utf8_have_the_letters_that_can_be_read():
    assert spellings.folded(b"a\xc3 \xa9b\xff\xe2\x86\x92c") == b"abc"


def test_stretches_of_hexadecimal_digits_are_found_among_letters():
    assert spellings.hex_in(b"zz" + b"0d" * 8 + b"yy" + b"0x" * 7 + b"q") == b"0d" * 8
    assert spellings.hex_in(b"no such digits") == b""


def test_json_is_read_as_json_is():
    for text in (
        "C:\\new\\tab",
        "C:\\\\new",
        'a"b',
        'a\\"b\\nc',
        "a\\\n",
        "a\nb\tc",
        "\\\\n",
        "\x1b[0m",
        "x/y",
    ):
        assert spellings.read(json.dumps(text)[1:-1].encode()).decode() == text
    assert spellings.read(rb"a\u0007b\u0000c") == b"abc"


def test_no_spelling_is_so_short_that_every_text_has_it():
    spelt = spellings.Spelt({"a@b.de", "\0" * 40, "0d0d0d0d-1111-4222-8333-abcdef0d0d0d", "x" * 12})
    assert all(len(form) >= spellings.SHORTEST for forms in vars(spelt).values() for form in forms)
    assert spelt.exact == {b"a@b.de"} | ({b"\0" * 40} & spelt.exact)


def test_a_view_knows_where_its_letters_stand():
    text = "see %6a%6f, &#106;o"
    *_, last = spellings.views(text)
    found = last.folded(spellings.letters)
    assert [text[begin:end] for begin, end in found.places("jo")] == ["%6a%6f", "&#106;o"]
