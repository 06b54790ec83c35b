"""What odd providers answer: no failure counts as a success, and nothing of their making is taken for Anthropic's."""

from __future__ import annotations

import gzip
import json
import zlib

import brotli
import pytest
import zstandard

from hostile import seeds
from lanes import END, SSE_HEAD, START, ask, chunk, delta, event, request

pytestmark = pytest.mark.router
ERROR = {"type": "error", "error": {"type": "api_error", "message": "made up"}}
LIMIT = {
    "error": {"code": "1308", "message": "Usage limit reached. Your limit will reset at 2099-01-01 00:00:00"}
}
ANSWER = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "text", "text": "ok"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 5, "output_tokens": 2},
}
OPENED = event("content_block_start", index=0, content_block={"type": "text", "text": ""})


def dumps(value) -> bytes:
    return json.dumps(value).encode()


def json_reply(body: bytes, status="200 OK", media="application/json", **more) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-type: {media}", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def stream(*events: bytes, **more: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in more.items()).encode()
    return SSE_HEAD + lines + b"\r\n" + b"".join(map(chunk, events)) + b"0\r\n\r\n"


def error_event(error=ERROR, line: bytes = b"\n", space: bytes = b" ") -> bytes:
    return b"event:" + space + b"error" + line + b"data:" + space + dumps(error) + line + line


def deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


# Failures under a status that says otherwise, when JSON was asked for.
BAD_JSON = {
    "an array": json_reply(dumps([ERROR])),
    "a string": json_reply(b'"error"'),
    "null": json_reply(b"null"),
    "true": json_reply(b"true"),
    "a number": json_reply(b"0"),
    "an error beside an answer": json_reply(dumps(ANSWER | ERROR)),
    "an error in data": json_reply(dumps({"data": ERROR})),
    "no success": json_reply(dumps({"success": False})),
    "a code in words": json_reply(dumps({"code": "500", "msg": "x"})),
    "a status": json_reply(dumps({"status": 500})),
    "a detail": json_reply(dumps({"detail": "Unauthorized"})),
    "no content": json_reply(dumps({**ANSWER, "content": None})),
    "content that is a text": json_reply(dumps({**ANSWER, "content": ""})),
    "an object for content": json_reply(dumps({**ANSWER, "content": {}})),
    "an empty text": json_reply(dumps({**ANSWER, "content": [{"type": "text", "text": ""}]})),
    "blanks for an answer": json_reply(dumps({**ANSWER, "content": [{"type": "text", "text": " \n"}]})),
    "an empty object for a block": json_reply(dumps({**ANSWER, "content": [{}]})),
    "a mark before an error": json_reply(b"\xef\xbb\xbf" + dumps(ERROR)),
    "UTF-16": json_reply(json.dumps(ERROR).encode("utf-16")),
    "lines of JSON": json_reply(dumps(ANSWER) + b"\n" + dumps(ERROR)),
    "half of one": json_reply(dumps(ANSWER)[:-9]),
    "an error as text/plain": json_reply(dumps(ERROR), media="text/plain"),
    "an error as a page": json_reply(dumps(ERROR), media="text/html"),
    "a page in capitals": json_reply(b"<HTML><BODY>x", media="text/html"),
    "XML": json_reply(b'<?xml version="1.0"?><Error/>', media="text/xml"),
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "205": json_reply(b"", "205 Reset Content"),
    "an error as gzip": json_reply(gzip.compress(dumps(ERROR)), content_encoding="gzip"),
    "an error as gzip of gzip": json_reply(
        gzip.compress(gzip.compress(dumps(ERROR))), content_encoding="gzip"
    ),
    "an error as two gzips": json_reply(
        gzip.compress(gzip.compress(dumps(ERROR))), content_encoding="gzip, gzip"
    ),
    "an error as br": json_reply(brotli.compress(dumps(ERROR)), content_encoding="br"),
    "an error as zstd": json_reply(zstandard.compress(dumps(ERROR)), content_encoding="zstd"),
    "an error as deflate": json_reply(zlib.compress(dumps(ERROR)), content_encoding="deflate"),
    "an error as bare deflate": json_reply(deflate(dumps(ERROR)), content_encoding="deflate"),
    "an encoding that nobody knows": json_reply(dumps(ERROR), content_encoding="x-odd"),
    "plain under the name of gzip": json_reply(dumps(ERROR), content_encoding="gzip"),
    "half of a gzip": json_reply(gzip.compress(dumps(ANSWER))[:-12], content_encoding="gzip"),
    "the quota, in an array": json_reply(dumps({"errors": [LIMIT["error"]]})),
    "less than its length": b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n"
    + dumps(ANSWER),
    "an OpenAI answer": json_reply(dumps({"choices": [{"message": {"content": "x"}}]})),
    "a redirect without a place": json_reply(b"", "302 Found"),
    "a redirect with an answer": json_reply(
        dumps(ANSWER), "307 Temporary Redirect", location="https://evil.example/"
    ),
    "300": json_reply(dumps(ANSWER), "300 Multiple Choices"),
    **{
        f"{status} to {place}": json_reply(
            dumps(ANSWER), f"{status} x", location=place, refresh=f"0; url={place}"
        )
        for status, place in (
            *((301, "/v1/messages"), (303, "//evil.example/v1"), (305, "http://evil.example:80/")),
            *((306, "https://api.z.ai/other"), (307, "?x=1"), (308, "https://api.anthropic.com/v1/messages")),
            (399, "https://evil.example/"),
        )
    },
    "two places of a redirect": json_reply(
        b"", "302 Found\r\nLocation: https://a.example/", location="https://b.example/"
    ),
    "a redirect, packed": json_reply(
        gzip.compress(dumps(ANSWER)), "308 x", location="https://evil.example/", content_encoding="gzip"
    ),
    "304": b"HTTP/1.1 304 Not Modified\r\n\r\n",
    "a refresh in a page": json_reply(
        b'<meta http-equiv="refresh" content="0;url=//evil.example">', media="text/html"
    ),
}
# The same when a stream was asked for.
BAD_STREAMS = {
    "line ends of CR": stream(error_event(line=b"\r")),
    "line ends of CR LF": stream(error_event(line=b"\r\n")),
    "no blank": stream(error_event(space=b"")),
    "a mark first": stream(b"\xef\xbb\xbf" + error_event()),
    "data on two lines": stream(
        b'event: error\ndata: {"type":"error",\ndata: "error":{"type":"api_error","message":"x"}}\n\n'
    ),
    "a comment, then an error": stream(b": hello\n\n", error_event()),
    "an error by its name alone": stream(b'event: error\ndata: {"message":"x"}\n\n'),
    "an error in small pieces": stream(*(bytes([one]) for one in error_event())),
    "retry, then nothing": stream(b"retry: 10\n\n"),
    "nothing": stream(),
    "pings alone": stream(event("ping"), event("ping")),
    "done": stream(b"data: [DONE]\n\n"),
    "chunks of another kind": stream(b'data: {"object":"chat.completion.chunk","choices":[]}\n\n'),
    "a page": stream(b"<html>x</html>"),
    "JSON": stream(dumps(ERROR)),
    "an answer as JSON": json_reply(dumps(ANSWER)),
    "an error as gzip": stream(gzip.compress(error_event()), content_encoding="gzip"),
    "an error as br": stream(brotli.compress(error_event()), content_encoding="br"),
    "an error as zstd": stream(zstandard.compress(error_event()), content_encoding="zstd"),
    "gzip that is none": stream(b"\x1f\x8bnot", content_encoding="gzip"),
    "an error after the start": stream(START, error_event()),
    "an error after some words": stream(START, OPENED, delta("x"), error_event()),
    "an error after some words, CR LF": stream(START, OPENED, delta("x"), error_event(line=b"\r\n")),
    "an error after some words, CR": stream(
        *(one.replace(b"\n", b"\r") for one in (START, OPENED, delta("x"), error_event()))
    ),
    "an error without a type after some words": stream(
        START, OPENED, delta("x"), b'event: error\ndata: {"code":1305,"msg":"busy"}\n\n'
    ),
    "an error for a block": stream(START, b'data: {"error":{"code":"1234","message":"x"}}\n\n'),
    "a page after some words": stream(START, OPENED, delta("x"), b"<html>502</html>"),
    "no end": stream(START, OPENED, delta("x")),
    "an end and no words": stream(START, END),
    "a block and no words": stream(START, OPENED, END),
    "less than its last chunk": (SSE_HEAD + b"\r\n" + chunk(START) + b"ff\r\nabc"),
}
GOOD = {
    "an answer": (False, json_reply(dumps(ANSWER))),
    "an answer with odd members": (
        False,
        json_reply(dumps(ANSWER | {"code": 200, "success": True, "error": None})),
    ),
    "an answer that tells of an error": (
        False,
        json_reply(dumps({**ANSWER, "content": [{"type": "text", "text": '{"error":{"code":"1308"}}'}]})),
    ),
    "a tool's use": (
        False,
        json_reply(dumps({**ANSWER, "content": [{"type": "tool_use", "id": "t", "name": "x", "input": {}}]})),
    ),
    "an answer as br": (False, json_reply(brotli.compress(dumps(ANSWER)), content_encoding="br")),
    "an answer behind hints": (
        False,
        b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + json_reply(dumps(ANSWER)),
    ),
    "a stream": (True, stream(START, OPENED, delta("x"), END)),
    "a stream, CR LF": (
        True,
        stream(*(one.replace(b"\n", b"\r\n") for one in (START, OPENED, delta("x"), END))),
    ),
    "a stream that tells of an error": (
        True,
        stream(START, OPENED, delta('event: error\\ndata: {"error":1}'), END),
    ),
}


def answered(lanes, router, raw, wants_stream):
    def answer(arrived, writer):
        writer.write(raw)
        if b"content-length: 999" in raw or raw.endswith(b"abc"):
            writer.close()

    lanes.zai.answer = answer
    got = ask(router, request(stream=wants_stream))
    [row] = router.usage(1)
    return got, row


def judge(got, row, raw):
    """Assert what must hold of every failure."""
    assert row["err_type"] is not None, row
    # What has begun well, and a turn that says nothing, passes; the row says that it was no success.
    passes = b"message_start" in got.raw or b'"type": "message"' in got.body
    assert 400 <= got.status < 600 or passes, got.raw[:200]
    assert got.status not in (401, 403, 407)
    assert not {
        "location",
        "link",
        "content-location",
        "set-cookie",
        "request-id",
        "refresh",
        "alt-svc",
    } & set(got.headers)
    if b"event-stream" in raw and b"message_delta" not in raw:
        assert row["prompt_tokens"] is None


@pytest.mark.parametrize("what", BAD_JSON)
def test_what_is_no_answer_is_no_success(lanes, router, what):
    judge(*answered(lanes, router, BAD_JSON[what], False), BAD_JSON[what])


@pytest.mark.parametrize("what", BAD_STREAMS)
def test_what_is_no_stream_is_no_success(lanes, router, what):
    judge(*answered(lanes, router, BAD_STREAMS[what], True), BAD_STREAMS[what])


@pytest.mark.parametrize("what", GOOD)
def test_what_is_an_answer_passes(lanes, router, what):
    wants_stream, raw = GOOD[what]
    got, row = answered(lanes, router, raw, wants_stream)
    assert (got.status, row["err_type"]) == (200, None), (got.raw[:300], row)
    assert row["completion_tokens"] in (2, 9)


def html(text: str) -> bytes:
    return json_reply(f"<html><body><p>{text}</p></body></html>".encode(), media="text/html")


# What is acted on although it is no JSON: status for the client, word of the anomaly.
ACTED_ON = {
    "a used-up quota as a line": (False, json_reply(b"1308: limit", media="text/plain"), 429, "exhausted"),
    "the same as JSON that is none": (False, json_reply(b"1308: limit"), 429, "exhausted"),
    "the same as a page": (False, html("Error 1308: limit"), 429, "exhausted"),
    "the same as XML": (False, json_reply(b"<e><code>1308</code></e>", media="text/xml"), 429, "exhausted"),
    "the same as a form": (False, json_reply(b"code=1308&msg=limit+reached"), 429, "exhausted"),
    "the same as a call": (False, json_reply(b'cb({"code":1308})'), 429, "exhausted"),
    "the same in UTF-16": (False, json_reply("1308: limit".encode("utf-16")), 429, "exhausted"),
    "the same, packed": (
        False,
        json_reply(gzip.compress(b"1308: limit"), content_encoding="gzip"),
        429,
        "exhausted",
    ),
    "the same where a stream was asked": (True, json_reply(b"1308: limit"), 429, "exhausted"),
    "the same as a stream": (True, stream(b"1308: limit\n\n"), 429, "exhausted"),
    "the same as an event's data": (True, stream(b"data: 1308: limit\n\n"), 429, "exhausted"),
    "the same over two lines": (True, stream(b'data: {"error":\ndata: {"code":1308}}\n\n'), 429, "exhausted"),
    "the same beside an answer": (False, json_reply(dumps(ANSWER | {"code": "1308"})), 429, "exhausted"),
    "the same within an answer": (
        False,
        json_reply(dumps({**ANSWER, "content": [{"type": "error", "text": "1308: limit"}]})),
        429,
        "exhausted",
    ),
    "the same after some words": (
        True,
        stream(START, OPENED, delta("x"), b"data: 1308: limit\n\n"),
        200,
        "exhausted",
    ),
    "a refused key as a page": (False, html("401 Authorization Required"), 400, "key-refused"),
    "a refused key as a word": (False, json_reply(b"Unauthorized", media="text/plain"), 400, "key-refused"),
    "an empty account in Chinese": (
        False,
        json_reply("您的账户余额不足".encode("gb18030"), media="text/plain"),
        400,
        "no-balance",
    ),
    "an empty account as a number": (True, stream(b"data: 1113\n\n"), 400, "no-balance"),
    "a passing trouble as a page": (False, html("502 Bad Gateway"), 429, "no-answer"),
}


@pytest.mark.parametrize("what", ACTED_ON)
def test_what_is_no_json_is_acted_on_like_a_4xx(lanes, router, what):
    wants_stream, raw, status, word = ACTED_ON[what]
    got, row = answered(lanes, router, raw, wants_stream)
    judge(got, row, raw)
    assert got.status == status, got.raw
    assert f"zai-{word}" in {one["anomaly"] for one in router.anomalies(1)}


def test_of_an_answer_that_names_another_place_only_the_answer_passes(lanes, router):
    places = {"location": "/x", "link": "</x>; rel=next", "content_location": "/x", "refresh": "0; url=/x"}
    got, row = answered(lanes, router, json_reply(dumps(ANSWER), "201 Created", **places), False)
    assert (got.status, row["err_type"]) == (201, None)
    assert not {"location", "link", "content-location", "refresh"} & set(got.headers)


def test_a_mutation_of_each_is_no_success_either(lanes, ours, record_property):
    """Other headers, pieces and statuses around the same failures."""
    dice, left, tried = seeds.dice("replies"), [], 0
    cases = [(False, what, raw) for what, raw in BAD_JSON.items()] + [
        (True, what, raw) for what, raw in BAD_STREAMS.items()
    ]
    for wants_stream, what, raw in cases if seeds.TIMES > 1 else dice.sample(cases, 10):
        lanes.forget()
        ours.forget()
        head, _, body = raw.partition(b"\r\n\r\n")
        odd = dice.choice(
            (
                b"Set-Cookie: a=b",
                b"Location: https://evil.example/",
                b"anthropic-ratelimit-unified-status: rejected",
                b"request-id: r",
                b"X-Y: z",
            )
        )
        mutated = head.replace(b"\r\n", b"\r\n" + odd + b"\r\n", 1) + b"\r\n\r\n" + body
        tried += 1
        try:
            got, row = answered(lanes, ours, mutated, wants_stream)
            judge(got, row, mutated)
            assert row["rate_limits"] == {} and row["rate_limit_status"] is None
        except AssertionError as wrong:
            left.append((what, str(wrong)[:200]))
    record_property("tried", tried)
    record_property("leaked", len(left))
    assert left == []


@pytest.mark.parametrize("count", [5.5, -3, "7", None, 10**30, True, [1], {"a": 1}])
def test_a_count_that_is_none_is_unknown(lanes, router, count):
    _, row = answered(
        lanes,
        router,
        json_reply(dumps({**ANSWER, "usage": {"input_tokens": count, "output_tokens": 2}})),
        False,
    )
    assert row["prompt_tokens"] is None or (
        type(row["prompt_tokens"]) is int and 0 <= row["prompt_tokens"] <= 10**9
    )
