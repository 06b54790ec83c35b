"""What comes back from the offload lane, and what the client and the row make of it."""

from __future__ import annotations

import json

import pytest

from lanes import END, SSE_HEAD, START, ask, chunk, delta, event, reply, request

MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "text", "text": "ok"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 5, "output_tokens": 2},
}


def answering(lanes, raw):
    lanes.zai.answer = lambda arrived, writer: writer.write(raw)


def stream(*events):
    return SSE_HEAD + b"\r\n" + b"".join(map(chunk, events)) + b"0\r\n\r\n"


def test_a_redirect_is_no_reply_of_the_clients(lanes, proxy):
    for status in ("301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
        answering(lanes, reply(b"", status, location="https://evil.example/v1/messages"))
        got = ask(proxy, request())
        assert got.status == 502 and got.json["error"]["type"] == "api_error"
        assert "location" not in got.headers and "redirect" in got.json["error"]["message"]
    rows = proxy.usage(4)
    assert [row["status"] for row in rows] == [301, 302, 307, 308]
    assert all(row["err_type"] == "bad_reply" and row["client_status"] == 502 for row in rows)
    assert [one["anomaly"] for one in proxy.anomalies(4)] == ["zai-redirect"] * 4


def test_headers_of_the_lanes_making_reach_neither_client_nor_row(lanes, proxy):
    forged = {
        "anthropic_ratelimit_unified_5h_utilization": "0.99",
        "anthropic_ratelimit_unified_status": "rejected",
        "set_cookie": "a=b",
        "alt_svc": 'h3=":443"',
        "request_id": "req_other",
        "x_log_id": "1",
        "strict_transport_security": "max-age=1",
    }
    for raw, more in (
        (reply(MESSAGE, **forged), {}),
        (reply({"error": {"code": "1210"}}, "400 Bad Request", **forged), {}),
    ):
        answering(lanes, raw)
        got = ask(proxy, request(**more))
        assert set(got.headers) <= {"content-type", "content-length"}
    for row in proxy.usage(2):
        assert row["rate_limits"] == {} and row["rate_limit_status"] is None


BAD = {
    "an error object": ({"error": {"code": "1234", "message": "network"}}, 429),
    "an error of another type": ({"type": "error", "error": {"type": "api_error", "message": "x"}}, 502),
    "a code": ({"code": 500, "msg": "x", "success": False}, 429),
    "a page": (b"<html><body>maintenance</body></html>", 502),
    "an empty body": (b"", 502),
    "no JSON": (b"ok", 502),
    "no message": ({"choices": []}, 502),
}


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("wants_stream", [False, True])
def test_a_200_that_is_no_answer_is_no_success(lanes, proxy, what, wants_stream):
    body, status = BAD[what]
    answering(lanes, reply(body))
    got = ask(proxy, request(stream=wants_stream))
    assert got.status == status and got.json["type"] == "error"
    [row] = proxy.usage(1)
    assert (row["status"], row["err_type"], row["client_status"]) == (200, "bad_reply", status)
    assert row["prompt_tokens"] is None


@pytest.mark.parametrize("wants_stream", [False, True])
def test_a_used_up_quota_in_a_200_acts_as_a_429(lanes, proxy, wants_stream):
    body = {"code": "1308", "msg": "Usage limit reached. Your limit will reset at 2099-01-01 00:00:00"}
    raw = stream(event("error", error=body)) if wants_stream else reply(body)
    answering(lanes, raw)
    got = ask(proxy, request(stream=wants_stream))
    assert got.status == 429 and int(got.headers["retry-after"]) > 10**8
    [row] = proxy.usage(1)
    assert (row["status"], row["err_type"], row["client_status"]) == (200, "429", 429)
    assert proxy.anomalies(1)[0]["anomaly"] == "zai-exhausted"


@pytest.mark.parametrize(
    "raw",
    [
        reply({"code": 401, "msg": "令牌已过期或验证不正确", "success": False}),
        reply({"error": {"code": "1001", "message": "x"}}),
        stream(event("error", error={"code": "401", "message": "x"})),
        reply({"code": 1001, "msg": "Header中未收到Authorization参数"}, "401 Unauthorized"),
    ],
)
def test_a_refused_key_in_any_envelope_is_no_401_of_the_clients(lanes, proxy, raw):
    answering(lanes, raw)
    got = ask(proxy, request(stream=b"event-stream" in raw))
    assert got.status == 400 and "Z.AI refused the router's key" in got.json["error"]["message"]
    assert proxy.usage(1)[0]["err_type"] == "401"
    assert proxy.anomalies(1)[0]["anomaly"] == "zai-key-refused"


@pytest.mark.parametrize(
    "error",
    [
        {"code": "1113", "message": "x"},
        {"message": "余额不足或无可用资源包,请充值。"},
        {"message": "Insufficient balance"},
    ],
)
@pytest.mark.parametrize("status", ["200 OK", "429 Too Many Requests"])
def test_an_empty_account_is_not_tried_again_for_ever(lanes, proxy, error, status):
    answering(lanes, reply({"error": error}, status))
    got = ask(proxy, request())
    assert got.status == 400 and "has no balance" in got.json["error"]["message"]
    assert proxy.anomalies(1)[0]["anomaly"] == "zai-no-balance"


def test_an_error_inside_of_a_stream_is_no_success_and_a_used_up_quota_there_pauses(lanes, special):
    limit = {"code": "1308", "message": "Your limit will reset at 2099-01-01 00:00:00"}
    with special(ZAI_AUTO_PAUSE="1") as proxy:
        answering(lanes, stream(START, delta("x"), event("error", error=limit)))
        assert ask(proxy, request(stream=True)).status == 200
        assert proxy.usage(1)[0]["err_type"] in ("truncated", "bad_reply")
        ask(proxy, request())
        assert proxy.usage(2)[1]["decision"] == "paused"


def test_an_empty_turn_is_no_success(lanes, proxy):
    answering(lanes, stream(START, END))
    ask(proxy, request(stream=True))
    answering(lanes, reply(MESSAGE | {"content": []}))
    ask(proxy, request())
    assert [row["err_type"] for row in proxy.usage(2)] == ["bad_reply", "bad_reply"]


def test_events_that_nobody_asked_for_and_json_for_events_are_no_success(lanes, proxy):
    answering(lanes, stream(START, delta("x"), END))
    assert ask(proxy, request()).status == 502
    answering(lanes, reply(MESSAGE))
    assert ask(proxy, request(stream=True)).status == 502
    assert [row["err_type"] for row in proxy.usage(2)] == ["bad_reply", "bad_reply"]


def test_tokens_are_unknown_without_a_final_count(lanes, proxy):
    start = event(
        "message_start",
        message=json.loads(START.split(b"data: ")[1])["message"]
        | {"usage": {"input_tokens": 0, "output_tokens": 0}},
    )
    answering(lanes, stream(start, delta("x")))
    ask(proxy, request(stream=True))
    [row] = proxy.usage(1)
    assert (
        row["err_type"] == "truncated" and row["prompt_tokens"] is None and row["completion_tokens"] is None
    )


def test_what_goes_well_still_passes_byte_for_byte(lanes, proxy):
    opened = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    events = (event("ping"), START, opened, delta("one"), END)
    answering(lanes, stream(*events))
    got = ask(proxy, request(stream=True))
    assert got.status == 200 and got.body == b"".join(events)
    row = proxy.usage(1)[0]
    assert row["err_type"] is None and row["completion_tokens"] == 9
    assert row["dropped"]["header:cookie"] == 1 and row["dropped"]["header:authorization"] == 1
