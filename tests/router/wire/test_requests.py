"""Requests of HTTP/1.1: plain ones whole, others for somebody else, and what is none refused."""

from __future__ import annotations

import pytest

from tracker.router.wire.http1 import BadMessage
from tracker.router.wire.requests import (
    MAX_BODY,
    MAX_HEAD,
    MAX_OTHER,
    OtherRequest,
    PlainRequest,
    RequestReader,
    read_request_head,
)

POST = b"POST /v1/messages?beta=true HTTP/1.1\r\nHost: a\r\n"


def read(raw: bytes, size: int = 1 << 20):
    """Return every request that these bytes hold, and how many bytes wait."""
    reader, found = RequestReader(), []
    for at in range(0, len(raw), size):
        reader.feed(raw[at : at + size])
        while (one := reader.next()) is not None:
            found.append(one)
    return found, reader.waiting


@pytest.mark.parametrize("size", [1, 3, 10_000])
def test_plain_requests_come_out_one_after_the_other(size):
    raw = (
        POST
        + b"Content-Length: 2\r\n\r\n{}"
        + POST
        + b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1\r\n]\r\n0\r\n\r\n"
        + POST
    )
    found, waiting = read(raw, size)
    assert [one.body for one in found] == [b"{}", b"[]"] and waiting == len(POST)
    assert found[0].head.target == b"/v1/messages?beta=true" and found[0].head.fields[0] == (b"Host", b"a")
    assert (found[0].head.length, found[1].head.length) == (2, None)


@pytest.mark.parametrize(
    "raw",
    [
        *(
            b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET / HTTP/1.0\r\n\r\n",
            b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        *(
            POST + b"Upgrade: websocket\r\n\r\n",
            POST + b"Expect: 100-continue\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
        ),
        *(
            POST.replace(b"\r\n", b"\n") + b"\n",
            POST + b"a: b\r\n  c\r\n\r\n",
            b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
    ],
)
def test_what_is_well_formed_and_more_is_for_somebody_else_with_every_byte(raw):
    assert read_request_head(raw) is None
    assert read(raw + b"rest") == ([OtherRequest(raw + b"rest")], 0)


@pytest.mark.parametrize(
    "raw, status",
    [
        *((b"nonsense\r\n\r\n", 400), (b"PRI * HTTP/2.0\r\n\r\n", 400), (POST + b"Host: b\r\n\r\n", 400)),
        *((POST + b"bad field: x\r\n\r\n", 400), (POST + b"Content-Length: +2\r\n\r\n{}", 400)),
        *(
            (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            (b"x" * (MAX_HEAD + 1), 431),
        ),
        *(
            (POST + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1), 413),
            (POST + b"Transfer-Encoding: chunked\r\n\r\nz\r\n", 400),
        ),
    ],
)
def test_what_is_no_request_is_refused_with_its_status(raw, status):
    with pytest.raises(BadMessage) as wrong:
        read(raw)
    assert wrong.value.status == status


def test_the_longest_message_is_taken_and_a_long_other_body_is_streamed():
    found, _ = read(POST + b"Content-Length: %d\r\n\r\n" % MAX_BODY + bytes(MAX_BODY), MAX_BODY + 1000)
    assert isinstance(found[0], PlainRequest) and len(found[0].body) == MAX_BODY
    other = POST.replace(b"/v1/messages", b"/v1/files")
    found, _ = read(other + b"Content-Length: %d\r\n\r\n" % (MAX_OTHER + 1))
    assert isinstance(found[0], OtherRequest)


def test_a_chunked_body_that_grows_too_long_is_refused_as_it_grows():
    reader = RequestReader()
    reader.feed(
        POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n" % (MAX_BODY + 2) + bytes(MAX_BODY + 1)
    )
    with pytest.raises(BadMessage) as wrong:
        reader.next()
    assert wrong.value.status == 413
