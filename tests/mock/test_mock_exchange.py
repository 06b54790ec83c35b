"""One request to a mock provider: its reply's headers, and its one line in the log."""

from __future__ import annotations

import re
import socket

import pytest
from aiohttp.test_utils import make_mocked_request

from tracker.mock import personas
from tracker.mock.faults import FaultRule, Script
from tracker.mock.mock_exchange import LINGER_NOT, MockExchange


def exchange(body=b'{"model":"claude-haiku-5-5"}', persona="anthropic", *, rule=None, headers=None):
    """An exchange and the lines that it logs."""
    lines: list[dict] = []
    script = Script([rule] if rule else [])
    request = make_mocked_request("POST", "/v1/messages?beta=true", headers or {})
    made = MockExchange(request, body, persona=personas.named(persona), script=script, log=lines.append)
    return made, lines


def test_a_request_is_logged_once_whatever_comes_after():
    made, lines = exchange()
    made.send_json(429, {"error": {}})
    made.log(200, "client_left")
    (line,) = lines
    assert (line["kind"], line["status"], line["outcome"]) == ("arrival", 429, "complete")
    assert (line["path"], line["model"], line["http"]) == ("/v1/messages", "claude-haiku-5-5", "1.1")
    assert line["request_id"] == made.request_id and line["latency_ms"] >= 0


@pytest.mark.parametrize(
    ("persona", "header", "shape"),
    [("anthropic", "request-id", r"req_011[0-9a-f]{21}"), ("zai", "x-log-id", r"\d{14}[0-9a-f]{18}")],
)
def test_a_reply_carries_its_providers_id_and_what_the_rule_adds(persona, header, shape):
    made, lines = exchange(persona=persona, rule=FaultRule(headers={"x-added": "1"}))
    reply = made.send_json(200, {}, {"retry-after": "3"})
    assert re.fullmatch(shape, reply.headers[header])
    assert (reply.headers["x-added"], reply.headers["retry-after"]) == ("1", "3")
    assert lines[0]["request_id"] == reply.headers[header]


@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"", None), (b"[]", None), (b"not json", None), (b"no gzip", {"content-encoding": "gzip"})],
)
def test_a_body_that_cannot_be_read_tells_nothing(body, headers):
    made, _ = exchange(body, headers=headers)
    assert made.told == {}
    assert (made.seen["model"], made.seen["body_bytes"]) == (None, len(body))


def test_the_rule_is_picked_by_the_model_of_the_body():
    assert exchange(rule=FaultRule(model="haiku", status=529))[0].rule.status == 529
    assert exchange(rule=FaultRule(model="opus", status=529))[0].rule.status is None


def test_the_connection_is_reset_and_not_ended_in_order():
    made, lines = exchange()
    here, there = socket.socketpair()
    made.request.transport.get_extra_info = lambda name: here
    made.reset()
    assert (lines[0]["status"], lines[0]["outcome"]) == (None, "reset")
    assert here.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == LINGER_NOT
    made.request.transport.abort.assert_called_once()
    here.close()
    there.close()
