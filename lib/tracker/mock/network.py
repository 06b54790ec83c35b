"""The internet of the lab: a CONNECT proxy that knows the providers' names and refuses all else.

A client, or mitmdump in upstream mode, asks it for `api.anthropic.com:443` and gets a mock provider
on loopback.  Every other host is answered with 403 and logged, so nothing leaves the machine, and
no root and no hosts file is needed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tracker import cli

MAX_HEAD = 64 * 1024  # bytes
CHUNK = 64 * 1024


def read_route(text: str) -> tuple[str, tuple[str, int]]:
    """Return a route written as NAME=PORT: the name's port 443 leads to PORT on loopback.

    >>> read_route("api.z.ai=8443")
    ('api.z.ai:443', ('127.0.0.1', 8443))
    """
    name, _, port = text.partition("=")
    if not name or not port.isdigit():
        raise cli.Stop(cli.USAGE, f"{text!r} is no route; write NAME=PORT, as in api.z.ai=8443")
    return f"{name.lower()}:443", ("127.0.0.1", int(port))


class Network:
    """Routes by `host:port`, and a log line per connection asked for."""

    def __init__(self, routes: dict[str, tuple[str, int]], log: Callable[[dict[str, Any]], None]) -> None:
        self.routes = routes
        self.log = log
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, host: str, port: int) -> asyncio.Server:
        """Listen on loopback; the caller closes the server."""
        return await asyncio.start_server(self._on_connection, host, port, limit=MAX_HEAD)

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._connect(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the other side left, or spoke no HTTP
        except asyncio.CancelledError:
            pass  # the server ends; 3.11's streams would print a traceback if this went on
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, *_ = [*head.split("\r\n", 1)[0].split(" "), "", ""]
        known = self.routes.get(target.lower()) if method == "CONNECT" else None
        self.log(
            {
                "kind": "connection",
                "ts": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "method": method,
                "target": target.split("?")[0],
                "is_allowed": known is not None,
            }
        )
        if known is None:
            await _refuse(writer, "403 Forbidden", f"{target[:200]} is not on this network\n")
            return
        try:
            there, back = await asyncio.open_connection(*known)
        except OSError:
            await _refuse(writer, "502 Bad Gateway", "the mock provider does not answer\n")
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_pump(reader, back), _pump(there, writer))


async def _refuse(writer: asyncio.StreamWriter, status: str, words: str) -> None:
    body = words.encode("latin-1", "replace")
    head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(CHUNK):
            sink.write(data)
            await sink.drain()
    # A reset on one side has to be seen on the other, not only an orderly end.
    if source.exception() is not None:
        sink.transport.abort()
    with contextlib.suppress(OSError):
        sink.write_eof()
