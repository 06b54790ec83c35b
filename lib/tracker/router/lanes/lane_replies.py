"""A lane's errors: what they mean, and what the client must see instead where it would misread them."""

from __future__ import annotations

import contextlib
import datetime
import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple

from tracker.lanes import Lane
from tracker.router.dialects import Dialect
from tracker.router.lanes import plain_words
from tracker.router.wire.replies import ReplyHead, read_reply_head

_RESET = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)")
_NUMBER = re.compile(r"(?<![\w.])\d{4,8}(?![\w.])")
TOO_LONG_STATUSES = (200, 400, 413, 422)
MOST_WRAPPED, MOST_PARTS = 5, 20  # how deep an error is looked for, and among how many members
VAGUE: Final = ("other", "transient")
# Members that may be an error's code or its words, in small letters; and those that are no error's.
_CODES = ("code", "errorcode", "errcode", "retcode", "statuscode", "status", "type", "error")
_TEXTS = (
    *(
        "message",
        "msg",
        "errormsg",
        "errormessage",
        "errmsg",
        "retmsg",
        "statusmsg",
        "errordescription",
        "detail",
    ),
    *("description", "reason", "error", "title", "text"),
)
_CONTENT = ("content", "choices", "messages", "input", "request", "system", "prompt", "ctx")

Meaning = Literal["exhausted", "unpaid", "refused", "too long", "transient", "other"]
# What a status means where a body has it for a code.
_BY_STATUS: Final[dict[str, Meaning]] = {
    "401": "refused",
    "402": "unpaid",
    "403": "refused",
    **dict.fromkeys(
        ("429", "500", "502", "503", "504", "520", "521", "522", "523", "524", "529"), "transient"
    ),
}


class Fault(NamedTuple):
    """An error in a reply: its code or type if it has one, its words, and what it means."""

    code: str | None
    message: str
    meaning: Meaning

    def retry_after(self, now: float, dialect: Dialect) -> int | None:
        """Return seconds until the quota opens again; None when the text does not say.

        >>> from tracker.router.dialects import named
        >>> fault = Fault("1308", "Your limit will reset at 1970-01-01 08:01:00", "exhausted")
        >>> fault.retry_after(0.0, named("zai"))
        60
        """
        found = _RESET.search(self.message)
        if found is None or dialect.clock is None:
            return None
        try:
            instant = datetime.datetime(*map(int, found.groups()), tzinfo=dialect.clock)  # type: ignore[misc,arg-type]
        except ValueError:
            return None
        return max(1, math.ceil(instant.timestamp() - now))


def read(payload: bytes, status: int, dialect: Dialect) -> Fault:
    """Return the error in a reply's body, whichever of its shapes it has.

    >>> from tracker.router.dialects import named
    >>> read(b'{"error":{"code":"1308","message":"m"}}', 429, named("zai"))
    Fault(code='1308', message='m', meaning='exhausted')
    >>> read(b'{"type":"error","error":{"type":"rate_limit_error","message":"[1302][x]"}}', 429, named("zai")).code
    '1302'
    """
    try:
        parsed = json.loads(payload)
    except (ValueError, RecursionError):
        parsed = None
    if isinstance(parsed, list):
        parsed = {"errors": parsed}
    if not isinstance(parsed, dict):
        parsed = plain_words.error_in(payload)
    return of(parsed, status, dialect)


def of(parsed: dict[str, Any], status: int, dialect: Dialect) -> Fault:
    """Return the error in a parsed body, in whatever it is wrapped.

    >>> from tracker.router.dialects import named
    >>> of({"errors": [{"errorCode": 1308, "errorMsg": "m"}]}, 400, named("zai"))
    Fault(code='1308', message='m', meaning='exhausted')
    """
    error = parsed.get("error")
    inner = error if isinstance(error, dict) else parsed
    found = _fault(
        [inner.get("code"), parsed.get("code"), inner.get("type")],
        str(inner.get("message") or inner.get("msg") or (error if isinstance(error, str) else "")),
        status,
        dialect,
    )
    if found.meaning not in VAGUE or (
        found.code is not None and found.code not in ("429", "500", str(status))
    ):
        return found
    for envelope in _envelopes(parsed, MOST_WRAPPED):
        small = {key.lower().replace("_", "").replace("-", ""): value for key, value in envelope.items()}
        text = next((small[key] for key in _TEXTS if isinstance(small.get(key), str)), "")
        fault = _fault([small.get(key) for key in _CODES], text, status, dialect)
        if fault.meaning not in VAGUE:
            return fault
        is_clearer = found.meaning == "other" and fault.meaning == "transient"
        found = fault if is_clearer or (found.meaning == fault.meaning and not found.message) else found
    return found


def _fault(codes: list[Any], message: str, status: int, dialect: Dialect) -> Fault:
    """Return what some members that may be a code, and a text, say."""
    words = [
        str(int(word) if isinstance(word, float) and word.is_integer() else word).strip()
        for word in codes
        if isinstance(word, (str, int, float))
    ]
    inside = dialect.code_text.search(message)
    if inside is not None:
        words.insert(0, inside[1])
    code = next((word for word in words if word.isdecimal()), None)
    if code is None:
        found = (
            word for word in (*plain_words.codes(message), *words) if _by_code(word, dialect) is not None
        )
        code = next(found, None)
    return Fault(code, message, _meaning(code, message, status, dialect))


def _envelopes(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the objects within a parsed error, JSON within JSON as well; not what a request or an answer said."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(value)
    if isinstance(value, dict):
        yield value
    if depth and isinstance(value, (dict, list)):
        parts = (
            [one if key not in _CONTENT else _errors_among(one) for key, one in value.items()]
            if isinstance(value, dict)
            else value
        )
        for one in parts[:MOST_PARTS]:
            if isinstance(value, list) and isinstance(one, str) and not one.lstrip().startswith(("{", "[")):
                yield {"message": one}
            yield from _envelopes(one, depth - 1)


def _errors_among(choices: Any) -> list[Any]:
    """Return the errors that stand where a model's words do."""
    some = choices[:MOST_PARTS] if isinstance(choices, list) else []
    return [one["error"] for one in some if isinstance(one, dict) and isinstance(one.get("error"), dict)]


def _by_code(code: str | None, dialect: Dialect) -> Meaning | None:
    if code is None:
        return None
    if code in dialect.exhausted:
        return "exhausted"
    if code in dialect.unpaid:
        return "unpaid"
    if code in dialect.refused:
        return "refused"
    if code in dialect.too_long:
        return "too long"
    return "transient" if code in dialect.transient else _BY_STATUS.get(code)


def _by_text(message: str, status: int, dialect: Dialect) -> Meaning | None:
    if dialect.unpaid_text.search(message):
        return "unpaid"
    if dialect.exhausted_text.search(message):
        return "exhausted"
    fits = status in TOO_LONG_STATUSES and "max_tokens" not in message
    if fits and dialect.too_long_text.search(message):
        return "too long"
    return "refused" if status < 300 and dialect.refused_text.search(message) else None


def _meaning(code: str | None, message: str, status: int, dialect: Dialect) -> Meaning:
    meaning = _by_code(code, dialect)
    if meaning == "too long" and status not in TOO_LONG_STATUSES:
        meaning = None
    # A number that the dialect does not know says that the text is no such case; 1210 is "wrong parameter".
    says_nothing = code is None or not code.isdecimal() or code in ("1210", "200", str(status))
    if meaning in (None, "transient", "refused") and says_nothing:
        meaning = _by_text(message, status, dialect) or meaning
    if meaning is not None:
        return meaning
    if status == 402:
        return "unpaid"
    if status in (401, 403):
        return "refused"
    return "transient" if status == 429 or status >= 500 else "other"


def own(status: int, reason: str, kind: str, message: str, **headers: str) -> tuple[ReplyHead, bytes]:
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
    return read_reply_head("\r\n".join(lines).encode() + b"\r\n\r\n"), body


# Fields of a lane's reply that reach the client: what is about the body.  Limits, cookies and ids of another
# provider's making would be taken for Anthropic's.
PASSED = frozenset(
    {
        *(b"content-type", b"content-length", b"content-encoding", b"transfer-encoding", b"connection"),
        *(b"cache-control", b"date", b"retry-after", b"keep-alive"),
    }
)


def allowed(reply: ReplyHead) -> ReplyHead:
    """Return a lane's head with those fields only that may reach the client."""
    fields = [(name, value) for name, value in reply.fields if name.lower() in PASSED]
    first = b"HTTP/1.1 %d %s" % (reply.status, reply.reason)
    raw = b"\r\n".join([first, *(b"%s: %s" % field for field in fields)]) + b"\r\n\r\n"
    return reply._replace(raw=raw, fields=fields)


def no_answer(lane: Lane, fault: Fault, why: str) -> tuple[ReplyHead, bytes]:
    """Return what the client sees of a 200 that is no answer; a passing trouble it tries again by itself."""
    said = f": {fault.message[:300]}" if fault.message else ""
    text = f"{lane.words} answered with {why or 'an error'} instead of a message{said}"
    if fault.meaning == "transient":
        return own(429, "Too Many Requests", "rate_limit_error", text)
    return own(502, "Bad Gateway", "api_error", text)


def redirected(lane: Lane, status: int) -> tuple[ReplyHead, bytes]:
    """Return what the client sees of a redirect."""
    text = f"{lane.words} answered with a redirect ({status}), which is not followed. Check {lane.setting('BASE_URL')}."
    return own(502, "Bad Gateway", "api_error", text)


def used_up(lane: Lane, fault: Fault, seconds: int | None) -> tuple[ReplyHead, bytes]:
    """Return what the client sees of a used-up quota that came without a 429."""
    wait = {} if seconds is None else {"retry_after": str(seconds)}
    text = fault.message[:300] or f"The quota at {lane.words} is used up."
    return own(429, "Too Many Requests", "rate_limit_error", text, **wait)


def refused(lane: Lane, status: int) -> tuple[ReplyHead, bytes]:
    """Return what the client sees when a lane refuses the key.

    Its 401 would make the client renew its Anthropic login.  So would a text that names the header
    of the key: Claude Code reads error texts, and says "Not logged in" to that one.
    """
    return own(
        400,
        "Bad Request",
        "invalid_request_error",
        f"{lane.words} refused the router's key ({status}). Check {lane.key_variable} and "
        f"{lane.setting('HEADER_MODE')}, or pause the offload with ccpause.",
    )


def unpaid(lane: Lane, fault: Fault) -> tuple[ReplyHead, bytes]:
    """Return what the client sees when the account has no money left: an error that it does not try again."""
    said = f" ({fault.code})" if fault.code else ""
    return own(
        400,
        "Bad Request",
        "invalid_request_error",
        f"The account at {lane.words} has no balance or no plan for this{said}. Top it up, or pause the offload "
        "with ccpause.",
    )


def too_long(fault: Fault) -> tuple[ReplyHead, bytes]:
    """Return Claude's own error for a conversation that is too long, so that the client compacts it.

    >>> own_body = too_long(Fault("1261", "Prompt exceeds max length: 210000 > 202752", "too long"))[1]
    >>> b"prompt is too long: 210000 tokens > 202752 maximum" in own_body
    True
    """
    numbers = sorted({int(number) for number in _NUMBER.findall(fault.message)}, reverse=True)
    sizes = f": {numbers[0]} tokens > {numbers[1]} maximum" if len(numbers) > 1 else ""
    return own(400, "Bad Request", "invalid_request_error", f"prompt is too long{sizes}")


def exhausted(reply: ReplyHead, fault: Fault, dialect: Dialect, now: float) -> ReplyHead:
    """Return the head of a used-up quota's reply: status 429, and retry-after when it is known."""
    lines = [b"HTTP/1.1 429 Too Many Requests"]
    lines += [b"%s: %s" % field for field in reply.fields if field[0].lower() != b"retry-after"]
    seconds = fault.retry_after(now, dialect)
    if seconds is not None:
        lines.append(b"retry-after: %d" % seconds)
    elif old := reply.get(b"retry-after"):
        lines.append(b"retry-after: " + old)
    return read_reply_head(b"\r\n".join(lines) + b"\r\n\r\n")
