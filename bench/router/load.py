"""A client that measures: raw HTTP/1.1 over TLS, straight or through a CONNECT proxy."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from typing import NamedTuple

STAMP = re.compile(rb'"text": ?"(\d+\.\d{6})"')


class Way(NamedTuple):
    """How a candidate is reached."""

    host: str  # the provider's name in the request
    port: int
    proxy: int | None  # port of a CONNECT proxy on loopback
    tls: ssl.SSLContext | None
    path: str = "/v1/messages"
    key: str = "Authorization: Bearer made-up"


class Client(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.done: asyncio.Future[None] | None = None
        self.transport: asyncio.Transport | None = None
        self.first = 0.0
        self.stamps: list[tuple[float, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if not self.first:
            self.first = now
        if self.stamps is not None:
            self.stamps.append((now, data))
        self.buffer += data
        if self.done is not None and not self.done.done() and self.whole():
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.done is not None and not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed"))

    def whole(self) -> bool:
        cut = self.buffer.find(b"\r\n\r\n")
        if cut < 0:
            return False
        head = bytes(self.buffer[:cut]).lower()
        if b"transfer-encoding: chunked" in head:
            return self.buffer.endswith(b"0\r\n\r\n")
        at = head.find(b"content-length:")
        if at < 0:
            return b"200 connection established" in head
        return len(self.buffer) >= cut + 4 + int(head[at + 15 :].split(b"\r\n")[0])

    async def ask(self, request: bytes) -> tuple[float, float]:
        """Send a request; return seconds to the end and to the first byte."""
        self.buffer.clear()
        self.first = 0.0
        self.done = asyncio.get_running_loop().create_future()
        begun = time.perf_counter()
        self.transport.write(request)
        await self.done
        ended = time.perf_counter()
        status = bytes(self.buffer[9:12])
        if status != b"200":
            raise RuntimeError(f"status {status!r}: {bytes(self.buffer[:400])!r}")
        return ended - begun, self.first - begun


async def connect(way: Way) -> Client:
    """Open a connection on a candidate's way."""
    loop = asyncio.get_running_loop()
    client = Client()
    if way.proxy is None:
        await loop.create_connection(
            lambda: client, "127.0.0.1", way.port, ssl=way.tls, server_hostname=way.host if way.tls else None
        )
        return client
    tunnel = Client()
    await loop.create_connection(lambda: tunnel, "127.0.0.1", way.proxy)
    await tunnel.ask(
        f"CONNECT {way.host}:{way.port} HTTP/1.1\r\nHost: {way.host}:{way.port}\r\n\r\n".encode()
    )
    client.transport = await loop.start_tls(tunnel.transport, client, way.tls, server_hostname=way.host)
    return client


def request(way: Way, body: bytes) -> bytes:
    """Return a message request with the headers of a real client."""
    return (
        f"POST {way.path} HTTP/1.1\r\nHost: {way.host}:{way.port}\r\nAccept: application/json\r\n{way.key}\r\n"
        "Content-Type: application/json\r\nUser-Agent: bench\r\nanthropic-version: 2023-06-01\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def kept(way: Way, bodies: list[bytes], count: int, parallel: int) -> list[float]:
    """Return latencies of `count` requests on `parallel` kept-alive connections, models taking turns."""
    latencies: list[float] = []
    left = iter(range(count))
    requests = [request(way, body) for body in bodies]

    async def worker(client: Client) -> None:
        for number in left:
            latencies.append((await client.ask(requests[number % len(requests)]))[0])

    clients = [await connect(way) for _ in range(parallel)]
    for client in clients:  # the first request of a connection is not what is measured here
        await client.ask(requests[0])
        await client.ask(requests[-1])
    await asyncio.gather(*(worker(client) for client in clients))
    for client in clients:
        client.transport.abort()
    return latencies


async def fresh(way: Way, bodies: list[bytes], count: int) -> list[float]:
    """Return latencies of requests that each open a connection of their own, from dial to reply."""
    latencies = []
    for number in range(count):
        begun = time.perf_counter()
        client = await connect(way)
        await client.ask(request(way, bodies[number % len(bodies)]))
        latencies.append(time.perf_counter() - begun)
        client.transport.abort()
        await asyncio.sleep(0.001)
    return latencies


async def streams(way: Way, bodies: list[bytes], count: int) -> tuple[list[float], list[float]]:
    """Return times to the first byte, and the lag of every event behind its sending."""
    firsts: list[float] = []
    lags: list[float] = []
    client = await connect(way)
    await client.ask(request(way, bodies[0]))
    await client.ask(request(way, bodies[-1]))
    for number in range(count):
        client.stamps = []
        firsts.append((await client.ask(request(way, bodies[number % len(bodies)])))[1])
        for at, data in client.stamps:
            lags += [at - float(stamp) for stamp in STAMP.findall(data)]
    client.transport.abort()
    return firsts, lags
