"""Replies to mitmproxy's flows: a short one at once, a stream by way of the relay."""

from __future__ import annotations

import asyncio

from mitmproxy import http
from mitmproxy.test import tflow

from tracker.router.log.message_log import MessageLog
from tracker.router.log.message_request import Request
from tracker.router.ways.delivery import FetchedReply
from tracker.router.ways.flows import FlowReplies
from tracker.router.wire.replies import read_reply_head

HEAD = b"HTTP/1.1 201 Made\r\nX-A: b\r\ncontent-length: 2\r\n\r\n"


async def fetch():
    return FetchedReply(read_reply_head(HEAD), b"{}", b"{}", None, lambda: None)


def play(story, body=b'{"model":"m"}'):
    async def run():
        replies = FlowReplies(MessageLog())
        flow = tflow.tflow(req=http.Request.make("POST", "https://api.anthropic.com/v1/messages", body))
        async with asyncio.timeout(10):
            await story(replies, flow, Request(flow))
        replies.close()

    asyncio.run(run())


def test_a_short_reply_is_there_before_mitmproxy_would_dial():
    async def story(replies, flow, request):
        await replies.deliver(flow, request, fetch)
        assert (flow.response.status_code, flow.response.reason, flow.response.content) == (
            201,
            "Made",
            b"{}",
        )
        assert flow.response.headers["x-a"] == "b" and flow.request.host == "api.anthropic.com"

    play(story)


def test_a_stream_is_asked_for_at_the_relay_and_the_clients_request_is_put_back():
    async def story(replies, flow, request):
        sent = flow.request
        await replies.deliver(flow, request, fetch)
        assert flow.response is None and flow.request.host == "127.0.0.1" and not flow.request.headers
        assert flow.server_conn.address == ("127.0.0.1", flow.request.port)
        reader, writer = await asyncio.open_connection("127.0.0.1", flow.request.port)
        writer.write(f"GET {flow.request.path} HTTP/1.1\r\n\r\n".encode())
        assert await reader.readexactly(len(HEAD) + 2) == HEAD + b"{}"
        writer.close()
        replies.arrived(flow)
        assert flow.request is sent
        replies.ended(flow)
        replies.ended(flow)  # once more does no harm

    play(story, b'{"model":"m","stream":true}')


def test_a_client_that_leaves_ends_what_is_fetched_for_it():
    async def story(replies, flow, request):
        begun, ended = asyncio.Event(), asyncio.Event()

        async def slow():
            begun.set()
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()
            raise AssertionError("nobody waits for it")

        task = asyncio.create_task(replies.deliver(flow, request, slow))
        await begun.wait()
        replies.client_left("somebody else")
        assert not task.done()
        replies.client_left(flow.client_conn.id)
        await ended.wait()
        await task
        assert flow.response is None and flow.error is not None

    play(story)
