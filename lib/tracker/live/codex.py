"""Codex's plan usage: from the app server of an installed client, else from its last session's log."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tracker import cli
from tracker.live import asking

QUESTIONS = (
    b'{"id":1,"method":"initialize","params":{"clientInfo":{"name":"tracker","title":"tracker","version":"0.1.0"}}}\n'
    b'{"method":"initialized"}\n'
    b'{"id":2,"method":"account/rateLimits/read"}\n'
)
LINES = 20  # of a session's log: its last limits are among them


def read() -> Iterator[bytes]:
    """Yield the lines of the best source that answers; cli.Stop 75 when none does."""
    if shutil.which("codex"):
        for line in asking.answer(("codex", "app-server"), b'"id":2', QUESTIONS):
            if b'"id":2' in line and b'"rateLimits' in line:
                cli.say("codex app-server, account/rateLimits/read")
                yield line + b"\n"
                return
        cli.say("codex app-server gave no limits")
    else:
        cli.say("codex is not on PATH")
    home = Path(os.environ.get("CODEX_HOME") or Path.home() / ".codex")
    logs = sorted((home / "sessions").glob("**/rollout-*.jsonl"))
    if logs:
        said = [line for line in logs[-1].read_bytes().splitlines() if b'"token_count"' in line]
        if limits := [line for line in said if b'"rate_limits":{' in line][-LINES:]:
            cli.say(f"last limits in {logs[-1]}; they are as old as their timestamp")
            yield from (line + b"\n" for line in limits)
            return
    raise cli.Stop(
        cli.TRY_LATER, "no limits from codex; run /status in it twice and paste the card into capture-codex"
    )
