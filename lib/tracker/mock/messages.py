"""The Messages API's own shapes: a reply as JSON, the same reply as events, errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from tracker.mock.personas import Ways
from tracker.mock.quotas import RequestTokens

WORDS = ("a", "reply", "made", "on", "loopback", "costs", "nothing", "and", "arrives", "whole")


class MessageAnswer(NamedTuple):
    """What the model says: content blocks and what they cost."""

    id: str
    model: str
    content: list[dict[str, Any]]
    tokens: RequestTokens
    stop_reason: str


def text_of(tokens: int) -> str:
    """Return a text of so many words; on loopback a word is a token.

    >>> text_of(3)
    'a reply made'
    """
    return " ".join(WORDS[at % len(WORDS)] for at in range(tokens))


def count(body: dict[str, Any]) -> int:
    """Return the prompt's length in tokens: about four bytes of JSON each, as good as any guess."""
    told = {key: body[key] for key in ("system", "messages", "tools") if key in body}
    return max(1, len(json.dumps(told, ensure_ascii=False)) // 4)


def usage(tokens: RequestTokens, output: int) -> dict[str, Any]:
    """Return Anthropic's `usage` object."""
    return {
        "input_tokens": tokens.input,
        "cache_creation_input_tokens": tokens.cache_write,
        "cache_creation": {
            "ephemeral_5m_input_tokens": tokens.cache_write,
            "ephemeral_1h_input_tokens": 0,
        },
        "cache_read_input_tokens": tokens.cache_read,
        "output_tokens": output,
        "service_tier": "standard",
    }


def zai_usage(tokens: RequestTokens) -> dict[str, Any]:
    """Return Z.AI's `usage` object: no cache writes."""
    return {
        "input_tokens": tokens.input,
        "output_tokens": tokens.output,
        "cache_read_input_tokens": tokens.cache_read,
        "service_tier": "standard",
    }


def message(answer: MessageAnswer, ways: Ways) -> dict[str, Any]:
    """Return the whole reply as one JSON object."""
    return {
        "id": answer.id,
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": answer.content,
        "stop_reason": answer.stop_reason,
        "stop_sequence": None,
        "usage": zai_usage(answer.tokens) if ways.counts_late else usage(answer.tokens, answer.tokens.output),
    }


def events(answer: MessageAnswer, ways: Ways) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the reply as (event, data).

    Anthropic counts the prompt at the start; Z.AI says 0 there and the truth at the end.
    """
    first = message(answer, ways) | {"content": [], "stop_reason": None}
    first["usage"] = {"input_tokens": 0, "output_tokens": 0} if ways.counts_late else usage(answer.tokens, 1)
    yield "message_start", {"type": "message_start", "message": first}
    for at, block in enumerate(answer.content):
        empty: dict[str, Any] = {"text": ""} if block["type"] == "text" else {"input": {}}
        yield (
            "content_block_start",
            {"type": "content_block_start", "index": at, "content_block": block | empty},
        )
        if at == 0:
            yield "ping", {"type": "ping"}
        for delta in _deltas(block):
            yield "content_block_delta", {"type": "content_block_delta", "index": at, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": at}
    end = {
        "type": "message_delta",
        "delta": {"stop_reason": answer.stop_reason, "stop_sequence": None},
        "usage": zai_usage(answer.tokens) if ways.counts_late else {"output_tokens": answer.tokens.output},
    }
    yield "message_delta", end
    yield "message_stop", {"type": "message_stop"}


def _deltas(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "tool_use":
        told = json.dumps(block["input"])
        half = len(told) // 2
        for part in (told[:half], told[half:]):
            yield {"type": "input_json_delta", "partial_json": part}
        return
    words = block["text"].split(" ")
    for at in range(0, len(words), 4):
        start = "" if at == 0 else " "
        yield {"type": "text_delta", "text": start + " ".join(words[at : at + 4])}


def frame(event: str, data: dict[str, Any]) -> bytes:
    """Return one server-sent event.

    >>> frame("ping", {"type": "ping"})
    b'event: ping\\ndata: {"type": "ping"}\\n\\n'
    """
    return f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def error(
    status: int, request_id: str, ways: Ways, kind: str | None = None, words: str | None = None
) -> dict[str, Any]:
    """Return an error's body in the provider's own shape.

    >>> from tracker.mock import personas
    >>> error(429, "req_1", personas.named("zai").ways)
    {'error': {'code': '1302', 'message': 'Rate limit reached for requests'}, 'request_id': 'req_1'}
    """
    usual = ways.errors.get(status) or ways.errors[500]
    return ways.shape(kind or usual[0], words or usual[1], request_id)
