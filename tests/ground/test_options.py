"""What an option's text may be, and what is said when it is not."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import cli, options

TAKEN = {
    options.number: (["2.5", "-3", "1e3", " 7 "], ["nan", "inf", "-inf", "", "1,5", "0x1f", "1e999", "two"]),
    options.amount: (["0", "3", "0.5"], ["-0.1", "nan", "inf", ""]),
    options.share: (["0", "1", "0.8"], ["1.01", "-0.01", "80%", "nan"]),
    options.positive: (["0.1", "3"], ["0", "-1", "inf", "nan"]),
    options.whole: (["0", "07"], ["-1", "1.5", "", "1e3", "²"]),
    options.natural: (["1", "20"], ["0", "-1", "1.5", ""]),
    options.port: (["0", "8082", "65535"], ["65536", "-1", "http", ""]),
}


@pytest.mark.parametrize("kind", TAKEN, ids=lambda kind: kind.__name__)
def test_a_value_is_taken_or_refused_with_what_it_was(
    kind,
):
    for text in TAKEN[kind][0]:
        assert math.isfinite(kind(text))
    for text in TAKEN[kind][1]:
        with pytest.raises(cli.WrongValue) as wrong:
            kind(text)
        assert repr(text) in str(wrong.value)


@pytest.mark.parametrize("text", ["", " ", "-x", "a\nb", "x" * 101, "WEEK0"])
def test_what_is_no_windows_id_is_refused(text):
    with pytest.raises(cli.WrongValue, match=r"W0-CL-01"):
        options.window(text)
    assert options.window("W ü 1/2") == "W ü 1/2"


@given(st.floats())
def test_a_number_that_is_printed_is_read_as_the_same(value):
    if math.isfinite(value):
        assert options.number(repr(value)) == value
    else:
        with pytest.raises(cli.WrongValue):
            options.number(repr(value))


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_refused_and_never_a_traceback(text):
    for kind in TAKEN:
        try:
            kind(text)
        except cli.WrongValue:
            continue


def test_a_block_is_a_number_or_a_name():
    assert [options.block(text) for text in ("07", "b", "-1", "")] == [7, "b", "-1", ""]
