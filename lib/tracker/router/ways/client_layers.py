"""What bin/router does on the client's side: the tunnel to Anthropic, and plain requests in it.

mitmproxy asks its addons which layer is to read a connection next (the `next_layer` hook).  Its own
HTTP layers take a request and its reply through some forty small steps; the two layers here take
them whole.  They read what Claude Code sends, HTTP/1.1 with a content-length, and leave the rest of a
connection to mitmproxy's own layers from the first request on that is anything else.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import NamedTuple

from mitmproxy import ctx, http
from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy import commands, events, layer, layers, mode_specs
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import modes
from mitmproxy.proxy.layers.http import HTTPMode

from tracker.router.decide import Router
from tracker.router.log.row_writer import place, say
from tracker.router.ways.exchange import Exchange

MAX_HEAD = 64 * 1024  # bytes; a longer one is left to mitmproxy
Commands = layer.CommandGenerator[None]

_CONNECT = re.compile(rb"CONNECT ([^\s:]+):(\d{1,5}) HTTP/1\.1\r\n(?:[^\r\n]+\r\n)*\r\n")
_REQUEST = re.compile(rb"(GET|POST|PUT|PATCH|DELETE) (/[\x21-\x7e]*) HTTP/1\.1\Z")
_END = re.compile(rb"\n\r?\n")  # as mitmproxy reads a head: bare line feeds end lines too
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*\Z")
_LENGTH = re.compile(rb"[0-9]{1,15}\Z")
# Each of them asks for more than a request and its reply.
_SPECIAL = frozenset({b"transfer-encoding", b"upgrade", b"expect", b"trailer", b"te"})


@dataclass
class RouterExchangeHook(commands.StartHook):
    """Ask the router for the next bytes of a reply."""

    exchange: Exchange


class Head(NamedTuple):
    """The head of a plain request."""

    size: int  # bytes, with the empty line
    method: bytes
    path: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    length: int  # of the body, bytes
    close: bool  # whether the client wants the connection closed afterwards


def choose(asked: layer.NextLayer, anthropic: tuple[str, int]) -> layer.Layer | None:
    """Return the layer of ours that is to read a connection next; None when none serves."""
    context, data = asked.context, asked.data_client()
    *_, second, last = (None, *context.layers)
    if isinstance(last, modes.HttpProxy | modes.HttpUpstreamProxy):
        found = _CONNECT.match(data)
        if found and (found[1].decode("latin-1").lower(), int(found[2])) == anthropic:
            return Tunnel(context, anthropic, found.end())
    elif isinstance(last, Tunnel) and starts_like_tls_record(data):
        context.server.tls = True  # so that mitmproxy's layers, should they take over, do so as well
        return layers.ClientTLSLayer(context)
    elif isinstance(second, Tunnel) and isinstance(last, layers.ClientTLSLayer):
        is_plain = context.client.alpn in (None, b"", b"http/1.1") and data[:1].isupper()
        return Requests(context) if is_plain else None
    return None


class ClientLayers:
    """The addon that puts these layers where they serve, and has the router answer them."""

    name = "client_layers"

    def __init__(self, router: Router) -> None:
        self.router = router

    def next_layer(self, asked: layer.NextLayer) -> None:
        """Say which layer reads a connection next, if it is one of ours."""
        options = ctx.options
        # Of mitmproxy's options these two concern such a connection; its own layers know how.
        if asked.layer is None and not options.ignore_hosts and not options.body_size_limit:
            asked.layer = choose(asked, self.router.current().anthropic)
            if isinstance(asked.layer, Tunnel):
                self.router.warm(asked.context.server.via)

    async def router_exchange(self, exchange: Exchange) -> None:
        """Bring the next bytes of a reply."""
        try:
            if exchange.begun:
                await self._drain(exchange)
                await exchange.more()
            else:
                await self.router.exchange(exchange)
        except Exception as wrong:
            what = f"{type(wrong).__name__} at {place(wrong)}"
            self.router.log.anomaly("router-error", what)
            say(f"{what}; please report it")
            exchange.fail(what)
            self.router.log.error(exchange.flow)

    async def _drain(self, exchange: Exchange) -> None:
        """Wait until the client has read most of what it was sent: a slow one slows its provider down."""
        connections = ctx.master.addons.get("proxyserver").connections
        handler = connections.get(exchange.flow.client_conn.id)
        if handler is not None:
            await handler.drain_writers()


class Tunnel(layer.Layer):
    """Answers a CONNECT to `server`: the first `size` bytes, which are known to be well-formed."""

    def __init__(self, context: Context, server: tuple[str, int], size: int) -> None:
        super().__init__(context)
        context.server.address = server
        mode = context.client.proxy_mode
        if isinstance(mode, mode_specs.UpstreamMode):
            context.server.via = (mode.scheme, mode.address)
        self._left = size

    def _handle_event(self, event: events.Event) -> Commands:
        client = self.context.client
        if isinstance(event, events.DataReceived):
            early = event.data[self._left :]
            self._left -= len(event.data)
            if self._left > 0:
                return
            yield commands.SendData(client, b"HTTP/1.1 200 Connection established\r\n\r\n")
            inner = layer.NextLayer(self.context)
            self._handle_event = inner.handle_event  # type: ignore[method-assign]
            yield from inner.handle_event(events.Start())
            if early:
                yield from inner.handle_event(events.DataReceived(client, early))
        elif isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(client)


class Requests(layer.Layer):
    """Reads plain requests one after the other and writes what the router brings for each."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._buffer = bytearray()
        self._head: Head | None = None
        self._begun = 0.0
        self._exchange: Exchange | None = None

    def _handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, events.DataReceived):
            self._buffer += event.data
            if self._exchange is None:
                yield from self._read()
        elif isinstance(event, events.HookCompleted):
            if self._exchange is not None:
                yield from self._write(self._exchange)
        elif isinstance(event, events.ConnectionClosed):
            if self._exchange is not None:
                self._exchange.cancel()
                self._exchange = None
            yield commands.CloseConnection(self.context.client)

    def _read(self) -> Commands:
        """Begin the request in the buffer, once it is there whole."""
        buffer = self._buffer
        if self._head is None:
            end = _END.search(buffer)
            if end is None and len(buffer) < MAX_HEAD:
                return
            self._head = read_head(bytes(buffer[: end.end()])) if end else None
            if self._head is None:
                yield from self._hand_over()
                return
            self._begun = time.time()
        head = self._head
        size = head.size + head.length
        if len(buffer) < size:
            return
        body = bytes(memoryview(buffer)[head.size : size])
        del buffer[:size]
        self._head = None
        self._exchange = Exchange(self._flow(head, body), head.close)
        yield self._ask(self._exchange)

    def _flow(self, head: Head, body: bytes) -> http.HTTPFlow:
        context = self.context
        assert context.server.address is not None
        flow = http.HTTPFlow(context.client, context.server)
        flow.request = http.Request(
            host=context.server.address[0],
            port=context.server.address[1],
            method=head.method,
            scheme=b"https",
            authority=b"",
            path=head.path,
            http_version=b"HTTP/1.1",
            headers=http.Headers(head.fields),
            content=body,
            trailers=None,
            timestamp_start=self._begun,
            timestamp_end=time.time(),
        )
        return flow

    def _ask(self, exchange: Exchange) -> RouterExchangeHook:
        hook = RouterExchangeHook(exchange)
        # Its end comes as an event, but what the client does in the meantime is heard at once.
        hook.blocking = self
        return hook

    def _write(self, exchange: Exchange) -> Commands:
        data = exchange.take()
        if data:
            yield commands.SendData(self.context.client, data)
        if not exchange.ended:
            yield self._ask(exchange)
        elif exchange.close:
            self._exchange = None
            yield commands.CloseConnection(self.context.client)
        else:
            self._exchange = None
            if self._buffer:
                yield from self._read()

    def _hand_over(self) -> Commands:
        """Leave the rest of this connection to mitmproxy."""
        theirs = layers.HttpLayer(self.context, HTTPMode.transparent)
        self._handle_event = theirs.handle_event  # type: ignore[method-assign]
        yield from theirs.handle_event(events.Start())
        data = bytes(self._buffer)
        self._buffer.clear()
        yield from theirs.handle_event(events.DataReceived(self.context.client, data))


def read_head(text: bytes) -> Head | None:
    r"""Return the head of a plain request; None for any other, also for one that is not well-formed.

    >>> read_head(b"POST /v1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n").length
    2
    >>> read_head(b"POST /v1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") is None
    True
    """
    if not text.endswith(b"\r\n\r\n"):
        return None
    first, *lines = text[:-4].split(b"\r\n")
    asked = _REQUEST.match(first)
    if asked is None:
        return None
    fields = []
    length, close, hosts = None, False, 0
    for line in lines:
        name, colon, value = line.partition(b":")
        value = value.strip(b" \t")
        if not colon or not _TOKEN.match(name) or not _VALUE.match(value):
            return None
        lower = name.lower()
        if lower in _SPECIAL:
            return None
        if lower == b"content-length":
            if length is not None or not _LENGTH.match(value):
                return None
            length = int(value)
        elif lower == b"connection":
            if value.lower() not in (b"keep-alive", b"close"):
                return None
            close = close or value.lower() == b"close"
        elif lower == b"host":
            hosts += 1
        fields.append((name, value))
    if hosts != 1:
        return None
    return Head(len(text), asked[1], asked[2], tuple(fields), length or 0, close)
