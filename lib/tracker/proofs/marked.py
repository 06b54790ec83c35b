"""Every class of request that Claude Code makes, marked with what must not get about.

The marks are a login, a key, a cookie, ids, an e-mail address and a sentence that nobody else has.
"""

from __future__ import annotations

import gzip
import json
from typing import Any, NamedTuple

from tracker.mock.recorder import ANTHROPIC
from tracker.proofs.markers import MARKERS, Marker

KEY = "zai-made-up-0123456789abcdef.MadeUpKey00"
MARKS = {
    "login": "sk-ant-oat01-made-up-login-AAAA",
    "api key": "sk-ant-api03-made-up-key-BBBB",
    "cookie": "made-up-cookie-CCCC",
    "organization": "0c0c0c0c-1111-4222-8333-0c0c0c0c0c0c",
    "account": "0d0d0d0d-1111-4222-8333-0d0d0d0d0d0d",
    "device": "0e" * 32,
    "session": "0f0f0f0f-1111-4222-8333-0f0f0f0f0f0f",
    "e-mail": "jo.made-up@example.org",
    "billing": "cc_version=9.9.9.made-up",
}
SENTENCE = "the made-up sentence that no log may hold"
LABELS = ("session",)  # the log names a session by the client's own label


class Sent(NamedTuple):
    """One request of the check: what it is, where it belongs, and its bytes."""

    name: str
    lane: str
    raw: bytes
    secrets: tuple[bytes, ...] = ()  # more that must not arrive


def requests() -> list[Sent]:
    """Return one request of every class of a real client, and some that are none."""
    made = []
    for model, lane in (
        ("claude-haiku-5-5", "zai"),
        ("claude-sonnet-5-5", "anthropic"),
        ("claude-opus-5-5", "anthropic"),
    ):
        for kind, labels in (
            ("main", ()),
            ("subagent", ("x-claude-code-agent-id: a0a0a0a0", "x-claude-code-agent-type: Explore")),
            ("auxiliary", ()),
            ("compaction", ()),
        ):
            for stream in (True, False):
                name = f"{model.split('-')[1]} {kind}{' stream' if stream else ''}"
                made.append(Sent(name, lane, _raw(_body(model, stream), kind, labels)))
    haiku = _body("claude-haiku-5-5", True)
    last = {key: value for key, value in haiku.items() if key != "model"} | {"model": "claude-haiku-4-5"}
    nested = _body("claude-sonnet-5-5", True) | {"tools": [{"name": "t", "input_schema": {"model": "haiku"}}]}
    packed = gzip.compress(_text(haiku))
    probe = {"model": "claude-haiku-4-5", "max_tokens": 1, "messages": [{"role": "user", "content": "quota"}]}
    return [
        *made,
        Sent("haiku gzip", "zai", _raw(packed, "main", ("Content-Encoding: gzip",))),
        Sent("haiku, model last", "zai", _raw(last, "main", ())),
        Sent("haiku, x-api-key login", "zai", _raw(haiku, "main", (f"x-api-key: {MARKS['api key']}",))),
        Sent("sonnet, haiku in a tool", "anthropic", _raw(nested, "main", ())),
        Sent("quota probe", "anthropic", _raw(probe, "auxiliary", ())),
        Sent("malformed", "anthropic", _raw(_text(haiku)[:-1], "main", ())),
        Sent(
            "two models", "anthropic", _raw(b'{"model":"claude-sonnet-5-5",' + _text(haiku)[1:], "main", ())
        ),
        Sent("count_tokens", "anthropic", _raw(haiku, "main", (), "/v1/messages/count_tokens?beta=true")),
        Sent("profile", "anthropic", _raw(b"", "main", (), "/api/oauth/profile", "GET")),
        *(Sent(marker.name, "zai", _marked(marker), marker.secrets) for marker in MARKERS),
        Sent(
            "event log",
            "anthropic",
            _raw({"events": [MARKS["account"]]}, "main", (), "/api/event_logging/v2/batch"),
        ),
    ]


def _marked(marker: Marker) -> bytes:
    body = marker.body()
    lines = [
        f"POST /v1/messages?{marker.query} HTTP/1.1",
        f"Host: {ANTHROPIC}",
        "Connection: close",
        *marker.lines(),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _body(model: str, stream: bool) -> dict[str, Any]:
    user = {"device_id": MARKS["device"], "account_uuid": MARKS["account"], "session_id": MARKS["session"]}
    context = f"# userEmail\nThe user's email address is {MARKS['e-mail']}. Use it only to identify the user."
    use = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "git log"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": f"Author: Jo <{MARKS['e-mail']}>"}
    return {
        "model": model,
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": context}, {"type": "text", "text": SENTENCE}],
            },
            {"role": "assistant", "content": [use]},
            {"role": "user", "content": [result]},
        ],
        "system": [
            {"type": "text", "text": f"x-anthropic-billing-header: {MARKS['billing']}; cc_entrypoint=cli;"},
            {"type": "text", "text": "You are an agent.", "cache_control": {"type": "ephemeral"}},
        ],
        "tools": [{"name": "Bash", "description": "Run", "input_schema": {"type": "object"}}],
        "metadata": {"user_id": json.dumps(user)},
        "max_tokens": 200_000,
        "stream": stream,
    }


def _text(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _raw(
    body: dict[str, Any] | bytes,
    kind: str,
    labels: tuple[str, ...],
    target: str = "/v1/messages?beta=true",
    method: str = "POST",
) -> bytes:
    content = body if isinstance(body, bytes) else _text(body)
    login = (
        []
        if any(label.startswith("x-api-key") for label in labels)
        else [f"Authorization: Bearer {MARKS['login']}"]
    )
    lines = [
        f"{method} {target} HTTP/1.1",
        "Accept: application/json",
        *login,
        "Content-Type: application/json",
        "User-Agent: claude-cli/2.1.329 (external, cli)",
        f"X-Claude-Code-Session-Id: {MARKS['session']}",
        "X-Stainless-OS: Linux",
        "anthropic-beta: claude-code-20250219,oauth-2025-04-20,interleaved-thinking-2025-05-14",
        f"anthropic-organization-id: {MARKS['organization']}",
        "anthropic-version: 2023-06-01",
        "x-app: cli",
        f"x-claude-1p-request-class: {kind}",
        f"x-claude-code-request-class: {kind}",
        "x-claude-code-prompt-id: p1",
        "x-client-request-id: r1",
        *labels,
        f"Cookie: session={MARKS['cookie']}",
        "Connection: close",
        f"Host: {ANTHROPIC}",
        *([f"Content-Length: {len(content)}"] if method == "POST" else []),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content
