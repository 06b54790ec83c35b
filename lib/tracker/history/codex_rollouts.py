"""Codex's rollouts: `sessions/YYYY/MM/DD/rollout-….jsonl`, one file a thread.

A `token_count` event follows each reply, and repeats the last one whenever only the limits have moved, so a
reply is an event whose total has changed.  Newer clients write a `token_usage_record` with the reply's id
before it, which then is the reply.  Seen with Codex 0.42 to 0.171:

    {"timestamp":"…","type":"session_meta","payload":{"id":"…","cwd":"/…","cli_version":"0.169.0"}}
    {"timestamp":"…","type":"turn_context","payload":{"model":"gpt-5.5-codex","cwd":"/…"}}
    {"timestamp":"…","type":"token_usage_record","payload":{"response_id":"resp_1","usage":{…}}}
    {"timestamp":"…","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{…},
     "last_token_usage":{"input_tokens":1200,"cached_input_tokens":1000,"output_tokens":55,
     "reasoning_output_tokens":20,"total_tokens":1255}},"rate_limits":{"primary":{"used_percent":12.5,
     "window_minutes":300,"resets_at":1795900000},"secondary":{…},"plan_type":"plus"}}}

`input_tokens` holds the cached ones, `output_tokens` the reasoning ones.

A thread that was forked from another, or that an agent began so, starts with all that the other one had, written anew in
one burst with the time of the fork: a `session_meta` of its own with `forked_from_id` (or `source.subagent.thread_spawn`),
then the other's lines, its `session_meta` among them.  What is in that burst is counted where it is not known from a thread
of its own; the limits in it are old ones.  Seen up to 0.145; with `history_mode` `paginated` (0.171) nothing is copied.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tracker import clock, rows
from tracker.history import LimitSeen, Reply

SIGNS = (b'"token_count"', b'"token_usage_record"', b'"session_meta"', b'"turn_context"')


KEY = "codex "  # what the key of a reply begins with
COPY = f"{KEY}copy "  # and that of one that a forked thread has of its parent


def content(key: str) -> str:
    """Return what is the same of a reply in a thread and in those that were forked from it: the count.

    >>> content("codex t1 9.0.5.14"), content("codex copy 9.0.5.14")
    ('9.0.5.14', '9.0.5.14')
    """
    return key.rpartition(" ")[2]


class _Tokens(msgspec.Struct):
    input_tokens: rows.Count = 0
    cached_input_tokens: rows.Count = 0
    cache_write_input_tokens: rows.Count = 0
    output_tokens: rows.Count = 0
    total_tokens: rows.Count = 0


class _Info(msgspec.Struct):
    total_token_usage: _Tokens | None = None
    last_token_usage: _Tokens | None = None


class _Payload(msgspec.Struct):
    type: str = ""
    info: _Info | None = None
    rate_limits: dict[str, Any] | None = None
    id: str | None = None
    cwd: str | None = None
    cli_version: str | None = None
    model: str | None = None
    response_id: str | None = None
    usage: _Tokens | None = None
    forked_from_id: str | None = None
    source: Any = None
    history_mode: str | None = None
    agent_nickname: str | None = None
    agent_role: str | None = None

    @property
    def parent(self) -> str | None:
        """The thread whose lines this one begins with; None where they stay in its own file alone."""
        if self.history_mode == "paginated":
            return None
        inner = self.source
        for name in ("subagent", "thread_spawn", "parent_thread_id"):
            inner = inner.get(name) if isinstance(inner, dict) else None
        return self.forked_from_id or (inner if isinstance(inner, str) else None)


class _Line(msgspec.Struct):
    payload: _Payload
    type: str = ""
    timestamp: str = ""


_decoder = msgspec.json.Decoder(_Line)


class ForkedCopy:
    """The burst of lines with which a forked thread begins: where it ends, by the time of its lines alone."""

    GAP = 1.0  # seconds; the lines of a copy follow each other at once, a reply takes longer

    def __init__(self, began: str) -> None:
        self._began = self._last = clock.said(began)

    def holds(self, ts: str) -> bool:
        """Say whether the next line, written at `ts`, is still of the copy."""
        when = clock.said(ts)
        if when is not None and self._began is not None and when < self._began:  # copied with its own time
            return True
        if self._last is None or when is None or (when - self._last).total_seconds() >= self.GAP:
            self._last = None
            return False
        self._last = when
        return True


def forked_at(head: bytes) -> str | None:
    """Return when a rollout began whose first line says that it is a fork; None when it is none, or no rollout.

    >>> forked_at(b'{"type":"session_meta","timestamp":"t","payload":{"id":"b","forked_from_id":"a"}}')
    't'
    """
    try:
        found = _decoder.decode(head)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found.timestamp if found.type == "session_meta" and found.payload.parent else None


class Thread:
    """What the lines of one rollout have said so far: whose the next reply is."""

    def __init__(self, source: int = 0) -> None:
        self.source = source
        self.session: str | None = None
        self.copy: ForkedCopy | None = None
        self.folder: str | None = None
        self.model: str | None = None
        self.client = "codex"
        self.agent_type: str | None = None
        self._total = 0  # tokens, of the last count
        self._has_records = False
        self._limits: dict[str, Any] = {}

    def read(self, line: bytes) -> list[Reply | LimitSeen]:
        """Return the reply on one line, and the limits.  msgspec.DecodeError: no JSON, or of another shape.

        >>> [made.completion_tokens for made in Thread().read(b'{"type":"token_usage_record","timestamp":"t",'
        ...     b'"payload":{"response_id":"r","usage":{"input_tokens":9,"output_tokens":2}}}')]
        [2]
        """
        found = _decoder.decode(line)
        said = found.payload
        if found.type == "session_meta":
            if self.copy is not None:  # the other thread's
                return []
            self.session, self.folder = said.id, said.cwd
            if said.parent is not None:
                self.copy = ForkedCopy(found.timestamp)
            self.agent_type = said.agent_role or said.agent_nickname
            self.client = f"codex {said.cli_version}" if said.cli_version else "codex"
        elif found.type == "turn_context":
            self.model, self.folder = said.model or self.model, said.cwd or self.folder
        elif found.type == "token_usage_record" and said.usage is not None:
            self._has_records = True
            return [self._reply(found.timestamp, said.response_id or found.timestamp, said.usage)]
        elif said.type == "token_count":
            return self._counted(found.timestamp, said, line)
        return []

    def _counted(self, ts: str, said: _Payload, line: bytes) -> list[Reply | LimitSeen]:
        made: list[Reply | LimitSeen] = []
        info = said.info
        is_copied = self.copy is not None and self.copy.holds(ts)
        if info is not None and info.total_token_usage is not None and info.last_token_usage is not None:
            total = info.total_token_usage
            if total.total_tokens != self._total and not self._has_records:
                whose = "copy" if is_copied else self.session or f"file-{self.source}"
                made.append(self._reply(ts, f"{whose} {_figures(total)}", info.last_token_usage))
            self._total = total.total_tokens
        if said.rate_limits and said.rate_limits != self._limits:
            self._limits = said.rate_limits
            if not is_copied:
                made.append(LimitSeen(ts, line))
        return made

    def _reply(self, ts: str, key: str, used: _Tokens) -> Reply:
        cached = min(used.cached_input_tokens, used.input_tokens)
        return Reply(
            key=f"{KEY}{key}",
            ts=ts,
            model=self.model or "unknown",
            session=self.session,
            agent=None,
            agent_type=self.agent_type,
            folder=self.folder,
            client=self.client,
            prompt_tokens=used.input_tokens - cached,
            completion_tokens=used.output_tokens,
            cache_read_tokens=cached,
            cache_creation_tokens=used.cache_write_input_tokens,
            cache_creation_1h_tokens=None,
            source=self.source,
        )


def _figures(total: _Tokens) -> str:
    return f"{total.input_tokens}.{total.cached_input_tokens}.{total.output_tokens}.{total.total_tokens}"
