"""Pages are drawn without a limit, whatever terminal the tests were started from."""

import pytest


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
