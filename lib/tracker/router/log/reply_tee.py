"""Count a reply's tokens while its bytes pass, without changing, holding or copying them.

A `ReplyTee` is given to mitmproxy as `flow.response.stream`: it returns every chunk as it came.
Anthropic's numbers stand in `message_start` and, final, in `message_delta`; Z.AI's only in the
latter.  Whatever goes wrong in here stops the counting, never the reply.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

from tracker.router.log.decoders import Decoder

MAX_CONTENT = 256 * 1024 * 1024  # bytes of one reply, decoded, that are looked at
MAX_LINE = 4 * 1024 * 1024  # bytes of one SSE line or of a JSON reply that are looked at
MOST_TOKENS = 10**9  # of one request; a larger count is none
LONGEST_ERROR = 500  # bytes of an error's text
# What an event that is read has: counts, the end, an error in one of its shapes.
_SIGNS = (b'"usage"', b"message_stop", b'"error', b'"code"', b"event: error", b"event:error")
_FIELDS = (b"event:", b"id:", b"retry:", b":", b"}", b'"')
_NO_ERROR = frozenset({"usage", "id", "object", "model", "created", "choices"})  # of other kinds of events
_WORD = re.compile(r"[a-z0-9_]{1,60}")

# Our names for the provider's.
_COUNTS = {
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "cache_read_input_tokens": "cache_read_tokens",
    "cache_creation_input_tokens": "cache_creation_tokens",
}


class ReplyTee:
    """Passes the chunks of one reply on and remembers what they said."""

    __slots__ = (
        "_buffer",
        "_decoder",
        "_last",
        "_named_error",
        "_size",
        "_sse",
        "_whole",
        "bytes",
        "counting",
        "counts",
        "error",
        "error_body",
        "final",
        "first_at",
        "spoke",
        "stopped",
    )

    def __init__(self, content_type: str, content_encoding: str) -> None:
        self.bytes = 0  # of the body, as they passed
        self.counts: dict[str, int] = {}
        self.error: str | None = None  # the type in an error event or error body, if it is one word
        self.error_body: dict[str, Any] | None = None  # an error event, for whoever judges it; never logged
        self.final = False  # whether the final counts of a stream came
        self.spoke = False  # whether anything of a turn came
        self.stopped = False  # whether `message_stop` came
        self.first_at: float | None = None  # time.perf_counter() of the first chunk
        self._sse = content_type.lower().startswith("text/event-stream")
        self._buffer = bytearray()
        self._last = b""  # the last whole lines of a stream
        self._named_error = False  # whether the next event's name says that it is an error
        self._whole = False  # whether a JSON reply came to its end and is still to be read
        self._decoder: Decoder | None = None
        self._size = 0  # bytes of the reply, decoded, so far
        self.counting = True
        try:
            self._decoder = Decoder(content_encoding)
        except Exception:
            self.counting = False

    @property
    def is_stream(self) -> bool:
        """Whether the reply is a stream of events."""
        return self._sse

    def __call__(self, chunk: bytes) -> bytes:
        """Take one chunk, return the same chunk; b"" is mitmproxy's word for the end."""
        if chunk:
            if self.first_at is None:
                self.first_at = time.perf_counter()
            self.bytes += len(chunk)
        if self.counting:
            try:
                if chunk:
                    self._take(chunk)
                else:
                    self._end()
            except Exception:
                self.counting = False
                self._buffer.clear()
        return chunk

    def settle(self) -> None:
        """Read a whole JSON reply, which can wait until the client has it."""
        if self._whole and self.counting and self._buffer:
            try:
                self._reply(json.loads(self._buffer))
            except Exception:
                self.counting = False
        self._whole = False
        self._buffer.clear()

    def _take(self, chunk: bytes) -> None:
        assert self._decoder is not None
        for piece in self._decoder.pieces(chunk):
            self._size += len(piece)
            if self._size > MAX_CONTENT:
                raise ValueError("endless reply")
            self._take_piece(piece)

    def _take_piece(self, piece: bytes) -> None:
        buffer = self._buffer
        start = len(buffer)
        buffer += piece
        if self._sse:
            # Only whole lines are read; most of them by their first bytes alone.
            cut = buffer.rfind(b"\n", start)
            if cut >= 0:
                lines = bytes(buffer[:cut])
                del buffer[: cut + 1]
                self._last = lines
                self.spoke = self.spoke or b"content_block_delta" in lines or b"tool_use" in lines
                if self._named_error or any(sign in lines for sign in _SIGNS):
                    for line in lines.split(b"\n"):
                        if line.startswith(b"data:"):
                            self._event(line[5:].strip())
                        elif line.startswith(b"event:"):
                            self._named_error = line[6:].strip() == b"error"
        if len(buffer) > MAX_LINE:
            raise ValueError("endless line")

    def _end(self) -> None:
        if self._sse:
            if self._buffer.startswith(b"data:"):
                self._event(bytes(self._buffer[5:]).strip())
            if not self.stopped and self.error_body is None:
                self._last_words([*self._last.split(b"\n"), bytes(self._buffer)])
            self._buffer.clear()
        else:
            self._whole = True

    def _event(self, data: bytes) -> None:
        named_error, self._named_error = self._named_error, False
        if not (named_error or any(sign in data for sign in _SIGNS)):
            return
        try:
            event = json.loads(data)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            if named_error:
                self._failed({"message": data[:LONGEST_ERROR].decode("utf-8", "replace")})
            return
        kind = event.get("type")
        if kind == "message_start":
            self._usage((event.get("message") or {}).get("usage"))
        elif kind == "message_delta":
            self.final = isinstance(event.get("usage"), dict)
            self._usage(event.get("usage"))
            if event.get("error"):
                self._failed(event)
        elif kind == "message_stop":
            self.stopped = True
        elif named_error or kind == "error" or (kind is None and not _NO_ERROR.issuperset(event)):
            self._failed(event)

    def _last_words(self, lines: list[bytes]) -> None:
        """Take what a stream that did not come to its end says last, and in no event, for an error."""
        for line in map(bytes.strip, lines):
            words = line.removeprefix(b"data:").strip()
            if line.startswith(b"{") and not _NO_ERROR.issuperset(event := _object(words)):
                self._failed(event)
                return
            if words and not words.startswith((b"{", *_FIELDS)):
                self._failed({"message": words[:LONGEST_ERROR].decode("utf-8", "replace")})
                return

    def _failed(self, event: dict[str, Any]) -> None:
        """Remember an event that says an error, in whatever shape."""
        self.error_body = event
        error = event.get("error")
        self._error(error if isinstance(error, dict) else {"code": event.get("code")})
        self.error = self.error or "error"

    def _reply(self, reply: Any) -> None:
        if isinstance(reply, dict):
            self._usage(reply.get("usage"))
            self._error(reply.get("error"))

    def _usage(self, usage: Any) -> None:
        if not isinstance(usage, dict):
            return
        for theirs, ours in _COUNTS.items():
            count = usage.get(theirs)
            # A final event that says 0 of what the first one counted must not erase it.
            if (
                type(count) is int
                and count <= MOST_TOKENS
                and (count > 0 or (count == 0 and ours not in self.counts))
            ):
                self.counts[ours] = count

    def _error(self, error: Any) -> None:
        if isinstance(error, dict):
            word = error.get("type") or error.get("code")
            if _WORD.fullmatch(str(word)):
                self.error = str(word)


def _object(line: bytes) -> dict[str, Any]:
    """Return the object that a line is; an empty one for anything else."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
