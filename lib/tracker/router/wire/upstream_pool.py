"""Warm connections to the providers, shared between clients.

A connection belongs to one target (scheme, host, port, proxy on the way) and, from its first
request on, to one credential: it never carries another's.  Idle ones are closed after a while; a
request is sent a second time only when nothing of it went out the first time.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import ssl
from typing import NamedTuple, cast

import certifi  # mitmproxy trusts these authorities too

from tracker.router.wire.replies import ReplyHead
from tracker.router.wire.upstream_connection import ReplyError, UpstreamConnection

CONNECT_SECONDS = 30.0
MOST_IDLE = 64  # connections kept per target and credential
USUAL_IDLE = 8  # more than these wait a moment only: what a burst has opened is not kept
MOMENT = 3.0  # seconds


Via = tuple[str, tuple[str, int]] | None  # a proxy on the way: its scheme and address


class Target(NamedTuple):
    """Where a connection leads."""

    scheme: str
    host: str
    port: int
    via: Via = None


class Trust(NamedTuple):
    """mitmproxy's options about upstream certificates; that none is checked is not among them."""

    authorities: str | None = None  # a PEM file
    folder: str | None = None
    proxy_auth: str | None = None  # user:password for a proxy on the way

    def context(self) -> ssl.SSLContext:
        """Return how to speak TLS with a provider; HTTP/1.1 only, as Claude Code does."""
        if self.authorities or self.folder:
            context = ssl.create_default_context(cafile=self.authorities, capath=self.folder)
        else:
            context = ssl.create_default_context(cafile=certifi.where())
        context.set_alpn_protocols(["http/1.1"])
        return context


class Pool:
    """The idle connections, and how to open more."""

    def __init__(self, trust: Trust, idle_seconds: float = 60.0) -> None:
        self.trust = trust
        self.idle_seconds = idle_seconds
        self._context: ssl.SSLContext | None = None
        self._idle: dict[tuple[Target, bytes], list[UpstreamConnection]] = {}
        self._timers: dict[UpstreamConnection, asyncio.TimerHandle] = {}
        self._warming: dict[Target, asyncio.Task[None]] = {}
        self._salt = os.urandom(16)

    def owner(self, credential: bytes) -> bytes:
        """Return a mark for a credential that says nothing about it."""
        return hashlib.blake2b(credential, key=self._salt, digest_size=16).digest()

    async def exchange(
        self, target: Target, credential: bytes, head: bytes, body: bytes, trailers: bool = True
    ) -> tuple[UpstreamConnection, ReplyHead]:
        """Send a request on a warm connection, or a new one; return it with the reply's head.

        `trailers` is whether fields behind the reply's body are passed on.

        ReplyError when no reply came; OSError and TimeoutError when no connection could be made.
        """
        key = (target, self.owner(credential))
        while True:
            connection = self._take(key) or self._take((target, b""))
            is_new = connection is None
            if connection is None:
                connection = await self.dial(target)
            try:
                return connection, await connection.ask(head, body, trailers=trailers)
            except ReplyError:
                connection.abort()
                if connection.sent or is_new:
                    raise
            except BaseException:
                connection.abort()  # cancelled: the client left
                raise

    def release(self, target: Target, credential: bytes, connection: UpstreamConnection) -> None:
        """Keep a connection for the next request of the same credential, if it can serve one."""
        self._keep((target, self.owner(credential)), connection)

    def warm(self, target: Target) -> None:
        """Begin to open a connection if none waits; a failure is left to the request that comes."""
        if target in self._warming or any(key[0] == target and idle for key, idle in self._idle.items()):
            return

        async def open_one() -> None:
            try:
                self._keep((target, b""), await self.dial(target))
            except (OSError, TimeoutError, ReplyError):
                pass
            finally:
                self._warming.pop(target, None)

        self._warming[target] = asyncio.get_running_loop().create_task(open_one())

    async def dial(self, target: Target) -> UpstreamConnection:
        """Open a connection, through the proxy on the way if there is one."""
        loop = asyncio.get_running_loop()
        if self._context is None and (target.scheme == "https" or target.via is not None):
            self._context = self.trust.context()
        context = self._context if target.scheme == "https" else None
        async with asyncio.timeout(CONNECT_SECONDS):
            connection = UpstreamConnection()
            if target.via is None:
                await loop.create_connection(
                    lambda: connection,
                    target.host,
                    target.port,
                    ssl=context,
                    server_hostname=target.host if context else None,
                )
                return connection
            scheme, address = target.via
            tunnel = UpstreamConnection()
            outer = self._context if scheme == "https" else None
            await loop.create_connection(
                lambda: tunnel, *address, ssl=outer, server_hostname=address[0] if outer else None
            )
            await self._ask_for_tunnel(tunnel, target)
            assert tunnel.transport is not None
            if context is None:
                return tunnel
            made = await loop.start_tls(tunnel.transport, connection, context, server_hostname=target.host)
            connection.transport = cast(asyncio.Transport, made)
            return connection

    async def _ask_for_tunnel(self, tunnel: UpstreamConnection, target: Target) -> None:
        name = f"[{target.host}]" if ":" in target.host else target.host
        auth = ""
        if self.trust.proxy_auth:
            word = base64.b64encode(self.trust.proxy_auth.encode()).decode()
            auth = f"Proxy-Authorization: Basic {word}\r\n"
        try:
            status = await tunnel.ask_for_tunnel(
                f"CONNECT {name}:{target.port} HTTP/1.1\r\nHost: {name}:{target.port}\r\n{auth}\r\n".encode()
            )
        except BaseException:
            tunnel.abort()
            raise
        if not 200 <= status < 300:
            tunnel.abort()
            raise ReplyError(f"the proxy on the way answered {status}")

    def _take(self, key: tuple[Target, bytes]) -> UpstreamConnection | None:
        idle = self._idle.get(key)
        while idle:
            connection = idle.pop()
            self._timers.pop(connection).cancel()
            if connection.usable:
                return connection
        self._idle.pop(key, None)
        return None

    def _keep(self, key: tuple[Target, bytes], connection: UpstreamConnection) -> None:
        idle = self._idle.setdefault(key, [])
        if not (connection.usable and connection.all_sent) or len(idle) >= MOST_IDLE:
            connection.abort()
            return

        def forget(closed: UpstreamConnection) -> None:
            if closed in idle:
                idle.remove(closed)
                self._timers.pop(closed).cancel()
            if not idle and self._idle.get(key) is idle:
                del self._idle[key]

        def expire() -> None:
            forget(connection)
            connection.abort()

        connection.on_idle_close = forget
        idle.append(connection)
        seconds = self.idle_seconds if len(idle) <= USUAL_IDLE else min(self.idle_seconds, MOMENT)
        self._timers[connection] = asyncio.get_running_loop().call_later(seconds, expire)

    def close(self) -> None:
        """Close every idle connection."""
        for task in list(self._warming.values()):
            task.cancel()
        for timer in self._timers.values():
            timer.cancel()
        for idle in self._idle.values():
            for connection in idle:
                connection.on_idle_close = None
                connection.abort()
        self._idle.clear()
        self._timers.clear()
