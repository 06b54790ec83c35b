"""What became of the machine and the shell that a window was begun in: closed, crashed, restarted, asleep."""

from __future__ import annotations

import os
import subprocess
import time
from datetime import UTC, datetime
from typing import Any

import msgspec

SLACK = 60.0  # seconds: clocks are set right now and then, and a nap is no matter


class Moment(msgspec.Struct, frozen=True):
    """What a machine says of itself at an instant."""

    at: float  # epoch seconds
    up: float  # seconds since it was started, asleep or not
    awake: float  # the same without its sleep
    shell: int  # process id of the shell that asked; 0: not known
    shell_began: str  # when that process began, in ps's words (UTC), since ids are given out again

    def as_plain(self) -> dict[str, Any]:
        """Return it as it is written down."""
        return dict(msgspec.to_builtins(self))


def read(said: object) -> Moment | None:
    """Return a moment as it was written down; None for anything else."""
    try:
        return msgspec.convert(said, Moment)
    except msgspec.ValidationError:
        return None


def here(shell: int | None = None) -> Moment:
    """Return what this machine says now; `shell`: the process to look at (default: the one that started us)."""
    up = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # macOS counts sleep in CLOCK_MONOTONIC
    awake = getattr(time, "CLOCK_UPTIME_RAW", time.CLOCK_MONOTONIC)
    process = os.getppid() if shell is None else shell
    return Moment(time.time(), time.clock_gettime(up), time.clock_gettime(awake), process, _began(process))


def happened(then: Moment, now: Moment) -> list[str]:
    """Return what came between two moments, a sentence each.

    `now.shell_began` is of the shell of `then`, empty when it is no more.

    >>> then = Moment(1000.0, 500.0, 500.0, 7, "Fri 09:00")
    >>> happened(then, Moment(9000.0, 100.0, 100.0, 7, ""))
    ['the machine was started again at 02:28 UTC']
    >>> happened(then, Moment(9000.0, 8500.0, 1300.0, 7, "Fri 09:00"))
    ['the machine was asleep for 120 min']
    >>> happened(then, Moment(1100.0, 600.0, 600.0, 7, "")), happened(then, then)
    (['the shell that it was begun in is closed'], [])
    """
    if now.up + SLACK < now.at - then.at:
        return [f"the machine was started again at {datetime.fromtimestamp(now.at - now.up, UTC):%H:%M} UTC"]
    said = []
    asleep = (now.up - now.awake) - (then.up - then.awake)
    if asleep > SLACK:
        said.append(f"the machine was asleep for {asleep / 60:.0f} min")
    if then.shell_began and now.shell_began != then.shell_began:
        said.append("the shell that it was begun in is closed")
    return said


def since(then: Moment | None) -> list[str]:
    """Return what happened on this machine since a moment that was written down."""
    return [] if then is None else happened(then, here(then.shell))


def _began(process: int) -> str:
    if process <= 1:  # its parent is gone
        return ""
    try:
        said = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(process)],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
            env=os.environ | {"TZ": "UTC", "LC_ALL": "C"},  # summer time and another zone make no other shell
        )
    except OSError:
        return ""
    return said.stdout.strip()
