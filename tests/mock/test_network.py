"""The lab's internet: known names lead to loopback, all else is refused and logged."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tracker import cli
from tracker.mock import network
from tracker.mock.network import Network


def said(head: bytes, routes=None, more: bytes = b""):
    """What the network answers to a request's head and what follows, and the lines that it logs."""
    lines: list[dict] = []

    async def echo(reader, writer):
        writer.write((await reader.read(100)).upper())
        await writer.drain()
        writer.close()

    async def talk():
        there = await asyncio.start_server(echo, "127.0.0.1", 0)
        known = routes or {"api.z.ai:443": ("127.0.0.1", there.sockets[0].getsockname()[1])}
        server = await Network(known, lines.append).serve("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(head)
        got = b""
        if more:
            got = await reader.readuntil(b"\r\n\r\n")
            writer.write(more)
        got += await reader.read()
        writer.close()
        server.close()
        there.close()
        return got

    return asyncio.run(asyncio.wait_for(talk(), 10)), lines


def test_a_known_name_in_any_case_leads_to_its_provider():
    got, lines = said(b"CONNECT API.z.ai:443 HTTP/1.1\r\n\r\n", more=b"hello")
    assert got == b"HTTP/1.1 200 Connection established\r\n\r\nHELLO"
    assert (lines[0]["kind"], lines[0]["method"], lines[0]["is_allowed"]) == ("connection", "CONNECT", True)


@pytest.mark.parametrize(
    ("line", "target"),
    [
        (b"CONNECT example.com:443 HTTP/1.1", "example.com:443"),
        (b"CONNECT api.z.ai:80 HTTP/1.1", "api.z.ai:80"),
        (b"GET http://api.z.ai:443/?key=secret HTTP/1.1", "http://api.z.ai:443/"),
        (b"GET", ""),
    ],
)
def test_anything_else_is_refused_and_logged_without_its_query(line, target):
    got, lines = said(line + b"\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert (lines[0]["target"], lines[0]["is_allowed"]) == (target, False)


def test_a_provider_that_does_not_answer_is_a_bad_gateway():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        got, lines = said(b"CONNECT api.z.ai:443 HTTP/1.1\r\n\r\n", {"api.z.ai:443": taken.getsockname()})
    assert got.startswith(b"HTTP/1.1 502 Bad Gateway")
    assert lines[0]["is_allowed"]


def test_what_is_no_http_ends_the_connection_and_is_no_line():
    assert said(b"x" * (network.MAX_HEAD + 10)) == (b"", [])


@pytest.mark.parametrize("text", ["", "api.z.ai", "=8443", "api.z.ai=", "api.z.ai=http", "api.z.ai=-1"])
def test_a_route_that_is_none_is_refused(text):
    with pytest.raises(cli.Stop, match="is no route") as stop:
        network.read_route(text)
    assert stop.value.status == cli.USAGE
