"""Replies of HTTP/1.1: head, parts and end as the bytes arrive, and what is none."""

from __future__ import annotations

import pytest

from tracker.router.wire.http1 import BadMessage
from tracker.router.wire.replies import (
    MAX_HEAD,
    MOST_INTERIM,
    ReplyEnd,
    ReplyHead,
    ReplyPart,
    ReplyReader,
    read_reply_head,
)

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "rest, length, chunked, close, until_close",
    [
        (b"Content-Length: 3\r\n\r\n", 3, False, False, False),
        (b"transfer-encoding: chunked\r\n\r\n", None, True, False, False),
        (b"\r\n", None, False, True, True),
        (b"Content-Length: 3\r\nConnection: Close\r\n\r\n", 3, False, True, False),
    ],
)
def test_a_head_says_how_its_body_ends(rest, length, chunked, close, until_close):
    head = read_reply_head(OK + rest)
    assert (head.status, head.reason, head.version) == (200, b"OK", b"HTTP/1.1")
    assert (head.length, head.chunked, head.close, head.until_close) == (length, chunked, close, until_close)


def test_a_204_has_no_body_and_an_http10_reply_closes():
    assert read_reply_head(b"HTTP/1.1 204\r\n\r\n").length == 0
    assert read_reply_head(b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n").close


@pytest.mark.parametrize(
    "raw",
    [
        *(
            b"",
            b"HTTP/1.1 20 OK\r\n\r\n",
            b"HTTP/2 200 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\n\n",
            b"ICY 200 OK\r\n\r\n",
        ),
        *(OK + b"bad field: x\r\n\r\n", OK + b"content-length: 1\r\ncontent-length: 1\r\n\r\n"),
        *(
            OK + b"content-length: -1\r\n\r\n",
            OK + b"content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        ),
        *(OK + b"transfer-encoding: gzip, chunked\r\n\r\n", OK + b"a: b\r\n c\r\n\r\n"),
    ],
)
def test_what_could_be_read_in_two_ways_is_no_reply(raw):
    with pytest.raises(BadMessage):
        read_reply_head(raw)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_reply_is_the_same_however_it_is_cut(size):
    raw = (
        b"HTTP/1.1 103 Early\r\n\r\n"
        + OK
        + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nt: u\r\n\r\n"
    )
    reader = ReplyReader()
    events = [event for at in range(0, len(raw), size) for event in reader.feed(raw[at : at + size])]
    assert isinstance(events[0], ReplyHead) and events[-1] == ReplyEnd(True)
    parts = [event for event in events if isinstance(event, ReplyPart)]
    assert b"".join(piece for part in parts for piece in part.content) == b"abcde"
    assert b"".join(part.raw for part in parts) == raw.partition(b"chunked\r\n\r\n")[2]


def test_bytes_behind_the_end_make_the_connection_of_no_more_use():
    reader = ReplyReader()
    assert reader.feed(OK + b"content-length: 2\r\n\r\n{}HTTP/1.1")[-1] == ReplyEnd(False)


def test_a_body_until_the_end_ends_with_it_and_any_other_breaks_off():
    reader = ReplyReader()
    reader.feed(OK + b"\r\nall")
    assert reader.end_of_input() == [ReplyEnd(False)]
    half = ReplyReader()
    half.feed(OK + b"content-length: 9\r\n\r\nhalf")
    with pytest.raises(BadMessage, match="broke off"):
        half.end_of_input()
    with pytest.raises(BadMessage, match="closed"):
        ReplyReader().end_of_input()


@pytest.mark.parametrize(
    "raw, why",
    [
        (b"HTTP/1.1 101 Switching\r\n\r\n", "switched"),
        (b"HTTP/1.1 100 Go on\r\n\r\n" * (MOST_INTERIM + 1), "interim"),
        (OK + b"x: " + b"y" * MAX_HEAD, "endless"),
    ],
)
def test_a_reply_that_never_comes_to_its_point_is_refused(raw, why):
    with pytest.raises(BadMessage, match=why):
        ReplyReader().feed(raw)


def test_to_a_connect_only_the_head_is_read():
    assert len(ReplyReader(head_only=True).feed(OK + b"\r\nTLS")) == 1
