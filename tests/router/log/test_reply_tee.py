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
