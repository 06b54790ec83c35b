"""Lines in the shape of the clients' own files, made up."""

from __future__ import annotations

import json


def claude(key, at="2026-11-20T09:00:00.000Z", *, out=40, model="claude-opus-5-5", **more):
    """Return one line of a transcript: a piece of the reply `key`."""
    used = {
        "input_tokens": 7,
        "output_tokens": out,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 9,
    }
    used["cache_creation"] = {"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 4}
    message = {"id": f"msg_{key}", "role": "assistant", "model": model, "content": [], "usage": used}
    line = {
        "type": "assistant",
        "timestamp": at,
        "sessionId": "s1",
        "cwd": "/srv/me/app",
        "version": "2.1.329",
    }
    return (
        json.dumps(line | {"requestId": f"req_{key}", "message": message} | more, separators=(",", ":"))
        + "\n"
    )


def said(text="hello"):
    """Return one line of a transcript without a reply."""
    return json.dumps({"type": "user", "message": {"role": "user", "content": text}}) + "\n"


def codex(kind, at="2026-11-20T09:00:00Z", **payload):
    """Return one line of a rollout."""
    return json.dumps({"timestamp": at, "type": kind, "payload": payload}, separators=(",", ":")) + "\n"


def tokens(total, last, cached=0):
    """Return what a token_count event says."""

    def one(count):
        return {
            "input_tokens": count,
            "cached_input_tokens": cached,
            "output_tokens": 5,
            "total_tokens": count + 5,
        }

    return {"total_token_usage": one(total), "last_token_usage": one(last)}


def limit(key, words, at="2026-11-20T09:30:00.000Z", **more):
    """Return one line of a transcript: a request that the plan's limit ended, as Claude Code 2.0 and later write it."""
    line = json.loads(claude(key, at, out=0, model="<synthetic>"))
    line["message"]["content"] = [{"type": "text", "text": words}]
    line["message"]["usage"] = {"input_tokens": 0, "output_tokens": 0}
    line |= {"error": "rate_limit", "isApiErrorMessage": True} | more
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n"
