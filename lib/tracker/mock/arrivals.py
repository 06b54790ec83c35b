"""What arrived at a mock provider: names, sizes and digests, never the value of a credential."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import zstandard

CREDENTIAL_HEADERS = ("authorization", "x-api-key", "cookie", "proxy-authorization")

# Traces of a person or an account that must not reach another provider.
TRACES = {
    "account_uuid": re.compile(rb"account_uuid"),
    "device_id": re.compile(rb"device_id"),
    "email": re.compile(rb"(?<![\w.+-])(?!noreply@)[\w.+-]+@[\w-]+\.[a-z]{2,}", re.I),
    "anthropic_key": re.compile(rb"sk-ant-"),
    "billing_header": re.compile(rb"x-anthropic-billing-header"),
}


class UnreadableArrival(Exception):
    """The body is not what its headers say."""


def kind_of(value: str) -> str:
    """Return whose a credential looks to be, from its prefix alone.

    >>> kind_of("Bearer sk-ant-oat01-x"), kind_of("0123456789abcdef0123456789abcdef.0123456789abcdef")
    ('anthropic', 'other')
    """
    return "anthropic" if value.removeprefix("Bearer ").startswith("sk-ant-") else "other"


def decoded(body: bytes, encoding: str) -> bytes:
    """Return a request's body without its content encoding; `UnreadableArrival` when it is not so."""
    try:
        if encoding in ("", "identity"):
            return body
        if encoding == "gzip":
            return gzip.decompress(body)
        if encoding == "zstd":
            return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    except (OSError, EOFError, zstandard.ZstdError) as wrong:
        raise UnreadableArrival(str(wrong)) from None
    raise UnreadableArrival(f"content-encoding {encoding}")


def parsed(body: bytes) -> dict[str, Any] | None:
    """Return the body's JSON object, or None."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def describe(headers: Mapping[str, str], body: bytes, told: dict[str, Any] | None) -> dict[str, Any]:
    """Return what may be kept of a request."""
    lowered = {name.lower(): value for name, value in headers.items()}
    plain = body
    with contextlib.suppress(UnreadableArrival):
        plain = decoded(body, lowered.get("content-encoding", ""))
    model = (told or {}).get("model")
    return {
        "headers": [name.lower() for name in headers],
        "credentials": {name: kind_of(lowered[name]) for name in CREDENTIAL_HEADERS if name in lowered},
        "traces": [name for name, pattern in TRACES.items() if pattern.search(plain)],
        "model": model if isinstance(model, str) else None,
        "stream": bool((told or {}).get("stream")),
        "body_bytes": len(body),
        "body_sha256": hashlib.sha256(body).hexdigest(),
    }
