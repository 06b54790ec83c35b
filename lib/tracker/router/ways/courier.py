"""Fetch replies over warm connections, and hand them to mitmproxy.

A client that did not ask for a stream gets its reply whole; every other reply goes through the relay,
piece by piece.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from mitmproxy import connection, ctx, http
from mitmproxy.net.http.http1 import assemble_request_head

from tracker import lanes
from tracker.router.lanes.offload import failure
from tracker.router.log.message_request import Request
from tracker.router.ways.relay import Answer, Job, Relay, Ticket
from tracker.router.wire.h1_connection import ReplyError
from tracker.router.wire.upstream_pool import Pool, Target, Trust

CREDENTIALS = {b"authorization", b"x-api-key", b"cookie"}
TRUST = {
    "ssl_insecure",
    "ssl_verify_upstream_trusted_ca",
    "ssl_verify_upstream_trusted_confdir",
    "upstream_auth",
    "router_idle_seconds",
}


class Courier:
    """The pool, the relay, and what is under way between them."""

    def __init__(self) -> None:
        self._pool: Pool | None = None
        self._relay = Relay()
        self._out: dict[str, tuple[http.Request, Ticket]] = {}  # by flow id: the client's own request
        self._fetching: dict[str, asyncio.Task[Any]] = {}  # by client id

    def configure(self, updated: set[str]) -> None:
        """Open the connections anew when their trust changes."""
        if TRUST & set(updated) and self._pool is not None:
            self._pool.close()
            self._pool = None

    @property
    def pool(self) -> Pool:
        """The connections to the providers."""
        if self._pool is None:
            options = ctx.options
            trust = Trust(
                options.ssl_insecure,
                options.ssl_verify_upstream_trusted_ca,
                options.ssl_verify_upstream_trusted_confdir,
                getattr(options, "upstream_auth", None),
            )
            self._pool = Pool(trust, float(options.router_idle_seconds))
        return self._pool

    async def fetch(self, flow: http.HTTPFlow, request: Request, job: Job) -> None:
        """Have a job done for a flow."""
        if not flow.request.is_http2 and not request.asks_for_stream():
            try:
                flow.response = await self._whole(flow, job)
                return
            except asyncio.CancelledError:
                request.left = True
                flow.kill()
                return
            except (OSError, TimeoutError, ReplyError) as wrong:
                request.failure = failure(wrong)
                job = _failed
        await self._through_relay(flow, job)

    async def _whole(self, flow: http.HTTPFlow, job: Job) -> http.Response:
        task = asyncio.current_task()
        assert task is not None
        client = flow.client_conn.id
        self._fetching[client] = task  # an HTTP/1 client has one request at a time
        try:
            answer = await job()
            payload = answer.payload
            if answer.connection is not None:
                try:
                    _, payload = await answer.connection.read()
                except BaseException:
                    answer.abandon()
                    raise
                answer.release()
        finally:
            self._fetching.pop(client, None)
        reply = answer.reply
        begun = flow.request.timestamp_end or flow.request.timestamp_start
        return http.Response(
            reply.version, reply.status, reply.reason, http.Headers(reply.fields), payload, None, begun, begun
        )

    async def _through_relay(self, flow: http.HTTPFlow, job: Job) -> None:
        ticket = await self._relay.ticket(job, flow.client_conn.id)
        sent = flow.request
        stand_in = http.Request(
            host="127.0.0.1",
            port=ticket.port,
            method=b"GET",
            scheme=b"http",
            authority=b"",
            path=f"/{ticket.word}".encode(),
            http_version=b"HTTP/1.1",
            headers=http.Headers(),
            content=b"",
            trailers=None,
            timestamp_start=sent.timestamp_start,
            timestamp_end=sent.timestamp_end,
        )
        self._out[flow.id] = (sent, ticket)
        flow.server_conn = connection.Server(address=("127.0.0.1", ticket.port))
        flow.request = stand_in

    def arrived(self, flow: http.HTTPFlow) -> None:
        """Put the client's own request back into a flow."""
        out = self._out.get(flow.id)
        if out is not None:
            flow.request = out[0]

    def ended(self, flow: http.HTTPFlow) -> None:
        """Forget a flow."""
        out = self._out.pop(flow.id, None)
        if out is not None:
            self._relay.give_back(out[1])

    def client_left(self, client: str) -> None:
        """Stop what is being fetched for a client."""
        task = self._fetching.pop(client, None)
        if task is not None:
            task.cancel()

    def close(self) -> None:
        """Close every connection."""
        self._relay.close()
        if self._pool is not None:
            self._pool.close()


def anthropic_job(pool: Pool, flow: http.HTTPFlow, request: Request | None, host: str) -> Job:
    """Return how to send a request to Anthropic, at `host`, as mitmproxy would send it.

    `request` is the log's entry of a message request.
    """
    sent = flow.request
    target = Target(sent.scheme, host, sent.port, flow.server_conn.via)
    if sent.is_http2:
        fields = [field for field in sent.headers.fields if not field[0].startswith(b":")]
        named = [] if "host" in sent.headers else [(b"host", sent.pretty_host.encode())]
        lines = [b"POST " + sent.path.encode() + b" HTTP/1.1"]
        lines += [b"%s: %s" % field for field in named + fields]
        head = b"\r\n".join(lines) + b"\r\n\r\n"
    else:
        head = assemble_request_head(sent)
    body = sent.raw_content or b""
    if "chunked" in sent.headers.get("transfer-encoding", "").lower():
        body = (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
    credential = b"\0".join(value for name, value in sent.headers.fields if name.lower() in CREDENTIALS)

    async def run() -> Answer:
        if request is not None and lanes.is_offload(request.lane):  # this is the fallback
            request.lane, request.decision = lanes.ANTHROPIC, "fallback"
            request.routed_model = request.header_mode = None
        try:
            connection, reply = await pool.exchange(target, credential, head, body)
        except (OSError, TimeoutError, ReplyError) as wrong:
            if request is not None:
                request.failure = failure(wrong)
            raise
        return Answer(reply, None, None, connection, lambda: pool.release(target, credential, connection))

    return run


def _failed() -> Coroutine[Any, Any, Answer]:
    async def fail() -> Answer:
        raise ReplyError("no reply")

    return fail()
