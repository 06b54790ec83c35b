"""Z.AI's errors: what they mean, and what the client must see instead where it would misread them.

Codes and texts: docs.z.ai, error codes of the API; the clock in the texts is UTC+8.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from typing import NamedTuple

from tracker.router.wire.h1_connection import Reply, parse_head

EXHAUSTED = {"1308", "1310", *(str(code) for code in range(1316, 1322))}
TOO_LONG = "1261"
_CODE = re.compile(r"\[(1\d{3})\]")
_USED_UP = re.compile(r"[Uu]sage limit reached|(?:使用|次数|限额).{0,6}上限")
_RESET = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)")
_CHINA = datetime.timezone(datetime.timedelta(hours=8))
_LONG = re.compile(
    r"(?:prompt|input|context|conversation|messages?)[^.]{0,90}"
    r"(?:too long|too large|exceed|longer than|beyond|over the)"
    r"|maximum context length|exceeds? (?:the )?(?:max(?:imum)? )?(?:context|prompt|input)|超(?:过|出).{0,12}(?:长度|上下文)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.])\d{4,8}(?![\w.])")


class Fault(NamedTuple):
    """An error as Z.AI words it."""

    code: str | None
    message: str

    @property
    def is_exhausted(self) -> bool:
        """Whether the plan's quota is used up, so that trying again is of no use."""
        return self.code in EXHAUSTED or (self.code is None and _USED_UP.search(self.message) is not None)

    @property
    def is_too_long(self) -> bool:
        """Whether the conversation does not fit into the model."""
        if self.code is not None and self.code != TOO_LONG and self.code.isdecimal() and self.code != "1210":
            return False
        return self.code == TOO_LONG or (
            "max_tokens" not in self.message and _LONG.search(self.message) is not None
        )

    def retry_after(self, now: float) -> int | None:
        """Return seconds until the quota opens again; None when the text does not say.

        >>> Fault("1308", "Your limit will reset at 1970-01-01 08:01:00").retry_after(0.0)
        60
        """
        found = _RESET.search(self.message)
        if found is None:
            return None
        try:
            instant = datetime.datetime(*map(int, found.groups()), tzinfo=_CHINA)  # type: ignore[misc,arg-type]
        except ValueError:
            return None
        return max(1, math.ceil(instant.timestamp() - now))


def read(payload: bytes) -> Fault:
    """Return the error in a reply's body, whichever of its shapes it has.

    >>> read(b'{"error":{"code":"1308","message":"m"}}')
    Fault(code='1308', message='m')
    >>> read(b'{"type":"error","error":{"type":"rate_limit_error","message":"[1302][busy]"}}').code
    '1302'
    """
    try:
        parsed = json.loads(payload)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        return Fault(None, payload[:500].decode("utf-8", "replace"))
    error = parsed.get("error")
    inner = error if isinstance(error, dict) else parsed
    message = str(inner.get("message") or inner.get("msg") or (error if isinstance(error, str) else ""))
    for word in (inner.get("code"), inner.get("type"), parsed.get("code")):
        if word is not None and str(word).isdecimal():
            return Fault(str(word), message)
    found = _CODE.search(message)
    return Fault(found[1] if found else None, message)


def own(status: int, reason: str, kind: str, message: str, **headers: str) -> tuple[Reply, bytes]:
    """Return a reply of our own in Anthropic's shape, and its body."""
    body = json.dumps(
        {"type": "error", "error": {"type": kind, "message": message}}, ensure_ascii=False
    ).encode()
    lines = [
        f"HTTP/1.1 {status} {reason}",
        "content-type: application/json",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        f"content-length: {len(body)}",
    ]
    return parse_head("\r\n".join(lines).encode() + b"\r\n\r\n"), body


def refused(status: int) -> tuple[Reply, bytes]:
    """Return what the client sees when Z.AI refuses the key.

    Its 401 would make the client renew its Anthropic login.  So would a text that names the header
    of the key: Claude Code reads error texts, and says "Not logged in" to that one.
    """
    return own(
        400,
        "Bad Request",
        "invalid_request_error",
        f"Z.AI refused the router's key ({status}). Check ZAI_API_KEY and ZAI_HEADER_MODE, or pause the "
        "offload with ccpause.",
    )


def too_long(fault: Fault) -> tuple[Reply, bytes]:
    """Return Claude's own error for a conversation that is too long, so that the client compacts it.

    >>> own_body = too_long(Fault("1261", "Prompt exceeds max length: 210000 > 202752"))[1]
    >>> b"prompt is too long: 210000 tokens > 202752 maximum" in own_body
    True
    """
    numbers = sorted({int(number) for number in _NUMBER.findall(fault.message)}, reverse=True)
    sizes = f": {numbers[0]} tokens > {numbers[1]} maximum" if len(numbers) > 1 else ""
    return own(400, "Bad Request", "invalid_request_error", f"prompt is too long{sizes}")


def exhausted(reply: Reply, fault: Fault, now: float) -> Reply:
    """Return the head of a used-up quota's reply: status 429, and retry-after when it is known."""
    lines = [b"HTTP/1.1 429 Too Many Requests"]
    lines += [b"%s: %s" % field for field in reply.fields if field[0].lower() != b"retry-after"]
    seconds = fault.retry_after(now)
    if seconds is not None:
        lines.append(b"retry-after: %d" % seconds)
    elif old := reply.get(b"retry-after"):
        lines.append(b"retry-after: " + old)
    return parse_head(b"\r\n".join(lines) + b"\r\n\r\n")
