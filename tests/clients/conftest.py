"""Real clients are driven by `make test-clients`, which sets TRACKER_CLIENTS; they come from the npm registry."""

import os

import pytest


def pytest_configure() -> None:
    """Without a client there is nothing to drive, and nothing would have been shown."""
    if not os.environ.get("TRACKER_CLIENTS"):
        return
    from clients.world import installed

    if not (installed("claude-code") or installed("codex")):
        raise pytest.UsageError("no client is installed; `make test-clients` installs CLIENT_PACKAGES")


collect_ignore = (
    []
    if os.environ.get("TRACKER_CLIENTS")
    else [
        "test_claude_through_router.py",
        "test_day_zero.py",
        "test_history.py",
        "test_meters_read_back.py",
        "test_plugin.py",
        "test_session_in_tmux.py",
    ]
)
