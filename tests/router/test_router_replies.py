"""What the client sees when a provider fails, and what the log says of it; in a real mitmdump and in bin/router."""

from __future__ import annotations

import asyncio
import datetime
import gzip
import time

import pytest

from lanes import (
    END,
    KEY,
    SSE_HEAD,
    START,
    answer_well,
    ask,
    chunk,
    connect,
    delta,
    reply,
    request,
)

pytestmark = pytest.mark.router


def refuse(status: str, body: dict, **headers: str):
    return lambda arrived, writer: writer.write(reply(body, status, **headers))


UNAUTHORIZED = refuse("401 Unauthorized", {"error": {"code": "1002", "message": "bad token"}})


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_refused_key_reaches_the_client_as_a_400_in_its_own_words(lanes, proxy, status, stream):
    lanes.zai.answer = refuse(status, {"error": {"code": "1002", "message": "bad token"}})
    got = ask(proxy, request(stream=stream))
    assert got.status == 400
    assert got.json["type"] == "error" and got.json["error"]["type"] == "invalid_request_error"
    assert "ZAI_API_KEY" in got.json["error"]["message"]
    assert "x-api-key" not in got.json["error"]["message"]  # Claude Code would say "Not logged in"
    [row] = proxy.usage(1)
    assert (row["status"], row["client_status"], row["lane"]) == (int(status[:3]), 400, "zai")
    assert row["err_type"] == ("401" if status.startswith("401") else "4xx")
    assert proxy.anomalies(1)[0]["anomaly"] == "zai-key-refused"
    assert KEY.encode() not in got.raw and len(lanes.zai.arrived) == 1


def test_the_other_header_is_tried_once_when_allowed_and_kept_when_it_works(lanes, special):
    def only_bearer(arrived, writer):
        (answer_well if "authorization" in arrived.headers else UNAUTHORIZED)(arrived, writer)

    with special(ZAI_HEADER_AUTO="1") as proxy:
        lanes.zai.answer = only_bearer
        assert ask(proxy, request()).status == 200
        assert ask(proxy, request()).status == 200
        assert [sorted({"authorization", "x-api-key"} & one.headers.keys()) for one in lanes.zai.arrived] == [
            ["x-api-key"],
            ["authorization"],
            ["authorization"],
        ]
        assert lanes.zai.arrived[1].headers["authorization"] == f"Bearer {KEY}"
        first, second = proxy.usage(2)
        assert (first["header_mode"], first["attempts"]) == ("authorization", 2)
        assert (second["header_mode"], second["attempts"]) == ("authorization", 1)


def test_a_refused_key_falls_back_to_anthropic_when_allowed(lanes, special):
    with special(ZAI_FALLBACK="anthropic") as proxy:
        lanes.zai.answer = UNAUTHORIZED
        sent = request(stream=True)
        got = ask(proxy, sent)
        assert got.status == 200 and got.body.endswith(END)
        [arrived] = lanes.anthropic.arrived
        assert arrived.head + b"\r\n\r\n" + arrived.body == sent
        [row] = proxy.usage(1)
        assert (row["lane"], row["decision"], row["status"]) == ("anthropic", "fallback", 200)
        assert row["header_mode"] is None and row["completion_tokens"] == 9


@pytest.mark.parametrize(
    "code, status", [("1308", "429 Too Many Requests"), ("1310", "500 Error"), ("1316", "429 x")]
)
def test_a_used_up_quota_is_a_429_that_says_when(lanes, proxy, code, status):
    opens = datetime.datetime.now(datetime.UTC) + datetime.timedelta(
        hours=9, minutes=10
    )  # UTC+8 text, 70 min ahead
    text = f"Usage limit reached for 5 hour. Your limit will reset at {opens:%Y-%m-%d %H:%M:%S}"
    body = {"error": {"code": code, "message": text}}
    lanes.zai.answer = refuse(status, body)
    got = ask(proxy, request())
    assert got.status == 429 and got.json == body
    assert abs(int(got.headers["retry-after"]) - 70 * 60) <= 2
    [row] = proxy.usage(1)
    assert row["err_type"] == "429" and row["attempts"] == 1
    assert len(lanes.zai.arrived) == 1


def test_a_used_up_quota_pauses_the_router_when_allowed(lanes, special):
    opens = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=8, seconds=3)
    text = f"已达到 5 小时的使用上限。您的限额将在 {opens:%Y-%m-%d %H:%M:%S} 重置。"
    with special(ZAI_AUTO_PAUSE="1") as proxy:
        lanes.zai.answer = refuse("429 x", {"error": {"code": "1308", "message": text}})
        assert ask(proxy, request()).status == 429
        assert ask(proxy, request()).status == 200  # on Anthropic
        assert [row["decision"] for row in proxy.usage(2)] == ["forced_model", "paused"]
        lanes.zai.answer = answer_well
        time.sleep(3.5)
        assert ask(proxy, request()).status == 200
        assert proxy.usage(3)[2]["decision"] == "forced_model"


def test_a_conversation_that_is_too_long_is_told_in_claudes_own_words(lanes, proxy):
    lanes.zai.answer = refuse("400 x", {"error": {"code": "1261", "message": "Prompt exceeds max length"}})
    got = ask(proxy, request(stream=True))
    assert got.status == 400
    assert got.json["error"] == {"type": "invalid_request_error", "message": "prompt is too long"}


@pytest.mark.parametrize(
    "status, body",
    [
        ("400 Bad Request", {"error": {"code": "1211", "message": "Unknown Model"}}),
        ("422 Unprocessable Entity", {"detail": [{"msg": "Input should be 'user' or 'assistant'"}]}),
        ("429 Too Many Requests", {"error": {"code": "1302", "message": "High concurrency"}}),
        ("500 Internal Server Error", {"error": {"code": "500", "message": "oops"}}),
        ("529 Overloaded", {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}),
    ],
)
def test_other_errors_arrive_unaltered(lanes, proxy, status, body):
    for provider, model in ((lanes.zai, "claude-haiku-4-5"), (lanes.anthropic, "claude-sonnet-5-5")):
        raw = reply(body, status, retry_after="7", request_id="req_1", X_Odd_CASE="y")
        provider.answer = lambda arrived, writer, raw=raw: writer.write(raw)
        got = ask(proxy, request(model, stream=True))
        if provider is lanes.anthropic:
            assert got.raw == raw
        else:  # what names the reply in the lane's own words would be taken for Anthropic's
            assert (got.status, got.json, got.headers["retry-after"]) == (int(status[:3]), body, "7")
            assert not {"request-id", "x-odd-case"} & got.headers.keys()
    assert {row["status"] for row in proxy.usage(2)} == {int(status[:3])}


def test_backoff_waits_tries_again_and_is_recorded(lanes, special):
    def twice_busy(arrived, writer):
        busy = len(lanes.zai.arrived) < 3
        (refuse("529 x", {"error": {}}, retry_after="0") if busy else answer_well)(arrived, writer)

    with special(MITM_ENABLE_BACKOFF="1") as proxy:
        lanes.zai.answer = twice_busy
        assert ask(proxy, request(stream=True)).status == 200
        assert len(lanes.zai.arrived) == 3
        assert [row["anomaly"] for row in proxy.anomalies(2)] == ["zai-backoff", "zai-backoff"]
        assert proxy.usage(1)[0]["attempts"] == 3
        # Longer than it is worth waiting here: the client is told.
        lanes.zai.answer = refuse("429 x", {"error": {"code": "1302"}}, retry_after="600")
        got = ask(proxy, request())
        assert (got.status, got.headers["retry-after"]) == (429, "600")


def test_without_backoff_nothing_is_tried_twice(lanes, proxy):
    lanes.zai.answer = refuse("503 x", {"error": {"message": "down"}})
    assert ask(proxy, request()).status == 503
    assert len(lanes.zai.arrived) == 1


def test_tokens_that_zai_tells_only_at_the_end_are_counted_also_in_gzip(lanes, proxy):
    begun = START.replace(b'"input_tokens": 7, "output_tokens": 1', b'"input_tokens": 0, "output_tokens": 0')
    ended = END.replace(
        b'"output_tokens": 9', b'"input_tokens": 21, "cache_read_input_tokens": 4, "output_tokens": 9'
    )
    plain = begun + delta("a") + ended
    packed = gzip.compress(plain)

    def answer(arrived, writer):
        writer.write(
            SSE_HEAD
            + b"content-encoding: gzip\r\n\r\n"
            + chunk(packed[:30])
            + chunk(packed[30:])
            + b"0\r\n\r\n"
        )

    lanes.zai.answer = answer
    got = ask(proxy, request(stream=True))
    assert got.body == packed
    [row] = proxy.usage(1)
    assert (row["prompt_tokens"], row["completion_tokens"], row["cache_read_tokens"]) == (21, 9, 4)
    assert row["err_type"] is None and row["response_bytes"] == len(packed)


@pytest.mark.parametrize("how", ["ended", "reset"])
def test_a_stream_that_ends_too_early_is_logged_as_truncated(lanes, proxy, how):
    def answer(arrived, writer):
        writer.write(SSE_HEAD + b"\r\n" + chunk(START) + chunk(delta("a")))
        if how == "ended":
            writer.write(b"0\r\n\r\n")
        else:
            writer.close()

    for provider, model in ((lanes.zai, "claude-haiku-4-5"), (lanes.anthropic, "claude-sonnet-5-5")):
        provider.answer = answer
        got = ask(proxy, request(model, stream=True))
        assert b"message_start" in got.raw and got.raw.endswith(b"0\r\n\r\n") == (how == "ended")
    assert [row["err_type"] for row in proxy.usage(2)] == ["truncated", "truncated"]


@pytest.mark.parametrize("stream", [False, True])
def test_no_reply_at_all_is_a_502_and_a_net_failure(lanes, proxy, stream):
    for provider, model in ((lanes.zai, "claude-haiku-4-5"), (lanes.anthropic, "claude-sonnet-5-5")):
        provider.answer = lambda arrived, writer: writer.close()
        assert ask(proxy, request(model, stream=stream)).status == 502
    rows = proxy.usage(2)
    assert [(row["status"], row["err_type"], row["lane"]) for row in rows] == [
        (None, "net", "zai"),
        (None, "net", "anthropic"),
    ]
    assert len(lanes.zai.arrived) == len(lanes.anthropic.arrived) == 1  # nothing is sent twice


@pytest.mark.parametrize(
    "fields",
    [
        "content-length: 2\r\ncontent-length: 3",
        "content-length: 2\r\ntransfer-encoding: chunked",
        "content-length: -1",
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_reply_whose_end_is_in_doubt_is_a_502(lanes, proxy, fields, stream):
    lanes.zai.answer = lambda arrived, writer: writer.write(
        f"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n{{}}".encode()
    )
    assert ask(proxy, request(stream=stream)).status == 502
    [row] = proxy.usage(1)
    assert (row["status"], row["err_type"]) == (None, "net")


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-5-5"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_ends_the_request_upstream(lanes, proxy, model, stream):
    provider = lanes.zai if "haiku" in model else lanes.anthropic

    async def forever(arrived, writer):
        if stream:
            writer.write(SSE_HEAD + b"\r\n" + chunk(START))
        while not writer.is_closing():
            await asyncio.sleep(0.05)
            if stream:
                writer.write(chunk(delta("a")))
                await writer.drain()

    provider.answer = forever
    connection = connect(proxy)
    connection.sendall(request(model, stream=stream))
    until = time.monotonic() + 5
    while not provider.arrived and time.monotonic() < until:
        time.sleep(0.02)
    if stream:
        connection.recv(100)
    connection.close()
    number = provider.arrived[0].connection
    while number not in provider.closed and time.monotonic() < until:
        time.sleep(0.02)
    if stream or "bin" in str(proxy.process.args):
        assert number in provider.closed
    [row] = proxy.usage(1)
    assert row["client_left"] is True
