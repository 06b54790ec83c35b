"""The reader: lines in, one value out; what is wrong is named by its line."""

from __future__ import annotations

import io

import msgspec
import pytest

from tracker import cli
from tracker.evidence import reader
from tracker.evidence.margins import Margin
from verdict_rows import blocks, plan, telemetry, window

COST = Margin("cost", "ratio", 2.0, "", least=0, field="cost_margin")


def read(*some, **more):
    lines = [one if isinstance(one, bytes) else msgspec.json.encode(one) for one in some]
    return reader.read(io.BytesIO(b"\n".join(lines) + b"\n"), **more)


def test_one_window_can_be_asked_for():
    assert [one.window for one in read(*blocks(3), window="B1").windows] == ["B1"]
    assert len(read(*blocks(3), window=reader.ALL_WINDOWS).windows) == 6


def test_a_registration_is_understood_in_its_place_among_the_lines():
    said = b'{"kind":"registration","N":8,"seed":1,"margins":{"cost":3},"stop":"early"}'
    facts = read(said, *blocks(2), margins=(COST,))
    assert (facts.plan.n_blocks, facts.plan.cost_margin, facts.strange_terms) == (8, 3.0, ("stop",))
    assert (facts.rows_read, len(facts.lines)) == (5, 5)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (b'{"kind":"registration","margins":{"speed":2}}', "line 3: registration: margins: cost (speed)"),
        (b'{"kind":"registration","arms":["one"]}', "line 3: registration: arms must be two names"),
        (telemetry("W", requests=2, errors=9), "line 3: 9 errors in 2 requests of W"),
        (b"{", "line 3: "),
    ],
)
def test_a_line_that_cannot_be_is_named(wrong, words):
    with pytest.raises(cli.Stop) as stop:
        read(window("X"), plan(), wrong, margins=(COST,))
    assert stop.value.status == cli.BAD_INPUT and words in str(stop.value)
