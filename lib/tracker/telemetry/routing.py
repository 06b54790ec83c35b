"""Which lane a model belongs to, and what may stand on a lane."""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from tracker import rows

NEVER_ROUTED = ("quota_probe", "not_messages", "malformed")  # decisions about requests that never go
FAIL_SAFE = ("no_zai_key", "unreadable_setting", "router_error", "fallback")  # meant for Z.AI, but
STAYS = (*NEVER_ROUTED, *FAIL_SAFE, "paused", "off", "kept")  # decisions that mean Anthropic
GOES = ("forced_model", "forced_class")  # decisions that mean Z.AI
_SHORT = {"anthropic": "anth", "zai": "zai"}


def is_haiku(model: str) -> bool:
    """Say whether a model's name is one of the Haiku family.

    >>> is_haiku("claude-Haiku-4-5-20251001"), is_haiku("claude-sonnet-5-5")
    (True, False)
    """
    return "haiku" in model.lower()


def could_be_routed(model: str, decision: str) -> bool:
    """Say whether the router could send such a request to Z.AI: Haiku but the quota probe, or by class."""
    if decision == "forced_class":
        return True
    return is_haiku(model) and decision not in NEVER_ROUTED


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
    if case.lane != "anthropic" or not is_haiku(case.model):
        return None
    if case.decision in (*NEVER_ROUTED, "paused") or case.force_haiku is False:
        return None
    if case.decision == "off" and case.force_haiku is None:
        return None
    return f"{case.model} was answered by Anthropic (decision {case.decision}, {_force(case)})"


def _only_haiku_goes_to_zai(case: Case) -> str | None:
    if case.lane != "zai" or is_haiku(case.model) or case.decision == "forced_class":
        return None
    return f"{case.model} was answered by Z.AI (decision {case.decision})"


def _no_zai_key_on_anthropic(case: Case) -> str | None:
    if case.lane != "anthropic" or case.header_mode is None:
        return None
    return f"header_mode {case.header_mode} on lane anthropic"


def _decision_agrees_with_lane(case: Case) -> str | None:
    if (case.lane == "zai" and case.decision in STAYS) or (
        case.lane == "anthropic" and case.decision in GOES
    ):
        return f"decision {case.decision} on lane {case.lane}"
    return None


def _names_agree_with_lane(case: Case) -> str | None:
    if case.upstream is not None and case.upstream != _SHORT[case.lane]:
        return f"upstream {case.upstream} on lane {case.lane}"
    if case.backend_provider is not None and (case.backend_provider == "glm") != (case.lane == "zai"):
        return f"backend_provider {case.backend_provider} on lane {case.lane}"
    return None


def _anthropic_gets_the_model_asked_for(case: Case) -> str | None:
    if case.lane != "anthropic" or case.routed_model in (None, case.model):
        return None
    return f"{case.routed_model} was asked of Anthropic instead of {case.model}"


def _every_haiku_is_forced(case: Case) -> str | None:
    if case.lane != "anthropic" or not is_haiku(case.model):
        return None
    if case.decision in ("quota_probe", "not_messages"):
        return None
    return f"{case.model} was not routed (decision {case.decision}, {_force(case)})"


def _force(case: Case) -> str:
    said = {True: "on", False: "off", None: "not said"}[case.force_haiku]
    return f"FORCE_HAIKU_TO_ZAI {said}"


Rule = Callable[[Case], str | None]

RULES: dict[str, Rule] = {
    "haiku-on-anthropic": _haiku_stays_off_anthropic,
    "not-haiku-on-zai": _only_haiku_goes_to_zai,
    "zai-key-on-anthropic": _no_zai_key_on_anthropic,
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
LEAKS: dict[str, re.Pattern[bytes]] = {
    "credential-in-log": re.compile(
        rb"sk-ant-[A-Za-z0-9]|[Bb]earer [A-Za-z0-9._-]{8}|\b[0-9a-f]{32}\.[A-Za-z0-9]{16}\b"
    ),
    "header-in-log": re.compile(
        rb'"(?:headers|(?:proxy-)?authorization|x-api-key|(?:set-)?cookie)"\s*:', re.IGNORECASE
    ),
    "body-in-log": re.compile(
        rb'"(?:body|request_body|response_body|messages|system|content)"\s*:', re.IGNORECASE
    ),
}
# What every one of these holds; quick to look for, where the patterns are not.
_CREDENTIAL_SIGNS = (b"sk-ant-", b"earer ")
_ZAI_KEY_END = re.compile(rb"\.[A-Za-z0-9]{16}\b")
_NAME_SIGNS = (
    *(b'headers":', b'ization":', b'api-key":', b'cookie":', b'body":', b'messages":', b'system":'),
    *(b'content":', b'" ', b'"\t', b'"\r'),  # the last three: a space before a colon
)


def may_hold_credentials(text: bytes) -> bool:
    """Say whether it is worth while to look at each line of a text for credentials."""
    return any(sign in text for sign in _CREDENTIAL_SIGNS) or _ZAI_KEY_END.search(text) is not None


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
        (name, f"at byte {found.start() + 1}") for name, rule in LEAKS.items() if (found := rule.search(raw))
    ]
