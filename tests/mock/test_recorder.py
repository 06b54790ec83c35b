"""Providers that keep what arrives: whole, in order, and answered as they are told."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time

import pytest

from tracker.mock import recorder
from tracker.mock.recorder import ANTHROPIC, EVENTS, MESSAGE, Lanes


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    made = Lanes(tmp_path_factory.mktemp("lanes"))
    yield made
    made.stop()


@pytest.fixture
def lanes(both):
    both.forget()
    return both


def connection(lanes, host=ANTHROPIC):
    """A connection to a provider by its name, through the network."""
    trust = ssl.create_default_context(cafile=str(lanes.files.authority))
    made = http.client.HTTPSConnection("127.0.0.1", lanes.network_port, context=trust, timeout=10)
    made.set_tunnel(host, 443)
    return made


def ask(to, body: bytes, path="/v1/messages", **headers):
    to.request("POST", path, body, headers)
    return to.getresponse().read()


def test_what_arrives_is_kept_as_the_bytes_it_was(lanes):
    to = connection(lanes)
    assert json.loads(ask(to, b'{"model": "m"}', "/v1/messages?beta=true", **{"X-Mark": "a:b "})) == MESSAGE
    ask(to, b"{}")
    first, second = lanes.anthropic.arrived
    assert first.head.startswith(b"POST /v1/messages?beta=true HTTP/1.1\r\n")
    assert (first.body, first.json, first.target) == (
        b'{"model": "m"}',
        {"model": "m"},
        "/v1/messages?beta=true",
    )
    assert first.headers["x-mark"] == "a:b"
    assert first.connection == second.connection and second.at > first.at
    assert lanes.zai.arrived == []
    assert [one["target"] for one in lanes.asked] == [f"{ANTHROPIC}:443"]


@pytest.mark.parametrize("host", ["api.z.ai", "api.moonshot.ai", "api.deepseek.com"])
def test_one_provider_stands_for_every_lane(lanes, host):
    ask(connection(lanes, host), b"{}")
    assert (len(lanes.zai.arrived), len(lanes.anthropic.arrived)) == (1, 0)


def test_a_body_in_chunks_is_kept_without_its_frames(lanes):
    to = connection(lanes)
    to.request("POST", "/v1/messages", iter([b'{"stream"', b": true}"]), encode_chunked=True,
               headers={"transfer-encoding": "chunked"})  # fmt: skip
    assert to.getresponse().read() == b"".join(EVENTS)  # asked for as a stream, answered as one
    assert lanes.anthropic.arrived[0].json == {"stream": True}


def test_each_kind_of_request_is_answered_as_a_provider_does(lanes):
    to = connection(lanes)
    assert json.loads(ask(to, b"{}", "/v1/messages/count_tokens?beta=true")) == {"input_tokens": 11}
    assert json.loads(ask(to, b"{}", "/api/event_logging/batch")) == {}


def test_an_answer_may_be_another_and_a_new_story_begins_with_the_usual_one(lanes):
    lanes.anthropic.answer = lambda arrived, writer: writer.write(
        recorder.reply(b"no", "529 Overloaded", request_id="req_1")
    )
    to = connection(lanes)
    to.request("POST", "/v1/messages", b"{}")
    reply = to.getresponse()
    assert (reply.status, reply.headers["request-id"], reply.read()) == (529, "req_1", b"no")
    lanes.forget()
    assert (lanes.anthropic.arrived, lanes.asked) == ([], [])
    assert json.loads(ask(to, b"{}")) == MESSAGE


def test_a_client_that_leaves_in_mid_request_is_noted_and_nothing_arrived(lanes):
    others = len(lanes.anthropic.closed)  # connections of earlier tests, which end when they like
    to = connection(lanes)
    to.connect()
    to.sock.sendall(b"POST /v1/messages HTTP/1.1\r\ncontent-length: 50\r\n\r\nhalf")
    to.sock.shutdown(socket.SHUT_RDWR)
    to.close()
    for _ in range(200):
        if len(lanes.anthropic.closed) > others:
            break
        time.sleep(0.02)
    assert len(lanes.anthropic.closed) > others
    assert lanes.anthropic.arrived == []
