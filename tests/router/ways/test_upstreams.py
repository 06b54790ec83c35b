"""How a request goes to Anthropic: byte for byte, on a connection of its credential."""

from __future__ import annotations

import asyncio

import pytest
from mitmproxy import http
from mitmproxy.test import taddons, tflow

from tracker.router.log.message_request import Request
from tracker.router.ways.upstreams import Upstreams, anthropic_fetch
from tracker.router.wire.replies import read_reply_head
from tracker.router.wire.upstream_connection import ReplyError

REPLY = read_reply_head(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")


class OneExchange:
    """Stands where the pool stands, and keeps what it is asked for."""

    def __init__(self, error=None):
        self.error, self.released = error, []

    async def exchange(self, target, credential, head, body):
        self.target, self.credential, self.head, self.body = target, credential, head, body
        if self.error is not None:
            raise self.error
        return "connection", REPLY

    def release(self, *what):
        self.released.append(what)


def flow_of(headers=(), body=b"{}", h2=False):
    flow = tflow.tflow(req=http.Request.make("POST", "https://api.anthropic.com/v1/messages?beta=true", body))
    flow.request.headers = http.Headers(headers)
    flow.request.http_version = "HTTP/2.0" if h2 else "HTTP/1.1"
    return flow


def sent(flow, request=None, error=None):
    pool = OneExchange(error)
    reply = asyncio.run(anthropic_fetch(pool, flow, request, "api.anthropic.com")())
    reply.release()
    return pool


def test_an_http1_request_goes_as_it_came():
    pool = sent(flow_of([(b"Host", b"api.anthropic.com"), (b"X-Odd", b" Case"), (b"content-length", b"2")]))
    assert pool.head.startswith(b"POST /v1/messages?beta=true HTTP/1.1\r\nHost: api.anthropic.com\r\nX-Odd:")
    assert pool.body == b"{}" and pool.target[:3] == ("https", "api.anthropic.com", 443)
    assert pool.released == [(pool.target, pool.credential, "connection")]


def test_an_http2_request_gets_a_line_and_a_host():
    pool = sent(flow_of([(b":authority", b"api.anthropic.com"), (b"x-a", b"b")], h2=True))
    assert pool.head == b"POST /v1/messages?beta=true HTTP/1.1\r\nhost: api.anthropic.com\r\nx-a: b\r\n\r\n"


@pytest.mark.parametrize("body, framed", [(b"hello", b"5\r\nhello\r\n0\r\n\r\n"), (b"", b"0\r\n\r\n")])
def test_a_chunked_body_is_chunked_again(body, framed):
    assert sent(flow_of([(b"Transfer-Encoding", b"Chunked")], body)).body == framed


def test_each_credential_has_connections_of_its_own():
    both = [
        sent(flow_of([(b"Authorization", word), (b"cookie", b"c")])).credential for word in (b"one", b"two")
    ]
    assert both == [b"one\0c", b"two\0c"]


def test_the_fallback_of_a_lane_is_logged_as_that():
    flow = flow_of()
    request = Request(flow)
    request.lane, request.routed_model, request.header_mode = "zai", "glm-4.6", "x-api-key"
    sent(flow, request)
    assert (request.lane, request.decision, request.routed_model) == ("anthropic", "fallback", None)


@pytest.mark.parametrize(
    "error", [ReplyError("server closed connection"), TimeoutError(), OSError(111, "refused")]
)
def test_no_reply_is_noted_and_raised(error):
    flow = flow_of()
    request = Request(flow)
    with pytest.raises(type(error)):
        sent(flow, request, error)
    assert request.failure


def test_the_connections_are_made_anew_when_what_they_rest_on_changes():
    async def run():
        with taddons.context() as context:
            context.options.add_option("router_idle_seconds", str, "60", "")
            made = Upstreams()
            first = made.pool
            made.configure({"listen_port"})
            assert made.pool is first
            made.configure({"ssl_verify_upstream_trusted_ca"})
            assert made.pool is not first
            made.close()

    asyncio.run(run())
