"""A reading of the meter at a task's start or end, by the tools that a person would type."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from tracker import cli, clock, jsonl, providers, rows, settings
from tracker.workday import pipes


def add_options(parser: cli.Parser) -> None:
    """Add what both ends of a task are asked for."""
    parser.add_argument("--window", metavar="W", help="which of the task's two windows (default: see above)")
    parser.add_argument("--at", metavar="TIME", help="when, RFC 3339 (default now)")
    parser.add_argument("--provider", choices=providers.NAMES, help="whose meter (default claude, or as set)")
    parser.add_argument("--read", action="store_true", help="read the meter live, as read-meter does")
    parser.add_argument("--text", type=Path, metavar="FILE", help="take the usage text of this file instead")


def when(said: str | None) -> datetime:
    """Return the time of a mark: as typed, else now."""
    return clock.parse(said, "--at") if said else clock.now()


def reading(provider: str | None, at: datetime, live: bool, path: Path | None) -> list[rows.Snapshot]:
    """Return the reading that was asked for, if one was; the pipe that takes it is shown on stderr."""
    if live and path is not None:
        raise cli.Stop(cli.USAGE, "--read and --text both say where the reading comes from; leave one out")
    if not live and path is None:
        return []
    provider = provider or settings.checked("TRACKER_PROVIDER", "claude")
    steps: list[list[str]] = [["capture", provider, "--at", clock.text(at)]]
    text = b""
    if path is None:
        steps.insert(0, ["read-meter", provider])
    else:
        try:
            text = path.read_bytes()
        except OSError as wrong:
            raise cli.Stop(
                cli.NOTHING, f"--text {path}: {wrong.strerror}; give the file of a usage text"
            ) from None
    _, printed = pipes.run(steps, "the task was not marked; read the meter again", carried=text)
    return [msgspec.convert(jsonl.plain(line), rows.Snapshot) for line in printed.splitlines() if line]
