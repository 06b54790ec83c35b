"""One request's errand to Z.AI: send it, and see to it that a failure there cannot mislead the client.

The reply of a request that went well passes as it comes.  A refused key, a used-up quota and a
conversation that is too long are answered in words that the client understands; every other error
passes unaltered.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tracker.router.lanes import zai_replies
from tracker.router.log.message_body import Unreadable, decode
from tracker.router.log.message_log import MessageLog, Request
from tracker.router.log.row_writer import say
from tracker.router.router_settings import HEADER_MODES, Settings
from tracker.router.ways.relay import Answer
from tracker.router.wire.h1_connection import Connection, Fields, Reply, ReplyError
from tracker.router.wire.upstream_pool import Pool, Target

BACKOFF_STATUS = (429, 503, 529)
BACKOFF_TRIES = 3  # after the first
BACKOFF_SECONDS = 30.0  # longest wait; a longer retry-after is the client's to wait for
MAX_ERROR = 1024 * 1024


class State:
    """What the lane has learnt and later requests go by."""

    def __init__(self) -> None:
        self.header_mode: str | None = None  # the one that worked where the other was refused
        self.paused_until = 0.0  # epoch seconds


class Sent(NamedTuple):
    """The request as Z.AI gets it; the key's header comes on top."""

    first_line: bytes
    fields: Fields
    body: bytes


class Errand:
    """One request on its way to Z.AI."""

    def __init__(
        self,
        pool: Pool,
        target: Target,
        sent: Sent,
        key: str,
        settings: Settings,
        state: State,
        request: Request,
        log: MessageLog,
        fallback: Callable[[], Awaitable[Answer]] | None,
    ) -> None:
        self.pool, self.target, self.sent, self.key = pool, target, sent, key
        self.settings, self.state, self.request, self.log = settings, state, request, log
        self.fallback = fallback

    async def run(self) -> Answer:
        """Return the reply for the client; ReplyError, OSError or TimeoutError when there is none."""
        request = self.request
        mode = request.header_mode or HEADER_MODES[0]
        tries = 0
        switched = False
        while True:
            tries += 1
            request.more["attempts"] = tries
            request.header_mode = mode
            try:
                connection, reply = await self._exchange(mode)
            except (OSError, TimeoutError, ReplyError) as wrong:
                request.failure = failure(wrong)
                raise
            if reply.status < 400:
                if switched:
                    self.state.header_mode = mode
                return self._answer(reply, connection)
            raw, payload = await self._read(connection)
            self.pool.release(self.target, self.key.encode(), connection)
            fault = zai_replies.read(_plain(payload, reply))
            if reply.status in (401, 403) and not fault.is_exhausted:
                if self.settings.header_auto and not switched:
                    switched = True
                    mode = next(other for other in HEADER_MODES if other != mode)
                    continue
                return await self._refused(reply.status, mode)
            if fault.is_exhausted:
                return self._exhausted(reply, raw, payload, fault)
            if fault.is_too_long and reply.status in (400, 413, 422):
                request.upstream_status = reply.status
                return self._own(*zai_replies.too_long(fault))
            wait = self._backoff(reply, tries)
            if wait is None:
                return self._answer(reply, None, raw, payload)
            self.log.anomaly("zai-backoff", f"status {reply.status}, try {tries}, waited {wait:.1f} s", "glm")
            await asyncio.sleep(wait)

    async def _exchange(self, mode: str) -> tuple[Connection, Reply]:
        first_line, fields, body = self.sent
        if mode == "authorization":
            key = b"authorization: Bearer " + self.key.encode()
        else:
            key = b"x-api-key: " + self.key.encode()
        lines = [first_line, *(b"%s: %s" % field for field in fields), key, b"content-length: %d" % len(body)]
        head = b"\r\n".join(lines) + b"\r\n\r\n"
        return await self.pool.exchange(self.target, self.key.encode(), head, body)

    async def _read(self, connection: Connection) -> tuple[bytes, bytes]:
        try:
            return await connection.read()
        except BaseException:
            connection.abort()
            raise

    def _answer(
        self,
        reply: Reply,
        connection: Connection | None,
        body: bytes | None = None,
        payload: bytes | None = None,
    ) -> Answer:
        def release() -> None:
            if connection is not None:
                self.pool.release(self.target, self.key.encode(), connection)

        return Answer(reply, body, payload, connection, release)

    def _own(self, reply: Reply, body: bytes) -> Answer:
        self.request.more["client_status"] = reply.status
        return self._answer(reply, None, body, body)

    async def _refused(self, status: int, mode: str) -> Answer:
        self.log.anomaly("zai-key-refused", f"status {status}, key sent as {mode}", "glm")
        if self.fallback is not None:
            say(f"Z.AI refused the key ({status}); this request went to Anthropic; check ZAI_API_KEY")
            return await self.fallback()
        say(f"Z.AI refused the key ({status}, sent as {mode}); check ZAI_API_KEY and ZAI_HEADER_MODE")
        self.request.upstream_status = status
        return self._own(*zai_replies.refused(status))

    def _exhausted(self, reply: Reply, raw: bytes, payload: bytes, fault: zai_replies.Fault) -> Answer:
        now = time.time()
        seconds = fault.retry_after(now)
        self.log.anomaly("zai-exhausted", f"code {fault.code or '?'}, opens in {seconds or '?'} s", "glm")
        if self.settings.auto_pause and seconds is not None:
            self.state.paused_until = now + seconds
            say(f"Z.AI's quota is used up; paused for {seconds} s, Haiku stays on Anthropic until then")
        return self._answer(zai_replies.exhausted(reply, fault, now), None, raw, payload)

    def _backoff(self, reply: Reply, tries: int) -> float | None:
        """Return how long to wait before the next try; None when there is to be none."""
        if not self.settings.backoff or reply.status not in BACKOFF_STATUS or tries > BACKOFF_TRIES:
            return None
        asked = reply.get(b"retry-after").decode("latin-1")
        wait = random.uniform(0.5, 1.0) * min(2.0 ** (tries - 1), 8.0)  # noqa: S311 - it spreads load
        if asked:
            if not asked.isdecimal() or int(asked) > BACKOFF_SECONDS:
                return None
            wait = int(asked) + random.uniform(0, 0.25)  # noqa: S311
        return wait


def failure(wrong: BaseException) -> str:
    """Return why no reply came, in the log's two words."""
    return "timed out" if isinstance(wrong, TimeoutError) else "no reply"


def _plain(payload: bytes, reply: Reply) -> bytes:
    if len(payload) > MAX_ERROR:
        return b""
    try:
        return decode(payload, reply.get(b"content-encoding"))
    except Unreadable:
        return b""
