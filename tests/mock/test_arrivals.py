"""What is kept of a request: names, sizes, digests and traces, never a credential."""

from __future__ import annotations

import gzip
import hashlib
import json

import pytest
import zstandard

from tracker.mock import arrivals


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("", bytes), ("identity", bytes), ("gzip", gzip.compress), ("zstd", zstandard.compress)],
)
def test_a_body_is_read_as_its_encoding_says(encoding, pack):
    assert arrivals.decoded(pack(b'{"model":"m"}'), encoding) == b'{"model":"m"}'


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"no gzip", "gzip"),
        (gzip.compress(b"x" * 100, mtime=0)[:-9], "gzip"),
        (b"no frame", "zstd"),
        (b"x", "br"),
    ],
)
def test_a_body_that_is_not_what_it_says_is_unreadable(body, encoding):
    with pytest.raises(arrivals.UnreadableArrival):
        arrivals.decoded(body, encoding)


@pytest.mark.parametrize("body", [b"", b"[]", b'"text"', b'{"a":', b"\xff", b"[" * 100_000])
def test_only_an_object_is_a_body(body):
    assert arrivals.parsed(body) is None


@pytest.mark.parametrize(
    ("text", "traces"),
    [
        ('{"account_uuid": "1", "device_id": "2"}', ["account_uuid", "device_id"]),
        ("ada@example.com", ["email"]),
        ("Co-Authored-By: noreply@example.com", []),
        ("sk-ant-api03-x", ["anthropic_key"]),
        ("x-anthropic-billing-header: cc_version=1", ["billing_header"]),
    ],
)
def test_the_traces_of_a_person_are_named_also_in_a_packed_body(text, traces):
    assert arrivals.describe({}, text.encode(), None)["traces"] == traces
    packed = gzip.compress(text.encode())
    assert arrivals.describe({"Content-Encoding": "gzip"}, packed, None)["traces"] == traces


def test_a_credential_is_told_by_whose_it_looks_to_be_and_its_value_is_nowhere():
    headers = {"Authorization": "Bearer sk-ant-oat01-secret", "X-Api-Key": "secret.zai", "Cookie": "a=secret"}
    body = b'{"model": "claude-haiku-5-5", "stream": true}'
    kept = arrivals.describe(headers, body, json.loads(body))
    assert kept["credentials"] == {"authorization": "anthropic", "x-api-key": "other", "cookie": "other"}
    assert kept["headers"] == ["authorization", "x-api-key", "cookie"]
    assert (kept["model"], kept["stream"], kept["body_bytes"]) == ("claude-haiku-5-5", True, len(body))
    assert kept["body_sha256"] == hashlib.sha256(body).hexdigest()
    assert "secret" not in json.dumps(kept)


@pytest.mark.parametrize("model", [None, 5, ["claude"], {}])
def test_a_model_that_is_no_name_is_none(model):
    assert arrivals.describe({}, b"{}", {"model": model})["model"] is None
