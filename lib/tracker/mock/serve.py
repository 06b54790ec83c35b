"""Run a server of the lab until it is told to stop: announce the port, log lines, end in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from aiohttp import web

from tracker import cli
from tracker.mock import certificates
from tracker.mock.network import Network
from tracker.mock.provider import MockProvider

HOST = "127.0.0.1"

Announce = Callable[[dict[str, Any]], None]


def log_to(path: Path | None) -> Announce:
    """Return what appends one line to a log; without a path, nothing is kept."""
    if path is None:
        return lambda line: None
    try:
        file = path.open("a", buffering=1, encoding="utf-8")
    except OSError as wrong:
        raise cli.Stop(cli.USAGE, f"cannot write the log {path} ({wrong.strerror}); name another") from None
    return lambda line: _add(file, line)


def _add(file: TextIO, line: dict[str, Any]) -> None:
    file.write(json.dumps(line) + "\n")


def announce(line: dict[str, Any]) -> None:
    """Tell whoever started the server where it listens: one JSON line on stdout, at once."""
    cli.put(json.dumps(line) + "\n")
    sys.stdout.flush()


async def provider(made: MockProvider, port: int, tls: Path | None, announce: Announce) -> None:
    """Serve one provider until SIGTERM or SIGINT; over TLS with `tls`, the folder of certificates."""
    runner = web.AppRunner(made.app(), access_log=None, shutdown_timeout=1, auto_decompress=False)
    await runner.setup()
    files = certificates.make(tls) if tls else None
    context = certificates.server_context(files) if files else None
    site = web.TCPSite(runner, HOST, port, ssl_context=context)
    with _bound_to(port):
        await site.start()
    bound = runner.addresses[0][1]
    scheme = "https" if files else "http"
    announce(
        {
            "kind": "listening",
            "provider": made.persona.name,
            "port": bound,
            "url": f"{scheme}://{HOST}:{bound}",
            "ca": str(files.authority) if files else None,
        }
    )
    await _until_told_to_stop()
    await runner.cleanup()


async def network(made: Network, port: int, announce: Announce) -> None:
    """Serve the lab's network until SIGTERM or SIGINT."""
    with _bound_to(port):
        server = await made.serve(HOST, port)
    bound = server.sockets[0].getsockname()[1]
    announce({"kind": "listening", "port": bound, "url": f"http://{HOST}:{bound}"})
    await _until_told_to_stop()
    server.close()


@contextlib.contextmanager
def _bound_to(port: int) -> Iterator[None]:
    try:
        yield
    except OSError as wrong:
        words = f"port {port} is not free ({wrong.strerror}); choose another, or 0 for any"
        raise cli.Stop(cli.TRY_LATER, words) from None


async def _until_told_to_stop() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
