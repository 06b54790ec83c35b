"""What the client sees of a lane's errors: never its own login refused, never a limit of Anthropic's."""

from __future__ import annotations

import json

import pytest

from tracker import lanes
from tracker.router.dialects import named
from tracker.router.lanes import lane_replies, own_answers
from tracker.router.lanes.lane_replies import Fault
from tracker.router.wire.replies import read_reply_head

LANE = lanes.SHIPPED[0]
ZAI = named("zai")


def error(reply) -> tuple[int, str, str]:
    head, body = reply
    assert head.length == len(body) and head.get(b"content-type") == b"application/json"
    told = json.loads(body)["error"]
    return head.status, told["type"], told["message"]


@pytest.mark.parametrize("payload", [b"", b"<html>", b"[]", b"[" * 100_000, b"\xff\xfe"])
def test_a_body_that_is_no_object_is_judged_by_its_status(payload):
    assert lane_replies.read(payload, 503, ZAI).meaning == "transient"
    assert lane_replies.read(payload, 401, ZAI).meaning == "refused"
    assert lane_replies.read(payload, 404, ZAI).meaning == "other"


def test_a_refused_key_is_no_401_and_names_what_to_check_without_the_header():
    status, kind, words = error(lane_replies.refused(LANE, 401))
    assert (status, kind) == (400, "invalid_request_error")
    assert (
        LANE.key_variable in words
        and "x-api-key" not in words.lower()
        and "authorization" not in words.lower()
    )


def test_an_empty_account_is_an_error_that_is_not_tried_again():
    status, _, words = error(lane_replies.unpaid(LANE, Fault("1113", "m", "unpaid")))
    assert status == 400 and "(1113)" in words and "Top it up" in words


@pytest.mark.parametrize(
    "message, said",
    [
        ("Prompt exceeds max length: 210000 > 202752", "prompt is too long: 210000 tokens > 202752 maximum"),
        ("limit 202752, got 210000", "prompt is too long: 210000 tokens > 202752 maximum"),
        ("too long", "prompt is too long"),
        ("too long: 210000", "prompt is too long"),
    ],
)
def test_too_long_is_said_in_claudes_words(message, said):
    assert error(lane_replies.too_long(Fault("1261", message, "too long"))) == (
        400,
        "invalid_request_error",
        said,
    )


def test_a_200_that_is_no_answer_is_tried_again_only_when_it_passes():
    assert error(lane_replies.no_answer(LANE, Fault("1305", "busy", "transient"), "an error"))[0] == 429
    status, kind, words = error(lane_replies.no_answer(LANE, Fault(None, "", "other"), "a page"))
    assert (status, kind) == (502, "api_error") and words.endswith(
        "answered with a page instead of a message"
    )
    assert error(lane_replies.redirected(LANE, 302))[0] == 502


def test_a_used_up_quota_without_a_429_becomes_one_and_says_when():
    fault = Fault("1308", "m", "exhausted")
    assert lane_replies.used_up(LANE, fault, 60)[0].get(b"retry-after") == b"60"
    assert error(lane_replies.used_up(LANE, fault, None)) == (429, "rate_limit_error", "m")


HEAD = read_reply_head(
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nSet-Cookie: a=b\r\nretry-after: 9\r\n"
    b"anthropic-ratelimit-unified-status: rejected\r\nx-request-id: r\r\ncontent-length: 2\r\n\r\n"
)


def test_of_a_lanes_head_only_what_is_about_the_body_passes():
    passed = lane_replies.allowed(HEAD)
    assert [name for name, _ in passed.fields] == [b"Content-Type", b"retry-after", b"content-length"]
    assert read_reply_head(passed.raw).fields == passed.fields and passed.status == 403


def test_the_head_of_a_used_up_quota_is_a_429_with_the_time_that_the_text_says():
    fault = Fault("1308", "reset at 1970-01-01 08:01:00", "exhausted")
    made = lane_replies.exhausted(HEAD, fault, ZAI, now=0.0)
    assert made.status == 429 and made.get(b"retry-after") == b"60"
    assert lane_replies.exhausted(HEAD, fault._replace(message=""), ZAI, 0.0).get(b"retry-after") == b"9"


LIMIT = "Usage limit reached for 5 hour"
WRAPPED = {
    "a list of errors": {"errors": [{"code": "1308", "message": "m"}]},
    "a list": [{"error": {"code": "1308", "message": "m"}}],
    "data": {"data": {"code": 1308, "msg": "m"}, "success": False},
    "an error in an error": {"error": {"error": {"code": "1308", "message": "m"}}},
    "JSON in an error": {"error": json.dumps({"code": "1308", "message": "m"})},
    "JSON in a message": {"error": {"message": json.dumps({"error": {"code": 1308}}), "type": "api_error"}},
    "detail": {"detail": LIMIT},
    "a response that is kept": {"base_resp": {"status_code": 1308, "status_msg": "m"}},
    "other names": {"errorCode": "1308", "errorMsg": "m"},
    "names with underscores": {"error_code": 1308, "error_msg": "m"},
    "capitals": {"Error": {"Code": "1308", "Message": "m"}},
    "a number with a point": {"error": {"code": 1308.0, "message": "m"}},
    "blanks around": {"error": {"code": " 1308 ", "message": "m"}},
    "a description": {"error": "x", "error_description": LIMIT},
    "beside its type": {"type": "error", "code": "1308", "message": "m"},
    "beside an empty turn": {"type": "message", "content": [], "code": 1308, "msg": "m"},
    "words only": {"message": LIMIT},
}


@pytest.mark.parametrize("how", WRAPPED)
def test_a_used_up_quota_is_found_in_whatever_it_is_wrapped_and_under_every_status(how):
    payload = json.dumps(WRAPPED[how]).encode()
    assert {status: lane_replies.read(payload, status, ZAI).meaning for status in (400, 429, 500)} == {
        400: "exhausted",
        429: "exhausted",
        500: "exhausted",
    }
    for problem in (own_answers.of_body(payload), own_answers.of_events(b"data: " + payload + b"\n")):
        assert lane_replies.of(problem.error, 200, ZAI).meaning == "exhausted"


WRAPPED_LOOSELY = {"a list of words": {"errors": ["1308: m"]}, "a number": {"error": 1308}}


@pytest.mark.parametrize("body", WRAPPED_LOOSELY.values(), ids=WRAPPED_LOOSELY)
def test_a_code_is_found_that_stands_for_the_whole_error(body):
    assert lane_replies.of(body, 200, ZAI).meaning == "exhausted"


# What lanes and whoever stands before them say without any JSON, and what it means.
PLAIN = {
    **dict.fromkeys(
        (
            *("1308", "1308: limit", "Error 1308: limit", "code=1308&msg=limit", "[1308] x", "E1308 limit"),
            *("<html><p>Error 1308: limit</p></html>", "<error code='1308'>m</error>", "错误码：1308"),
            *("<?xml version='1.0'?><Error><Code>1308</Code></Error>", "---\nerror:\n  code: '1308'\n"),
            *("{'code': 1308, 'msg': 'm'}", ')]}\',\n{"code":1308}', 'f({"code":1308})', '{"code":1308,}'),
            *('{"error":{"code":"1308","message":"Usage lim', "1308: limit".encode("utf-16"), f"<p>{LIMIT}"),
        ),
        "exhausted",
    ),
    **dict.fromkeys(("1113", "402 Payment Required", "您的账户余额不足".encode("gb18030")), "unpaid"),
    **dict.fromkeys(("401", "<title>403 Forbidden</title>", '"Unauthorized"', "状态码 401"), "refused"),
    **dict.fromkeys(("502 Bad Gateway", "<html><title>503</title></html>", "429: slow down"), "transient"),
    "1261: Prompt exceeds max length": "too long",
    **dict.fromkeys(
        (
            *(
                "hello",
                "1000 tokens used",
                "took 1308 ms",
                "the year 1308",
                "1,308 words",
                "<svg>1308</svg>x",
            ),
            *("<script>code=1308</script>Hi", '{"role":"user","content":"1308: limit'),
        ),
        "other",
    ),
}


@pytest.mark.parametrize("said", PLAIN)
def test_what_is_no_json_is_acted_on_by_its_code_or_its_words(said):
    payload = said if isinstance(said, bytes) else said.encode()
    problem = own_answers.of_body(payload)
    assert lane_replies.of(problem.error or {}, 200, ZAI).meaning == PLAIN[said]
    assert lane_replies.read(payload, 400, ZAI).meaning in (PLAIN[said], "other")
    within = own_answers.of_events(b"data: " + payload.replace(b"\n", b"\ndata: ") + b"\n\n", ended=True)
    assert isinstance(within, own_answers.Problem)


@pytest.mark.parametrize("names", [("status", "error"), ("statusCode", "message"), ("code", "msg")])
def test_a_refused_key_is_found_by_whatever_its_code_is_called(names):
    body = dict(zip(names, (401, "no"), strict=True))
    assert lane_replies.of(body, 200, ZAI).meaning == "refused"


def test_what_a_conversation_says_is_no_error_of_the_lane():
    said = {"role": "user", "content": f"[1308] {LIMIT}", "code": "1308"}
    for body in (
        {"detail": [{"msg": "field required", "input": said}]},
        {"choices": [{"message": said}]},
        {"error": {"code": "1211", "message": "no such model"}, "request": said},
    ):
        assert lane_replies.of(body, 400, ZAI).meaning == "other"
    cut = json.dumps({"type": "message", "content": [{"type": "text", "text": LIMIT}]})[:-9].encode()
    problem = own_answers.of_body(cut)
    assert problem.why == "no JSON" and problem.error is None
