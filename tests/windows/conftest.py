"""What the tests of windows share: recording a reading, finishing a window."""

from __future__ import annotations

import pytest

from readings import at, lines, reading


@pytest.fixture
def record(tool):
    """`record(row, "--force")` appends; returns (status, err)."""

    def call(row: dict, *args: str, **env: str) -> tuple[int, str]:
        ran = tool("ledger-append", *args, stdin=lines(row), **env)
        return ran.status, ran.err

    return call


@pytest.fixture
def complete(tool):
    """`complete("W1", "--claude-features", "3")` finishes a window as the pipe does."""

    def call(window: str, *args: str):
        there = tool("ledger-cat", "--window", window).out
        made = tool("complete-window", "--window", window, *args, stdin=there)
        if made.status:
            return made
        kept = tool("ledger-append", "--echo", stdin=made.out)
        assert kept.status == 0, kept.err
        return kept._replace(err=made.err)

    return call


@pytest.fixture
def worked(record):
    record(reading("W1", at("09:00"), 9.0))
    record(reading("W1", at("11:00"), 31.5, weekly=33.0))
