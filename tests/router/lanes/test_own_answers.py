"""Whether a reply that says 200 is an answer."""

from __future__ import annotations

import json

import pytest

from tracker.router.lanes import own_answers

START = b'data: {"type":"message_start","message":{}}\n\n'


@pytest.mark.parametrize(
    "body, why",
    [
        (b"", "an empty body"),
        (b"\r\n", "an empty body"),
        (b"<!doctype html>", "a page"),
        (b"Bad gateway", "no JSON"),
        (b"[]", "no message"),
        (b"{}", "no message"),
        (b'{"choices":[]}', "no message"),
        (b'{"error":{"code":"1308"}}', "an error"),
        (b'{"error":"x"}', "an error"),
        (b'{"code":1113,"msg":"x"}', "an error"),
        (b'{"success":false,"msg":"x"}', "an error"),
        (b'{"type":"message","content":[]}', "an empty turn"),
    ],
)
def test_a_body_that_is_no_message_is_told_by_its_kind(body, why):
    problem = own_answers.of_body(body)
    assert problem is not None and problem.why == why


def test_a_message_is_an_answer_whatever_its_lane_adds():
    told = {"type": "message", "content": [{"type": "text", "text": "x"}], "code": 200, "success": True}
    assert own_answers.of_body(json.dumps(told).encode()) is None


@pytest.mark.parametrize(
    "begun, why",
    [
        (b'event: error\ndata: {"error":{"code":"1308"}}\n', "an error"),
        (b'data: {"type":"error","error":{}}\n', "an error"),
        (b"<html>502</html>\n", "a page"),
        (b'{"code":401,"msg":"x"}\n', "an error"),
        (b"data: [DONE]\n\n", "events that are no JSON"),
        (b'data: {"object":"chat.completion.chunk"}\n', "events of another kind"),
        (b'data: {"type":"ping"}\ndata: {"error":{}, "type":"error"}\n', "an error"),
    ],
)
def test_a_stream_that_begins_with_no_message_is_told_by_its_kind(begun, why):
    problem = own_answers.of_events(begun)
    assert isinstance(problem, own_answers.Problem) and problem.why == why


def test_a_stream_is_judged_by_its_first_event_as_soon_as_that_is_whole():
    assert [own_answers.of_events(START[:at]) for at in (0, 20, len(START) - 2)] == [False, False, False]
    assert own_answers.of_events(b": waiting\n\n" + b'data: {"type":"ping"}\n\n') is False
    assert own_answers.of_events(START) is True


PARTS = [b'data: {"error":\n', b'data: {"code":"1308"}}\n', b"\n"]


def test_an_event_on_several_lines_is_read_once_it_is_whole():
    assert own_answers.of_events(PARTS[0]) is False
    problem = own_answers.of_events(b"".join(PARTS))
    assert isinstance(problem, own_answers.Problem) and problem.error == {"error": {"code": "1308"}}


@pytest.mark.parametrize(
    "event",
    [
        b'data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
        b'data: {"type":"message_stop"}\n\n',
        b'data: {"type":"message_start"}\n\n',
        b'data: {"type":"limit"}\n\n',
    ],
)
def test_a_stream_that_begins_with_another_event_than_a_messages_is_none(event):
    assert isinstance(own_answers.of_events(event), own_answers.Problem)


@pytest.mark.parametrize(
    "told",
    [
        {"type": "completion", "content": [{"type": "text", "text": "x"}]},
        {"role": "user", "content": [{"type": "text", "text": "x"}]},
        {"type": "message", "content": [{"type": "text", "text": "x"}], "code": "1308"},
        {"type": "message", "content": [{"type": "error", "text": "x"}]},
    ],
)
def test_what_only_has_a_messages_content_is_no_message(told):
    assert own_answers.of_body(json.dumps(told).encode()) is not None
