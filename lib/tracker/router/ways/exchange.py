"""One plain request of a client and the reply to it, on its way from a provider to the client.

The layer that writes to the client asks for bytes again and again (`begin`, then `more`) and takes
what has come in the meantime.  A short reply comes whole; every other one piece by piece.
"""

from __future__ import annotations

import asyncio
import time

from mitmproxy import flow as flows
from mitmproxy import http

from tracker.router.log.message_log import MessageLog
from tracker.router.log.message_request import Request
from tracker.router.ways.relay import Answer, Job
from tracker.router.wire.h1_connection import Connection, Reply, ReplyError

SHORT = 256 * 1024  # bytes of a reply with a length that are written at once
AHEAD = 1024 * 1024  # bytes that may wait for the client
_TEXT = b'{"type":"error","error":{"type":"api_error","message":"The router had no reply from upstream."}}'
BAD_GATEWAY = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    b"Connection: close\r\n\r\n%s" % (len(_TEXT), _TEXT)
)


class Exchange:
    """A request, and the bytes of its reply that the client does not have yet."""

    def __init__(self, flow: http.HTTPFlow, close: bool) -> None:
        self.flow = flow
        self.close = close  # whether the client's connection ends with this reply
        self.begun = False
        self.ended = False  # whether no more bytes will come
        self._request: Request | None = None
        self._log: MessageLog | None = None
        self._pieces: list[bytes] = []
        self._waiting = 0  # bytes in them
        self._connection: Connection | None = None
        self._gone = False  # whether the client left
        self._taken = False  # whether it has a part of the reply
        self._answer: Answer | None = None
        self._task: asyncio.Task[None] | None = None
        self._wake: asyncio.Future[None] | None = None

    async def begin(self, job: Job, request: Request | None, log: MessageLog) -> None:
        """Send the request; return when its reply is there, or the first piece of a long one."""
        self.begun, self._request, self._log = True, request, log
        if self._gone:
            return self._leave()
        self._task = asyncio.current_task()
        try:
            answer = self._answer = await job()
        except (OSError, TimeoutError, ReplyError) as wrong:
            return self._fail(str(wrong) or "no reply")
        except asyncio.CancelledError:
            self._leave()
            raise
        self._head(answer.reply)
        if answer.connection is None or _is_short(answer.reply):
            await self._pass_on(answer)
        else:
            self._task = asyncio.get_running_loop().create_task(self._pass_on(answer))
            self._task.add_done_callback(lambda _: self._ensure_end(answer))
            await self.more()

    async def more(self) -> None:
        """Wait until there is something to write, or the end."""
        if not self._pieces and not self.ended:
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake

    def take(self) -> bytes:
        """Return what has come since the last call."""
        self._taken = True
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._waiting = 0
        if self._connection is not None:
            self._connection.resume()
        return data

    def cancel(self) -> None:
        """Stop: the client left."""
        self._gone = True
        if self._task is not None:
            self._task.cancel()

    def fail(self, why: str) -> None:
        """End at once, after an error in here."""
        if not self.ended:
            if self._answer is not None:
                self._answer.abandon()
            self._fail(why)

    def _head(self, reply: Reply) -> None:
        flow, now = self.flow, time.time()
        flow.response = http.Response(
            reply.version, reply.status, reply.reason, http.Headers(reply.fields), None, None, now, None
        )
        if self._log is not None:
            self._log.responseheaders(flow)

    async def _pass_on(self, answer: Answer) -> None:
        reply, connection = answer.reply, answer.connection
        tee = self._request.tee if self._request is not None else None
        try:
            if connection is None:
                if tee is not None:
                    tee(answer.payload or b"")
                self._put(reply.head + (answer.body or b""))
            else:
                self._connection = connection
                await connection.pass_on(self._put, reply.head, tee)
                answer.release()
        except asyncio.CancelledError:
            answer.abandon()
            self._leave()
            raise
        except Exception as wrong:
            answer.abandon()
            return self._fail(str(wrong) or type(wrong).__name__)
        if tee is not None:
            tee(b"")
        self.close = self.close or reply.framing.close or reply.framing.until_close
        if self._log is not None:
            self._log.response(self.flow)
        self._end()

    def _ensure_end(self, answer: Answer) -> None:
        # A task that is cancelled before its first step runs none of its `except`.
        if not self.ended:
            answer.abandon()
            self._leave()

    def _put(self, data: bytes) -> None:
        self._pieces.append(data)
        self._waiting += len(data)
        if self._waiting > AHEAD and self._connection is not None:
            self._connection.pause()
        self._stir()

    def _fail(self, why: str) -> None:
        if not (self._taken or self._gone):  # the client can still be told
            self._pieces = [BAD_GATEWAY]
            if self._request is not None and self.flow.response is not None:
                self._request.more["client_status"] = 502
        self.flow.error = flows.Error(why)
        self.close = True
        if self._log is not None:
            self._log.error(self.flow)
        self._end()

    def _leave(self) -> None:
        self._gone = True
        if self._request is not None:
            self._request.left = True
        self._fail("Client disconnected.")

    def _end(self) -> None:
        self.ended = True
        self._connection = None
        self._stir()

    def _stir(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


def _is_short(reply: Reply) -> bool:
    length = reply.framing.left
    return length is not None and length <= SHORT
