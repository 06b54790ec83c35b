"""What a message request may carry to Z.AI: the conversation, and nothing of whose it is.

Headers pass by a list of what is allowed.  From the body go the account's and the device's ids, the
billing block and the account's e-mail address; the model is mapped and `max_tokens` clamped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from router_settings import Settings

ALLOWED_HEADERS = {
    b"accept",
    b"accept-encoding",
    b"content-type",
    b"user-agent",
    b"anthropic-version",
}
BILLING = "x-anthropic-billing-header"
REMOVED = "[removed]"

# Most tokens that a reply of the model may have; the client believes that it talks to Haiku.
LIMITS = (("glm-4.5v", 16_384), ("glm-4.5", 98_304), ("glm", 131_072))

_EMAIL = r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,190}\.[A-Za-z]{2,24}"
_EMAIL_LINE = re.compile(rf"[Uu]ser'?s? ?[Ee]-?mail(?: address)?(?: is|:)?\s*({_EMAIL})")
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


def body(parsed: dict[str, Any], model: str, max_tokens: int | None) -> bytes:
    """Return the body that Z.AI gets.  `parsed` is the client's body and stays as it is.

    >>> body({"model": "h", "max_tokens": 999999, "metadata": {"user_id": "u"}}, "glm-4.6", None)
    b'{"model":"glm-4.6","max_tokens":131072}'
    """
    made = {name: value for name, value in parsed.items() if name != "metadata"}
    made["model"] = model
    _clamp(made, max_tokens or _limit(model))
    system = made.get("system")
    if isinstance(system, list):
        made["system"] = [block for block in system if not _is_billing(block)]
    elif isinstance(system, str) and system.startswith(BILLING):
        made["system"] = system.partition("\n")[2]
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    for secret in sorted(identities(parsed, text), key=len, reverse=True):
        text = text.replace(secret, REMOVED)
    return text.encode("utf-8", "surrogatepass")


def _limit(model: str) -> int:
    return next((limit for part, limit in LIMITS if part in model.lower()), LIMITS[-1][1])


def _clamp(made: dict[str, Any], limit: int) -> None:
    asked = made.get("max_tokens")
    if isinstance(asked, int) and asked > limit:
        made["max_tokens"] = limit
        thinking = made.get("thinking")
        if isinstance(thinking, dict) and isinstance(thinking.get("budget_tokens"), int):
            made["thinking"] = thinking | {"budget_tokens": min(thinking["budget_tokens"], limit - 1)}


def _is_billing(block: Any) -> bool:
    return isinstance(block, dict) and str(block.get("text", "")).lstrip().lower().startswith(BILLING)


def identities(parsed: dict[str, Any], text: str) -> set[str]:
    """Return what names the account or the device: ids in metadata, the address in the e-mail line."""
    metadata = parsed.get("metadata")
    user = metadata.get("user_id") if isinstance(metadata, dict) else None
    found = set(_UUID.findall(user)) if isinstance(user, str) else set()
    return found | {match[1] for match in _EMAIL_LINE.finditer(text)}
