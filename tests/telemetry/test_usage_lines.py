"""No line is silently dropped: lines = rows + refused, whatever stands on them, however they are read."""

from __future__ import annotations

import json
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import usage_logs
from tracker.rows import Usage
from tracker.telemetry import sources, usage_lines
from usage_logs import usage

GOOD = usage_logs.line(usage()).rstrip()


def read(text: bytes, size: int = sources.BLOCK) -> list[usage_lines.Block]:
    return list(usage_lines.blocks(text[at : at + size] for at in range(0, len(text), size)))


def refused(text: bytes) -> list[tuple[int, str]]:
    return [(found.line, found.kind) for block in read(text) for found in block.refused]


def is_row(raw: bytes) -> bool:
    """Say, by the standard library's parser, whether a line is a usage row."""
    try:
        value = json.loads(raw.decode(), parse_constant=lambda name: 1 / 0)
        msgspec.convert(value, Usage)
    except (ValueError, ZeroDivisionError, RecursionError):  # msgspec's errors are ValueErrors
        return False
    return isinstance(value, dict) and value.get("kind") == "usage"


@st.composite
def logs(draw):
    """A log of good lines, some of them spoilt in a known way or at random."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    text = [
        usage_logs.line(row).rstrip()
        for row in usage_logs.requests(draw(st.integers(0, 12)), chance.random())
    ]
    for at in range(len(text)):
        fate = chance.random()
        if fate < 0.3:
            text[at] = usage_logs.spoil(text[at], chance)
        elif fate < 0.5:
            raw = bytearray(text[at])
            for _ in range(chance.randrange(1, 4)):
                raw[chance.randrange(len(raw))] = chance.choice(b'\0\t "\\{}[],:0e-.\xc3\xff') or 0
            text[at] = bytes(raw).replace(b"\n", b"")
    end = draw(st.sampled_from([b"", b"\n", b"\n\n", b"\r\n"]))
    return draw(st.sampled_from([b"\n", b"\n", b"\r\n"])).join(text) + end


@settings(max_examples=300, deadline=None)
@given(logs(), st.integers(1, 3000))
def test_every_line_is_a_row_or_refused_and_never_both(text, size):
    expected = text.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    blocks = read(text, size)
    seen = [
        (raw, row is not None) for block in blocks for raw, row in zip(block.raw, block.rows, strict=True)
    ]
    assert [raw for raw, _ in seen] == expected
    assert [good for _, good in seen] == [is_row(raw) for raw in expected]
    numbers = [found.line for block in blocks for found in block.refused]
    assert numbers == [number for number, (_, good) in enumerate(seen, 1) if not good]


KINDS = {
    "blank": [b"", b" \t", b"\r"],
    "truncated": [GOOD[:-1], GOOD[:50], b"{"],
    "glued": [GOOD + GOOD, GOOD[:60] + GOOD, GOOD + b" " + GOOD],
    "bad-utf8": [GOOD.replace(b"usage", b"us\xffage"), GOOD[:-1] + b',"new":"\xff"}', b"\xff\xfe"],
    "nul-bytes": [GOOD + b"\0", GOOD.replace(b"haiku", b"hai\0u"), b"\0\0\0"],
    "not-json": [b"Traceback (most recent call last):", b"{'kind':'usage'}", GOOD.replace(b"200", b"NaN")],
    "not-object": [b"[]", b"17", b'"usage"', b"[" + GOOD + b"]"],
    "other-kind": [b'{"kind":"snapshot","ts":"2026-02-03T10:00:00Z"}', b'{"kind":7}'],
    "missing-field": [b"{}", b'{"kind":"usage"}', GOOD.replace(b'"kind":"usage",', b"")],
    "wrong-type": [
        GOOD.replace(b"200", b'"200"'),
        GOOD.replace(b"812.4", b"-812.4"),
        GOOD.replace(b'"stream"', b'"streem"'),
        GOOD.replace(b"02-03T", b"02-30T"),
    ],
}


@pytest.mark.parametrize(("kind", "raw"), [(kind, raw) for kind, some in KINDS.items() for raw in some])
def test_a_refused_line_is_named_by_kind_and_number(kind, raw):
    assert refused(GOOD + b"\n" + raw + b"\n" + GOOD + b"\n") == [(2, kind)]


def test_fields_of_a_newer_version_pass():
    newer = usage_logs.line(usage(new={"a": [1, {"b": None}]}, other="ü"))
    assert refused(newer) == []


def test_a_line_longer_than_the_limit_is_refused_and_the_next_is_read(monkeypatch):
    monkeypatch.setattr(usage_lines, "MAX_LINE", 5_000)
    fits = usage_logs.line(usage(new="x" * (5_000 - len(GOOD) - 9)))
    assert len(fits) == 5_001
    for size in (1, 7, 100, 4_999):  # pieces are far smaller than the limit
        long = b"{" + b"x" * 5_000 + b"\n"
        blocks = read(fits + long + fits + long + long.strip(), size)
        assert [found[:2] for block in blocks for found in block.refused] == [
            (2, "too-long"),
            (4, "too-long"),
            (5, "too-long"),
        ]
        assert sum(len(block.usage) for block in blocks) == 2
