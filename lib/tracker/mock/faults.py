"""What goes wrong, and when: a script of rules that a mock provider follows.

A script is a JSON list of rules.  The first rule that matches a request is carried out:

    [{"model": "haiku", "nth": 2, "status": 429, "retry_after": 3},
     {"path": "/v1/messages", "every": 10, "reset": "inside", "after_events": 4},
     {"times": 1, "delay_ms": 800}]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tracker import cli

Natural = Annotated[int, Meta(ge=1)]
Milliseconds = Annotated[float, Meta(ge=0)]


class FaultRule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule: which requests it is for, and what happens to them."""

    # which requests
    model: str | None = None  # a part of the model's name, in any case
    path: str | None = None  # a part of the path
    nth: Natural | None = None  # only the nth request that fits the two above, from 1
    every: Natural | None = None  # each request whose number among those divides by it
    times: Natural | None = None  # at most so often
    # what happens
    status: Annotated[int, Meta(ge=400, le=599)] | None = None  # an error in the provider's own shape
    error_type: str | None = None  # its type or code, when not the usual one of that status
    message: str | None = None  # its words
    retry_after: Annotated[int, Meta(ge=0)] | None = None  # seconds
    headers: dict[str, str] = {}  # added to the reply
    delay_ms: Milliseconds = 0  # before the reply begins
    chunk_ms: Milliseconds | None = None  # between events of a stream
    stall_ms: Milliseconds = 0  # a pause after `after_events`
    reset: Literal["before", "inside"] | None = None  # the connection is reset
    truncate: bool = False  # the reply ends properly, but too early
    stream_error: str | None = None  # an `error` event of this type in place of the rest
    after_events: Annotated[int, Meta(ge=0)] = 4  # where in the stream the three above strike
    content: list[dict[str, Any]] | None = (
        None  # blocks to answer with: text or tool_use; a count of tokens has none
    )
    output_tokens: Natural | None = None  # how long the answer is


def read(text: bytes) -> list[FaultRule]:
    """Return the rules of a script; cli.Stop (65) says what is wrong with it.

    >>> [rule.status for rule in read(b'[{"model": "haiku", "status": 529}]')]
    [529]
    """
    try:
        return msgspec.json.decode(text, type=list[FaultRule])
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise cli.Stop(
            cli.BAD_INPUT, f"the fault script is no list of rules ({wrong}); see docs/lab.md"
        ) from None


def load(path: Path | None) -> Script:
    """Return the script in a file; without one, nothing goes wrong."""
    if path is None:
        return Script([])
    try:
        return Script(read(path.read_bytes()))
    except OSError as wrong:
        raise cli.Stop(cli.USAGE, f"cannot read {path} ({wrong.strerror}); name another file") from None


class Script:
    """Rules with the counts that `nth`, `every` and `times` need."""

    def __init__(self, rules: list[FaultRule]) -> None:
        self.rules = rules
        self._seen = [0] * len(rules)
        self._done = [0] * len(rules)

    def pick(self, path: str, model: str | None) -> FaultRule | None:
        """Return the rule for this request, or None; every rule counts each request that fits it.

        >>> script = Script([FaultRule(model="haiku", nth=2, status=429)])
        >>> [bool(script.pick("/v1/messages", name)) for name in ("claude-haiku-5-5", "opus", "HAIKU")]
        [False, False, True]
        >>> script = Script([FaultRule(nth=1, output_tokens=5)])
        >>> [bool(script.pick(path, "opus")) for path in ("/v1/messages/count_tokens", "/v1/messages")]
        [False, True]
        """
        picked = None
        for at, rule in enumerate(self.rules):
            if rule.path and rule.path not in path:
                continue
            if rule.model and rule.model.lower() not in (model or "").lower():
                continue
            if (rule.content or rule.output_tokens) and "count_tokens" in path:
                continue  # it has no answer to fill
            self._seen[at] += 1
            if rule.nth and self._seen[at] != rule.nth:
                continue
            if rule.every and self._seen[at] % rule.every:
                continue
            if picked is None and not (rule.times and self._done[at] >= rule.times):
                self._done[at] += 1
                picked = rule
        return picked
