"""One request as its client saw it: a line of drive-client."""

from __future__ import annotations

import msgspec


class Call(msgspec.Struct, kw_only=True, tag_field="kind", tag="call"):
    """One request as its client saw it."""

    ts: str
    n: int
    client: str
    model: str
    op: str
    trace_id: str | None = None  # the same in the router's row
    status: int | None = None  # HTTP status; null when none came
    error: str | None = None  # the client's name for what went wrong
    latency_ms: float = 0
    ttfb_ms: float | None = None
    longest_gap_ms: float | None = None  # the longest silence inside a stream
    events: int | None = None
    is_whole: bool = False  # the reply came to its own end
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    text: str | None = None  # the answer's first words
