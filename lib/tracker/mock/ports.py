"""Ports for servers that another process is about to open."""

from __future__ import annotations

import contextlib
import secrets
import socket

# Below what systems give to outgoing connections (Linux 32768 and up, macOS 49152 and up): a port from there may be
# taken before the server opens it, and who asks too early may be connected to himself.
FROM, TO = 20_000, 32_000


def free_port() -> int:
    """Return a port on loopback that is free now; OSError when none of a hundred tried is."""
    for _ in range(100):
        port = FROM + secrets.randbelow(TO - FROM)
        # Bound, and not listened on: who asks for the server meanwhile must not find this.
        with contextlib.suppress(OSError), socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(("127.0.0.1", port))
            return port
    raise OSError(f"none of 100 ports tried from {FROM} to {TO} is free on loopback")
