"""What a message request may carry to Z.AI: the conversation, and nothing of whose it is.

Headers pass by a list of what is allowed.  From the body go the account's and the device's ids, the
billing block and the account's e-mail address; the model is mapped and `max_tokens` clamped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from message_body import Member
from router_settings import Settings

ALLOWED_HEADERS = {
    b"accept",
    b"accept-encoding",
    b"content-type",
    b"user-agent",
    b"anthropic-version",
}
BILLING = "x-anthropic-billing-header"
REMOVED = b"[removed]"

# Most tokens that a reply of the model may have; the client believes that it talks to Haiku.
LIMITS = (("glm-4.5v", 16_384), ("glm-4.5", 98_304), ("glm", 131_072))

_EMAIL = r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,190}\.[A-Za-z]{2,24}"
_AFTER_MAIL = re.compile(rf"mail(?: address)?(?: is|:)?(?:\s|\\n)*({_EMAIL})")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32,128}", re.IGNORECASE)


def headers(fields: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the header fields that may go to Z.AI, as they came; the user's key is added when sent.

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
    """Return the model that Z.AI is asked for: the first entry of the map that fits, else the one."""
    lower = model.lower()
    return next((theirs for part, theirs in settings.model_map if part in lower), settings.model)


def body(members: dict[str, Member], model: str, max_tokens: int | None) -> bytes:
    """Return the body that Z.AI gets; what needs no change stands in it as the client wrote it.

    >>> from message_body import members
    >>> body(members(b'{"model":"h","max_tokens":999999,"metadata":{"user_id":"u"},"n": 1}'), "glm-4.6", None)
    b'{"model":"glm-4.6","max_tokens":131072,"n":1}'
    """
    texts = {key: member.source for key, member in members.items() if key != "metadata"}
    texts["model"] = _dump(model)
    limit = max_tokens or _limit(model)
    asked = members.get("max_tokens")
    if asked is not None and isinstance(asked.value, int) and asked.value > limit:
        texts["max_tokens"] = b"%d" % limit
        thinking = members.get("thinking")
        if thinking is not None and isinstance(thinking.value, dict):
            budget = thinking.value.get("budget_tokens")
            if isinstance(budget, int) and budget >= limit:
                texts["thinking"] = _dump(thinking.value | {"budget_tokens": limit - 1})
    if "system" in members:
        texts["system"] = _without_billing(members["system"])
    parts = []
    for key, source in texts.items():
        parts += (_dump(key), b":", source, b",")
    parts[-1:] = [b"}"]
    text = b"".join([b"{", *parts])
    for identity in sorted(identities(members, text), key=len, reverse=True):
        text = text.replace(identity.encode(), REMOVED)
    return text


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _without_billing(system: Member) -> bytes:
    value = system.value
    if isinstance(value, list) and any(_is_billing(block) for block in value):
        return _dump([block for block in value if not _is_billing(block)])
    if isinstance(value, str) and value.lstrip().lower().startswith(BILLING):
        return _dump(value.lstrip().partition("\n")[2])
    return system.source


def _limit(model: str) -> int:
    return next((limit for part, limit in LIMITS if part in model.lower()), LIMITS[-1][1])


def _is_billing(block: Any) -> bool:
    return isinstance(block, dict) and str(block.get("text", "")).lstrip().lower().startswith(BILLING)


def identities(members: dict[str, Member], text: bytes) -> set[str]:
    """Return what names the account or the device: ids in metadata, the address in the e-mail line."""
    found: set[str] = set()
    metadata = members.get("metadata")
    if metadata is not None:
        found.update(_UUID.findall(metadata.source.decode()))
    if b"@" in text and b"mail" in text:
        whole = text.decode("utf-8", "surrogatepass")
        for match in _AFTER_MAIL.finditer(whole):
            # The client says "The user's email address is …"; an author's line in a file is content.
            if "user" in whole[max(0, match.start() - 12) : match.start()].lower():
                found.add(match[1])
    return found
