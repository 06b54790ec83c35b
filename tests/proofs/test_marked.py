"""Every class of request that Claude Code makes, and the marks in it."""

from __future__ import annotations

import gzip
import json

import pytest

from tracker.proofs import marked
from tracker.proofs.marked import KEY, MARKS, SENTENCE

REQUESTS = {sent.name: sent for sent in marked.requests()}


def parts(name) -> tuple[dict[str, str], bytes]:
    head, _, body = REQUESTS[name].raw.partition(b"\r\n\r\n")
    fields = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
    return {field.lower(): value for field, _, value in fields}, body


def test_every_request_has_a_name_of_its_own():
    assert len(REQUESTS) == len(marked.requests()) > 170


def test_every_request_says_how_long_it_is_and_ends_its_connection():
    for name in REQUESTS:
        headers, body = parts(name)
        assert int(headers.get("content-length", 0)) == len(body), name
        assert headers["connection"] == "close", name


@pytest.mark.parametrize("model", ["haiku", "sonnet", "opus"])
@pytest.mark.parametrize("kind", ["main", "subagent", "auxiliary", "compaction"])
@pytest.mark.parametrize("stream", ["", " stream"])
def test_a_real_clients_request_is_marked_wherever_something_of_the_account_stands(model, kind, stream):
    sent = REQUESTS[f"{model} {kind}{stream}"]
    assert sent.lane == ("zai" if model == "haiku" else "anthropic")
    whole = sent.raw.decode()
    missing = {name for name, mark in MARKS.items() if mark not in whole}
    assert missing <= {"api key"}  # a login or a key, never both
    assert SENTENCE in whole
    assert json.loads(parts(sent.name)[1])["stream"] is bool(stream)


def test_no_request_carries_the_lanes_own_key():
    assert [sent.name for sent in REQUESTS.values() if KEY.encode() in sent.raw] == []


def test_a_request_with_a_key_carries_no_login_beside_it():
    headers, _ = parts("haiku, x-api-key login")
    assert headers["x-api-key"] == MARKS["api key"]
    assert "authorization" not in headers


@pytest.mark.parametrize(
    ("name", "lane"),
    [
        ("sonnet, haiku in a tool", "anthropic"),
        ("quota probe", "anthropic"),
        ("malformed", "anthropic"),
        ("two models", "anthropic"),  # which of two counts is nowhere said
        ("haiku, model last", "zai"),
        ("count_tokens", "anthropic"),
        ("profile", "anthropic"),
        ("event log", "anthropic"),
    ],
)
def test_what_only_looks_like_haiku_stays_and_what_only_looks_unlike_it_goes(name, lane):
    assert REQUESTS[name].lane == lane


def test_a_packed_request_hides_its_marks_from_whoever_does_not_unpack_it():
    headers, body = parts("haiku gzip")
    assert headers["content-encoding"] == "gzip"
    assert MARKS["device"].encode() not in body
    assert MARKS["device"].encode() in gzip.decompress(body)
