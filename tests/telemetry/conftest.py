"""A log of which a part is spoilt, for the readers."""

from __future__ import annotations

import random

import pytest

import usage_logs


@pytest.fixture(scope="session")
def damaged(tmp_path_factory):
    """A log of 3,000 lines, one in twenty of them spoilt."""
    chance = random.Random(11)
    text = usage_logs.log(3_000).split(b"\n")[:-1]
    for at in range(0, len(text), 20):
        text[at] = usage_logs.spoil(text[at], chance)
    path = tmp_path_factory.mktemp("log") / "usage.jsonl"
    path.write_bytes(b"\n".join(text) + b"\n")
    return path
