"""What a reply says that is no JSON."""

from __future__ import annotations

import pytest

from tracker.router.lanes import plain_words


@pytest.mark.parametrize(
    "payload, said",
    [
        (b" busy \r\n", "busy"),
        (b"<html><!-- 1308 --><title>A</title>\n<style>b{}</style><p>B &amp; C</html>", "A B & C"),
        (b'<meta http-equiv="refresh" content="0;url=x">', "0;url=x"),
        (b"<r><errorCode>7</errorCode><m>no</m></r>", "errorCode: 7 no"),
        (b'{"role":"assistant","content":"busy', ""),
        (b"x" * 501, ""),
        ("\ufeff忙".encode(), "忙"),
        ("系统繁忙".encode("gb18030"), "系统繁忙"),
        ("busy".encode("utf-16-be"), "busy"),
        (b"", ""),
        (b"\0\0", ""),
        (b"<" * 70_000, "<" * 500),
    ],
)
def test_the_words_of_a_body_are_what_a_person_reads_of_it(payload, said):
    assert plain_words.words(payload) == said


def test_an_object_within_a_body_is_the_error_and_words_are_one_otherwise():
    assert plain_words.error_in(b'call({"code":"1308","msg":"m"});') == {"code": "1308", "msg": "m"}
    assert plain_words.error_in(b"busy {now}") == {"message": "busy {now}"}
    assert plain_words.error_in(b"{" * 60_000) == {}


@pytest.mark.parametrize(
    "text", ["1308.5", "11308", "13080", "v1308", "1308 tokens", "1308 %", "in 1308 ms", "a 1308"]
)
def test_a_number_that_nothing_tells_to_be_a_code_is_none(text):
    assert list(plain_words.codes(text)) == []
