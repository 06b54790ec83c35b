"""Usage rows summed up: the answer depends on the rows alone, not on how they were split."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import usage_logs
from tracker import rows
from tracker.telemetry import rollup
from tracker.telemetry.rollup import Cell, Rollup, Sums
from usage_logs import sonnet, usage

ROWS = [msgspec.convert(row, rows.Usage) for row in usage_logs.requests(300)]


def summed(some, by=tuple(rollup.BY)) -> Rollup:
    made = Rollup(by)
    made.add(list(some))
    made.settle()
    return made


def told(made: Rollup) -> tuple:
    made.settle()
    groups = {
        (name, value): (group.sums, group.errors, group.routed, group.latency.quantiles([0.5, 0.99]))
        for name, found in made.by.items()
        for value, group in found.items()
    }
    latency = {
        where: (len(values), values.quantiles([0.1, 0.5, 0.99])) for where, values in made.latency.items()
    }
    return made.cells, latency, groups, made.first, made.last


@given(st.lists(st.integers(0, 3), min_size=300, max_size=300), st.integers(0, 99))
def test_however_rows_are_split_and_in_whatever_order_the_sum_is_the_same(where, seed):
    apart = [[row for row, part in zip(ROWS, where, strict=True) if part == number] for number in range(4)]
    random.Random(seed).shuffle(apart)
    total = Rollup(rollup.BY)
    for some in apart:
        other = Rollup(rollup.BY)
        other.add(some)
        total.merge(other)
    assert told(total) == told(summed(ROWS))


def test_a_rollup_of_nothing_adds_nothing():
    made = summed(ROWS)
    made.merge(Rollup(rollup.BY))
    assert told(made) == told(summed(ROWS))
    assert (Rollup().first, Rollup().total()) == (None, Sums())


def test_what_a_row_does_not_say_adds_nothing_and_is_not_counted():
    known = usage(
        prompt_tokens=5, completion_tokens=0, cache_read_tokens=2, cache_creation_tokens=1, request_bytes=10
    )
    total = summed(msgspec.convert(row, rows.Usage) for row in (known, usage())).total()
    assert (total.requests, total.counted, total.tokens, total.bytes) == (2, 1, 8, 10)


def test_sums_along_a_field_count_errors_apart():
    made = summed(msgspec.convert(row, rows.Usage) for row in (usage(), usage(status=529), sonnet()))
    assert {lane: (sums.requests, errors) for lane, (sums, errors) in made.along("lane").items()} == {
        "zai": (2, 1),
        "anthropic": (1, 0),
    }
    assert made.total(rollup.was_routed).requests == 2


@pytest.mark.parametrize(
    ("status", "err_type", "name"),
    [
        (None, None, "net"), (401, None, "401"), (429, None, "429"), (404, None, "4xx"),
        (503, None, "5xx"), (200, "truncated", "truncated"), (529, "5xx", "5xx"),
    ],
)  # fmt: skip
def test_an_error_is_named_by_its_type_or_else_by_its_status(status, err_type, name):
    cell = Cell("zai", "stream", "m", None, None, None, "forced_model", err_type, status)
    assert rollup.failed(cell)
    assert rollup.error_name(cell) == name


def test_a_reply_below_400_without_an_error_is_none():
    assert not rollup.is_error(200, None)
    assert not rollup.is_error(399, None)
    assert rollup.is_error(400, None)


def test_a_day_is_utcs_and_an_opus_could_not_have_been_routed():
    late = msgspec.convert(usage(ts="2026-02-03T23:30:00-05:00"), rows.Usage)
    assert rollup.BY["day"](late) == "2026-02-04"
    cell = Cell("anthropic", "stream", "claude-opus-5-5", None, None, None, "kept", None, 200)
    assert not rollup.could_be_routed(cell)
    assert rollup.could_be_routed(cell._replace(model="claude-haiku-5-5"))
    assert rollup.could_be_routed(cell._replace(lane="kimi"))
