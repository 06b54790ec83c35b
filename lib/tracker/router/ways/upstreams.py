"""The connections to the providers, by mitmproxy's options, and how a request goes to Anthropic."""

from __future__ import annotations

from mitmproxy import ctx, http

from tracker import lanes
from tracker.router import mitm
from tracker.router.log.message_request import Request
from tracker.router.ways.delivery import Fetch, FetchedReply, failure
from tracker.router.wire.upstream_connection import ReplyError
from tracker.router.wire.upstream_pool import Pool, Target, Trust

CREDENTIALS = {b"authorization", b"x-api-key", b"cookie"}
TRUST = {
    "ssl_verify_upstream_trusted_ca",
    "ssl_verify_upstream_trusted_confdir",
    "upstream_auth",
    "router_idle_seconds",
}


class Upstreams:
    """The pool of warm connections, made anew when what they rest on changes."""

    def __init__(self) -> None:
        self._pool: Pool | None = None

    def configure(self, updated: set[str]) -> None:
        """Open the connections anew when their trust changes."""
        if TRUST & set(updated):
            self.close()

    @property
    def pool(self) -> Pool:
        """The connections to the providers."""
        if self._pool is None:
            options = ctx.options
            trust = Trust(
                options.ssl_verify_upstream_trusted_ca,
                options.ssl_verify_upstream_trusted_confdir,
                getattr(options, "upstream_auth", None),
            )
            self._pool = Pool(trust, float(options.router_idle_seconds))
        return self._pool

    def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None


def anthropic_fetch(pool: Pool, flow: http.HTTPFlow, request: Request | None, host: str) -> Fetch:
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
        head = mitm.request_head(sent)
    body = sent.raw_content or b""
    if "chunked" in sent.headers.get("transfer-encoding", "").lower():
        body = (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
    credential = b"\0".join(value for name, value in sent.headers.fields if name.lower() in CREDENTIALS)

    async def fetch() -> FetchedReply:
        if request is not None and lanes.is_offload(request.lane):  # this is the fallback
            request.stays("fallback")
        try:
            connection, reply = await pool.exchange(target, credential, head, body)
        except (OSError, TimeoutError, ReplyError) as wrong:
            if request is not None:
                request.failure = failure(wrong)
            raise
        return FetchedReply(reply, b"", b"", connection, lambda: pool.release(target, credential, connection))

    return fetch
