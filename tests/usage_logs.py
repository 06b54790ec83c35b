"""Usage logs for tests and benches: made-up requests, the same every time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

MODELS = {"claude-haiku-5-5": 5, "claude-haiku-4-5-20251001": 2, "claude-sonnet-5-5": 6, "claude-opus-5-5": 2}
FAILURES: list[tuple[int | None, str]] = [
    (429, "429"),
    (529, "5xx"),
    (401, "401"),
    (400, "4xx"),
    (None, "net"),
]


def usage(**more: Any) -> dict[str, Any]:
    """Return one good usage row: Haiku that went to Z.AI."""
    return {
        "kind": "usage",
        "ts": "2026-02-03T10:00:00.250000Z",
        "model": "claude-haiku-5-5",
        "lane": "zai",
        "status": 200,
        "latency_ms": 812.4,
        "decision": "forced_model",
        "op": "stream",
        "upstream": "zai",
        "backend_provider": "glm",
        "force_haiku": True,
        "header_mode": "x-api-key",
    } | more


def sonnet(**more: Any) -> dict[str, Any]:
    """Return one good usage row: Sonnet that stayed on Anthropic."""
    there = {"lane": "anthropic", "upstream": "anth", "decision": "kept", "header_mode": None}
    return usage(model="claude-sonnet-5-5", backend_provider="sonnet", **there) | more


def requests(count: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Yield usage rows as the router writes them."""
    chance = random.Random(seed)
    at = datetime(2026, 2, 3, 10, tzinfo=UTC)
    sessions = [f"{chance.getrandbits(128):032x}" for _ in range(1 + count // 500)]
    for _ in range(count):
        at += timedelta(microseconds=chance.randrange(1, 900_000))
        ts = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        [model] = chance.choices(list(MODELS), list(MODELS.values()))
        probe = "haiku" in model and chance.random() < 0.01
        zai = "haiku" in model and not probe
        failed = chance.random() < 0.02
        status, err_type = chance.choice(FAILURES) if failed else (200, None)
        latency = round(chance.lognormvariate(6.8, 0.7), 3)
        yield {
            "kind": "usage",
            "ts": ts,
            "timestamp": ts,
            "model": model,
            "session_id": chance.choice(sessions),
            "subagent_id": f"agent-{chance.getrandbits(24):06x}" if chance.random() < 0.4 else None,
            "agent_type": None,
            "prompt_id": f"{chance.getrandbits(64):016x}",
            "trace_id": f"{chance.getrandbits(128):032x}",
            "request_class": chance.choice(["main", "main", "subagent", "auxiliary"]),
            "h2": False,
            "request_bytes": chance.randrange(2_000, 170_000),
            "lane": "zai" if zai else "anthropic",
            "upstream": "zai" if zai else "anth",
            "backend_provider": "glm" if zai else model.split("-")[1],
            "decision": "forced_model" if zai else "quota_probe" if probe else "kept",
            "routed_model": "glm-4.6" if zai else model,
            "header_mode": "x-api-key" if zai else None,
            "force_haiku": True,
            "status": status,
            "err_type": err_type,
            "op": chance.choice(["stream", "stream", "nonstream"]),
            "latency_ms": latency,
            "ttfb_ms": None if failed else round(latency * chance.random(), 3),
            "response_bytes": 0 if failed else chance.randrange(200, 30_000),
            "prompt_tokens": None if failed else chance.randrange(1, 3_000),
            "completion_tokens": None if failed else chance.randrange(1, 2_000),
            "cache_read_tokens": None if failed else chance.randrange(0, 90_000),
            "cache_creation_tokens": None if failed else chance.randrange(0, 9_000),
            "rate_limits": {} if zai else {"5h_utilization": round(chance.random(), 2)},
            "rate_limit_status": None if zai else "allowed",
        }


def line(row: dict[str, Any]) -> bytes:
    """Return a row as the router writes it, newline included."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def log(count: int, seed: int = 7) -> bytes:
    """Return a log of so many requests."""
    return b"".join(map(line, requests(count, seed)))


def spoil(good: bytes, chance: random.Random) -> bytes:
    """Return a line (without newline) that is no usage row any more, in one of many ways."""
    cut = chance.randrange(1, len(good) - 1)
    ways = [
        b"",
        b"   ",
        good[:cut],
        good[cut:],
        good + good,
        good[:cut] + good,
        good.replace(b'"usage"', b'"us\xffage"'),
        good[:-1] + b',"new":"\xc3\x28"}',
        good[:cut] + b"\0" + good[cut:],
        b"[" + good + b"]",
        b'"usage"',
        b"17",
        b"null",
        good.replace(b'"latency_ms":', b'"latency_ms":"slow","was":'),
        good.replace(b'"latency_ms":', b'"latency_ms":NaN,"was":'),
        good.replace(b'"latency_ms":', b'"latency_ms":-1,"was":'),
        good.replace(b'"status":', b'"status":"200","was":'),
        good.replace(b'"status":', b'"status":true,"was":'),
        good.replace(b'"status":', b'"was":'),
        good.replace(b'"lane":', b'"lane":"mars","was":'),
        good.replace(b'"model":', b'"was":'),
        good.replace(b'"kind":"usage",', b""),
        good.replace(b'"kind":"usage"', b'"kind":"snapshot"'),
        good.replace(b'"ts":"2026', b'"ts":"2026-13'),
        good.replace(b'"op":', b'"op":null,"was":'),
        good.replace(b'"ts":', b'"ts":"\t","was":'),
        good[:-1] + b",}",
        good[:-1],
        good + b"x",
        good.replace(b":", b"=", 1),
        bytes(chance.randrange(256) for _ in range(40)).replace(b"\n", b"?"),
    ]
    return chance.choice(ways)
