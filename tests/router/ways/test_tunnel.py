"""The layers that read a client: what they take whole, what they leave to mitmproxy, what they refuse."""

from __future__ import annotations

import asyncio
import json

import pytest
from mitmproxy import options
from mitmproxy.proxy import commands, events, layer, layers
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import modes
from mitmproxy.test import tflow

from tracker.router import mitm
from tracker.router.log.message_log import MessageLog
from tracker.router.ways import tunnel
from tracker.router.ways.delivery import FetchedReply
from tracker.router.ways.tunnel import PlainRequests, RouterDeliveryHook, Tunnel
from tracker.router.ways.turns import Turns
from tracker.router.wire.replies import read_reply_head

ANTHROPIC = ("api.anthropic.com", 443)
CONNECT = b"CONNECT api.anthropic.com:443 HTTP/1.1\r\nHost: api.anthropic.com:443\r\n\r\n"
HELLO = b"\x16\x03\x01\x02\x00\x01"  # how TLS begins
REQUEST = b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nX-Odd:  Case\r\nContent-Length: 2\r\n\r\n{}"


def context_of():
    opts = options.Options()
    mitm.new_proxyserver().load(opts)  # declares the options that mitmproxy's layers look at
    made = Context(tflow.tclient_conn(), opts)
    made.server.address = ANTHROPIC
    return made


def chosen(context, data):
    asked = layer.NextLayer(context)
    asked.events.append(events.DataReceived(context.client, data))
    return tunnel.choose(asked, ANTHROPIC, MessageLog(), Turns())


@pytest.mark.parametrize(
    "data, ours",
    [
        (CONNECT, True),
        (CONNECT.replace(b"api.", b"API."), True),
        (CONNECT.replace(b"api.anthropic.com:443 H", b"example.org:443 H"), False),
        (CONNECT.replace(b":443 H", b":80 H"), False),
        (CONNECT[:-2], False),
        (REQUEST, False),
    ],
)
def test_only_a_whole_connect_to_anthropic_is_ours(data, ours):
    context = context_of()
    modes.HttpProxy(context)
    assert isinstance(chosen(context, data), Tunnel) is ours


def test_behind_it_comes_tls_and_then_plain_requests_of_http1_alone():
    context = context_of()
    modes.HttpProxy(context)
    Tunnel(context, ANTHROPIC, len(CONNECT))
    assert chosen(context, b"GET / HTTP/1.1\r\n") is None
    assert isinstance(chosen(context, HELLO), layers.ClientTLSLayer)
    context.client.alpn = b"h2"
    assert chosen(context, b"PRI * HTTP/2.0") is None
    context.client.alpn = b"http/1.1"
    assert isinstance(chosen(context, REQUEST), PlainRequests)


def test_a_connect_is_answered_once_all_of_it_was_taken():
    context = context_of()
    made = Tunnel(context, ANTHROPIC, len(CONNECT))
    list(made.handle_event(events.Start()))
    assert list(made.handle_event(events.DataReceived(context.client, CONNECT[:9]))) == []
    first, *_ = made.handle_event(events.DataReceived(context.client, CONNECT[9:]))
    assert (
        isinstance(first, commands.SendData) and first.data == b"HTTP/1.1 200 Connection established\r\n\r\n"
    )


class Client:
    """A client at PlainRequests; `say` returns the commands that its bytes bring."""

    def __init__(self):
        self.context = context_of()
        self.layer = PlainRequests(self.context, MessageLog(), Turns())
        list(self.layer.handle_event(events.Start()))

    def say(self, data):
        return list(self.layer.handle_event(events.DataReceived(self.context.client, data)))

    def hear(self, event):
        return list(self.layer.handle_event(event))


def answer(hook, head=b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"):
    async def fetch():
        return FetchedReply(read_reply_head(head), b"{}", b"{}", None, lambda: None)

    asyncio.run(hook.request.delivery.begin(fetch))
    return head + b"{}"


def test_a_plain_request_comes_whole_and_its_reply_goes_out_then_the_next():
    client = Client()
    assert client.say(REQUEST[:40]) == []
    [hook] = client.say(REQUEST[40:] + REQUEST)
    assert isinstance(hook, RouterDeliveryHook)
    flow = hook.request.flow
    assert (flow.request.method, flow.request.path, flow.request.content) == ("POST", "/v1/messages", b"{}")
    assert flow.request.headers.fields[1] == (b"X-Odd", b"Case")
    reply = answer(hook)
    sent, following = client.hear(events.HookCompleted(hook))
    assert isinstance(sent, commands.SendData) and sent.data == reply
    assert isinstance(following, RouterDeliveryHook) and following.request.flow is not flow


def test_a_request_that_wants_the_connection_closed_has_it_closed():
    client = Client()
    [hook] = client.say(REQUEST.replace(b"X-Odd:  Case", b"Connection: close"))
    answer(hook)
    _, closed = client.hear(events.HookCompleted(hook))
    assert isinstance(closed, commands.CloseConnection)


@pytest.mark.parametrize(
    "data, status",
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + b"x: " + b"y" * 70_000, 431),
        (REQUEST.replace(b"Length: 2", b"Length: 99999999"), 413),
    ],
)
def test_what_is_no_request_is_refused_in_words_and_read_no_further(data, status):
    client = Client()
    sent, wakeup = client.say(data)
    head, _, body = sent.data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert json.loads(body)["error"]["message"].startswith("The router cannot read this: ")
    assert client.say(REQUEST) == []
    [closed] = client.hear(events.Wakeup(wakeup))
    assert isinstance(closed, commands.CloseConnection)


def test_an_upgrade_is_left_to_mitmproxy_with_every_byte():
    client = Client()
    found = client.say(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
    assert found and not any(isinstance(one, RouterDeliveryHook | commands.SendData) for one in found)


def test_a_client_that_leaves_ends_its_delivery():
    client = Client()
    [hook] = client.say(REQUEST)
    [closed] = client.hear(events.ConnectionClosed(client.context.client))
    assert isinstance(closed, commands.CloseConnection)
    assert client.hear(events.HookCompleted(hook)) == []


def test_a_large_request_waits_its_turn(monkeypatch):
    held = []
    monkeypatch.setattr(tunnel.mitm, "hold_back", lambda client, wanted: held.append((client, wanted)))
    one, two = Client(), Client()
    two.layer._admission = one.layer._admission
    two.context.client.id = "another"
    head = b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 29000000\r\n\r\n{"
    one.say(head)
    assert held == []
    two.say(head)
    two.say(b'"')
    assert held == [("another", True)] * 2
    one.hear(events.ConnectionClosed(one.context.client))
    assert held[2:] == [("another", False)]


def test_of_a_chunked_request_the_size_is_known_once_it_is_large():
    asked = []
    client = Client()
    client.layer._admission.ask = lambda who, size, go_on: asked.append(size) or True
    client.say(b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    assert asked == []
    client.say(b"200000\r\n" + b"x" * 0x200000 + b"\r\n")
    assert asked == [32 * 1024 * 1024]
