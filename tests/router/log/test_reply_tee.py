"""A reply's tokens are counted as it passes; what is counted never changes what passes."""

from __future__ import annotations

import gzip
import resource
import sys
import zlib

import brotli
import pytest
import zstandard

from tracker.router.log.reply_tee import ReplyTee

EVENTS = (
    b'data: {"type":"message_start","message":{"usage":{"input_tokens":7,"output_tokens":1}}}\n\n'
    b'data: {"type":"message_delta","usage":{"output_tokens":9}}\n\ndata: {"type":"message_stop"}\n\n'
)


def read(tee, data, size=7):
    for at in range(0, len(data), size):
        assert tee(data[at : at + size]) == data[at : at + size]
    assert tee(b"") == b""
    tee.settle()
    return tee.counts


def test_the_tokens_of_a_whole_reply_are_counted_whatever_its_text_holds():
    tee = ReplyTee("application/json", "")
    reply = b'{"content":[{"text":"half a pair: \\ud83d"}],"usage":{"output_tokens":7}}'
    assert read(tee, reply) == {"completion_tokens": 7} and tee.bytes == len(reply)


@pytest.mark.parametrize(
    "name, pack",
    [
        ("", bytes),
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
    ],
)
def test_the_tokens_of_a_stream_are_counted_in_every_encoding(name, pack):
    tee = ReplyTee("text/event-stream", name)
    assert read(tee, pack(EVENTS)) == {"prompt_tokens": 7, "completion_tokens": 9}
    assert tee.stopped and tee.counting


def test_an_encoding_of_the_future_passes_uncounted():
    tee = ReplyTee("text/event-stream", "br-of-the-future")
    assert read(tee, EVENTS) == {} and not tee.counting


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
@pytest.mark.parametrize(
    "name, pack",
    [
        ("gzip", gzip.compress),
        ("br", lambda data: brotli.compress(data, quality=5)),
        ("zstd", zstandard.ZstdCompressor().compress),
    ],
)
def test_a_reply_that_grows_without_end_is_let_through_uncounted_and_costs_no_memory(kind, name, pack):
    bomb = pack(bytes(100_000_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tee = ReplyTee(kind, name)
    assert read(tee, bomb, 100_000) == {} and tee.bytes == len(bomb) and not tee.counting
    unit = 1 if sys.platform == "darwin" else 1024
    # What was there while the bomb was made is the measure: reading it must not take more.
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit < 64e6


@pytest.mark.parametrize(
    "event, told",
    [
        (b'event: error\ndata: {"code":"1308","msg":"m"}\n\n', {"code": "1308", "msg": "m"}),
        (
            b'data: {"type":"error","code":"1308","message":"m"}\n\n',
            {"type": "error", "code": "1308", "message": "m"},
        ),
        (b'data: {"error":{"code":"1308"}}\n\n', {"error": {"code": "1308"}}),
        (b'event:error\ndata: {"errors":[{"code":"1308"}]}\n\n', {"errors": [{"code": "1308"}]}),
        (b'event: error\ndata: "limit"\n\n', {"message": '"limit"'}),
        (b"event: error\ndata: limit", {"message": "limit"}),
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_an_error_within_a_stream_is_kept_in_whatever_shape_it_comes(event, told, size):
    tee = ReplyTee("text/event-stream", "")
    read(tee, EVENTS[: EVENTS.index(b"data", 9)] + event, size)
    assert tee.error_body == told and tee.error is not None


def test_what_a_turn_says_of_errors_is_none():
    tee = ReplyTee("text/event-stream", "")
    said = b'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"text":"event: error"}}\n\n'
    read(tee, said + b'data: {"object":"x","usage":{}}\n\n' + EVENTS)
    assert tee.error_body is None and tee.error is None and tee.counts["completion_tokens"] == 9


@pytest.mark.parametrize(
    "last", [b"data: 1308: limit\n\n", b"1308: limit\n", b"<p>1308: limit", b"data: 1308: limit"]
)
def test_what_a_stream_says_last_in_no_event_is_an_error_of_it(last):
    tee = ReplyTee("text/event-stream", "")
    for piece in (b'data: {"type":"content_block_delta"}\n\n', last, b""):
        tee(piece)
    assert "1308: limit" in tee.error_body["message"] and tee.error == "error"


@pytest.mark.parametrize(
    "last", [b": wait\n\n", b"", b'data: {"type":"content_blo', b"event: content_block_delta\n"]
)
def test_a_stream_that_is_cut_off_says_no_error(last):
    tee = ReplyTee("text/event-stream", "")
    for piece in (b'data: {"type":"content_block_delta"}\n\n', last, b""):
        tee(piece)
    assert tee.error_body is None
