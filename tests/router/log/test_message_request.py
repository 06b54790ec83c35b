"""A message request under way, and the row that is made of it."""

from __future__ import annotations

import gzip

import pytest
from mitmproxy import http
from mitmproxy.test import tflow

from tracker.router.log import message_request
from tracker.router.log.message_request import Request
from tracker.router.log.reply_tee import ReplyTee

BODY = b'{"model":"claude-haiku-5-5","stream":true,"messages":[]}'
EVENTS = (
    b'data: {"type":"message_start","message":{"usage":{"input_tokens":7,"output_tokens":1}}}\n\n',
    b'data: {"type":"content_block_delta"}\n\ndata: {"type":"message_delta","usage":{"output_tokens":9}}\n\n',
    b'data: {"type":"message_stop"}\n\n',
)


def flow_of(body=BODY, method="POST", path="/v1/messages?beta=true", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = http.Request.make(method, f"https://api.anthropic.com{path}", b"", named)
    request.raw_content = body  # as it came: mitmproxy would pack it once more
    return tflow.tflow(req=request)


def ended(events=EVENTS, status=200, lane="anthropic", error=None, kind="text/event-stream", **headers):
    """Return the row of a request that was answered so."""
    request = Request(flow_of())
    request.lane = lane
    if status is not None:
        request.response = http.Response.make(status, b"", headers)
        request.tee = ReplyTee(kind, "")
        for piece in (*events, b""):
            request.tee(piece)
    request.end(error)
    return request.finished()


@pytest.mark.parametrize(
    "method, path, kept",
    [
        ("POST", "/v1/messages", True),
        ("POST", "/v1/messages?a", True),
        ("GET", "/v1/messages", False),
        ("POST", "/v1/messages/count_tokens", False),
    ],
)
def test_only_messages_are_kept(method, path, kept):
    assert message_request.is_message(flow_of(method=method, path=path)) is kept


def test_a_request_is_described_by_its_labels_and_sizes():
    request = Request(
        flow_of(
            gzip.compress(BODY),
            content_encoding="gzip",
            x_claude_code_session_id="s-1",
            x_client_request_id="t-1",
            x_claude_code_agent_type="two words",
        )
    )
    assert (request.model, request.asks_for_stream()) == ("claude-haiku-5-5", True)
    row = request.row
    assert (row["session_id"], row["trace_id"], row["agent_type"]) == ("s-1", "t-1", None)
    assert row["request_bytes"] == len(gzip.compress(BODY)) and row["ts"] == row["timestamp"]


def test_a_body_that_cannot_be_read_has_no_model_and_asks_for_nothing():
    request = Request(flow_of(BODY, content_encoding="gzip"))
    assert (request.text, request.model, request.asks_for_stream()) == (None, None, False)
    assert request.row["model"] == "unknown" and len(request.row["trace_id"]) == 32


@pytest.mark.parametrize(
    "headers, body, said",
    [
        ({"x_claude_code_request_class": "compaction"}, BODY, "compaction"),
        ({"x_claude_code_agent_id": "a0"}, BODY, "subagent"),
        ({"user_agent": "claude-cli/1.0"}, BODY, "auxiliary"),
        ({"user_agent": "claude-cli/1.0"}, b'{"model":"m","tools":[{"name":"Task"}]}', "main"),
        ({"user_agent": "claude-cli/1.0"}, b'{"model":"m","tools":[{"name":"Bash"}]}', "subagent"),
        ({"user_agent": "curl/8"}, BODY, None),
    ],
)
def test_a_class_is_the_clients_word_or_told_by_what_it_sends(headers, body, said):
    assert Request(flow_of(body, **headers)).row["request_class"] == said


def test_a_stream_that_ended_well_is_a_row_with_its_tokens():
    row = ended()
    assert (row["status"], row["op"], row["err_type"], row["client_left"]) == (200, "stream", None, False)
    assert (row["prompt_tokens"], row["completion_tokens"], row["cache_read_tokens"]) == (7, 9, None)
    assert (row["lane"], row["backend_provider"], row["response_bytes"]) == (
        "anthropic",
        "haiku",
        sum(map(len, EVENTS)),
    )
    assert row["latency_ms"] >= row["ttfb_ms"] >= 0


@pytest.mark.parametrize(
    "story, err_type",
    [
        ({"events": EVENTS[:2]}, "truncated"),
        ({"error": "Client disconnected."}, "truncated"),
        ({"status": None, "error": "timed out"}, "timeout"),
        ({"status": None, "error": "connection reset"}, "net"),
        *(
            ({"status": status, "events": ()}, said)
            for status, said in ((401, "401"), (429, "429"), (404, "4xx"), (529, "5xx"))
        ),
        ({"events": (b'data: {"type":"message_stop"}\n\n',), "lane": "zai"}, "bad_reply"),
        ({"events": (b'data: {"type":"message_stop"}\n\n',), "lane": "anthropic"}, None),
    ],
)
def test_what_did_not_go_well_is_named(story, err_type):
    row = ended(**story)
    assert row["err_type"] == err_type
    assert row["client_left"] == (story.get("error") == "Client disconnected.")


def test_a_lanes_stream_without_its_end_has_no_counts_and_anthropics_has_those_of_its_start():
    assert ended(EVENTS[:1], lane="zai")["prompt_tokens"] is None
    assert ended(EVENTS[:1])["prompt_tokens"] == 7


def test_what_the_lane_answered_counts_over_what_the_client_sees_and_a_failure_has_no_status():
    request = Request(flow_of())
    request.response, request.upstream_status = http.Response.make(400), 401
    request.more["client_status"] = 400
    request.end(None)
    row = request.finished()
    assert (row["status"], row["err_type"], row["client_status"]) == (401, "401", 400)
    request = Request(flow_of())
    request.response, request.failure = http.Response.make(502), "connect timed out"
    request.end(None)
    assert [request.finished()[name] for name in ("status", "err_type", "op")] == [None, "timeout", "stream"]


def test_rate_limits_are_numbers_and_their_status_a_word():
    prefix = "anthropic-ratelimit-unified-"
    said = {
        "5h-utilization": "0.37",
        "5h-reset": "1770130800",
        "status": "allowed",
        "7d-utilization": "nan",
        "5h-status": "allowed",
    }
    row = ended(**{prefix + name: value for name, value in said.items()})
    assert (
        row["rate_limits"] == {"5h_utilization": 0.37, "5h_reset": 1770130800.0}
        and row["rate_limit_status"] == "allowed"
    )


def test_the_end_lets_the_body_go_and_tells_who_waits_for_it():
    request, told = Request(flow_of()), []
    request.after = told.append
    request.end("cut off")
    assert told == [request] and request.text is None and request.finished()["op"] == "stream"
