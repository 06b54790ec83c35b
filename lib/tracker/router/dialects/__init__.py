"""How providers of the Messages API differ: one file a dialect, each with one `DIALECT`."""

from __future__ import annotations

import datetime
import functools
import importlib
import re
from typing import Any, NamedTuple

NEVER = re.compile(r"(?!)")
_LONG = re.compile(
    r"(?:prompt|input|context|conversation|messages?)[^.]{0,90}"
    r"(?:too long|too large|exceed|longer than|beyond|over the)"
    r"|maximum context length|exceeds? (?:the )?(?:max(?:imum)? )?(?:context|prompt|input)"
    r"|exceeded model token limit|超(?:过|出).{0,12}(?:长度|上下文)",
    re.IGNORECASE,
)
_UNPAID = re.compile(
    r"insufficient (?:account )?(?:balance|credits?|funds)|balance is (?:too low|not enough|insufficient)|out of credits"
    r"|no resource package|please recharge|余额不足|欠费|请充值|无可用资源包",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"unauthori[sz]ed|(?:invalid|incorrect|expired)[ _](?:authentication|api.?key|token)|authentication fail"
    r"|not authenticated|(?:api.?key|token) (?:is |has )?(?:invalid|incorrect|expired)|令牌已过期",
    re.IGNORECASE,
)
# What Claude Code sends at the top level of a body, less what names its user or moves work elsewhere
# (metadata, mcp_servers, container, diagnostics …).
MEMBERS = frozenset(
    {
        *("model", "messages", "system", "tools", "tool_choice", "max_tokens", "stream", "stop_sequences"),
        *("temperature", "top_k", "top_p", "thinking"),
    }
)
HEADERS = frozenset({b"accept", b"accept-encoding", b"content-type", b"anthropic-version"})


class Dialect(NamedTuple):
    """What a kind of provider's errors mean, and what it takes.  The sets hold error codes and types."""

    exhausted: frozenset[str] = frozenset()  # the plan's quota is used up, until it opens again
    unpaid: frozenset[str] = frozenset({"billing_error"})  # no money: of no use until somebody pays
    refused: frozenset[str] = frozenset({"authentication_error", "permission_error", "401", "403"})  # the key
    too_long: frozenset[str] = frozenset()  # the conversation does not fit into the model
    transient: frozenset[str] = frozenset({"rate_limit_error", "overloaded_error", "api_error"})
    # Texts that mean the same where there is no code; they are looked for in this order.
    unpaid_text: re.Pattern[str] = _UNPAID
    exhausted_text: re.Pattern[str] = NEVER
    too_long_text: re.Pattern[str] = _LONG
    refused_text: re.Pattern[str] = _REFUSED
    code_text: re.Pattern[str] = NEVER  # a code inside of a text
    clock: datetime.tzinfo | None = None  # of a time in a text, "2026-09-29 23:10:05"; None: no such times
    members: frozenset[str] = MEMBERS  # of the body's top level that it takes; others are dropped
    headers: frozenset[bytes] = HEADERS  # request headers that it takes, beside its key
    betas: bool = True  # whether anthropic-beta goes there, less `oauth-…`
    query: frozenset[str] = frozenset({"beta"})  # query parameters that it takes


@functools.cache
def named(name: str) -> Dialect:
    """Return a dialect by the name of its file, which the table of lanes has checked."""
    found: Any = importlib.import_module(f"tracker.router.dialects.{name}")
    dialect: Dialect = found.DIALECT
    return dialect
