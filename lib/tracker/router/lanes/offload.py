"""One request for another lane: send it, and see to it that a failure there cannot mislead the client.

The reply of a request that went well passes as it comes.  A refused key, an empty account, a used-up
quota and a conversation that is too long are answered in words that the client understands; every
other error passes, and what says 200 and is no answer becomes an error.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

from tracker.lanes import HEADER_MODES
from tracker.router.dialects import Dialect
from tracker.router.lanes import lane_replies, own_answers
from tracker.router.log.decoders import Decoder
from tracker.router.log.message_body import UnreadableBody, decode
from tracker.router.log.message_log import MessageLog
from tracker.router.log.message_request import Request
from tracker.router.log.row_writer import say
from tracker.router.router_settings import Settings
from tracker.router.ways.delivery import FetchedReply, failure
from tracker.router.wire.http1 import Fields
from tracker.router.wire.replies import ReplyEnd, ReplyHead, ReplyPart
from tracker.router.wire.upstream_connection import ReadBody, ReplyError, UpstreamConnection
from tracker.router.wire.upstream_pool import Pool, Target

BACKOFF_STATUS = (429, 503, 529)
BACKOFF_TRIES = 3  # after the first
UNKNOWN_RESET = 900  # seconds for which a used-up lane is left alone when its answer has no time
BACKOFF_SECONDS = 30.0  # longest wait; a longer retry-after is the client's to wait for
MAX_ERROR = 1024 * 1024  # bytes
MAX_ANSWER = 8 * 1024 * 1024  # bytes of a reply that is judged whole; a longer one passes


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


class Failed(NamedTuple):
    """A reply that is no answer, and what that means."""

    fault: lane_replies.Fault
    reply: ReplyHead
    raw: bytes
    content: bytes
    why: str = ""  # what came instead of an answer


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
            if reply.status >= 400:
                failed = await self._error(reply, connection)
            elif reply.status >= 300:
                connection.abort()
                return self._redirected(reply)
            else:
                failed = await self._judged(reply, connection)
            if isinstance(failed, FetchedReply):
                if switched:
                    self.state.header_mode = mode
                return failed
            if failed.fault.meaning == "refused" and self.settings.header_auto and not switched:
                switched = True
                mode = next(other for other in HEADER_MODES if other != mode)
                continue
            wait = self._backoff(reply, failed.fault, tries)
            if wait is None:
                return await self._failed(failed, mode)
            self._note("backoff", f"status {reply.status}, try {tries}, waited {wait:.1f} s")
            await asyncio.sleep(wait)

    async def _error(self, reply: ReplyHead, connection: UpstreamConnection) -> FetchedReply | Failed:
        raw, content, ended = await self._read(connection, MAX_ERROR)
        if not ended:
            return self._answer(reply, connection, raw, content)  # no error of a lane is as long as that
        self._release(connection)
        return Failed(
            lane_replies.read(_plain(content, reply), reply.status, self.dialect), reply, raw, content
        )

    async def _judged(self, reply: ReplyHead, connection: UpstreamConnection) -> FetchedReply | Failed:
        """Return a reply below 300 for the client, or why it is no answer."""
        is_stream = reply.get(b"content-type").lower().startswith(b"text/event-stream")
        wanted = bool(self.request.wants_stream)
        problem: own_answers.Problem | None
        if is_stream and wanted:
            raw, content, ended, problem = await self._first_event(reply, connection)
        else:
            raw, content, ended = await self._read(connection, MAX_ANSWER)
            problem = own_answers.of_body(_plain(content, reply)) if ended else None
            if problem is None and is_stream != wanted and ended:
                problem = own_answers.Problem("events, which nobody asked for" if is_stream else "no events")
        if not ended and problem is not None:
            connection.abort()
        elif ended:
            self._release(connection)
        if problem is not None and problem.why != "an empty turn":
            error = problem.error if problem.error is not None else {}
            return Failed(
                lane_replies.of(error, reply.status, self.dialect), reply, raw, content, problem.why
            )
        if problem is not None:
            self.request.more["err_type"] = "bad_reply"  # the log tells the same of a stream at its end
        self.request.after = self._ended
        return self._answer(reply, None if ended else connection, raw, content)

    async def _first_event(
        self, reply: ReplyHead, connection: UpstreamConnection
    ) -> tuple[bytes, bytes, bool, own_answers.Problem | None]:
        """Read a stream until it is clear whether it is an answer."""
        raw, content, plain = bytearray(), bytearray(), bytearray()
        decoder = Decoder(reply.get(b"content-encoding").decode("latin-1"))
        ended = False
        found: own_answers.Problem | bool = False
        try:
            while not ended and found is False and len(plain) <= MAX_ERROR:
                for event in await connection.events():
                    if isinstance(event, ReplyPart):
                        raw += event.raw
                        for piece in event.content:
                            content += piece
                            _take(plain, decoder.pieces(piece))
                    elif isinstance(event, ReplyEnd):
                        ended = True
                found = own_answers.of_events(bytes(plain), ended)
        except ValueError:
            found = own_answers.Problem("a stream that cannot be decoded")
        except BaseException:
            connection.abort()
            raise
        if found is False:
            found = own_answers.Problem("an empty body" if ended else "no events")
        return bytes(raw), bytes(content), ended, found if isinstance(found, own_answers.Problem) else None

    async def _failed(self, failed: Failed, mode: str) -> FetchedReply:
        """Return what the client is to see of an error."""
        fault, reply = failed.fault, failed.reply
        if reply.status < 300:
            # What a 4xx would have said, had it been one.
            self.request.more["err_type"] = {"refused": "401", "exhausted": "429"}.get(
                fault.meaning, "bad_reply"
            )
        if fault.meaning == "refused":
            return await self._refused(reply.status, mode)
        if fault.meaning == "unpaid":
            return await self._unpaid(reply.status, fault)
        if fault.meaning == "exhausted":
            return await self._exhausted(failed)
        self.request.upstream_status = reply.status
        if fault.meaning == "too long":
            return self._own(*lane_replies.too_long(fault))
        if reply.status < 300:
            self._note(
                "no-answer",
                f"status {reply.status} with {failed.why or 'an error'}, code {fault.code or '?'}",
            )
            return self._own(*lane_replies.no_answer(self.lane, fault, failed.why))
        return self._answer(reply, None, failed.raw, failed.content)

    def _redirected(self, reply: ReplyHead) -> FetchedReply:
        """Return what the client sees of a redirect: it would follow one, with the prompt and the key."""
        self._note("redirect", f"status {reply.status}; not followed, not passed on")
        self.request.upstream_status = reply.status
        self.request.more["err_type"] = "bad_reply"
        return self._own(*lane_replies.redirected(self.lane, reply.status))

    def _ended(self, request: Request) -> None:
        """Learn from an error inside of a stream that had begun well."""
        error = request.tee.error_body if request.tee is not None else None
        if error is None:
            return
        fault = lane_replies.of(error, 200, self.dialect)
        if fault.meaning == "exhausted":
            self._pause(fault)
        elif fault.meaning in ("refused", "unpaid"):
            self._note("key-refused" if fault.meaning == "refused" else "no-balance", "inside of a stream")

    async def _exchange(self, mode: str) -> tuple[UpstreamConnection, ReplyHead]:
        first_line, fields, body = self.sent
        if mode == "authorization":
            key = b"authorization: Bearer " + self.key.encode()
        else:
            key = b"x-api-key: " + self.key.encode()
        lines = [first_line, *(b"%s: %s" % field for field in fields), key, b"content-length: %d" % len(body)]
        head = b"\r\n".join(lines) + b"\r\n\r\n"
        return await self.pool.exchange(self.target, self.key.encode(), head, body, trailers=False)

    async def _read(self, connection: UpstreamConnection, limit: int) -> ReadBody:
        try:
            return await connection.read(limit)
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
        self.sent, self.fallback = self.sent._replace(body=b""), None  # nothing is sent again

        def release() -> None:
            if connection is not None:
                self._release(connection)

        return FetchedReply(lane_replies.allowed(reply), raw, content, connection, release)

    def _release(self, connection: UpstreamConnection) -> None:
        self.pool.release(self.target, self.key.encode(), connection)

    def _own(self, reply: ReplyHead, body: bytes) -> FetchedReply:
        self.request.more["client_status"] = reply.status
        return self._answer(reply, None, body, body)

    async def _refused(self, status: int, mode: str) -> FetchedReply:
        lane = self.lane
        self._note("key-refused", f"status {status}, key sent as {mode}")
        if self.fallback is not None and self.settings.fallback:
            say(
                f"{lane.words} refused the key ({status}); this request went to Anthropic; check {lane.key_variable}"
            )
            return await self.fallback()
        say(
            f"{lane.words} refused the key ({status}, sent as {mode}); "
            f"check {lane.key_variable} and {lane.setting('HEADER_MODE')}"
        )
        self.request.upstream_status = status
        return self._own(*lane_replies.refused(lane, status))

    async def _unpaid(self, status: int, fault: lane_replies.Fault) -> FetchedReply:
        self._note("no-balance", f"status {status}, code {fault.code or '?'}")
        if self.fallback is not None and self.settings.fallback:
            say(f"the account at {self.lane.words} has no balance; this request went to Anthropic; top it up")
            return await self.fallback()
        say(f"the account at {self.lane.words} has no balance; top it up, or pause the offload with ccpause")
        self.request.upstream_status = status
        return self._own(*lane_replies.unpaid(self.lane, fault))

    async def _exhausted(self, failed: Failed) -> FetchedReply:
        seconds = self._pause(failed.fault, failed.reply.get(b"retry-after"))
        if self.settings.rule is not None and self.fallback is not None:
            self.request.more.pop("err_type", None)
            self.request.stays("lane_used_up")
            self.request.offload_from = f"{self.lane.words} used up for {seconds} s"
            return await self.fallback()
        if failed.reply.status < 300:
            self.request.upstream_status = failed.reply.status
            return self._own(*lane_replies.used_up(self.lane, failed.fault, seconds))
        head = lane_replies.exhausted(
            lane_replies.allowed(failed.reply), failed.fault, self.dialect, time.time()
        )
        return self._answer(head, None, failed.raw, failed.content)

    def _pause(self, fault: lane_replies.Fault, retry_after: bytes = b"") -> int | None:
        """Note that the quota is used up, and pause if that is wanted; return seconds until it opens.

        Who goes by what is left pauses in any case: by the text, by the header, else for a while.
        """
        now = time.time()
        seconds = fault.retry_after(now, self.dialect)
        self._note("exhausted", f"code {fault.code or '?'}, opens in {seconds or '?'} s")
        if self.settings.rule is not None and seconds is None:
            said = retry_after.decode("latin-1")
            seconds = max(1, int(said)) if said.isdecimal() and len(said) < 9 else UNKNOWN_RESET
        if (self.settings.auto_pause or self.settings.rule is not None) and seconds is not None:
            self.state.paused_until = now + seconds
            say(
                f"the quota at {self.lane.words} is used up; paused for {seconds} s, Haiku stays on Anthropic until then"
            )
        return seconds

    def _note(self, word: str, detail: str) -> None:
        self.log.anomaly(f"{self.lane.name}-{word}", detail, self.lane.backend)

    def _backoff(self, reply: ReplyHead, fault: lane_replies.Fault, tries: int) -> float | None:
        """Return how long to wait before the next try; None when there is to be none."""
        is_transient = reply.status in BACKOFF_STATUS or (reply.status < 300 and fault.meaning == "transient")
        if not self.settings.backoff or not is_transient or tries > BACKOFF_TRIES:
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


def _take(plain: bytearray, pieces: Iterator[bytes]) -> None:
    """Take what some bytes mean, no more of it than a stream is judged by: a few of them may mean very much."""
    for piece in pieces:
        plain += piece
        if len(plain) > MAX_ERROR:
            return


def _plain(payload: bytes, reply: ReplyHead) -> bytes:
    try:
        return decode(payload, reply.get(b"content-encoding"))
    except UnreadableBody:
        return b""
