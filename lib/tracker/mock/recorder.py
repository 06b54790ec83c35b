"""Providers that keep every request as the bytes that arrived, to see what a router lets through.

Unlike `mock-provider` they keep header values and bodies, in memory, of requests that were made up
for them; they write nothing down.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tracker.lanes import SHIPPED
from tracker.mock import certificates
from tracker.mock.network import Network

ANTHROPIC, ZAI = "api.anthropic.com", "api.z.ai"


class Arrived(NamedTuple):
    """One request as a provider received it."""

    head: bytes  # without the empty line
    body: bytes
    connection: int  # number of the connection, from 1
    at: float  # time.perf_counter()

    @property
    def headers(self) -> dict[str, str]:
        """The header fields, names in lower case."""
        return fields(self.head)

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    @property
    def target(self) -> str:
        """The path and query that were asked for."""
        return self.head.split(b" ", 2)[1].decode()


def fields(head: bytes) -> dict[str, str]:
    """Return the header fields below a first line.

    >>> fields(b"HTTP/1.1 200 OK\\r\\nX-A: b")
    {'x-a': 'b'}
    """
    lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value.strip() for name, _, value in lines if name}


Answer = Callable[[Arrived, asyncio.StreamWriter], Any]


def reply(body: bytes | dict[str, Any], status: str = "200 OK", **headers: str) -> bytes:
    """Return a whole HTTP reply; `request_id` becomes the header `request-id`."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"content-type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
    lines = [
        f"HTTP/1.1 {status}",
        *(f"{k}: {v}" for k, v in named.items()),
        f"content-length: {len(content)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def event(kind: str, **more: Any) -> bytes:
    """Return one server-sent event."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n".encode()


def chunk(data: bytes) -> bytes:
    """Return a piece of a body as chunked transfer encoding frames it."""
    return b"%x\r\n%s\r\n" % (len(data), data)


MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "text", "text": "ok"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 11, "output_tokens": 3, "cache_read_input_tokens": 5},
}
SSE_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n"
)
START = event(
    "message_start",
    message={
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 1},
    },
)
PING = event("ping")
OPEN = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
CLOSE = event("content_block_stop", index=0)
END = event(
    "message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 9}
) + event("message_stop")


def delta(text: str) -> bytes:
    """Return the event that carries a piece of text."""
    return event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})


EVENTS = (START, OPEN, PING, delta("one"), delta("two"), CLOSE, END)
STREAM = SSE_HEAD + b"\r\n" + b"".join(map(chunk, EVENTS)) + b"0\r\n\r\n"


def answer_well(arrived: Arrived, writer: asyncio.StreamWriter) -> None:
    """Answer as a provider does when all is well."""
    if "/messages" not in arrived.target:
        writer.write(reply({}))
    elif arrived.target.partition("?")[0].endswith("/count_tokens"):
        writer.write(reply({"input_tokens": 11}))
    else:
        wants_stream = b'"stream":true' in arrived.body.replace(b" ", b"")
        writer.write(STREAM if wants_stream else reply(MESSAGE))


class RecordingProvider:
    """A TLS server that keeps what arrives and answers as it is told."""

    def __init__(self, files: certificates.Files) -> None:
        self.arrived: list[Arrived] = []
        self.answer: Answer = answer_well
        self.closed: list[int] = []  # numbers of connections that ended
        self.opened = 0
        self.context = certificates.server_context(files)
        self.port = 0

    async def start(self, port: int = 0) -> None:
        """Listen on loopback."""
        server = await asyncio.start_server(
            self._on_connection, "127.0.0.1", port, ssl=self.context, limit=1 << 20, backlog=256
        )
        self.port = server.sockets[0].getsockname()[1]

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        number = self.opened
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await _body(head, reader)
                arrived = Arrived(head[:-4], body, number, time.perf_counter())
                self.arrived.append(arrived)
                made = self.answer(arrived, writer)
                if asyncio.iscoroutine(made):
                    await made
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the other side left
        finally:
            self.closed.append(number)
            writer.close()


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    headers = fields(head[:-4])
    if "chunked" in headers.get("transfer-encoding", ""):
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return body
    return await reader.readexactly(int(headers.get("content-length", "0")))


class Lanes:
    """Both providers and the network that leads their names to them, in a thread of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = certificates.make(folder / "tls")
        self.anthropic, self.zai = RecordingProvider(self.files), RecordingProvider(self.files)
        self.asked: list[dict[str, Any]] = []  # what the network was asked for
        self.network_port = 0
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the lab's providers did not start")

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)

        async def start() -> None:
            await self.anthropic.start()
            await self.zai.start()
            routes = {
                f"{ANTHROPIC}:443": ("127.0.0.1", self.anthropic.port),
                # One provider stands for every lane: which one it is shows in what arrives.
                **{f"{host}:443": ("127.0.0.1", self.zai.port) for lane in SHIPPED for host in lane.hosts},
            }
            server = await Network(routes, self.asked.append).serve("127.0.0.1", 0)
            self.network_port = server.sockets[0].getsockname()[1]
            ready.set()

        self._loop.run_until_complete(start())
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    def forget(self) -> None:
        """Begin a new story: nothing has arrived, all is well."""
        for provider in (self.anthropic, self.zai):
            provider.arrived.clear()
            provider.closed.clear()
            provider.answer = answer_well
        self.asked.clear()

    def stop(self) -> None:
        """End the thread and its servers."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
