"""Read what a `/v1/messages` body says of itself, without parsing more of it than is needed.

Only the top-level `model` counts.  Claude Code puts it first, and then a look at the first bytes is
enough; whatever is not as simple as that is parsed whole, strictly.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from mitmproxy.net import encoding

# `{"model":"claude-…"`: the value holds no quote, no escape and no control character.
_FIRST = re.compile(rb'\s*\{\s*"model"\s*:\s*"([^"\\\x00-\x1f\x80-\xff]{0,200})"\s*[,}]')
# Another string under a key `model`, at whatever depth.  Inside a string the quotes are escaped, so
# text that merely talks about models does not match.
_ANY = re.compile(rb'"model"\s*:\s*"')
_ESCAPED_LETTER = re.compile(rb"\\u00[46]", re.IGNORECASE)  # a key could be spelled "\u006dodel"
_STREAM = re.compile(rb'"stream"\s*:\s*true')


class Unreadable(ValueError):
    """The body is no JSON object in UTF-8, or its encoding is not known."""


class Body(NamedTuple):
    """What a body says: its model, and the parsed object if it had to be parsed."""

    model: str | None  # None: no top-level model that is a string
    parsed: dict[str, Any] | None


def decode(raw: bytes, content_encoding: str | None) -> bytes:
    """Return the body without its content encoding (gzip, deflate, br, zstd); raise Unreadable.

    >>> import gzip
    >>> decode(gzip.compress(b"{}"), "gzip")
    b'{}'
    """
    text = raw
    for name in reversed((content_encoding or "identity").split(",")):
        try:
            decoded = encoding.decode(text, name.strip().lower())
        except ValueError as wrong:
            raise Unreadable("the body's content-encoding cannot be undone") from wrong
        if not isinstance(decoded, bytes):
            raise Unreadable("the body's content-encoding is not one of bytes")
        text = decoded
    return text


def parse(text: bytes) -> dict[str, Any]:
    """Return the object in a body; raise Unreadable for anything else, NaN included.

    >>> parse(b'{"model":"m","n":1}')
    {'model': 'm', 'n': 1}
    """
    try:
        parsed = json.loads(text.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unreadable("the body is no JSON") from None
    if not isinstance(parsed, dict):
        raise Unreadable("the body is no JSON object")
    return parsed


def _no_constant(name: str) -> None:
    raise ValueError(name)


def read(text: bytes) -> Body:
    """Return the top-level model of a body; raise Unreadable when it is no JSON object.

    A body that begins with its model and has no other is not checked any further: it is then
    parsed by whoever sends it elsewhere.

    >>> read(b'{"model":"claude-haiku-4-5","messages":[]}')
    Body(model='claude-haiku-4-5', parsed=None)
    >>> read(b'{"tools":[{"model":"haiku"}],"model":"claude-opus"}').model
    'claude-opus'
    """
    first = _FIRST.match(text)
    if first and not _ANY.search(text, first.end()) and not _ESCAPED_LETTER.search(text):
        return Body(first[1].decode("ascii"), None)
    parsed = parse(text)
    model = parsed.get("model")
    return Body(model if isinstance(model, str) else None, parsed)


def is_quota_probe(text: bytes) -> bool:
    """Say whether this is the client's own question for its limits: one token, the word `quota`.

    >>> is_quota_probe(b'{"model":"h","max_tokens":1,"messages":[{"role":"user","content":"quota"}]}')
    True
    """
    if len(text) > 4096 or b"quota" not in text:
        return False
    try:
        body = parse(text)
    except Unreadable:
        return False
    messages = body.get("messages")
    if body.get("max_tokens") != 1 or not isinstance(messages, list) or len(messages) != 1:
        return False
    content = messages[0].get("content") if isinstance(messages[0], dict) else None
    if isinstance(content, list) and len(content) == 1 and isinstance(content[0], dict):
        content = content[0].get("text")
    return content == "quota"


def asks_for_stream(text: bytes) -> bool:
    """Say whether the body asks for a stream; a guess by its bytes, for the log only."""
    return _STREAM.search(text) is not None
