"""What Kimi's types and texts mean."""

from __future__ import annotations

import json

import pytest

from tracker.router.dialects import named
from tracker.router.lanes import lane_replies


@pytest.mark.parametrize(
    "status, kind, words, meaning",
    [
        (429, "exceeded_current_quota_error", "m", "unpaid"),
        (403, "permission_error", "You've reached your usage limit for this billing cycle", "exhausted"),
        (
            429,
            "rate_limit_reached_error",
            "You've reached your usage limit for this billing cycle",
            "exhausted",
        ),
        (429, "rate_limit_reached_error", "max request", "transient"),
        (429, "engine_overloaded_error", "m", "transient"),
        (401, "invalid_authentication_error", "m", "refused"),
        (403, "access_terminated_error", "m", "refused"),
        (400, "invalid_request_error", "Your request exceeded model token limit: 262144", "too long"),
        (400, "invalid_request_error", "m", "other"),
    ],
)
def test_an_error_means_what_its_type_or_its_words_say(status, kind, words, meaning):
    body = json.dumps({"error": {"type": kind, "message": words}}).encode()
    assert lane_replies.read(body, status, named("kimi")).meaning == meaning


def test_no_time_is_read_out_of_its_texts():
    fault = lane_replies.Fault(None, "resets at 2026-09-29 23:10:05", "exhausted")
    assert fault.retry_after(0.0, named("kimi")) is None
