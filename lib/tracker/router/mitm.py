"""mitmproxy's parts that have no types, each behind a function that has.

Everything else of mitmproxy is typed and used as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
from typing import Any

from mitmproxy import ctx, exceptions, http, master
from mitmproxy.addons import proxyserver
from mitmproxy.net.http.http1 import assemble_request_head
from mitmproxy.options import Options
from mitmproxy.proxy import layer
from mitmproxy.proxy.layers import tls

M_MMAP_THRESHOLD = -3  # of malloc.h
LARGE_BLOCK = 8 * 1024 * 1024  # bytes
PIECE = 1024 * 1024  # bytes of a body that are encrypted at a time


def set_options(options: Options | None = None, **values: object) -> None:
    """Set options; of the running master when none are given.  OptionsError for a value that none can have."""
    untyped: Any = ctx.options if options is None else options
    untyped.update(**values)


def options_error(why: str) -> exceptions.OptionsError:
    """Return what tells mitmproxy that an option cannot be what it is."""
    made: Any = exceptions.OptionsError
    found: exceptions.OptionsError = made(why)
    return found


def add_addons(to: master.Master, *addons: object) -> None:
    """Add addons at the end of a master's chain."""
    untyped: Any = to.addons
    untyped.add(*addons)


def addon(name: str) -> Any:
    """Return the running master's addon of this name; None when there is none."""
    running: Any = getattr(ctx, "master", None)  # there is none when a script is imported as a module
    return None if running is None else running.addons.get(name)


def new_proxyserver() -> proxyserver.Proxyserver:
    """Return mitmproxy's addon that listens."""
    made: Any = proxyserver.Proxyserver
    found: proxyserver.Proxyserver = made()
    return found


def client_data(asked: layer.NextLayer) -> bytes:
    """Return what a client has sent before its layer is known."""
    untyped: Any = asked
    return bytes(untyped.data_client())


def request_head(request: http.Request) -> bytes:
    """Return a request's head as mitmproxy would send it, with the empty line."""
    assemble: Any = assemble_request_head
    return bytes(assemble(request))


def kill(flow: http.HTTPFlow) -> None:
    """End a flow without a reply."""
    untyped: Any = flow
    untyped.kill()


def client_transport(client_id: str) -> asyncio.Transport | None:
    """Return the transport of a client's connection; None when it is gone."""
    handler = addon("proxyserver").connections.get(client_id)
    if handler is None or handler.client not in handler.transports:
        return None
    writer = handler.transports[handler.client].writer
    found: asyncio.Transport | None = None if writer is None else writer.transport
    return found


def hold_back(client_id: str, wanted: bool) -> None:
    """Have a client wait with what it sends, or go on."""
    transport = client_transport(client_id)
    if transport is not None and not transport.is_closing():
        (transport.pause_reading if wanted else transport.resume_reading)()


def give_back_large_blocks() -> None:
    """Have glibc give a large body's memory back when it is freed, as bin/router's environment says; elsewhere nothing."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)


def give_back_small_blocks() -> None:
    """Have glibc give back what the pieces of a large body took, now that it is put together; elsewhere nothing."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def encrypt_in_pieces() -> None:
    """Have a body encrypted and passed on piece by piece; mitmproxy holds the whole of it, encrypted, beside itself."""
    at_once: Any = tls.TLSLayer.send_data
    if at_once.__name__ == "in_pieces":
        return

    def in_pieces(self: tls.TLSLayer, data: bytes) -> layer.CommandGenerator[None]:
        for begin in range(0, max(1, len(data)), PIECE):
            yield from at_once(self, data if len(data) <= PIECE else data[begin : begin + PIECE])

    untyped: Any = tls.TLSLayer
    untyped.send_data = in_pieces


async def drain(client_id: str) -> None:
    """Wait until a client has read most of what it was sent."""
    handler = addon("proxyserver").connections.get(client_id)
    if handler is not None:
        await handler.drain_writers()
