"""Read what a `/v1/messages` body says of itself, without parsing more of it than is needed.

Only the top-level `model` counts.  Claude Code puts it first, and then a look at the first bytes is
enough; whatever is not as simple as that is checked whole, strictly.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from tracker.router.log.decoders import Decoder

# Checks the whole body and cuts it at its members, four times as fast as reading the values.
_cut: Callable[[bytes], dict[str, Any]] | None = None
_cut_list: Callable[[bytes], list[dict[str, Any]]] | None = None
try:
    import msgspec

    _cut = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
    _cut_list = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode
except ImportError:
    pass  # a mitmproxy with nothing beside it

# `{"model":"claude-…"`: the value holds no quote, no escape and no control character.
_FIRST = re.compile(rb'\s*\{\s*"model"\s*:\s*"([^"\\\x00-\x1f\x80-\xff]{0,200})"\s*[,}]')
# Another string under a key `model`, at whatever depth.  Inside a string the quotes are escaped, so
# text that merely talks about models does not match.
_ANY = re.compile(rb'"model"\s*:\s*"')
_STREAM = re.compile(rb'"stream"\s*:\s*true')
# `"stream":false}` at the very end: with one bracket behind it, it belongs to the outermost object.
_LAST_STREAM = re.compile(rb'"stream"\s*:\s*(true|false)\s*(?:,[^{}\[\]]*)?\}\s*\Z')
MAX_DECODED = 32 * 1024 * 1024  # bytes; the Messages API takes no more
_NEXT = re.compile(
    rb'[ \t\n\r]*[{,][ \t\n\r]*("(?:[^"\\]|\\.)*")[ \t\n\r]*:[ \t\n\r]*'
)  # up to a member's value
_SPACE = re.compile(r"[ \t\n\r]*")
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*([,}])[ \t\n\r]*")


def _no_constant(name: str) -> None:
    raise ValueError(name)


_decode = json.JSONDecoder(parse_constant=_no_constant).raw_decode


class UnreadableBody(ValueError):
    """The body is no JSON object in UTF-8, or its encoding is not known."""


def decode(raw: bytes, content_encoding: bytes | None) -> bytes:
    """Return the body without its content encoding (gzip, deflate, br, zstd); UnreadableBody.

    >>> import gzip
    >>> decode(gzip.compress(b"{}"), b"gzip")
    b'{}'
    """
    text = raw
    if not content_encoding:
        return text
    for name in reversed(content_encoding.decode("latin-1").split(",")):
        found = bytearray()
        try:
            for piece in Decoder(name).pieces(text):
                found += piece
                if len(found) > MAX_DECODED:
                    raise UnreadableBody("the body is too large when its content-encoding is undone")
        except ValueError as wrong:
            raise UnreadableBody(str(wrong)) from wrong
        text = bytes(found)
    return text


class Member:
    """One member of a body's top-level object: the text that it stands in, and its value when asked for."""

    def __init__(self, piece: Any) -> None:
        self.piece = piece  # the text as `bytes.join` takes it, which may be a part of the body's own memory

    @property
    def source(self) -> bytes:
        """The text by itself."""
        return bytes(self.piece)

    @cached_property
    def value(self) -> Any:
        """What the text means."""
        return json.loads(self.source)


def members(text: bytes) -> dict[str, Member]:
    """Return the top-level members of a body in their order; a repeated key counts as its last.

    UnreadableBody for anything but one JSON object in UTF-8; NaN is no JSON.

    >>> found = members(b' {"model":"m", "n": [1, 2]} ')["n"]
    >>> found.source, found.value
    (b'[1, 2]', [1, 2])
    """
    try:
        if _cut is not None:
            if not text.isascii():
                text.decode("utf-8")  # msgspec does not look at the strings that it skips
            try:
                return {key: Member(piece) for key, piece in _cut(text).items()}
            except (ValueError, RecursionError):
                pass  # it refuses half surrogate pairs, which are JSON: the slow way decides
        return _members(text.decode("utf-8"))
    except (ValueError, RecursionError):
        raise UnreadableBody("the body is no JSON object") from None


def value_of(piece: bytes) -> Any:
    """Return what a piece of JSON means; UnreadableBody for numbers or depths that cannot be written again as they came.

    >>> value_of(b'{"n": [1]}')
    {'n': [1]}
    """
    try:
        return json.loads(piece, parse_float=_finite)
    except (ValueError, RecursionError):
        raise UnreadableBody("a number or a depth in the body is out of range") from None


def _finite(number: str) -> float:
    value = float(number)
    if value in (math.inf, -math.inf):
        raise ValueError(number)
    return value


def parts(piece: Any) -> list[dict[str, Member]] | None:
    """Return the members of each object in a list of objects, such as `messages`; None for anything else.

    >>> [sorted(part) for part in parts(b'[{"role": "user", "content": "x"}]')]
    [['content', 'role']]
    """
    if _cut_list is not None:
        try:
            return [{key: Member(one) for key, one in found.items()} for found in _cut_list(piece)]
        except (ValueError, RecursionError):
            pass  # half a surrogate pair, or no list of objects
    found = value_of(bytes(piece))
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return None
    return [{key: Member(json.dumps(one).encode()) for key, one in part.items()} for part in found]


def _members(whole: str) -> dict[str, Member]:
    found: dict[str, Member] = {}
    at = _skip_space(whole, 0)
    if whole[at : at + 1] != "{":
        raise ValueError("no object")
    at = _skip_space(whole, at + 1)
    if whole[at : at + 1] == "}":
        at += 1
    else:
        while True:
            if whole[at : at + 1] != '"':
                raise ValueError("no key")
            key, at = _decode(whole, at)
            colon = _COLON.match(whole, at)
            if colon is None:
                raise ValueError("no colon")
            begun = colon.end()
            at = _decode(whole, begun)[1]
            found[key] = Member(whole[begun:at].encode())
            after = _COMMA.match(whole, at)
            if after is None:
                raise ValueError("no comma")
            at = after.end()
            if after[1] == "}":
                break
    if at != len(whole) and whole[at:].strip(" \t\n\r"):
        raise ValueError("more than one value")
    return found


def _skip_space(whole: str, at: int) -> int:
    found = _SPACE.match(whole, at)
    return at if found is None else found.end()


def parse(text: bytes) -> dict[str, Any]:
    """Return the object in a body; raise UnreadableBody for anything else.

    >>> parse(b'{"model":"m","n":1}')
    {'model': 'm', 'n': 1}
    """
    return {key: member.value for key, member in members(text).items()}


class Pairs(list[tuple[str, Any]]):
    """An object's members in their order, repeated ones as well."""


def repeated(text: bytes, found: dict[str, Member]) -> dict[str, list[Any]]:
    """Return all values of the top-level members of which a body has several; `found` are its members.

    Objects among the values are `Pairs`.  A body is only parsed when a look from member to member finds that there are some.

    >>> body = b'{"a":1,"b":2,"a":[3]}'
    >>> repeated(body, members(body))
    {'a': [1, [3]]}
    """
    if _each_once(text, found):
        return {}
    values: dict[str, list[Any]] = {}
    try:
        for key, value in json.loads(text, object_pairs_hook=Pairs):
            values.setdefault(key, []).append(value)
    except (ValueError, RecursionError):
        raise UnreadableBody("a number or a depth in the body is out of range") from None
    return {key: several for key, several in values.items() if len(several) > 1}


def _each_once(text: bytes, found: dict[str, Member]) -> bool:
    seen: set[str] = set()
    at = 0
    while begun := _NEXT.match(text, at):
        key = json.loads(begun[1])
        if key in seen or key not in found or not text.startswith(memoryview(found[key].piece), begun.end()):
            return False
        seen.add(key)
        at = begun.end() + len(found[key].piece)
    return len(seen) == len(found)


def read_model(text: bytes) -> str | None:
    """Return the top-level model of a body, None when it has none; UnreadableBody when it is no JSON object.

    A body that begins with its model and has no other is not checked any further: it is parsed, and
    its model read again, before it is sent anywhere else.

    >>> read_model(b'{"model":"claude-haiku-4-5","messages":[]}')
    'claude-haiku-4-5'
    >>> read_model(b'{"tools":[{"model":"haiku"}],"model":"claude-opus"}')
    'claude-opus'
    """
    first = _FIRST.match(text)
    if first and not _has(text, b'"model"', _ANY, first.end()):
        return first[1].decode("ascii")
    model = members(text).get("model")
    return model.value if model is not None and isinstance(model.value, str) else None


def is_quota_probe(text: bytes) -> bool:
    """Say whether this is the client's own question for its limits: one token, the word `quota`.

    >>> is_quota_probe(b'{"model":"h","max_tokens":1,"messages":[{"role":"user","content":"quota"}]}')
    True
    """
    if len(text) > 4096 or b"quota" not in text:
        return False
    try:
        body = parse(text)
    except UnreadableBody:
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
    at = text.rfind(b'"stream"')
    last = _LAST_STREAM.match(text, at) if at >= 0 else None
    return last[1] == b"true" if last else _has(text, b'"stream"', _STREAM, 0)


def _has(text: bytes, key: bytes, pattern: re.Pattern[bytes], start: int) -> bool:
    # From the end: that is where clients put `stream`, and `rfind` is three times as fast as `find`.
    at = text.rfind(key, start)
    while at >= 0:
        if pattern.match(text, at):
            return True
        at = text.rfind(key, start, at)
    return False
