"""What a message request may carry to another lane: the conversation, and nothing of whose it is.

Headers pass by a list of what is allowed.  From the body go the account's and the device's ids, the
billing block and the account's e-mail address; the model is mapped and `max_tokens` clamped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from tracker.router.log.message_body import Member
from tracker.router.router_settings import Settings

ALLOWED_HEADERS = {
    b"accept",
    b"accept-encoding",
    b"content-type",
    b"user-agent",
    b"anthropic-version",
}
BILLING = "x-anthropic-billing-header"
REMOVED = b"[removed]"

# The client says "The user's email address is …".
_AFTER_MAIL = re.compile(
    rb"mail(?: address)?(?: is|:)?(?:\\n|[^\w@\x80-\xff]){0,8}"
    rb"([^\s\"\\<>()\[\]{},;:/@]{1,64}@[\w.\-\x80-\xff]{1,190})"
)
_UUID = rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_ID = re.compile(_UUID + rb"|[0-9a-f]{32,128}")
_SESSION = re.compile(rb"session(?:_id)?[^0-9a-f]{1,8}(" + _UUID + rb")")
_BILLING_LINE = re.compile(rf"^[ \t]*{BILLING}:[^\n]*\n?", re.IGNORECASE | re.MULTILINE)


def headers(fields: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the header fields that may go to a lane, as they came; the user's key is added when sent.

    >>> headers([(b"Cookie", b"a"), (b"Accept", b"*/*"), (b"anthropic-beta", b"oauth-2025-04-20,a")])
    [(b'Accept', b'*/*'), (b'anthropic-beta', b'a')]
    """
    kept = []
    for name, value in fields:
        lower = name.lower()
        if lower in ALLOWED_HEADERS:
            kept.append((name, value))
        elif lower == b"anthropic-beta":
            betas = [word.strip() for word in value.split(b",")]
            betas = [word for word in betas if word and not word.lower().startswith(b"oauth-")]
            if betas:
                kept.append((name, b",".join(betas)))
    return kept


def model_for(model: str, settings: Settings) -> str:
    """Return the model that the lane is asked for: the first entry of the map that fits, else the one."""
    lower = model.lower()
    return next((theirs for part, theirs in settings.model_map if part in lower), settings.model)


def body(members: dict[str, Member], model: str, limit: int | None) -> bytes:
    """Return the body that the lane gets; what needs no change stands in it as the client wrote it.

    >>> from tracker.router.log.message_body import members
    >>> body(members(b'{"model":"h","max_tokens":999999,"metadata":{"user_id":"u"},"n": 1}'), "glm-4.6", 131072)
    b'{"model":"glm-4.6","max_tokens":131072,"n":1}'
    """
    texts = {key: member.piece for key, member in members.items() if key != "metadata"}
    texts["model"] = _dump(model)
    asked = members.get("max_tokens")
    if limit and asked is not None and isinstance(asked.value, int) and asked.value > limit:
        texts["max_tokens"] = b"%d" % limit
        thinking = members.get("thinking")
        if thinking is not None and isinstance(thinking.value, dict):
            budget = thinking.value.get("budget_tokens")
            if isinstance(budget, int) and budget >= limit:
                texts["thinking"] = _dump(thinking.value | {"budget_tokens": limit - 1})
    if "system" in members:
        texts["system"] = _without_billing(members["system"])
    parts: list[Any] = []
    for key, source in texts.items():
        parts += (_dump(key), b":", source, b",")
    parts[-1:] = [b"}"]
    text = b"".join([b"{", *parts])
    metadata = members["metadata"].source.lower() if "metadata" in members else b""
    return without(text, identities(metadata, text), _SESSION.search(metadata))


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _without_billing(system: Member) -> Any:
    if BILLING.encode() not in system.source.lower():
        return system.piece
    value = system.value
    if isinstance(value, str):
        return _dump(_BILLING_LINE.sub("", value))
    if isinstance(value, list):
        return _dump([_without_billing_line(block) for block in value if not _is_billing(block)])
    return system.piece


def _without_billing_line(block: Any) -> Any:
    if isinstance(block, dict) and isinstance(block.get("text"), str):
        return block | {"text": _BILLING_LINE.sub("", block["text"])}
    return block


def _is_billing(block: Any) -> bool:
    return isinstance(block, dict) and str(block.get("text", "")).lstrip().lower().startswith(BILLING)


def identities(metadata: bytes, text: bytes) -> set[bytes]:
    """Return what names the account or the device, in small letters.

    Those are the ids in the metadata, and the address in the line of a text that tells the user's.
    """
    found = set(_ID.findall(metadata))
    if b"@" in text:
        for match in _AFTER_MAIL.finditer(text):
            # An author's line in a file is content; so is all that the role "user" says.
            before = text[max(0, match.start() - 24) : match.start()].rpartition(b'"')[2]
            if b"user" in before.lower():
                address = match[1].rstrip(b".-").lower()
                found |= {address, address.replace(b"@", b"%40")}
    return found


def without(text: bytes, words: set[bytes], session: re.Match[bytes] | None) -> bytes:
    """Return a text without some words, whichever their case.

    A session's id stays in the name of a folder or a file: the client keeps tasks' output in such
    folders and has the model read it there.

    >>> without(b"Id AB1 of x", {b"ab1"}, None)
    b'Id [removed] of x'
    """
    if not words:
        return text
    lower = text.lower()
    spans = []
    for word in words:
        named = session is not None and session[1] == word
        at = lower.find(word)
        while at >= 0:
            if not (named and lower[at - 1 : at] in (b"/", b"\\")):
                spans.append((at, at + len(word)))
            at = lower.find(word, at + 1)
    parts: list[bytes] = []
    done = 0
    for begin, end in sorted(spans):
        if begin >= done:
            parts += (text[done:begin], REMOVED)
        done = max(done, end)
    return b"".join([*parts, text[done:]])
