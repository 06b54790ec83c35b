"""The watch before mitmproxy's HTTP: what is no request is found however its bytes come, and all else is left alone."""

from __future__ import annotations

import random

import pytest

from tracker.router.ways.watch import RequestWatch
from tracker.router.wire.http1 import BadMessage
from tracker.router.wire.requests import MAX_BODY

HEAD = b"POST /v1/messages HTTP/1.1\r\nHost: api.anthropic.com\r\n"
GOOD = (
    HEAD + b"Content-Length: 2\r\n\r\n{}",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
)
BAD = (
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n",
    HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n",
    HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
    HEAD + b"X-A: " + b"b" * 70_000,
)


def fed(data: bytes, dice: random.Random) -> None:
    watch = RequestWatch()
    while data:
        size = dice.randrange(1, 2000)
        watch.feed(data[:size])
        data = data[size:]


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_request_is_found_behind_any_number_of_good_ones(bad):
    dice = random.Random(2)
    for count in range(4):
        good = b"".join(dice.choice(GOOD) for _ in range(count))
        fed(good, dice)
        with pytest.raises(BadMessage):
            fed(good + bad, dice)


def test_after_an_upgrade_nothing_is_judged():
    upgrade = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    fed(upgrade + b"\x81\x05hello" + BAD[0], random.Random(1))


def test_the_size_of_a_body_is_known_from_its_head_or_once_it_is_large():
    follows = RequestWatch()
    follows.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 100)
    assert follows.expected == 9_000_000
    follows.feed(b"x" * 8_999_900)
    assert follows.expected == 0  # it is there whole
    follows.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99000000\r\n\r\n")
    assert follows.expected == 0  # so large that it passes as it comes
    chunked = RequestWatch()
    chunked.feed(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    assert chunked.expected == 0
    chunked.feed(b"200000\r\n" + b"x" * 0x200000 + b"\r\n")
    assert chunked.expected == MAX_BODY
