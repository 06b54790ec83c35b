"""Whether a reply that says 200 is an answer: judged by its body, as some lanes say 200 to everything."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

LONGEST_SAID = 500  # bytes of a text that may be an error's words
NO_ERROR_CODES = (None, 0, 200, "0", "200", "SUCCESS", "success")


class Problem(NamedTuple):
    """Why a reply is no answer; `error` is what it says itself, if it does."""

    why: str
    error: dict[str, Any] | None = None


def of_body(content: bytes) -> Problem | None:
    """Return what keeps a whole body from being a message; None for a message.

    >>> of_body(b'{"type":"message","content":[{"type":"text","text":"ok"}]}') is None
    True
    >>> of_body(b'{"code":401,"msg":"Unauthorized","success":false}').why, of_body(b" ").why
    ('an error', 'an empty body')
    """
    text = content.strip()
    if not text:
        return Problem("an empty body")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        # What is cut off was a message, whose words are no error's.
        return Problem("a page") if text.startswith(b"<") else Problem("no JSON", _said(text))
    if not isinstance(found, dict):
        return Problem("no message", {"errors": found} if isinstance(found, list) else _said(text))
    if _is_error(found):
        return Problem("an error", found)
    if not isinstance(found.get("content"), list):
        return Problem("no message", found)
    return None if any(map(_says_something, found["content"])) else Problem("an empty turn")


def of_events(content: bytes) -> Problem | bool:
    """Return what keeps a begun stream from being an answer; True when it is one, False when more is needed.

    >>> of_events(b'event: message_start\\ndata: {"type":"message_start"}\\n\\n'), of_events(b": wait\\n\\n")
    (True, False)
    """
    for line in content.split(b"\n")[:-1]:
        line = line.strip()
        if line.startswith(b"<"):
            return Problem("a page")
        if line.startswith(b"{"):  # JSON under the name of a stream
            return of_body(content) or Problem("JSON instead of events")
        if not line.startswith(b"data:"):
            continue
        try:
            found = json.loads(line[5:])
        except (ValueError, RecursionError):
            return Problem("events that are no JSON", _said(line[5:].strip()))
        if not isinstance(found, dict):
            return Problem("events of another kind", {"errors": found} if isinstance(found, list) else None)
        if _is_error(found):
            return Problem("an error", found)
        kind = found.get("type")
        if kind != "ping":
            return True if isinstance(kind, str) else Problem("events of another kind", found)
    return False


def _said(text: bytes) -> dict[str, Any] | None:
    """Return the words of a short text that is no JSON as an error's."""
    if len(text) > LONGEST_SAID or text.startswith((b"{", b"[", b"<")):
        return None
    return {"message": text.decode("utf-8", "replace").strip('"')}


def _says_something(block: Any) -> bool:
    """Say whether a block of an answer is more than a blank text."""
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        return False
    return block["type"] != "text" or bool(str(block.get("text") or "").strip())


def _is_error(found: dict[str, Any]) -> bool:
    if found.get("error") or found.get("type") == "error" or found.get("success") is False:
        return True
    says_nothing = not found.get("content") and found.get("type") in (None, "message")
    return says_nothing and found.get("code") not in NO_ERROR_CODES
