"""What Z.AI's codes, types and texts mean."""

from __future__ import annotations

import json

import pytest

from tracker.router.dialects import named
from tracker.router.lanes import lane_replies

ZAI = named("zai")


@pytest.mark.parametrize(
    "code, status, meaning",
    [
        *(
            ("1308", 429, "exhausted"),
            ("1310", 429, "exhausted"),
            ("1316", 429, "exhausted"),
            ("1321", 200, "exhausted"),
        ),
        *(
            ("1113", 429, "unpaid"),
            ("1309", 429, "unpaid"),
            ("1000", 401, "refused"),
            ("1220", 403, "refused"),
        ),
        *(
            ("1261", 400, "too long"),
            ("1302", 429, "transient"),
            ("1305", 429, "transient"),
            ("1210", 400, "other"),
        ),
        *(("1322", 429, "transient"), ("9999", 400, "other"), ("1261", 500, "transient")),
    ],
)
def test_a_code_is_told_by_its_number(code, status, meaning):
    fault = lane_replies.read(json.dumps({"error": {"code": code, "message": "m"}}).encode(), status, ZAI)
    assert (fault.code, fault.meaning) == (code, meaning)


@pytest.mark.parametrize(
    "error, code, meaning",
    [
        ({"error": {"type": "rate_limit_error", "message": "[1308][used up]"}}, "1308", "exhausted"),
        ({"code": 401, "msg": "Unauthorized", "success": False}, "401", "refused"),
        ({"error": {"message": "Usage limit reached for 5 hour."}}, None, "exhausted"),
        ({"error": {"message": "已达到使用上限"}}, None, "exhausted"),
        ({"error": {"message": "余额不足或无可用资源包,请充值。"}}, None, "unpaid"),
        ({"error": {"type": "authentication_error", "message": "m"}}, "authentication_error", "refused"),
    ],
)
def test_every_envelope_is_read(error, code, meaning):
    fault = lane_replies.read(json.dumps(error).encode(), 400, ZAI)
    assert (fault.code, fault.meaning) == (code, meaning)


def test_a_time_in_a_text_is_chinas():
    fault = lane_replies.Fault("1308", "Your limit will reset at 1970-01-02 08:00:00", "exhausted")
    assert fault.retry_after(0.0, ZAI) == 86_400
    assert fault.retry_after(90_000.0, ZAI) == 1  # a moment that is over is waited for no longer
    assert fault._replace(message="at 1970-13-02 08:00:00").retry_after(0.0, ZAI) is None
    assert fault._replace(message="soon").retry_after(0.0, ZAI) is None
