"""The router's own errors, in the shape of the Messages API."""

from __future__ import annotations

import json

import pytest

from tracker.router.ways import error_replies
from tracker.router.wire.replies import read_reply_head


@pytest.mark.parametrize("status, kind", error_replies.KINDS.items())
def test_a_whole_reply_that_ends_its_connection(status, kind):
    head, gap, body = error_replies.error_reply(status, "wörds").partition(b"\r\n\r\n")
    told = read_reply_head(head + gap)
    assert (told.status, told.length, told.close) == (status, len(body), True)
    assert json.loads(body) == {"type": "error", "error": {"type": kind, "message": "wörds"}}


def test_headers_are_added_by_name():
    assert b"\r\nretry-after: 3\r\n" in error_replies.error_reply(502, "m", retry_after="3")


def test_mitmproxys_reply_says_the_same_and_asks_for_the_token():
    made = error_replies.error_response(407, "m")
    assert made.status_code == 407 and made.headers["proxy-authenticate"] == 'Basic realm="tracker"'
    assert json.loads(made.content)["error"]["type"] == "authentication_error"
    assert "proxy-authenticate" not in error_replies.error_response(403, "m").headers


def test_a_status_that_the_router_never_says_is_refused():
    with pytest.raises(KeyError):
        error_replies.error_reply(418, "m")
