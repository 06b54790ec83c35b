"""Which lane a model belongs to, and what may stand on a lane."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from tracker import lanes, rows

NEVER_ROUTED = ("quota_probe", "not_messages", "malformed")  # decisions about requests that never go
# Meant for another lane, but; so is `no_<lane>_key`.
FAIL_SAFE = ("unreadable_setting", "router_error", "fallback")
WAITS = ("paused", "below_mark", "lane_used_up")  # would go, and not now
STAYS = (*NEVER_ROUTED, *FAIL_SAFE, *WAITS, "off", "kept")  # decisions that mean Anthropic
BY_CLASS = ("forced_class", "quota_class")
GOES = ("forced_model", "quota", *BY_CLASS)  # decisions that mean another lane


def could_be_routed(model: str, decision: str) -> bool:
    """Say whether the router could send such a request to another lane: Haiku but the quota probe, or by class."""
    if decision in BY_CLASS:
        return True
    return lanes.is_haiku(model) and decision not in NEVER_ROUTED


class Case(NamedTuple):
    """What the rules look at; requests that agree in it are judged alike."""

    model: str
    lane: str
    decision: str
    force_haiku: bool | None
    header_mode: str | None
    upstream: str | None
    backend_provider: str | None
    routed_model: str | None


case_fields: Callable[[rows.Usage], tuple[Any, ...]] = attrgetter(*Case._fields)


def _haiku_stays_off_anthropic(case: Case) -> str | None:
    if lanes.is_offload(case.lane) or not lanes.is_haiku(case.model):
        return None
    if case.decision in (*NEVER_ROUTED, *WAITS) or case.force_haiku is False:
        return None
    if case.decision == "off" and case.force_haiku is None:
        return None
    return f"{case.model} was answered by Anthropic (decision {case.decision}, {_force(case)})"


def _only_haiku_is_offloaded(case: Case) -> str | None:
    if not lanes.is_offload(case.lane) or lanes.is_haiku(case.model) or case.decision in BY_CLASS:
        return None
    return f"{case.model} was answered by {lanes.words(case.lane)} (decision {case.decision})"


def _no_lanes_key_on_anthropic(case: Case) -> str | None:
    if lanes.is_offload(case.lane) or case.header_mode is None:
        return None
    return f"header_mode {case.header_mode} on lane {case.lane}"


def _decision_agrees_with_lane(case: Case) -> str | None:
    wrong = _stays(case.decision) if lanes.is_offload(case.lane) else case.decision in GOES
    if wrong:
        return f"decision {case.decision} on lane {case.lane}"
    return None


def _names_agree_with_lane(case: Case) -> str | None:
    if case.upstream is not None and case.upstream != lanes.short(case.lane):
        return f"upstream {case.upstream} on lane {case.lane}"
    if case.backend_provider is None or not lanes.is_known(case.lane):
        return None
    own = lanes.backend(case.lane)
    if case.backend_provider != own if own is not None else case.backend_provider in lanes.backends():
        return f"backend_provider {case.backend_provider} on lane {case.lane}"
    return None


def _anthropic_gets_the_model_asked_for(case: Case) -> str | None:
    if lanes.is_offload(case.lane) or case.routed_model in (None, case.model):
        return None
    return f"{case.routed_model} was asked of Anthropic instead of {case.model}"


def _every_haiku_is_forced(case: Case) -> str | None:
    if lanes.is_offload(case.lane) or not lanes.is_haiku(case.model):
        return None
    if case.decision in ("quota_probe", "not_messages"):
        return None
    return f"{case.model} was not routed (decision {case.decision}, {_force(case)})"


def _stays(decision: str) -> bool:
    return decision in STAYS or (decision.startswith("no_") and decision.endswith("_key"))


def _force(case: Case) -> str:
    said = {True: "on", False: "off", None: "not said"}[case.force_haiku]
    return f"FORCE_HAIKU_TO_ZAI {said}"


Rule = Callable[[Case], str | None]

RULES: dict[str, Rule] = {
    "haiku-on-anthropic": _haiku_stays_off_anthropic,
    "not-haiku-offloaded": _only_haiku_is_offloaded,
    "lane-key-on-anthropic": _no_lanes_key_on_anthropic,
    "decision-against-lane": _decision_agrees_with_lane,
    "names-against-lane": _names_agree_with_lane,
    "model-changed-on-anthropic": _anthropic_gets_the_model_asked_for,
}
EXPECT_FORCED: dict[str, Rule] = {**RULES, "haiku-on-anthropic": _every_haiku_is_forced}


def breaches(case: Case, rules: dict[str, Rule] = RULES) -> list[tuple[str, str]]:
    """Return (rule, what was seen) for every rule that a request breaks.

    >>> breaches(Case("claude-haiku-5-5", "anthropic", "kept", True, None, "anth", "haiku", None))
    [('haiku-on-anthropic', 'claude-haiku-5-5 was answered by Anthropic (decision kept, FORCE_HAIKU_TO_ZAI on)')]
    """
    return [(name, seen) for name, rule in rules.items() if (seen := rule(case))]


# What a log line must never hold: the value of a credential, a header, a body.
_LOGIN = r"sk-ant-[A-Za-z0-9]|[Bb]earer [A-Za-z0-9._-]{8}"
LEAKS = ("credential-in-log", "header-in-log", "body-in-log")
_SECRET_KEY = re.compile(rb"\bsk-[A-Za-z0-9-]{20}")
_DOTTED_KEY = re.compile(rb"\.[A-Za-z0-9]{16}\b")
_NAME_SIGNS = (
    *(b'headers":', b'ization":', b'api-key":', b'cookie":', b'body":', b'messages":', b'system":'),
    *(b'content":', b'" ', b'"\t', b'"\r'),  # the last three: a space before a colon
)


@functools.cache
def _patterns() -> dict[str, re.Pattern[bytes]]:
    keys = dict.fromkeys(lane.key_pattern for lane in lanes.known().values() if lane.key_pattern)
    found = (
        "|".join([_LOGIN, *keys]),
        r'(?i:"(?:headers|(?:proxy-)?authorization|x-api-key|(?:set-)?cookie)"\s*:)',
        r'(?i:"(?:body|request_body|response_body|messages|system|content)"\s*:)',
    )
    return {name: re.compile(pattern.encode()) for name, pattern in zip(LEAKS, found, strict=True)}


@functools.cache
def _own_keys() -> re.Pattern[bytes] | None:
    """Return what keys of lanes of the user's own look like; the shipped ones' have signs that are quicker."""
    shipped = {lane.name for lane in lanes.SHIPPED}
    own = [
        lane.key_pattern for name, lane in lanes.known().items() if name not in shipped and lane.key_pattern
    ]
    return re.compile("|".join(own).encode()) if own else None


def may_hold_credentials(text: bytes) -> bool:
    """Say whether it is worth while to look at each line of a text for credentials."""
    if b"sk-ant-" in text or b"earer " in text or _DOTTED_KEY.search(text) is not None:
        return True
    own = _own_keys()
    return (b"sk-" in text and _SECRET_KEY.search(text) is not None) or (
        own is not None and own.search(text) is not None
    )


def _may_hold_names(raw: bytes) -> bool:
    lower = raw.lower()
    return any(sign in lower for sign in _NAME_SIGNS)


def leaks(raw: bytes) -> list[tuple[str, str]]:
    """Return (rule, what was seen) for what a line must never hold; never the secret itself.

    >>> leaks(b'{"x-api-key":"made up"}')
    [('header-in-log', 'at byte 2')]
    """
    if not _may_hold_names(raw) and not may_hold_credentials(raw):
        return []
    return [
        (name, f"at byte {found.start() + 1}")
        for name, rule in _patterns().items()
        if (found := rule.search(raw))
    ]
