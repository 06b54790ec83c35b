"""The table of shapes: every one compiles, is fast on long lines, and hides a part that it names."""

from __future__ import annotations

import re
import time

import pytest

from tracker.ops.bundle import shapes

IDS = [f"{kind}-{number}" for number, (kind, _) in enumerate(shapes.SHAPES)]


@pytest.mark.parametrize(("kind", "pattern"), shapes.SHAPES, ids=IDS)
def test_a_shape_fits_no_empty_text_and_names_what_it_hides(kind, pattern):
    made = re.compile(pattern)
    assert not made.search("")
    assert re.fullmatch(r"[a-z][a-z-]*", kind)
    assert all(name.startswith("secret") or name == "name" for name in made.groupindex)


@pytest.mark.parametrize(("kind", "pattern"), shapes.SHAPES, ids=IDS)
@pytest.mark.parametrize(
    "piece", ["a", "a.", "a-", "1", "1.", "a:", "a@", "-u ", "key", "0:", "%", " ", "A1"]
)
def test_a_long_line_of_one_sign_takes_no_long_time(kind, pattern, piece):
    text = piece * (4_000 // len(piece))
    began = time.process_time()
    list(re.finditer(pattern, text))
    assert time.process_time() - began < 5


def test_public_hosts_are_names_and_no_patterns():
    assert all(re.fullmatch(r"[a-z0-9.-]+\.[a-z]+", name) for name in shapes.PUBLIC_HOSTS)
