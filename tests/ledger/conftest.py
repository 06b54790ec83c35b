"""A ledger of the test's own: `data` is its folder, `put` appends to it."""

from __future__ import annotations

import pytest

from readings import lines, parsed


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def put(tool):
    """`put(row, …)` appends rows and returns them as they stand in the ledger."""

    def call(*rows: dict, args: tuple[str, ...] = (), **env: str) -> list[dict]:
        ran = tool("ledger-append", "--echo", *args, stdin=lines(*rows), **env)
        assert (ran.status, ran.err) == (0, "")
        return parsed(ran.out)

    return call
