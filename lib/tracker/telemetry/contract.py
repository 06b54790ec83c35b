"""The field plans' telemetry contract: events of ten fields, which a proxy of one's own may write.

    {"timestamp": "2025-10-21T09:00:00Z", "session_id": "s1", "subagent_id": "haiku", "backend_provider": "glm",
     "model": "claude-haiku-4-5", "prompt_tokens": 900, "completion_tokens": 40, "latency_ms": 812.4,
     "status": 200, "trace_id": "t1"}

They have no `kind` and no `lane`: what they say becomes a usage row, and what they do not say stays unknown.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tracker import lanes
from tracker.rows import Usage

FIELDS = (
    "timestamp",
    "session_id",
    "subagent_id",
    "backend_provider",
    "model",
    "prompt_tokens",
    "completion_tokens",
    "latency_ms",
    "status",
    "trace_id",
)
SURE = {"timestamp", "backend_provider"}  # what an event has, beside any other object without a kind
OURS = {"kind", "ts", "lane", "decision"}  # what it does not have, beside a usage row that was damaged
FAMILIES = ("haiku", "sonnet", "opus", "fable", "anthropic", "claude")  # backend_provider of Anthropic's lane


def read(raw: bytes) -> Usage | msgspec.ValidationError | None:
    """Return the usage row of an event, why it is none, or None for a line that is no event.

    >>> read(b'{"timestamp":"2025-10-21T09:00:00Z","backend_provider":"glm","model":"claude-haiku-4-5",'
    ...      b'"latency_ms":1,"status":200}').lane
    'zai'
    """
    try:
        said = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(said, dict) or said.keys() & OURS or not said.keys() >= SURE:
        return None
    try:
        return msgspec.convert(_row(said), Usage, strict=False)
    except msgspec.ValidationError as wrong:
        return wrong


def _row(said: dict[str, Any]) -> dict[str, Any]:
    backend, model = str(said["backend_provider"]), str(said.get("model"))
    offloaded = next((lane.name for lane in lanes.known().values() if lane.backend == backend), backend)
    lane = lanes.ANTHROPIC if backend in FAMILIES else offloaded
    if lane == lanes.ANTHROPIC:
        decision = "kept"
    else:
        decision = "forced_model" if "haiku" in model.lower() else "forced_class"
    told = {name: said[name] for name in FIELDS if name in said}
    return {
        "kind": "usage",
        "ts": said["timestamp"],
        "status": None,
        **told,
        "lane": lane,
        "decision": decision,
        "op": "unknown",
    }
