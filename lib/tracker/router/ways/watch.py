"""What a plain mitmdump does on the client's side: watch for what mitmproxy's own reader would break on.

mitmproxy 11 and 12 end with a traceback, and leave the client waiting, when a chunked body ends in trailers, and read
some requests in one of two ways.  A layer between TLS and mitmproxy's HTTP sees the bytes first, and answers those with
a 400.
"""

from __future__ import annotations

import asyncio
import functools
import re
from typing import Final

from mitmproxy import ctx
from mitmproxy.proxy import commands, events, layer, layers
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HTTPMode

from tracker.router import mitm
from tracker.router.log.message_log import MessageLog
from tracker.router.ways.error_replies import error_reply
from tracker.router.ways.turns import LARGE, Turns
from tracker.router.wire.http1 import (
    HEAD_END,
    BadMessage,
    BodyReader,
    Framing,
)
from tracker.router.wire.requests import MAX_BODY, MAX_HEAD, MAX_OTHER, read_request_head

Commands = layer.CommandGenerator[None]
LET_GO: Final = 0.4  # seconds after which mitmproxy has let go of a large request that was sent
LINGER: Final = 30.0  # seconds in which a refused client may read why
_REQUEST = re.compile(rb"[A-Z]{3,10} ")


class RequestWatch:
    """Follows the requests of one connection as strictly as bin/router reads them."""

    def __init__(self) -> None:
        self._head = b""
        self._body: BodyReader | None = None
        self._length: int | None = None  # of that body; None: it is chunked
        self._size = 0  # bytes of it so far
        self._follows = True

    @property
    def expected(self) -> int:
        """Bytes of the body that is under way, as far as one can know: of a chunked one, the most once it is large."""
        if self._body is None:
            return 0
        if self._length is not None:
            return self._length if self._length <= MAX_BODY else 0  # a larger one passes as it comes
        return MAX_BODY if MAX_OTHER < self._size <= MAX_BODY else 0

    def feed(self, data: bytes) -> None:
        r"""Take bytes of the client; BadMessage for what is no request, and for the trailers of a chunked body.

        >>> head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        >>> RequestWatch().feed(head + b"0\r\nA: b\r\n\r\n")
        Traceback (most recent call last):
        tracker.router.wire.http1.BadMessage: trailer fields are not taken
        """
        while data and self._follows:
            if self._body is None:
                data = self._take_head(data)
                continue
            taken, _ = self._body.feed(data)
            data = data[taken:]
            self._size += taken
            if self._body.ended:
                self._body = None

    def _take_head(self, data: bytes) -> bytes:
        head = self._head + data
        found = HEAD_END.search(head)
        if found is None:
            if len(head) > MAX_HEAD:
                raise BadMessage("the head is endless", 431)
            self._head = head
            return b""
        self._head = b""
        plain = read_request_head(head[: found.end()])
        self._follows = plain is not None  # of the others, upgrades and the like, mitmproxy knows more
        if plain is not None and plain.length != 0:
            self._length, self._size = plain.length, 0
            self._body = BodyReader(Framing(plain.length, plain.length is None, False), trailers=False)
        return head[found.end() :]


class WatchedHttp(layer.Layer):
    """mitmproxy's HTTP layer, and the watch before it."""

    def __init__(self, context: Context, log: MessageLog, admission: Turns) -> None:
        super().__init__(context)
        self._log = log
        self._admission = admission
        self._is_large = False  # whether the present request waits, or waited, its turn
        self._watch = RequestWatch()
        self._inner = layers.HttpLayer(context, HTTPMode.transparent)

    def _handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, events.DataReceived) and event.connection is self.context.client:
            try:
                self._watch.feed(event.data)
            except BadMessage as wrong:
                self._leave()
                yield from self._refuse(wrong)
                return
            self._wait_its_turn()
        elif isinstance(event, events.ConnectionClosed) and event.connection is self.context.client:
            self._leave()
        for command in self._inner.handle_event(event):
            if isinstance(command, commands.SendData) and command.connection is self.context.client:
                self._leave(LET_GO)  # a reply: its request was sent
            yield command

    def _wait_its_turn(self) -> None:
        client, expected = self.context.client.id, self._watch.expected
        if expected > LARGE:
            self._is_large = True
            go_on = functools.partial(mitm.hold_back, client, False)
            if not self._admission.ask(client, expected, go_on):
                mitm.hold_back(client, True)
        elif self._is_large:
            self._admission.is_whole(client)

    def _leave(self, seconds: float = 0.0) -> None:
        if self._is_large:
            self._is_large = False
            asyncio.get_running_loop().call_later(seconds, self._admission.leave, self.context.client.id)

    def _refuse(self, wrong: BadMessage) -> Commands:
        yield commands.SendData(
            self.context.client, error_reply(wrong.status, f"The router cannot read this: {wrong}.")
        )
        self._log.refused(wrong.status, str(wrong), None)
        self._handle_event = self._linger  # type: ignore[method-assign]
        yield commands.RequestWakeup(LINGER)

    def _linger(self, event: events.Event) -> Commands:
        if isinstance(event, events.ConnectionClosed | events.Wakeup):
            yield commands.CloseConnection(self.context.client)


class Watch:
    """The addon that puts this layer where plain HTTP/1.1 begins in a tunnel."""

    name = "request_watch"

    def __init__(self, log: MessageLog) -> None:
        self.log = log
        self.admission = Turns()

    def next_layer(self, asked: layer.NextLayer) -> None:
        """Say which layer reads a connection next, if it is this one."""
        context = asked.context
        if asked.layer is not None or ctx.options.ignore_hosts or not context.layers:
            return
        if not isinstance(context.layers[-1], layers.ClientTLSLayer):
            return
        if context.client.alpn in (None, b"", b"http/1.1") and _REQUEST.match(mitm.client_data(asked)):
            asked.layer = WatchedHttp(context, self.log, self.admission)
