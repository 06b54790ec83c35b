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
request that failed.
"""

from __future__ import annotations

import re

import msgspec

from tracker.history import Reply

SIGN = b'"input_tokens":'  # what every line with token counts holds
SYNTHETIC = "<synthetic>"
_STATUS = re.compile(rb"API Error: ([45]\d\d)\b")  # the client's words for a request that failed


class _CacheWrites(msgspec.Struct):
    ephemeral_1h_input_tokens: int | None = None


class _Tokens(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
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
        said = _STATUS.search(line)
        failed = said[1].decode() if said else "error"
    elif message.model == SYNTHETIC:
        failed = SYNTHETIC
    return Reply(
        key=f"{message.id or found.uuid} {found.requestId or ''}",
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
