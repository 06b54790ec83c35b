"""A line of drive-client: what a client saw of one request."""

from __future__ import annotations

import msgspec
import pytest

from tracker.mock.calls import Call

LINE = b'{"kind":"call","ts":"2026-03-02T09:00:00.000Z","n":3,"client":"sdk","model":"m","op":"stream"}'


def test_a_call_that_is_only_begun_has_seen_nothing_and_is_not_whole():
    call = msgspec.json.decode(LINE, type=Call)
    assert (call.status, call.error, call.events, call.is_whole) == (None, None, None, False)
    assert msgspec.json.decode(msgspec.json.encode(call), type=Call) == call
    assert msgspec.json.encode(call).startswith(b'{"kind":"call"')


@pytest.mark.parametrize(
    ("part", "wrong"),
    [(b'"call"', b'"usage"'), (b'"n":3', b'"n":"3"'), (b'"op":"stream"', b'"op":null'), (b'"n":3,', b"")],
)
def test_a_line_that_is_no_call_is_refused(part, wrong):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(LINE.replace(part, wrong), type=Call)
