"""What bin/router does on the client's side: the tunnel to Anthropic, and plain requests in it.

mitmproxy asks its addons which layer is to read a connection next (the `next_layer` hook).  Its own
HTTP layers take a request and its reply through some forty small steps; the two layers here take
them whole.  They read what Claude Code sends, plain HTTP/1.1, and leave the rest of a connection to
mitmproxy's own layers from the first request on that is well-formed and anything else.
"""

from __future__ import annotations

import functools
import re
import time
from dataclasses import dataclass
from typing import Final, NamedTuple

from mitmproxy import ctx, http
from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy import commands, events, layer, layers, mode_specs
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import modes
from mitmproxy.proxy.layers.http import HTTPMode

from tracker.router import mitm
from tracker.router.decide import Router
from tracker.router.log.message_log import MessageLog
from tracker.router.log.row_writer import place, say
from tracker.router.ways import access
from tracker.router.ways.delivery import Delivery
from tracker.router.ways.error_replies import error_reply
from tracker.router.ways.turns import LARGE, Turns
from tracker.router.wire.http1 import BadMessage
from tracker.router.wire.requests import OtherRequest, PlainRequest, RequestHead, RequestReader

Commands = layer.CommandGenerator[None]

HELD_BACK: Final = 1024 * 1024  # bytes that a client may send ahead of the reply it waits for
LINGER: Final = 30.0  # seconds in which a refused client may read why
_CONNECT = re.compile(rb"CONNECT ([^\s:]+):(\d{1,5}) HTTP/1\.1\r\n(?:[^\r\n]+\r\n)*\r\n")


class TunnelRequest(NamedTuple):
    """A plain request, and the delivery of its reply."""

    flow: http.HTTPFlow
    delivery: Delivery


@dataclass
class RouterDeliveryHook(commands.StartHook):  # type: ignore[no-untyped-call]  # StartHook's __init_subclass__
    """Ask the router for the next bytes of a reply."""

    request: TunnelRequest


class ClientLayers:
    """The addon that puts these layers where they serve, and has the router answer them."""

    name = "client_layers"

    def __init__(self, router: Router) -> None:
        self.router = router
        self.admission = Turns()

    def next_layer(self, asked: layer.NextLayer) -> None:
        """Say which layer reads a connection next, if it is one of ours."""
        options = ctx.options
        # Of mitmproxy's options these two concern such a connection; its own layers know how.
        if asked.layer is None and not options.ignore_hosts and not options.body_size_limit:
            asked.layer = choose(asked, self.router.current().anthropic, self.router.log, self.admission)
            if isinstance(asked.layer, Tunnel):
                client, place = asked.context.client, self.router.current().anthropic
                credentials = access.token_in(mitm.client_data(asked))
                if self.router.refuse_client(client, place, credentials) is not None:
                    asked.layer = None  # mitmproxy's layers ask again, and answer
                    return
                self.router.warm(asked.context.server.via)

    async def router_delivery(self, request: TunnelRequest) -> None:
        """Bring the next bytes of a reply."""
        flow, delivery = request
        try:
            if delivery.begun:
                # A slow client slows its provider down: it must have read most of what it was sent.
                await mitm.drain(flow.client_conn.id)
                await delivery.more()
            else:
                await self.router.exchange(flow, delivery)
        except Exception as wrong:
            what = f"{type(wrong).__name__} at {place(wrong)}"
            self.router.log.anomaly("router-error", what)
            say(f"{what}; please report it")
            delivery.fail(what)
            self.router.log.error(flow)
        if delivery.ended and delivery.cut_off:
            # A body that would end with its connection must not look whole.
            transport = mitm.client_transport(flow.client_conn.id)
            if transport is not None:
                transport.abort()


def choose(
    asked: layer.NextLayer, anthropic: tuple[str, int], log: MessageLog, admission: Turns
) -> layer.Layer | None:
    """Return the layer of ours that is to read a connection next; None when none serves."""
    context, data = asked.context, mitm.client_data(asked)
    *_, second, last = (None, *context.layers)
    if isinstance(last, modes.HttpProxy | modes.HttpUpstreamProxy):
        found = _CONNECT.match(data)
        if found and (found[1].decode("latin-1").lower().rstrip("."), int(found[2])) == anthropic:
            return Tunnel(context, anthropic, found.end())
    elif isinstance(last, Tunnel) and starts_like_tls_record(data):
        context.server.tls = True  # so that mitmproxy's layers, should they take over, do so as well
        return layers.ClientTLSLayer(context)
    elif isinstance(second, Tunnel) and isinstance(last, layers.ClientTLSLayer):
        # What is no HTTP at all is refused by the same layer, in words that say so.
        return (
            PlainRequests(context, log, admission)
            if context.client.alpn in (None, b"", b"http/1.1")
            else None
        )
    return None


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


class PlainRequests(layer.Layer):
    """Reads plain requests one after the other and writes what the router brings for each."""

    def __init__(self, context: Context, log: MessageLog, admission: Turns) -> None:
        super().__init__(context)
        self._log = log
        self._admission = admission
        self._reader = RequestReader()
        self._begun = 0.0  # epoch seconds of the first bytes of the present request
        self._request: TunnelRequest | None = None  # while its reply is being delivered
        self._is_held_back = False

    def _handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, events.DataReceived):
            if not self._reader.waiting:
                self._begun = time.time()
            self._reader.feed(event.data)
            if self._request is None:
                yield from self._read()
            elif self._reader.waiting > HELD_BACK:
                self._hold_back(True)
        elif isinstance(event, events.HookCompleted):
            if self._request is not None:
                yield from self._write(self._request)
        elif isinstance(event, events.ConnectionClosed):
            self._admission.leave(self.context.client.id)
            if self._request is not None:
                self._request.delivery.cancel()
                self._request = None
            yield commands.CloseConnection(self.context.client)

    def _read(self) -> Commands:
        """Begin the next request, once it is there whole."""
        try:
            found = self._reader.next()
        except BadMessage as wrong:
            yield from self._refuse(wrong)
            return
        if isinstance(found, OtherRequest):
            yield from self._hand_over(found.data)
        elif isinstance(found, PlainRequest):
            self._admission.is_whole(self.context.client.id)
            delivery = Delivery(self._log, found.head.close)
            self._request = TunnelRequest(self._new_flow(found.head, found.body), delivery)
            yield self._ask(self._request)
        elif self._reader.expected > LARGE:
            go_on = functools.partial(self._hold_back, False)
            if not self._admission.ask(self.context.client.id, self._reader.expected, go_on):
                self._hold_back(True)

    def _new_flow(self, head: RequestHead, body: bytes) -> http.HTTPFlow:
        context = self.context
        assert context.server.address is not None
        flow = http.HTTPFlow(context.client, context.server)
        flow.request = http.Request(
            host=context.server.address[0],
            port=context.server.address[1],
            method=head.method,
            scheme=b"https",
            authority=b"",
            path=head.target,
            http_version=b"HTTP/1.1",
            headers=http.Headers(head.fields),
            content=body,
            trailers=None,
            timestamp_start=self._begun,
            timestamp_end=time.time(),
        )
        return flow

    def _ask(self, request: TunnelRequest) -> RouterDeliveryHook:
        hook = RouterDeliveryHook(request)
        # Its end comes as an event, but what the client does in the meantime is heard at once.
        hook.blocking = self  # type: ignore[assignment]  # mitmproxy does so too
        return hook

    def _write(self, request: TunnelRequest) -> Commands:
        delivery = request.delivery
        if len(request.flow.request.raw_content or b"") > LARGE:
            # It was sent, and may be minutes from its reply's end.
            request.flow.request.raw_content = None
            if delivery.entry is not None:
                delivery.entry.forget_text()
            self._admission.leave(self.context.client.id)
        data = delivery.take()
        if data:
            yield commands.SendData(self.context.client, data)
        if not delivery.ended:
            yield self._ask(request)
            return
        self._request = None
        self._hold_back(False)
        if delivery.close:
            yield commands.CloseConnection(self.context.client)
        elif self._reader.waiting:
            self._begun = time.time()
            yield from self._read()

    def _hold_back(self, wanted: bool) -> None:
        """Have the client wait with what it sends, or go on."""
        if not wanted and not self._is_held_back:
            return
        # Said again with whatever still comes: asyncio's reader lets the client go on when it has room itself.
        self._is_held_back = wanted
        mitm.hold_back(self.context.client.id, wanted)

    def _refuse(self, wrong: BadMessage) -> Commands:
        """Answer what is no request, and read no further."""
        client = self.context.client
        self._admission.leave(client.id)
        yield commands.SendData(client, error_reply(wrong.status, f"The router cannot read this: {wrong}."))
        head = self._reader.head
        self._log.refused(wrong.status, str(wrong), None if head is None else self._new_flow(head, b""))
        # A connection that is closed while the client still sends is reset, and its reply lost with it.
        self._reader = RequestReader()
        self._handle_event = self._linger  # type: ignore[method-assign]
        yield commands.RequestWakeup(LINGER)

    def _linger(self, event: events.Event) -> Commands:
        if isinstance(event, events.ConnectionClosed | events.Wakeup):
            yield commands.CloseConnection(self.context.client)

    def _hand_over(self, data: bytes) -> Commands:
        """Leave the rest of this connection to mitmproxy."""
        theirs = layers.HttpLayer(self.context, HTTPMode.transparent)
        self._handle_event = theirs.handle_event  # type: ignore[method-assign]
        yield from theirs.handle_event(events.Start())
        yield from theirs.handle_event(events.DataReceived(self.context.client, data))
