"""mitmproxy's untyped parts, each behind a function that has types."""

from __future__ import annotations

import asyncio

import pytest
from mitmproxy import exceptions, http
from mitmproxy.options import Options
from mitmproxy.proxy import events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import tls
from mitmproxy.test import taddons, tflow
from OpenSSL import SSL

from tracker.router import mitm


class Named:
    name = "made_up"


def test_options_are_set_where_they_are_told_and_one_that_is_none_is_refused():
    options = Options()
    mitm.set_options(options, listen_port=1234)
    assert options.listen_port == 1234
    with pytest.raises(KeyError):
        mitm.set_options(options, no_such_option=1)

    async def run():
        with taddons.context() as context:
            mitm.set_options(listen_host="127.0.0.1")
            return context.options.listen_host

    assert asyncio.run(run()) == "127.0.0.1"


def test_an_addon_is_found_by_its_name_in_the_running_master():
    async def run():
        with taddons.context() as context:
            made = Named()
            assert mitm.addon("made_up") is None
            mitm.add_addons(context.master, made)
            return mitm.addon("made_up") is made

    assert asyncio.run(run())


def test_a_client_that_is_gone_has_no_transport_and_is_not_waited_for():
    async def run():
        with taddons.context(mitm.new_proxyserver()):
            assert mitm.client_transport("gone") is None
            await asyncio.wait_for(mitm.drain("gone"), 1)

    asyncio.run(run())


def test_a_head_is_the_requests_own_with_the_empty_line():
    request = http.Request.make("POST", "https://a.example/x?y", b"{}", {"X-Odd": "Case"})
    head = mitm.request_head(request)
    assert (
        head.startswith(b"POST /x?y HTTP/1.1\r\n")
        and b"X-Odd: Case\r\n" in head
        and head.endswith(b"\r\n\r\n")
    )


def test_a_flow_that_is_killed_has_an_error():
    flow = tflow.tflow()
    mitm.kill(flow)
    assert flow.error is not None and not flow.killable


def test_what_a_client_sent_so_far_is_put_together():
    context = Context(tflow.tclient_conn(), Options())
    asked = layer.NextLayer(context)
    asked.events += [events.DataReceived(context.client, b"one"), events.DataReceived(context.client, b"two")]
    assert mitm.client_data(asked) == b"onetwo"


def test_what_an_option_cannot_be_is_mitmproxys_own_error():
    assert (
        isinstance(mitm.options_error("why"), exceptions.OptionsError)
        and str(mitm.options_error("why")) == "why"
    )


class Encrypting:
    """What encrypts: notes how much it is given at a time, and has nothing to send on."""

    def __init__(self):
        self.sizes = []

    def sendall(self, data):
        self.sizes.append(len(data))

    def bio_read(self, _):
        raise SSL.WantReadError


def test_a_large_body_is_encrypted_piece_by_piece(monkeypatch):
    monkeypatch.setattr(tls.TLSLayer, "send_data", tls.TLSLayer.send_data)  # put back at the end
    mitm.encrypt_in_pieces()
    mitm.encrypt_in_pieces()  # once is enough
    made = tls.TLSLayer.__new__(tls.TLSLayer)
    made.tls = Encrypting()
    for size in (2 * mitm.PIECE + 1, 5, 0):
        assert list(made.send_data(b"x" * size)) == []
    assert made.tls.sizes == [mitm.PIECE, mitm.PIECE, 1, 5, 0]
