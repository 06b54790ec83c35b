"""Which connections a port of this machine has, to see whether a run left any behind."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
LISTENING, WAITING_OUT = "0A", "06"  # TIME_WAIT is the system's, no program holds it


def left(port: int) -> int:
    """Return how many connections to a local port are not closed yet.

    Linux tells by its tables in /proc, macOS and BSD by netstat.
    """
    tables = [Path(name) for name in TABLES if Path(name).exists()]
    if tables:
        return sum(_in_table(table.read_text(), port) for table in tables)
    shown = subprocess.run(["netstat", "-an", "-p", "tcp"], capture_output=True, text=True, check=True)
    return in_netstat(shown.stdout, port)


def _in_table(text: str, port: int) -> int:
    count = 0
    for line in text.splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        count += int(local.rpartition(":")[2], 16) == port and state not in (LISTENING, WAITING_OUT)
    return count


def in_netstat(text: str, port: int) -> int:
    """Return the same from what netstat prints on macOS.

    >>> in_netstat("tcp4 0 0 127.0.0.1.8082 127.0.0.1.5001 CLOSE_WAIT", 8082)
    1
    """
    local = re.compile(rf"^tcp\S*\s+\d+\s+\d+\s+\S+[.:]{port}\s+\S+\s+(\S+)", re.M)
    return sum(state not in ("LISTEN", "TIME_WAIT") for state in local.findall(text))
