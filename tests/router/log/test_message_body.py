"""What a body holds, cut at its members without reading them, is what a whole reading finds."""

from __future__ import annotations

import gzip
import json
import zlib

import brotli
import pytest
import zstandard

from router_bodies import Bodies
from tracker.router.log import message_body


def no_constant(name: str):
    raise ValueError(name)


def read_whole(raw: bytes):
    """The measure: json's reading of all of it, None for what is no object."""
    try:
        found = json.loads(raw.decode(), parse_constant=no_constant)
        return found if isinstance(found, dict) else None
    except (ValueError, RecursionError):
        return None


def cut(raw: bytes):
    try:
        return message_body.members(raw)
    except message_body.UnreadableBody:
        return None


@pytest.mark.parametrize("way", ["fast", "slow"])
def test_random_bodies_are_cut_as_a_whole_reading_cuts_them(way, monkeypatch):
    assert message_body._cut is not None
    if way == "slow":
        monkeypatch.setattr(message_body, "_cut", None)  # as where msgspec is not installed
    bodies = Bodies(9)
    read = refused = 0
    for _ in range(3000):
        raw = bodies.next()
        expected, found = read_whole(raw), cut(raw)
        assert (expected is None) == (found is None), raw
        if expected is None:
            refused += 1
            continue
        read += 1
        assert {key: part.value for key, part in found.items()} == expected, raw
        assert list(found) == list(expected), raw
        model = expected.get("model")
        assert message_body.read_model(raw) == (model if isinstance(model, str) else None), raw
    assert read > 750 and refused > 150


@pytest.mark.parametrize(
    "body, asks",
    [
        (b'{"model":"m","messages":[],"stream":true}', True),
        (b'{"model":"m","stream":false}', False),
        (b'{"stream":true,"tools":[{"stream":false}]}', True),
        (b'{"stream":true,"metadata":{"stream":false}}', True),
        (b'{"stream": false ,"max_tokens": 5 }\n', False),
        (b'{"stream":true,"x":"}"}', True),
    ],
)
def test_a_stream_asked_for_is_seen_wherever_it_stands(body, asks):
    assert message_body.asks_for_stream(body) is asks


@pytest.mark.parametrize("name", [b"rot13", b"hex", b"base64", b"utf-8", b"gzip;q=1", b"gzip, rot13"])
def test_an_encoding_that_http_does_not_know_is_unreadable(name):
    with pytest.raises(message_body.UnreadableBody):
        message_body.decode(b"7b7d", name)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("name", PACKERS)
def test_every_encoding_is_undone_but_a_bomb_is_not(name):
    body = b'{"model":"m"}' * 1000
    assert message_body.decode(PACKERS[name](body), name.encode()) == body
    with pytest.raises(message_body.UnreadableBody, match="too large"):
        message_body.decode(PACKERS[name](bytes(40_000_000)), name.encode())


def test_deflate_is_undone_without_its_wrapping_too_and_encodings_in_turn():
    body = b'{"model":"m"}'
    assert message_body.decode(raw_deflate(body), b"deflate") == body
    assert message_body.decode(gzip.compress(zlib.compress(body)), b"deflate, gzip") == body


@pytest.mark.parametrize("name", PACKERS)
def test_a_body_that_is_not_of_its_encoding_is_unreadable(name):
    with pytest.raises(message_body.UnreadableBody):
        message_body.decode(b"no such thing \xff\xff\xff\xff", name.encode())


@pytest.mark.parametrize(
    ("body", "again"),
    [
        (b'{"a":1,"b":[2]}', {}),
        (b' { "a" : 1 ,\n "b\\"c" : {"a": 2} } ', {}),
        (b'{"a":1,"b":2,"a":[3]}', {"a": [1, [3]]}),
        (b'{ "a": 1, "b": 2, "\\u0061": 1 }', {"a": [1, 1]}),
        (b'{"a":[1],"a":[1]}', {"a": [[1], [1]]}),
        (b"{}", {}),
    ],
)
def test_what_a_body_has_twice_is_found_however_it_is_written(body, again):
    assert message_body.repeated(body, message_body.members(body)) == again


def test_a_body_with_blanks_that_has_nothing_twice_is_not_parsed(monkeypatch):
    body = json.dumps({"model": "m", "messages": ["x" * 100], "n": {"model": "m"}}).encode()
    members = message_body.members(body)
    monkeypatch.setattr(message_body, "Pairs", None)
    assert message_body.repeated(body, members) == {}
