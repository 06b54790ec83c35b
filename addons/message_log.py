"""One usage row per `/v1/messages` request, written when its reply ended, however it ended.

`shared()` gives the one instance of a process: the router and `log_only_messages.py` both use it, so
a request is logged once whichever of them is loaded, in whatever order.
"""

from __future__ import annotations

import os
import re
import time
import uuid
from pathlib import Path
from typing import Any

import message_body
from mitmproxy import ctx, http
from reply_tee import ReplyTee
from row_writer import RowWriter, now, say

MESSAGES = "/v1/messages"
_SAFE = re.compile(r"[\x21-\x7e]{1,200}")
_UNIFIED = "anthropic-ratelimit-unified-"
_FAMILIES = ("haiku", "sonnet", "opus", "fable")


class Request:
    """One message request on its way: what its row will say."""

    __slots__ = (
        "body",
        "decision",
        "force_haiku",
        "header_mode",
        "lane",
        "model",
        "more",
        "parsed",
        "response",
        "routed_model",
        "row",
        "started",
        "tee",
        "text",
    )

    def __init__(self, flow: http.HTTPFlow) -> None:
        self.started = time.perf_counter()
        self.lane = "anthropic"
        self.decision = "kept"
        self.routed_model: str | None = None
        self.header_mode: str | None = None
        self.force_haiku: bool | None = None
        self.tee: ReplyTee | None = None
        self.response: http.Response | None = None  # its head, once it came
        self.more: dict[str, Any] = {}  # fields that only some rows have
        self.text: bytes | None = None  # the body without its encoding; None: unreadable
        self.model: str | None = None
        self.parsed: dict[str, Any] | None = None
        headers = flow.request.headers
        raw = flow.request.raw_content or b""
        try:
            self.text = message_body.decode(raw, headers.get("content-encoding"))
            self.model, self.parsed = message_body.read(self.text)
        except message_body.Unreadable:
            self.text = None
        at = now()
        agent = label(headers, "x-claude-code-agent-id")
        self.row: dict[str, Any] = {
            "kind": "usage",
            "ts": at,
            "timestamp": at,
            "model": self.model or "unknown",
            "session_id": label(headers, "x-claude-code-session-id"),
            "subagent_id": agent,
            "agent_type": label(headers, "x-claude-code-agent-type"),
            "prompt_id": label(headers, "x-claude-code-prompt-id"),
            "trace_id": label(headers, "x-client-request-id") or uuid.uuid4().hex,
            "request_class": request_class(headers, agent, self.text),
            "h2": flow.request.is_http2,
            "request_bytes": len(raw),
        }

    def asks_for_stream(self) -> bool:
        """Whether the client asked for a stream; told from the body when no reply came."""
        return self.text is not None and message_body.asks_for_stream(self.text)


def label(headers: http.Headers, name: str) -> str | None:
    """Return a label that the client gives its requests, if it is a plain word."""
    value = headers.get(name)
    return value if value and _SAFE.fullmatch(value) else None


def request_class(headers: http.Headers, agent: str | None, text: bytes | None) -> str | None:
    """Return the class that the client names; for older clients tell it by what they do send."""
    named = label(headers, "x-claude-code-request-class")
    if named:
        return named
    if agent:
        return "subagent"
    if text is None or not headers.get("user-agent", "").startswith("claude-cli/"):
        return None
    if b'"tools":[{' not in text:
        return "auxiliary"
    # The main loop has the tool that starts subagents; a subagent does not.
    return "main" if b'"name":"Task"' in text or b'"name":"Agent"' in text else "subagent"


def is_message(flow: http.HTTPFlow) -> bool:
    """Say whether a request is one that the log keeps: POST to /v1/messages, whatever its query."""
    request = flow.request
    return request.path.partition("?")[0] == MESSAGES and request.method == "POST"


def family(model: str) -> str:
    """Return the family in a model's name, or the name.

    >>> family("claude-haiku-4-5"), family("else")
    ('haiku', 'else')
    """
    lower = model.lower()
    return next((name for name in _FAMILIES if name in lower), model)


def rate_limits(headers: http.Headers) -> tuple[dict[str, float], str | None]:
    """Return the unified rate-limit headers that are numbers, and the status among them."""
    limits: dict[str, float] = {}
    status = None
    for raw_name, raw_value in headers.fields:
        name = raw_name.decode("latin-1").lower()
        if name.startswith(_UNIFIED):
            value = raw_value.decode("latin-1")
            if name == _UNIFIED + "status":
                status = value if _SAFE.fullmatch(value) else None
                continue
            try:
                number = float(value)
            except ValueError:
                continue
            if number - number == 0:  # neither infinite nor NaN
                limits[name[len(_UNIFIED) :].replace("-", "_")] = number
    return limits, status


def err_type(status: int | None, tee: ReplyTee | None, error: str | None) -> str | None:
    """Return the kind of failure: by the status, else by how the reply ended.

    >>> err_type(401, None, None), err_type(529, None, None), err_type(None, None, "timed out")
    ('401', '5xx', 'timeout')
    """
    if status is None:
        return "timeout" if "timed out" in (error or "").lower() else "net"
    if status in (401, 429):
        return str(status)
    if status >= 500:
        return "5xx"
    if status >= 400:
        return "4xx"
    if error is not None or (tee is not None and tee.is_stream and tee.counting and not tee.stopped):
        return "truncated"
    return None


class MessageLog:
    """Keeps the requests under way and writes their rows."""

    name = "message_log"

    def __init__(self) -> None:
        self.under_way: dict[str, Request] = {}  # by flow id
        self._usage: RowWriter | None = None
        self._anomalies: RowWriter | None = None

    def load(self, loader: Any) -> None:
        """Declare where rows go; the environment gives the start values."""
        usage = os.environ.get("USAGE_LOG") or "logs/usage.jsonl"
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
            self._usage, self._anomalies = RowWriter(usage, limit), RowWriter(anomalies, limit)

    def request(self, flow: http.HTTPFlow) -> None:
        """Begin the row of a message request."""
        self.begin(flow)

    def begin(self, flow: http.HTTPFlow) -> Request | None:
        """Return the request's entry, made at the first call; None when it is no message request."""
        known = self.under_way.get(flow.id)
        if known is None and is_message(flow):
            known = self.under_way[flow.id] = Request(flow)
            if known.model and "haiku" in known.model.lower():
                probe = known.text is not None and message_body.is_quota_probe(known.text)
                known.decision = "quota_probe" if probe else "off"
        return known

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Let every stream pass as it comes, and count the tokens of a message's reply."""
        assert flow.response is not None
        headers = flow.response.headers
        kind = headers.get("content-type", "")
        request = self.under_way.get(flow.id)
        if request is not None:
            request.response = flow.response
            request.tee = ReplyTee(kind, headers.get("content-encoding", ""))
            if not flow.response.stream:
                flow.response.stream = request.tee
        elif kind.lower().startswith("text/event-stream") and not flow.response.stream:
            flow.response.stream = True

    def response(self, flow: http.HTTPFlow) -> None:
        """Write the row of a reply that came to its end."""
        self._finish(flow, None)

    def error(self, flow: http.HTTPFlow) -> None:
        """Write the row of a request that failed, or whose client left."""
        self._finish(flow, flow.error.msg if flow.error else "")

    def _finish(self, flow: http.HTTPFlow, error: str | None) -> None:
        request = self.under_way.pop(flow.id, None)
        if request is not None and self._usage is not None:
            self._usage.write(self.row_of(request, error))

    def row_of(self, request: Request, error: str | None) -> dict[str, Any]:
        """Return the usage row of a request that ended."""
        ended = time.perf_counter()
        response = request.response
        status = response.status_code if response is not None else None
        tee = request.tee
        limits, limit_status = rate_limits(response.headers) if response is not None else ({}, None)
        streamed = tee.is_stream if tee is not None else request.asks_for_stream()
        zai = request.lane == "zai"
        row = request.row
        row.update(
            lane=request.lane,
            upstream="zai" if zai else "anth",
            backend_provider="glm" if zai else family(row["model"]),
            status=status,
            latency_ms=round((ended - request.started) * 1000, 3),
            decision=request.decision,
            op="stream" if streamed else "nonstream",
            routed_model=request.routed_model,
            header_mode=request.header_mode,
            force_haiku=request.force_haiku,
            err_type=err_type(status, tee, error),
            ttfb_ms=None
            if tee is None or tee.first_at is None
            else round((tee.first_at - request.started) * 1000, 3),
            response_bytes=None if tee is None else tee.bytes,
            rate_limits=limits,
            rate_limit_status=limit_status,
            **dict.fromkeys(
                ("prompt_tokens", "completion_tokens", "cache_read_tokens", "cache_creation_tokens")
            ),
        )
        if tee is not None:
            row.update(tee.counts)
        row.update(request.more)
        return row

    def anomaly(self, word: str, detail: str, provider: str | None = None) -> None:
        """Record what breaks a rule; `detail` must hold no header value, no body and no key."""
        if self._anomalies is not None:
            self._anomalies.write(
                {"kind": "anomaly", "ts": now(), "anomaly": word, "provider": provider, "detail": detail}
            )

    def done(self) -> None:
        """Write the rows of requests that the end of the proxy cuts off, and wait for the disk."""
        for flow_id, request in list(self.under_way.items()):
            del self.under_way[flow_id]
            if self._usage is not None:
                self._usage.write(self.row_of(request, "proxy ended"))
        self.close()

    def close(self) -> None:
        """Wait until every row is in its file."""
        for writer in (self._usage, self._anomalies):
            if writer is not None:
                writer.close()


_shared = MessageLog()


def shared() -> MessageLog:
    """Return the one log of this process."""
    return _shared


def addons_for(*wanted: Any) -> list[Any]:
    """Return those of some addons that are not yet in the chain: a script may be loaded beside another."""
    return [addon for addon in wanted if ctx.master.addons.get(addon.name) is None]
