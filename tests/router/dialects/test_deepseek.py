"""What DeepSeek's errors mean, and which members of a body it takes."""

from __future__ import annotations

import json

import pytest

from tracker.router.dialects import MEMBERS, named
from tracker.router.lanes import lane_replies

DEEPSEEK = named("deepseek")


@pytest.mark.parametrize(
    "status, words, meaning",
    [
        (402, "Insufficient Balance", "unpaid"),
        (402, "m", "unpaid"),
        (401, "Authentication Fails", "refused"),
        (429, "Rate limit reached", "transient"),
        (503, "Service is too busy", "transient"),
        (
            400,
            "This model's maximum context length is 131072 tokens. However, you requested 140000",
            "too long",
        ),
        (422, "Failed to deserialize", "other"),
    ],
)
def test_an_error_means_what_its_status_and_words_say(status, words, meaning):
    body = json.dumps(
        {"error": {"message": words, "type": "unknown_error", "code": "invalid_request_error"}}
    ).encode()
    assert lane_replies.read(body, status, DEEPSEEK).meaning == meaning


def test_it_takes_no_top_k_and_no_betas_but_its_own_output_config():
    assert DEEPSEEK.members - MEMBERS == {"output_config"} and MEMBERS - DEEPSEEK.members == {"top_k"}
    assert not DEEPSEEK.betas
