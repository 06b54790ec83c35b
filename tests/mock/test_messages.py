"""The Messages API's own shapes: one reply, whole or as events, and errors."""

from __future__ import annotations

import json

import pytest

from tracker.mock import messages, personas
from tracker.mock.messages import MessageAnswer
from tracker.mock.quotas import RequestTokens

TOOL = {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"file_path": "x", "lines": [1, 2]}}
CONTENT = [{"type": "text", "text": messages.text_of(11)}, TOOL]
ANSWER = MessageAnswer("msg_1", "claude-haiku-5-5", CONTENT, RequestTokens(90, 11, 30, 4), "tool_use")


def put_together(events):
    """The content blocks that a client puts together from a stream."""
    blocks: list[dict] = []
    for name, data in events:
        if name == "content_block_start":
            blocks.append(dict(data["content_block"], parts=""))
        elif name == "content_block_delta":
            blocks[data["index"]]["parts"] += data["delta"].get("text", data["delta"].get("partial_json"))
    for block in blocks:
        parts = block.pop("parts")
        block |= {"text": parts} if block["type"] == "text" else {"input": json.loads(parts)}
    return blocks


@pytest.mark.parametrize("persona", personas.names())
def test_the_events_put_together_are_the_whole_reply(persona):
    ways = personas.named(persona).ways
    events = list(messages.events(ANSWER, ways))
    whole = messages.message(ANSWER, ways)
    assert put_together(events) == whole["content"] == CONTENT
    assert all(data["type"] == name for name, data in events)
    told = dict(events)
    assert told["message_start"]["message"]["content"] == []
    assert told["message_delta"]["delta"]["stop_reason"] == whole["stop_reason"] == "tool_use"
    assert told["message_delta"]["usage"]["output_tokens"] == whole["usage"]["output_tokens"] == 11


def test_a_prompt_is_counted_at_the_start_by_anthropic_and_at_the_end_by_zai():
    anthropic, zai = (
        dict(messages.events(ANSWER, personas.named(name).ways)) for name in ("anthropic", "zai")
    )
    started = anthropic["message_start"]["message"]["usage"]
    assert (started["input_tokens"], started["cache_read_input_tokens"]) == (90, 30)
    assert anthropic["message_delta"]["usage"] == {"output_tokens": 11}
    assert zai["message_start"]["message"]["usage"] == {"input_tokens": 0, "output_tokens": 0}
    assert zai["message_delta"]["usage"]["input_tokens"] == 90
    assert "cache_creation_input_tokens" not in zai["message_delta"]["usage"]


def test_only_what_the_model_reads_is_counted_and_nothing_counts_one():
    assert messages.count({}) == 1
    body = {"messages": [{"role": "user", "content": "x" * 400}]}
    assert 100 <= messages.count(body) <= 115
    assert messages.count(body | {"metadata": {"user_id": "y" * 4000}}) == messages.count(body)


def test_an_error_has_its_providers_shape_and_the_usual_words_unless_others_are_given():
    ways = {name: personas.named(name).ways for name in ("anthropic", "zai", "kimi", "deepseek")}
    made = messages.error(529, "req_1", ways["anthropic"])
    assert (made["type"], made["error"]["type"], made["request_id"]) == ("error", "overloaded_error", "req_1")
    assert messages.error(429, "1", ways["zai"], "1308", "used up")["error"] == {
        "code": "1308",
        "message": "used up",
    }
    assert messages.error(401, "1", ways["kimi"])["error"]["type"] == "invalid_authentication_error"
    assert messages.error(402, "1", ways["deepseek"])["error"]["param"] is None
    # A status that the provider never has is told as its 500.
    assert messages.error(418, "1", ways["zai"])["error"]["code"] == "500"


def test_a_frame_holds_its_data_on_one_line():
    made = messages.frame("ping", {"text": "a\nb\u2028"}).decode()
    assert made.startswith("event: ping\ndata: ") and made.endswith("\n\n")
    assert made.count("\n") == 3
