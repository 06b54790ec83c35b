"""Failures in further wrappings, fields behind a body, and small streams that grow: by both routers."""

from __future__ import annotations

import gzip
import json

import brotli
import pytest
import zstandard

from hostile.test_hostile_replies import ANSWER, OPENED, dumps, json_reply, judge, stream
from lanes import END, SSE_HEAD, START, ask, chunk, delta, event, most_memory_mb, request

pytestmark = pytest.mark.router
MOST_MB = 200
LIMIT = "Your limit will reset at 2099-01-01 00:00:00"
CODED = {"code": "1308", "message": LIMIT}
# What a lane says where JSON was asked for: status for the client, word of the anomaly.
SAID = {
    "in the text of an answer of a function": ({"statusCode": 429, "body": dumps({"error": CODED}).decode()}, 429, "exhausted"),
    "as a return code": ({"retcode": 1308, "retmsg": LIMIT}, 429, "exhausted"),
    "of a choice": ({"choices": [{"error": CODED}]}, 429, "exhausted"),
    "in extensions": ({"data": None, "errors": [{"message": LIMIT, "extensions": {"code": "1308"}}]}, 429, "exhausted"),
    "of another protocol": ({"jsonrpc": "2.0", "error": {"code": -32000, "data": CODED}}, 429, "exhausted"),
    "with a base": ({"base_resp": {"status_code": 1308, "status_msg": LIMIT}}, 429, "exhausted"),
    "behind a passing trouble": ({"status": 503, "error": {"error": CODED}}, 429, "exhausted"),
    "a balance too low": ({"error": {"message": "Your credit balance is too low to access the API."}}, 400, "no-balance"),
    "no funds": ({"error": {"message": "Insufficient credits"}}, 400, "no-balance"),
    "an empty account in Chinese": ({"msg": "请充值后重试", "success": False}, 400, "no-balance"),
    "a token that is none": ({"error": "invalid_token", "error_description": "expired"}, 400, "key-refused"),
    "nobody known": ({"detail": "Not authenticated"}, 400, "key-refused"),
    "a token that is old": ({"success": False, "msg": "令牌已过期或验证不正确"}, 400, "key-refused"),
}  # fmt: skip
# What it says inside of a stream that has begun.
INSIDE = {
    "beside the last counts": event("message_delta", delta={"stop_reason": "error"}, error=CODED),
    "as a line of JSON": json.dumps({"error": CODED}).encode() + b"\n\n",
    "behind the end": END + event("error", error=CODED),
}


def answered(lanes, proxy, raw, wants_stream=False):
    lanes.zai.answer = lambda arrived, writer: writer.write(raw)
    got = ask(proxy, request(stream=wants_stream))
    [row] = proxy.usage(1)
    return got, row


@pytest.mark.parametrize("what", SAID)
def test_a_failure_is_acted_on_whatever_it_is_wrapped_in(lanes, either, what):
    said, status, word = SAID[what]
    got, row = answered(lanes, either, json_reply(dumps(said)))
    judge(got, row, got.raw)
    assert got.status == status
    assert {one["anomaly"] for one in either.anomalies(1)} == {f"zai-{word}"}


@pytest.mark.parametrize("what", INSIDE)
def test_a_failure_inside_of_a_stream_is_acted_on_wherever_it_stands(lanes, either, what):
    got, row = answered(lanes, either, stream(START, OPENED, delta("x"), INSIDE[what]), True)
    assert got.status == 200 and row["err_type"] is not None
    assert [one["anomaly"] for one in either.anomalies(1)] == ["zai-exhausted"]


def test_an_answer_that_clients_cannot_read_is_no_success(lanes, either):
    got, row = answered(lanes, either, json_reply(json.dumps(ANSWER).encode("utf-16")))
    assert (got.status, row["err_type"]) == (502, "bad_reply")


@pytest.mark.parametrize("count", [1, 2, 7, 10_000])
@pytest.mark.parametrize("wants_stream", [False, True])
def test_fields_behind_a_body_do_not_reach_the_client(lanes, either, wants_stream, count):
    head = (
        SSE_HEAD
        if wants_stream
        else b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n"
    )
    body = [START, OPENED, delta("x"), END] if wants_stream else [dumps(ANSWER)]
    raw = head + b"trailer: set-cookie\r\n\r\n" + b"".join(map(chunk, body))
    behind = b"0\r\nSet-Cookie: evil=1\r\nLocation: https://evil.example/\r\nanthropic-ratelimit-unified-status: rejected\r\n\r\n"

    def answer(arrived, writer):
        writer.write(raw)
        for at in range(0, len(behind), count):
            writer.write(behind[at : at + count])

    lanes.zai.answer = answer
    got = ask(either, request(stream=wants_stream))
    [row] = either.usage(1)
    assert (got.status, row["err_type"]) == (200, None)
    assert got.raw.endswith(b"0\r\n\r\n") or "content-length" in got.headers
    assert b"evil" not in got.raw and b"ratelimit" not in got.raw and got.body == b"".join(body)
    assert ask(either, request(stream=wants_stream)).status == 200  # the connection is as good as before


def test_what_is_no_reply_behind_an_interim_one_is_told_at_once(lanes, either):
    got, row = answered(lanes, either, json_reply(dumps(ANSWER), "199 x"))
    assert (got.status, row["err_type"]) == (502, "net")


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_a_small_stream_that_grows_without_an_event_is_no_answer_and_costs_no_memory(lanes, either, encoding):
    pack = {
        "gzip": gzip.compress,
        "br": lambda data: brotli.compress(data, quality=4),
        "zstd": zstandard.compress,
    }
    packed = pack[encoding](bytes([48]) * 300_000_000)
    got, row = answered(
        lanes, either, json_reply(packed, media="text/event-stream", content_encoding=encoding), True
    )
    assert (got.status, row["err_type"]) == (502, "bad_reply")
    assert most_memory_mb(either) <= MOST_MB
