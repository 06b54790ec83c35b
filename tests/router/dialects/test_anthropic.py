"""What a lane that speaks the Messages API as Anthropic does means by its errors."""

from __future__ import annotations

import json

import pytest

from tracker.router.dialects import HEADERS, MEMBERS, named
from tracker.router.lanes import lane_replies

ANTHROPIC = named("anthropic")


@pytest.mark.parametrize(
    "status, kind, words, meaning",
    [
        (401, "authentication_error", "invalid x-api-key", "refused"),
        (403, "permission_error", "m", "refused"),
        (400, "billing_error", "m", "unpaid"),
        (429, "rate_limit_error", "m", "transient"),
        (529, "overloaded_error", "m", "transient"),
        (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", "too long"),
        (400, "invalid_request_error", "max_tokens: 999 exceeds the maximum context", "other"),
        (404, "not_found_error", "m", "other"),
    ],
)
def test_an_error_means_what_its_type_says(status, kind, words, meaning):
    body = json.dumps({"type": "error", "error": {"type": kind, "message": words}}).encode()
    assert lane_replies.read(body, status, ANTHROPIC).meaning == meaning


def test_what_names_the_user_is_not_among_what_it_takes():
    assert ANTHROPIC.members == MEMBERS and not MEMBERS & {"metadata", "mcp_servers", "container"}
    assert not HEADERS & {b"cookie", b"authorization", b"x-api-key", b"user-agent"}


def test_a_dialect_that_has_no_file_is_refused():
    with pytest.raises(ModuleNotFoundError):
        named("klingon")
