"""Other forms of a text, each knowing where its signs stand in the first."""

from __future__ import annotations

import base64
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.ops.bundle import reading


@given(
    st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), min_size=4),
    st.sampled_from(
        ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
    ),
)
def test_a_text_is_read_in_any_encoding_with_or_without_its_mark(text, encoding):
    assert reading.text_of(text.encode(encoding)) == text


@pytest.mark.parametrize("data", [b"\x00\x01\x02\x03", bytes(range(256)), b"\xff\xfe\x00", b"\xc3("])
def test_bytes_that_are_no_text_are_none(data):
    assert reading.text_of(data) is None


FORMS = st.lists(
    st.sampled_from(
        [
            "a",
            "B",
            "7",
            "@",
            "\u200b",
            "\uff20",
            "\\u0040",
            "%40",
            "&#64;",
            "&amp;",
            "\n",
            '""',
            "\\\\u0061",
            "é",
            "\\x41",
        ]
    ),
    max_size=30,
).map("".join)


@given(FORMS)
def test_every_sign_of_a_view_stands_somewhere_in_the_text_and_in_order(text):
    for view in reading.views(text):
        assert len(view.text) == len(view.starts) == len(view.ends)
        assert all(0 <= start < end <= len(text) for start, end in zip(view.starts, view.ends, strict=True))
        assert list(view.starts) == sorted(view.starts)
        back = reading.backwards(view)
        assert (back.text[::-1], back.span(0, 1) if view.text else None) == (
            view.text,
            view.span(len(view.text) - 1, len(view.text)) if view.text else None,
        )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a\\u0040b", "a@b"),
        ("a\\\\u0040b", "a@b"),
        ("a\\u{40}b", "a@b"),
        ("a%2540b", "a@b"),
        ("a&#x40;b", "a@b"),
        ("a\u200b@\u2060b", "a@b"),
        ("a\uff20b", "a@b"),
        ("a\\x40b", "a@b"),
        ("a\x1b[1m@\x1b[0mb", "a@b"),
    ],
)
def test_what_is_spelt_out_is_read_as_what_it_means_and_found_where_it_stands(text, meant):
    view = next(view for view in reading.views(f"<{text}>") if meant in view.text)
    at = view.text.index(meant)
    start, end = view.span(at, at + len(meant))
    assert f"<{text}>"[start:end] == text


@pytest.mark.parametrize(
    "text", ["sk-\nant", "sk-\\\nant", "'sk-' + 'ant'", '"sk-",\n  "ant"', "sk-\r\n> ant", "sk-\\nant"]
)
def test_what_goes_over_a_seam_is_read_as_one_word(text):
    assert any("sk-ant" in view.text for view in reading.views(text))


FOLD = {
    "base64": lambda data: base64.b64encode(data).decode(),
    "without its end": lambda data: base64.b64encode(data).decode().rstrip("="),
    "for URLs": lambda data: base64.urlsafe_b64encode(data).decode(),
    "base32": lambda data: base64.b32encode(data).decode(),
    "base85": lambda data: base64.b85encode(data).decode(),
    "ascii85": lambda data: base64.a85encode(data).decode(),
    "hex": lambda data: data.hex(),
    "hex by pairs": lambda data: data.hex(":"),
    "gzip": lambda data: base64.b64encode(gzip.compress(data)).decode(),
    "zlib": lambda data: base64.b64encode(zlib.compress(data)).decode(),
    "wide": lambda data: base64.b64encode(data.decode().encode("utf-16-le")).decode(),
    "in a URL": lambda data: "data:text/plain;base64," + base64.b64encode(data).decode(),
    "behind a name": lambda data: "value=" + base64.b64encode(data).decode(),
}


@pytest.mark.parametrize("form", FOLD)
def test_a_word_that_stands_for_a_text_is_unfolded(form):
    assert any(
        "my secret text" in text for text in reading.unfolded(FOLD[form](b"this is my secret text here"))
    )


@given(st.text(max_size=200))
def test_no_word_is_too_odd_to_be_looked_at(word):
    list(reading.unfolded(word))
    list(reading.views(word))
