"""One usage row per `/v1/messages` request, written when its reply ended, however it ended.

`shared()` gives the one instance of a process: the router and `log_only_messages.py` both use it, so
a request is logged once whichever of them is loaded, in whatever order.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mitmproxy import ctx, http

from tracker import lanes, places
from tracker.router import mitm
from tracker.router.log import message_body
from tracker.router.log.message_request import Request, is_message
from tracker.router.log.reply_tee import ReplyTee
from tracker.router.log.row_writer import RowWriter, now, place, say


def guarded(hook: Callable[[Any, http.HTTPFlow], None]) -> Callable[[Any, http.HTTPFlow], None]:
    """Return a hook whose failure is recorded and keeps no request or reply from passing."""

    @functools.wraps(hook)
    def run(self: Any, flow: http.HTTPFlow) -> None:
        try:
            hook(self, flow)
        except Exception as wrong:
            what = f"{type(wrong).__name__} at {place(wrong)}"
            self.anomaly("router-error", what)
            say(f"{what}; the request passes, its row may be missing; please report it")

    return run


class MessageLog:
    """Keeps the requests under way and writes their rows."""

    name = "message_log"

    def __init__(self) -> None:
        self.under_way: dict[str, Request] = {}  # by flow id
        self.on_reply: Callable[[Request, http.Headers], None] | None = None  # told of Anthropic's replies
        self._usage: RowWriter | None = None
        self._anomalies: RowWriter | None = None

    def load(self, loader: Any) -> None:
        """Declare where rows go; the environment gives the start values."""
        usage = str(places.find("log").path)
        beside = os.environ.get("ANOMALIES_LOG") or ""
        loader.add_option("usage_log", str, usage, "File for one row per message request.")
        loader.add_option(
            "anomalies_log", str, beside, "File for what breaks a rule; default anomalies.jsonl beside it."
        )
        loader.add_option(
            "usage_log_max_mb",
            str,
            os.environ.get("USAGE_LOG_MAX_MB") or "",
            "Begin a new file at this size.",
        )

    def configure(self, updated: set[str]) -> None:
        """Open the files that the options name; rows of the old ones are written first."""
        if {"usage_log", "anomalies_log", "usage_log_max_mb"} & set(updated):
            self.close()
            usage = Path(ctx.options.usage_log)
            anomalies = Path(ctx.options.anomalies_log or usage.with_name("anomalies.jsonl"))
            try:
                limit = max(0, int(float(ctx.options.usage_log_max_mb or 0) * 1024 * 1024))
            except (ValueError, OverflowError):
                say("usage_log_max_mb is no number of megabytes; the log is not rotated")
                limit = 0
            self._usage, self._anomalies = RowWriter(usage, limit, self._lost), RowWriter(anomalies, limit)

        # mitmdump's -v prints every header, logins and keys with them.
        if getattr(ctx.options, "flow_detail", 0) > 1:
            say("flow_detail above 1 would print credentials; it stays at 1")
            mitm.set_options(flow_detail=1)
        if getattr(ctx.options, "proxy_debug", False):
            say("proxy_debug would print credentials; it stays off")
            mitm.set_options(proxy_debug=False)

    @guarded
    def request(self, flow: http.HTTPFlow) -> None:
        """Begin the row of a message request."""
        self.begin(flow)

    def begin(self, flow: http.HTTPFlow) -> Request | None:
        """Return the request's entry, made at the first call; None when it is no message request."""
        known = self.under_way.get(flow.id)
        if known is None and is_message(flow):
            known = self.under_way[flow.id] = Request(flow)
            if known.model and lanes.is_haiku(known.model):
                probe = known.text is not None and message_body.is_quota_probe(known.text)
                known.decision = "quota_probe" if probe else "off"
        return known

    @guarded
    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Let every stream pass as it comes, and count the tokens of a message's reply."""
        assert flow.response is not None
        kind, encoding = _kind(flow.response.headers)
        is_stream = kind.lower().startswith("text/event-stream")
        passes = is_stream and flow.response.raw_content is None and not flow.response.stream
        if passes:
            flow.response.stream = True
        request = self.under_way.get(flow.id)
        if request is not None:
            request.response = flow.response
            request.tee = ReplyTee(kind, encoding)
            if flow.response.stream is True:  # or is one that mitmproxy finds too large to keep
                flow.response.stream = request.tee
            if self.on_reply is not None and request.lane == lanes.ANTHROPIC:
                self.on_reply(request, flow.response.headers)

    @guarded
    def response(self, flow: http.HTTPFlow) -> None:
        """Write the row of a reply that came to its end."""
        request = self.under_way.get(flow.id)
        if request is not None and request.tee is not None and flow.response and flow.response.raw_content:
            request.tee(flow.response.raw_content)  # it came whole
            request.tee(b"")
        self._finish(flow, None)

    @guarded
    def error(self, flow: http.HTTPFlow) -> None:
        """Write the row of a request that failed, or whose client left."""
        self._finish(flow, flow.error.msg if flow.error else "")

    def _finish(self, flow: http.HTTPFlow, error: str | None) -> None:
        request = self.under_way.pop(flow.id, None)
        if request is not None:
            self._end(request, error)

    def _end(self, request: Request, error: str | None) -> None:
        request.end(error)
        if self._usage is not None:
            # Made in the log's thread: the client is still waiting for the end of its reply.
            self._usage.write(functools.partial(self._row, request))

    def _row(self, request: Request) -> dict[str, Any] | None:
        try:
            return request.finished()
        except Exception as wrong:
            what = f"{type(wrong).__name__} at {place(wrong)}"
            self.anomaly("router-error", what)
            say(f"{what}; a row is missing; please report it")
            return None

    def anomaly(self, word: str, detail: str, provider: str | None = None) -> None:
        """Record what breaks a rule; `detail` must hold no header value, no body and no key."""
        if self._anomalies is not None:
            self._anomalies.write(
                {"kind": "anomaly", "ts": now(), "anomaly": word, "provider": provider, "detail": detail}
            )

    def refused(self, status: int, why: str, flow: http.HTTPFlow | None) -> None:
        """Record a client that was told a status of the router's own; `flow`: its request, if there is one."""
        self.anomaly("malformed-request", f"{status}: {why}")
        request = self.begin(flow) if flow is not None else None
        if flow is not None and request is not None:
            request.decision = "malformed"
            request.upstream_status = request.more["client_status"] = status
            self._finish(flow, None)

    def _lost(self, count: int) -> None:
        self.anomaly("rows-lost", f"{count} rows found no room on the disk")

    def done(self) -> None:
        """Write the rows of requests that the end of the proxy cuts off, and wait for the disk."""
        for flow_id, request in list(self.under_way.items()):
            del self.under_way[flow_id]
            self._end(request, "proxy ended")
        self.close()

    def close(self) -> None:
        """Wait until every row is in its file."""
        for writer in (self._usage, self._anomalies):
            if writer is not None:
                writer.close()


def _kind(headers: http.Headers) -> tuple[str, str]:
    """Return a reply's type and encoding; one walk, as mitmproxy's headers are walked for each name."""
    kind = encoding = b""
    for name, value in headers.fields:
        lower = name.lower()
        if lower == b"content-type":
            kind = value
        elif lower == b"content-encoding":
            encoding = encoding + b", " + value if encoding else value
    return kind.decode("latin-1"), encoding.decode("latin-1")


_shared = MessageLog()


def shared() -> MessageLog:
    """Return the one log of this process."""
    return _shared


def addons_for(*wanted: Any) -> list[Any]:
    """Return those of some addons that are not yet in the chain: a script may be loaded beside another."""
    # There is no master when a script is imported as a module.
    has_master = getattr(ctx, "master", None) is not None
    return [addon for addon in wanted if has_master and mitm.addon(addon.name) is None]
