"""Claude's plan usage from an installed Claude Code: its control channel, its print, its status line's log."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracker import cli, places
from tracker.live import asking

# An API key or another base address in this shell would hide the plan from the client.
# TRACKER_TASK: a client that is asked for its meter is no session of that task (docs/plugin.md).
HIDING = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "TRACKER_TASK")
QUESTION = b'{"type":"control_request","request_id":"meter","request":{"subtype":"get_usage"}}\n'
STREAM = ("--input-format", "stream-json", "--output-format", "stream-json", "--verbose")
OLDEST = (2, 1, 175)  # older clients take the question for a prompt and send it to a model


def read() -> Iterator[bytes]:
    """Yield the lines of the best source that answers; cli.Stop 78 without a client, 75 without numbers."""
    if not shutil.which("claude"):
        raise cli.Stop(
            cli.NO_SETTING,
            "claude is not on PATH; install it, or paste the /usage screen into capture-claude",
        )
    version = _version()
    if version is None or tuple(map(int, version.split("."))) < OLDEST:
        cli.say(
            f"claude {version or 'of an unknown version'} is too old to be asked without a prompt (2.1.175 or later)"
        )
    else:
        before = _kept()
        for line in asking.answer(("claude", "-p", *STREAM), b'"control_response"', QUESTION, HIDING):
            if b'"control_response"' in line and _limits(line):
                cli.say(f"claude {version}, control request get_usage")
                yield line + b"\n"
                yield _note(version, line, before, _kept()) + b"\n"
                return
        if lines := asking.answer(("claude", "-p", "/usage"), b"% used", without=HIDING):
            cli.say(f"claude {version}, printed /usage (the control request gave no numbers)")
            yield from (line + b"\n" for line in lines)
            return
        cli.say(f"claude {version} gave no numbers")
    log = places.find("statusline").path
    last = _last_line(log)
    if b"used_percentage" not in last:
        raise cli.Stop(
            cli.TRY_LATER,
            "no numbers from claude; open /usage in it and paste the screen into capture-claude",
        )
    cli.say(f"last line of {log}; it is as old as its captured_at")
    yield last + b"\n"


def _version() -> str | None:
    lines = asking.answer(("claude", "--version"), b".", without=HIDING)
    found = re.match(rb"\d+\.\d+\.\d+", lines[0]) if lines else None
    return found[0].decode() if found else None


def _limits(line: bytes) -> dict[str, Any] | None:
    """Return the `rate_limits` of a control response, wherever they stand in it."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    for _ in range(4):  # response.response.rate_limits, in the clients seen
        if not isinstance(said, dict):
            return None
        if isinstance(said.get("rate_limits"), dict):
            found: dict[str, Any] = said["rate_limits"]
            return found
        said = said.get("response")
    return None


def _kept() -> tuple[Any, Any]:
    """Return when the client last asked, epoch ms, and the session's quota then.  Nothing else is read there."""
    path = Path(os.environ.get("CLAUDE_CONFIG_DIR") or Path.home()) / ".claude.json"
    try:
        said = json.loads(path.read_bytes())["cachedUsageUtilization"]
        return said["fetchedAtMs"], said["utilization"]["five_hour"]
    except (OSError, ValueError, KeyError, TypeError):
        return None, None


def _note(version: str, line: bytes, before: tuple[Any, Any], after: tuple[Any, Any]) -> bytes:
    """Return a line that says when the numbers were fetched: the client asks once a minute at most."""
    fetched = after[0] if after[0] != before[0] else None
    cached = False
    if fetched is None and before[0] is not None and (_limits(line) or {}).get("five_hour") == before[1]:
        fetched, cached = before[0], True
        age = time.time() - fetched / 1000
        cli.say(f"the numbers are those of {age:.0f} s ago: the client kept them, or nothing has changed")
    note = {"type": "meter_note", "client_version": version, "fetched_at_ms": fetched, "cached": cached}
    return json.dumps(note, separators=(",", ":")).encode()


def _last_line(path: Path) -> bytes:
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return b""
    return lines[-1] if lines else b""
