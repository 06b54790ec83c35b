"""Whether a reply that says 200 is an answer: judged by its body, as some lanes say 200 to everything."""

from __future__ import annotations

import itertools
import json
from typing import Any, NamedTuple

from tracker.router.lanes import plain_words

MOST_LINES = 64  # of data in one event, which may be JSON over several lines
NO_ERROR_CODES = (None, 0, 200, "0", "200", "SUCCESS", "success")


class Problem(NamedTuple):
    """Why a reply is no answer; `error` is what it says itself, if it does."""

    why: str
    error: dict[str, Any] | None = None


def of_body(content: bytes) -> Problem | None:
    """Return what keeps a whole body from being a message; None for a message.

    >>> of_body(b'{"type":"message","role":"assistant","content":[{"type":"text","text":"ok"}]}') is None
    True
    >>> of_body(b'{"code":401,"msg":"Unauthorized","success":false}').why, of_body(b" ").why
    ('an error', 'an empty body')
    """
    text = content.strip()
    if not text:
        return Problem("an empty body")
    found = _parsed(text)
    if b"\0" in text[:4] and isinstance(found, dict) and not _is_error(found):
        return Problem("JSON that is not in UTF-8")  # clients read no other
    if found is ...:
        return Problem("a page" if text.startswith(b"<") else "no JSON", _said(text))
    if not isinstance(found, dict):
        return Problem("no message", {"errors": found} if isinstance(found, list) else _said(text))
    if _is_error(found):
        return Problem("an error", found)
    blocks = found.get("content")
    named = found.get("type", "message"), found.get("role", "assistant")
    if named != ("message", "assistant") or not isinstance(blocks, list):
        return Problem("no message", found)
    wrong = next(
        (block for block in blocks if isinstance(block, dict) and block.get("type") == "error"), None
    )
    if wrong is not None:
        return Problem("an error", wrong)
    return None if any(map(_says_something, blocks)) else Problem("an empty turn")


def of_events(content: bytes, ended: bool = False) -> Problem | bool:
    """Return what keeps a begun stream from being an answer; True when it is one, False when more is needed.

    >>> of_events(b'event: message_start\\ndata: {"type":"message_start","message":{}}\\n\\n'), of_events(b": wait\\n\\n")
    (True, False)
    """
    lines = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r", b"\n").split(b"\n")
    lines = [line.strip() for line in (lines if ended else lines[:-1])]
    for number, line in enumerate(lines):
        if line.startswith((b"<", b"{", b"[")):
            return _of_no_events(content, line, ended)
        if line.startswith(b"data:"):
            judged = _of_event(lines[number:], ended)
            if judged is not None:
                return judged
    return Problem("no events", _said(content)) if ended and content.strip() else False


def _of_no_events(content: bytes, line: bytes, ended: bool) -> Problem | bool:
    """Return the same of a page or of JSON under the name of a stream, by its first line that shows it."""
    if line.startswith(b"<"):
        return Problem("a page", _said(content)) if ended or b"</html" in content.lower() else False
    problem = of_body(content) or Problem("JSON instead of events")
    return problem if ended or problem.why != "no JSON" else False


def _of_event(lines: list[bytes], ended: bool) -> Problem | bool | None:
    """Return the same of the event whose data some lines begin with; None for one that decides nothing."""
    found = _parsed(lines[0][5:])
    if found is ...:  # or it goes on in further lines
        rest = list(itertools.takewhile(lambda line: line.startswith(b"data:"), lines))
        if len(rest) == len(lines) < MOST_LINES and not ended:
            return False
        data = b"\n".join(line[5:] for line in rest)
        found = _parsed(data)
        if found is ...:
            return Problem("events that are no JSON", _said(data.strip()))
    if not isinstance(found, dict):
        error = {"errors": found} if isinstance(found, list) else _said(lines[0][5:])
        return Problem("events of another kind", error)
    if _is_error(found):
        return Problem("an error", found)
    begun = found.get("message")
    if found.get("type") == "message_start" and isinstance(begun, dict):
        return Problem("an error", begun) if _is_error(begun) else True
    return None if found.get("type") == "ping" else Problem("events of another kind", found)


def _parsed(text: bytes) -> Any:
    """Return a parsed JSON text; `...` for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return ...


def _said(text: bytes) -> dict[str, Any] | None:
    """Return what is no JSON as an error, if it says anything."""
    return plain_words.error_in(text) or None


def _says_something(block: Any) -> bool:
    """Say whether a block of an answer is more than a blank text."""
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        return False
    return block["type"] != "text" or bool(str(block.get("text") or "").strip())


def _is_error(found: dict[str, Any]) -> bool:
    if (
        found.get("error")
        or found.get("type") == "error"
        or found.get("success") in (False, "false", "False")
    ):
        return True
    code = found.get("code")
    if code in NO_ERROR_CODES:
        return False
    # A number is an error's even beside an answer; a word may be anything.
    says_nothing = not found.get("content") and found.get("type") in (None, "message")
    return says_nothing or (type(code) in (int, str) and str(code).strip().isdecimal())
