"""What the log keeps of one `/v1/messages` request while it is under way, and the row made of it."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from mitmproxy import http

from tracker import lanes
from tracker.router.log import message_body
from tracker.router.log.reply_tee import ReplyTee
from tracker.router.log.row_writer import stamp

MESSAGES = "/v1/messages"
_SAFE = re.compile(rb"[\x21-\x7e]{1,200}")
_UNIFIED = b"anthropic-ratelimit-unified-"
READ = {
    b"content-encoding",
    b"user-agent",
    b"x-claude-code-agent-id",
    b"x-claude-code-agent-type",
    b"x-claude-code-prompt-id",
    b"x-claude-code-request-class",
    b"x-claude-code-session-id",
    b"x-client-request-id",
}
_FAMILIES = ("haiku", "sonnet", "opus", "fable")


class Request:
    """One message request on its way: what its row will say."""

    __slots__ = (
        "_class",
        "_headers",
        "_row",
        "_size",
        "account",
        "after",
        "at",
        "decision",
        "ended",
        "error",
        "failure",
        "force_haiku",
        "h2",
        "header_mode",
        "lane",
        "left",
        "model",
        "more",
        "offload_from",
        "offload_when",
        "response",
        "routed_model",
        "started",
        "tee",
        "text",
        "upstream_status",
        "wants_stream",
    )

    def __init__(self, flow: http.HTTPFlow) -> None:
        self.started = time.perf_counter()
        self.at = time.time()
        self.ended: float | None = None  # time.perf_counter() of the end
        self.after: Callable[[Request], None] | None = None  # called when the reply has ended
        self.error: str | None = None  # how it ended, if not well
        self.lane = lanes.ANTHROPIC
        self.decision = "kept"
        self.routed_model: str | None = None
        self.header_mode: str | None = None
        self.force_haiku: bool | None = None
        self.offload_from: str | None = None
        self.offload_when: str | None = None  # the rule by which it goes or stays
        self.account: int | None = None  # what tells its login from another's; None: nobody asks
        self.tee: ReplyTee | None = None
        self.response: http.Response | None = None  # its head, once it came
        self.upstream_status: int | None = None  # what the lane answered, when the client sees another
        self.wants_stream: bool | None = None  # None: not looked at yet
        self.left = False  # whether the client left while its reply was being fetched
        self.failure: str | None = None  # why no reply came
        self.more: dict[str, Any] = {}  # fields that only some rows have
        self.text: bytes | None = None  # the body without its encoding; None: unreadable
        self.model: str | None = None
        sent = flow.request
        raw = sent.raw_content or b""
        # One walk over the fields; asking mitmproxy's headers by name is a walk each time.
        self._headers = {name.lower(): value for name, value in sent.headers.fields if name.lower() in READ}
        self._size = len(raw)
        self.h2 = sent.is_http2
        self._row: dict[str, Any] | None = None
        self._class: str | None = ""  # "": not looked at yet
        try:
            self.text = message_body.decode(raw, self._headers.get(b"content-encoding"))
            self.model = message_body.read_model(self.text)
        except message_body.UnreadableBody:
            self.text = None

    def stays(self, decision: str) -> None:
        """Note that it goes to Anthropic after all, and why."""
        self.lane, self.decision = lanes.ANTHROPIC, decision
        self.routed_model = self.header_mode = None

    def _look_up_class(self) -> str | None:
        if self._class == "":
            agent = label(self._headers, b"x-claude-code-agent-id")
            self._class = request_class(self._headers, agent, self.text)
        return self._class

    @property
    def row(self) -> dict[str, Any]:
        """What the row will say of the request itself; made when it is first asked for."""
        if self._row is None:
            headers, at = self._headers, stamp(self.at)
            self._row = {
                "kind": "usage",
                "ts": at,
                "timestamp": at,
                "model": self.model or "unknown",
                "session_id": label(headers, b"x-claude-code-session-id"),
                "subagent_id": label(headers, b"x-claude-code-agent-id"),
                "agent_type": label(headers, b"x-claude-code-agent-type"),
                "prompt_id": label(headers, b"x-claude-code-prompt-id"),
                "trace_id": label(headers, b"x-client-request-id") or uuid.uuid4().hex,
                "request_class": self._look_up_class(),
                "h2": self.h2,
                "request_bytes": self._size,
            }
        return self._row

    def end(self, error: str | None) -> None:
        """Note that the request has ended; `error` says how if not well."""
        self.ended, self.error = time.perf_counter(), error or self.error
        self.forget_text()  # the row is made later, and must not keep the body until then
        if self.after is not None:
            self.after(self)

    def forget_text(self) -> None:
        """Let the body go, once what the row says of it is known."""
        if self.tee is None:
            self.asks_for_stream()
        self._look_up_class()
        self.text = None

    def finished(self) -> dict[str, Any]:
        """Return the usage row of a request that has ended."""
        response, tee, row, error = self.response, self.tee, self.row, self.error
        ended = self.started if self.ended is None else self.ended
        status = self._status()
        limits, limit_status = rate_limits(response.headers) if response is not None else ({}, None)
        row.update(
            lane=self.lane,
            upstream=lanes.short(self.lane),
            backend_provider=lanes.backend(self.lane) or family(row["model"]),
            status=status,
            latency_ms=round((ended - self.started) * 1000, 3),
            decision=self.decision,
            op="stream" if (tee.is_stream if tee is not None else self.asks_for_stream()) else "nonstream",
            routed_model=self.routed_model,
            header_mode=self.header_mode,
            force_haiku=self.force_haiku,
            offload_from=self.offload_from,
            offload_when=self.offload_when,
            err_type=err_type(status, tee, self.failure or error),
            ttfb_ms=None,
            response_bytes=None,
            rate_limits=limits,
            rate_limit_status=limit_status,
            prompt_tokens=None,
            completion_tokens=None,
            cache_read_tokens=None,
            cache_creation_tokens=None,
        )
        if tee is not None:
            self._count(tee, row)
        row.update(self.more)
        row["client_left"] = self.left or (error is not None and error.startswith("Client disconnected"))
        return row

    def _status(self) -> int | None:
        """Return what the provider answered; None when no reply came."""
        if self.upstream_status is not None or self.response is None or self.failure is not None:
            return self.upstream_status
        return self.response.status_code

    def _count(self, tee: ReplyTee, row: dict[str, Any]) -> None:
        """Add what was counted while the reply passed."""
        tee.settle()
        offloaded = lanes.is_offload(self.lane)
        row["response_bytes"] = tee.bytes
        if tee.first_at is not None:
            row["ttfb_ms"] = round((tee.first_at - self.started) * 1000, 3)
        # Some lanes say 0 at a stream's start: without its end nobody knows.
        if not (offloaded and tee.is_stream and not tee.final):
            row.update(tee.counts)
        row["provider_error"] = tee.error
        if offloaded and row["err_type"] is None and tee.is_stream and tee.counting:
            row["err_type"] = "bad_reply" if tee.error is not None or not tee.spoke else None

    def asks_for_stream(self) -> bool:
        """Whether the client asked for a stream."""
        if self.wants_stream is None:
            self.wants_stream = self.text is not None and message_body.asks_for_stream(self.text)
        return self.wants_stream


def label(headers: dict[bytes, bytes], name: bytes) -> str | None:
    """Return a label that the client gives its requests, if it is a plain word.

    >>> label({b"x-a": b"main"}, b"x-a"), label({b"x-a": b"two words"}, b"x-a")
    ('main', None)
    """
    value = headers.get(name)
    return value.decode("ascii") if value and _SAFE.fullmatch(value) else None


def request_class(headers: dict[bytes, bytes], agent: str | None, text: bytes | None) -> str | None:
    """Return the class that the client names; for older clients tell it by what they do send."""
    named = label(headers, b"x-claude-code-request-class")
    if named:
        return named
    if agent:
        return "subagent"
    if text is None or not headers.get(b"user-agent", b"").startswith(b"claude-cli/"):
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
    for raw_name, value in headers.fields:
        name = raw_name.lower()
        if name.startswith(_UNIFIED):
            if name == _UNIFIED + b"status":
                status = value.decode("ascii") if _SAFE.fullmatch(value) else None
                continue
            try:
                number = float(value)
            except ValueError:
                continue
            if number - number == 0:  # neither infinite nor NaN
                limits[name[len(_UNIFIED) :].decode("latin-1").replace("-", "_")] = number
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
