"""The provider of the bench: TLS on loopback, an answer at once, or 40 events at 5 ms each.

With `--rtt MS` a second port leads to it over a line with that round trip: the connection itself
takes one, and every byte half of one each way.
Prints one JSON line with the ports.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import time

TEXT = "x" * 700
BODY = json.dumps(
    {
        "id": "msg_bench",
        "type": "message",
        "role": "assistant",
        "model": "claude-bench",
        "content": [{"type": "text", "text": TEXT}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 100, "output_tokens": 150},
    }
).encode()
JSON_REPLY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)
SSE_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
)
EVENTS = 40
PACE = 0.005  # seconds


def event(kind: str, **fields: object) -> bytes:
    data = f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


START = event(
    "message_start",
    message={
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 100, "output_tokens": 1},
    },
) + event("content_block_start", index=0, content_block={"type": "text", "text": ""})
END = (
    event("content_block_stop", index=0)
    + event(
        "message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 40}
    )
    + event("message_stop")
    + b"0\r\n\r\n"
)


class Provider(asyncio.Protocol):
    def __init__(self) -> None:
        self.buffer = bytearray()
        self.need = -1
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            if self.need < 0:
                cut = self.buffer.find(b"\r\n\r\n")
                if cut < 0:
                    return
                self.need = cut + 4 + self.length(bytes(self.buffer[:cut]))
            if len(self.buffer) < self.need:
                return
            body = bytes(self.buffer[self.need - 300 if self.need > 300 else 0 : self.need])
            head = bytes(self.buffer[:1500])
            del self.buffer[: self.need]
            self.need = -1
            if b'"stream":true' in (head + body).replace(b" ", b""):
                asyncio.get_running_loop().create_task(self.stream())
            else:
                self.transport.write(JSON_REPLY)

    @staticmethod
    def length(head: bytes) -> int:
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                return int(value)
        return 0

    async def stream(self) -> None:
        transport = self.transport
        transport.write(SSE_HEAD + START)
        begun = time.perf_counter()
        for number in range(EVENTS):
            await asyncio.sleep(max(0.0, begun + (number + 1) * PACE - time.perf_counter()))
            if transport.is_closing():
                return
            # The clock of perf_counter is one for all processes of a machine.
            text = f"{time.perf_counter():.6f}"
            transport.write(event("content_block_delta", index=0, delta={"type": "text_delta", "text": text}))
        transport.write(END)


class Line(asyncio.Protocol):
    """One end of a slow line."""

    def __init__(self, port: int, half: float) -> None:
        self.port, self.half = port, half
        self.peer: asyncio.Transport | None = None
        self.transport: asyncio.Transport | None = None
        self.ready = 0.0
        self.early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.ready = asyncio.get_running_loop().time() + 2 * self.half  # SYN and its answer
        asyncio.get_running_loop().create_task(self.connect())

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        self.peer, _ = await loop.create_connection(lambda: Back(self), "127.0.0.1", self.port)
        for data in self.early:
            self.peer.write(data)

    def data_received(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        loop.call_at(max(loop.time(), self.ready) + self.half, self.send, data)

    def send(self, data: bytes) -> None:
        if self.peer is None:
            self.early.append(data)
        else:
            self.peer.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.peer is not None:
            self.peer.close()


class Back(asyncio.Protocol):
    def __init__(self, line: Line) -> None:
        self.line = line

    def data_received(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(self.line.half, self.line.transport.write, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.line.transport.close()


async def main() -> None:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--certificate", required=True)
    made.add_argument("--rtt", type=float, default=40.0)
    args = made.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(args.certificate)
    context.set_alpn_protocols(["http/1.1"])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Provider, "127.0.0.1", 0, ssl=context, backlog=512)
    port = server.sockets[0].getsockname()[1]
    slow = await loop.create_server(lambda: Line(port, args.rtt / 2000), "127.0.0.1", 0, backlog=512)
    print(json.dumps({"port": port, "slow": slow.sockets[0].getsockname()[1]}), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
