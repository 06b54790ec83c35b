"""One request for another lane: send it, and see to it that a failure there cannot mislead the client.

The reply of a request that went well passes as it comes.  A refused key, an empty account, a used-up
quota and a conversation that is too long are answered in words that the client understands; every
other error passes unaltered.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tracker.lanes import HEADER_MODES
from tracker.router.dialects import Dialect
from tracker.router.lanes import replies
from tracker.router.log.message_body import UnreadableBody, decode
from tracker.router.log.message_log import MessageLog
from tracker.router.log.message_request import Request
from tracker.router.log.row_writer import say
from tracker.router.router_settings import Settings
from tracker.router.ways.delivery import FetchedReply, failure
from tracker.router.wire.http1 import Fields
from tracker.router.wire.replies import ReplyHead
from tracker.router.wire.upstream_connection import ReadBody, ReplyError, UpstreamConnection
from tracker.router.wire.upstream_pool import Pool, Target

BACKOFF_STATUS = (429, 503, 529)
BACKOFF_TRIES = 3  # after the first
BACKOFF_SECONDS = 30.0  # longest wait; a longer retry-after is the client's to wait for
MAX_ERROR = 1024 * 1024


class LaneState:
    """What a lane has taught and later requests go by."""

    def __init__(self) -> None:
        self.header_mode: str | None = None  # the one that worked where the other was refused
        self.paused_until = 0.0  # epoch seconds


class OffloadRequest(NamedTuple):
    """The request as the lane gets it; the key's header comes on top."""

    first_line: bytes
    fields: Fields
    body: bytes


class Offload:
    """One request on its way to a lane."""

    def __init__(
        self,
        pool: Pool,
        target: Target,
        sent: OffloadRequest,
        key: str,
        settings: Settings,
        dialect: Dialect,
        state: LaneState,
        request: Request,
        log: MessageLog,
        fallback: Callable[[], Awaitable[FetchedReply]] | None,
    ) -> None:
        self.pool, self.target, self.sent, self.key = pool, target, sent, key
        self.settings, self.state, self.request, self.log = settings, state, request, log
        self.lane, self.dialect = settings.lane, dialect
        self.fallback = fallback

    async def run(self) -> FetchedReply:
        """Return the reply for the client; ReplyError, OSError or TimeoutError when there is none."""
        request = self.request
        mode = request.header_mode or self.settings.header_mode
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
            raw, payload, ended = await self._read(connection)
            if not ended:
                return self._answer(reply, connection, raw, payload)  # no error of a lane is as long as that
            self.pool.release(self.target, self.key.encode(), connection)
            fault = replies.read(_plain(payload, reply), reply.status, self.dialect)
            if fault.meaning == "refused" and self.settings.header_auto and not switched:
                switched = True
                mode = next(other for other in HEADER_MODES if other != mode)
                continue
            wait = self._backoff(reply, fault, tries)
            if wait is None:
                return await self._failed(reply, fault, mode, raw, payload)
            self._note("backoff", f"status {reply.status}, try {tries}, waited {wait:.1f} s")
            await asyncio.sleep(wait)

    async def _failed(
        self, reply: ReplyHead, fault: replies.Fault, mode: str, raw: bytes, payload: bytes
    ) -> FetchedReply:
        """Return what the client is to see of an error."""
        if fault.meaning == "refused":
            return await self._refused(reply.status, mode)
        if fault.meaning == "unpaid":
            return await self._unpaid(reply.status, fault)
        if fault.meaning == "exhausted":
            return self._exhausted(reply, raw, payload, fault)
        if fault.meaning == "too long":
            self.request.upstream_status = reply.status
            return self._own(*replies.too_long(fault))
        return self._answer(reply, None, raw, payload)

    async def _exchange(self, mode: str) -> tuple[UpstreamConnection, ReplyHead]:
        first_line, fields, body = self.sent
        if mode == "authorization":
            key = b"authorization: Bearer " + self.key.encode()
        else:
            key = b"x-api-key: " + self.key.encode()
        lines = [first_line, *(b"%s: %s" % field for field in fields), key, b"content-length: %d" % len(body)]
        head = b"\r\n".join(lines) + b"\r\n\r\n"
        return await self.pool.exchange(self.target, self.key.encode(), head, body)

    async def _read(self, connection: UpstreamConnection) -> ReadBody:
        try:
            return await connection.read(MAX_ERROR)
        except BaseException:
            connection.abort()
            raise

    def _answer(
        self,
        reply: ReplyHead,
        connection: UpstreamConnection | None,
        raw: bytes = b"",
        content: bytes = b"",
    ) -> FetchedReply:
        def release() -> None:
            if connection is not None:
                self.pool.release(self.target, self.key.encode(), connection)

        return FetchedReply(reply, raw, content, connection, release)

    def _own(self, reply: ReplyHead, body: bytes) -> FetchedReply:
        self.request.more["client_status"] = reply.status
        return self._answer(reply, None, body, body)

    async def _refused(self, status: int, mode: str) -> FetchedReply:
        lane = self.lane
        self._note("key-refused", f"status {status}, key sent as {mode}")
        if self.fallback is not None:
            say(
                f"{lane.words} refused the key ({status}); this request went to Anthropic; check {lane.key_variable}"
            )
            return await self.fallback()
        say(
            f"{lane.words} refused the key ({status}, sent as {mode}); "
            f"check {lane.key_variable} and {lane.setting('HEADER_MODE')}"
        )
        self.request.upstream_status = status
        return self._own(*replies.refused(lane, status))

    async def _unpaid(self, status: int, fault: replies.Fault) -> FetchedReply:
        self._note("no-balance", f"status {status}, code {fault.code or '?'}")
        if self.fallback is not None:
            say(f"the account at {self.lane.words} has no balance; this request went to Anthropic; top it up")
            return await self.fallback()
        say(f"the account at {self.lane.words} has no balance; top it up, or pause the offload with ccpause")
        self.request.upstream_status = status
        return self._own(*replies.unpaid(self.lane, fault))

    def _exhausted(self, reply: ReplyHead, raw: bytes, payload: bytes, fault: replies.Fault) -> FetchedReply:
        now = time.time()
        seconds = fault.retry_after(now, self.dialect)
        self._note("exhausted", f"code {fault.code or '?'}, opens in {seconds or '?'} s")
        if self.settings.auto_pause and seconds is not None:
            self.state.paused_until = now + seconds
            say(
                f"the quota at {self.lane.words} is used up; paused for {seconds} s, Haiku stays on Anthropic until then"
            )
        return self._answer(replies.exhausted(reply, fault, self.dialect, now), None, raw, payload)

    def _note(self, word: str, detail: str) -> None:
        self.log.anomaly(f"{self.lane.name}-{word}", detail, self.lane.backend)

    def _backoff(self, reply: ReplyHead, fault: replies.Fault, tries: int) -> float | None:
        """Return how long to wait before the next try; None when there is to be none."""
        if not self.settings.backoff or reply.status not in BACKOFF_STATUS or tries > BACKOFF_TRIES:
            return None
        if fault.meaning not in ("transient", "other"):
            return None
        asked = reply.get(b"retry-after").decode("latin-1")
        wait = random.uniform(0.5, 1.0) * min(2.0 ** (tries - 1), 8.0)  # noqa: S311 - it spreads load
        if asked:
            if not asked.isdecimal() or int(asked) > BACKOFF_SECONDS:
                return None
            wait = int(asked) + random.uniform(0, 0.25)  # noqa: S311
        return wait


def _plain(payload: bytes, reply: ReplyHead) -> bytes:
    if len(payload) > MAX_ERROR:
        return b""
    try:
        return decode(payload, reply.get(b"content-encoding"))
    except UnreadableBody:
        return b""
