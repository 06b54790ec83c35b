"""Claude Code's transcripts: `projects/FOLDER/SESSION.jsonl`, and its subagents' files beside or below it.

One reply is written in several lines, one for each block of its content, all with the message's id and
usage; the last one counts.  A resumed session may hold the lines of the session that it goes on with.
Seen with Claude Code 1.0 to 2.1.332:

    {"type":"assistant","timestamp":"…","sessionId":"…","isSidechain":true,"agentId":"a1","cwd":"/…",
     "requestId":"req_…","version":"2.1.329","attributionAgent":"Explore",
     "message":{"id":"msg_…","model":"claude-haiku-5-5","usage":{"input_tokens":7,"output_tokens":40,
     "cache_creation_input_tokens":0,"cache_read_input_tokens":9844,
     "cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}}}}

What the client says in a model's place has the model `<synthetic>`; with `isApiErrorMessage` it is a
request that failed.  Where the plan's limit was the reason, its text is Claude's banner (meters/claude_banner.py);
2.1.332 says it again in plain numbers:

    {"type":"assistant","isApiErrorMessage":true,"error":"rate_limit","apiErrorStatus":429,
     "message":{"model":"<synthetic>","content":[{"type":"text","text":"You've hit your 5-hour limit · resets 6pm (UTC)"}],…},
     "quotaLimits":{"status":"rejected","resetsAt":1795888800,"rateLimitType":"five_hour",…}}
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from tracker import rows
from tracker.history import Reply
from tracker.meters import claude_banner, reset_times

SIGN = b'"input_tokens":'  # what every line with token counts holds
FAILED = b'"isApiErrorMessage":true'  # what every line of a request that failed holds
SYNTHETIC = "<synthetic>"
_STATUS = re.compile(rb"API Error: ([45]\d\d)\b")  # the client's words for a request that failed


class _CacheWrites(msgspec.Struct):
    ephemeral_1h_input_tokens: rows.Count | None = None


class _Tokens(msgspec.Struct):
    input_tokens: rows.Count | None = None
    output_tokens: rows.Count | None = None
    cache_read_input_tokens: rows.Count | None = None
    cache_creation_input_tokens: rows.Count | None = None
    cache_creation: _CacheWrites | None = None


class _Message(msgspec.Struct):
    usage: _Tokens | None = None
    id: str | None = None
    model: str | None = None


class _Line(msgspec.Struct):
    type: str = ""
    message: _Message | None = None
    timestamp: str = ""
    sessionId: str | None = None
    requestId: str | None = None
    uuid: str | None = None
    agentId: str | None = None
    attributionAgent: str | None = None
    cwd: str | None = None
    version: str | None = None
    isApiErrorMessage: bool = False


_decoder = msgspec.json.Decoder(_Line)


def read(line: bytes, source: int = 0) -> Reply | None:
    """Return the reply on one line; None when there is none.  msgspec.DecodeError: no JSON, or of another shape.

    >>> made = read(b'{"type":"assistant","timestamp":"2026-01-01T00:00:00Z","requestId":"r","message":'
    ...     b'{"id":"m","model":"claude-haiku-5-5","usage":{"input_tokens":3,"output_tokens":1}}}')
    >>> made.key, made.prompt_tokens, made.cache_read_tokens
    ('m r', 3, None)
    """
    found = _decoder.decode(line)
    message = found.message
    if found.type != "assistant" or message is None or message.usage is None or not found.timestamp:
        return None
    used = message.usage
    failed = None
    if found.isApiErrorMessage:
        failed = _failed(line)
    elif message.model == SYNTHETIC:
        failed = SYNTHETIC
    return Reply(
        key=_key(message.id or found.uuid, found),
        ts=found.timestamp,
        model=message.model or "unknown",
        session=found.sessionId,
        agent=found.agentId,
        agent_type=found.attributionAgent,
        folder=found.cwd,
        client=f"claude-code {found.version}" if found.version else "claude-code",
        prompt_tokens=used.input_tokens,
        completion_tokens=used.output_tokens,
        cache_read_tokens=used.cache_read_input_tokens,
        cache_creation_tokens=used.cache_creation_input_tokens,
        cache_creation_1h_tokens=used.cache_creation.ephemeral_1h_input_tokens
        if used.cache_creation
        else None,
        failed=failed,
        source=source,
    )


def _key(name: str | None, found: _Line) -> str:
    """Return what makes two lines the same reply; a line without any id is one of its own moment."""
    if name is None and not found.requestId:
        name = f"{found.sessionId}/{found.timestamp}"
    return f"{name} {found.requestId or ''}"


def limit_reached(line: bytes, ts: datetime) -> claude_banner.LimitReached | None:
    """Return which quota a failed request's line says was used up at `ts`; None when it failed for something else.

    A reset that the quota cannot have is left out.
    """
    made = _whole(line)
    at = reset_times.Clock(ts)
    found = claude_banner.told(made.get("quotaLimits"), at) or claude_banner.reached(_words(made), at)
    if found is None or (found.quota and found.quota[0] == "extra_usage"):
        return None
    return found if claude_banner.is_possible(found, at) else found._replace(resets_at=None)


def snapshot(found: claude_banner.LimitReached, ts: datetime, account: str | None) -> rows.Snapshot | None:
    """Return the reading that a reached limit is: its quota at 100 %; None when it is not known which."""
    made = claude_banner.fields(found)
    if made is None:
        return None
    meters = [msgspec.convert(made, rows.Meter)]
    return rows.Snapshot(
        ts=ts, provider="claude", surface="banner", status="ok_partial", meters=meters, account=account
    )


def _failed(line: bytes) -> str:
    """Return the status of a request that failed, or `error` where the client does not say it."""
    made = _whole(line)
    status = made.get("apiErrorStatus")
    if isinstance(status, int) and 400 <= status <= 599:
        return str(status)
    if said := _STATUS.search(line):
        return said[1].decode()
    # Older clients write no `error`: whether there is a banner says it, whatever the time.
    at = reset_times.Clock(datetime.now(UTC))
    return "429" if made.get("error") == "rate_limit" or claude_banner.reached(_words(made), at) else "error"


def _whole(line: bytes) -> dict[str, Any]:
    made = msgspec.json.decode(line)
    return made if isinstance(made, dict) else {}


def _words(made: dict[str, Any]) -> str:
    """Return what the client said in the model's place."""
    message = made.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return "\n".join(one for one in texts if isinstance(one, str))
