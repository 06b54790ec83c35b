"""Give mitmproxy the replies to its flows: in a plain mitmdump, and for what bin/router leaves to mitmproxy.

mitmproxy streams a reply only from a server, so its request is pointed to the relay.  A short reply to a
client that did not ask for a stream is there whole before mitmproxy would have dialled: it needs no detour.
"""

from __future__ import annotations

import asyncio

from mitmproxy import connection, http

from tracker.router import mitm
from tracker.router.log.message_log import MessageLog
from tracker.router.log.message_request import Request
from tracker.router.ways.delivery import Delivery, Fetch
from tracker.router.ways.relay import Relay, RelayAddress
from tracker.router.wire.replies import ReplyHead


class FlowReplies:
    """The relay, and what is under way to mitmproxy's flows."""

    def __init__(self, log: MessageLog) -> None:
        self._log = log
        self._relay = Relay()
        self._relayed: dict[
            str, tuple[http.Request, RelayAddress]
        ] = {}  # by flow id: the client's own request
        self._awaited: dict[str, Delivery] = {}  # by client id

    async def deliver(self, flow: http.HTTPFlow, request: Request, fetch: Fetch) -> None:
        """Have a reply fetched for a flow; return when mitmproxy can go on with it."""
        delivery, whole = Delivery(self._log), _Whole()
        delivery.entry, delivery.watcher = request, whole
        if not flow.request.is_http2 and not request.asks_for_stream():
            client = flow.client_conn.id
            self._awaited[client] = delivery  # an HTTP/1 client has one request at a time
            try:
                await delivery.begin(fetch)
            except asyncio.CancelledError:
                return mitm.kill(flow)  # the client left
            finally:
                self._awaited.pop(client, None)
            if delivery.ended and whole.head is not None and delivery.error is None:
                flow.response = whole.response(flow)
                return
        delivery.watcher = None
        address = await self._relay.address(delivery, fetch, flow.client_conn.id)
        self._relayed[flow.id] = (flow.request, address)
        flow.server_conn = connection.Server(address=("127.0.0.1", address.port))
        flow.request = _stand_in(flow.request, address)

    def is_own(self, place: tuple[str, int]) -> bool:
        """Say whether a place is the relay's."""
        return place[0] == "127.0.0.1" and place[1] in self._relay.ports

    def arrived(self, flow: http.HTTPFlow) -> None:
        """Put the client's own request back into a flow."""
        relayed = self._relayed.get(flow.id)
        if relayed is not None:
            flow.request = relayed[0]

    def ended(self, flow: http.HTTPFlow) -> None:
        """Forget a flow."""
        relayed = self._relayed.pop(flow.id, None)
        if relayed is not None:
            self._relay.give_back(relayed[1])

    def client_left(self, client: str) -> None:
        """Stop what is being fetched for a client."""
        delivery = self._awaited.pop(client, None)
        if delivery is not None:
            delivery.cancel()

    def close(self) -> None:
        """End what is under way."""
        self._relay.close()


class _Whole:
    """Keeps a reply that may come at once."""

    def __init__(self) -> None:
        self.head: ReplyHead | None = None
        self._content: list[bytes] = []

    def reply_began(self, head: ReplyHead) -> None:
        self.head = head

    def reply_content(self, pieces: list[bytes]) -> None:
        self._content += pieces

    def reply_ended(self, error: str | None) -> None:
        pass

    def response(self, flow: http.HTTPFlow) -> http.Response:
        head = self.head
        assert head is not None
        begun = flow.request.timestamp_end or flow.request.timestamp_start
        fields, content = http.Headers(head.fields), b"".join(self._content)
        return http.Response(head.version, head.status, head.reason, fields, content, None, begun, begun)


def _stand_in(sent: http.Request, address: RelayAddress) -> http.Request:
    return http.Request(
        host="127.0.0.1",
        port=address.port,
        method=b"GET",
        scheme=b"http",
        authority=b"",
        path=f"/{address.word}".encode(),
        http_version=b"HTTP/1.1",
        headers=http.Headers(),
        content=b"",
        trailers=None,
        timestamp_start=sent.timestamp_start,
        timestamp_end=sent.timestamp_end,
    )
