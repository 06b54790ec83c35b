"""The router's connections to its providers: closed in time, and kept only where the next request can go."""

from __future__ import annotations

import subprocess

import pytest

from conftest import ROOT
from lanes import MITMDUMP

pytestmark = [
    pytest.mark.router,
    pytest.mark.skipif(not MITMDUMP.exists(), reason="no .venv-router; run `make setup`"),
]
# Each story runs in .venv-router, against a server on loopback that answers with REPLY before it reads on.
STAGE = """
import asyncio
from mitmproxy.test import tflow
from tracker.router.log.message_log import MessageLog
from tracker.router.ways.exchange import Exchange
from tracker.router.ways.relay import Answer
from tracker.router.wire.upstream_pool import Pool, Target, Trust

opened, left = [], asyncio.Event()

async def answer(reader, writer):
    opened.append(writer)
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.transport.pause_reading()
    writer.write(REPLY)
    await asyncio.sleep(0.2)
    writer.transport.resume_reading()
    while await reader.read(65536):
        pass
    left.set()

async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    target = Target("http", "127.0.0.1", server.sockets[0].getsockname()[1])
    await story(target, Pool(Trust()))

"""
HALF_SENT = """
REPLY = b"HTTP/1.1 413 Too Large\\r\\ncontent-length: 2\\r\\n\\r\\n{}"

async def story(target, pool):
    for body in (bytes(20_000_000), b"", b""):
        head = b"POST / HTTP/1.1\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(body)
        async with asyncio.timeout(10):
            connection, reply = await pool.exchange(target, b"", head, body)
            assert (await connection.read())[0] == b"{}"
        pool.release(target, b"", connection)
        assert connection.usable is (not body)
        if not body:
            break
    assert len(opened) == 2
"""
LEFT_AT_ONCE = """
REPLY = b"HTTP/1.1 200 OK\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n"

async def story(target, pool):
    exchange = Exchange(tflow.tflow(), False)

    async def job():
        connection, reply = await pool.exchange(target, b"", b"GET / HTTP/1.1\\r\\n\\r\\n", b"")
        # The client leaves in the turn of the loop in which the head came.
        asyncio.get_running_loop().call_soon(exchange.cancel)
        return Answer(reply, None, None, connection, lambda: None)

    async with asyncio.timeout(10):
        await exchange.begin(job, None, MessageLog())
        assert exchange.ended and exchange.flow.error.msg == "Client disconnected."
        await left.wait()
"""


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(HALF_SENT, id="a connection with a request half sent serves no other"),
        pytest.param(LEFT_AT_ONCE, id="a client that leaves as the reply begins leaves nothing behind"),
    ],
)
def test_connections(story):
    ran = subprocess.run(
        [MITMDUMP.with_name("python"), "-c", STAGE + story + "\nasyncio.run(main())"],
        cwd=ROOT / "lib",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
