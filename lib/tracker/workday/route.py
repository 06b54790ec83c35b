"""Where this shell's Claude Code would go: straight to Anthropic, or through the router, and what that does."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tracker.control_file import set_anew, settings_in

PROXIES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy")
NO_RULE = ("", "0", "off", "none")
ELSEWHERE = ("ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY")


class Route(NamedTuple):
    """What a shell's settings lead to."""

    port: int | None  # of a proxy on this machine; None: there is none
    answers: bool  # whether something listens there
    forced: bool | None  # whether the router sends Haiku to the offload lane; None: it is not known
    elsewhere: list[str]  # settings that take Claude Code off the plan
    rule: str | None = None  # OFFLOAD_WHEN, if the router goes by what is left of the quota
    is_passed: bool = False  # whether one of its marks was passed when the router last said so
    is_paused: bool = False  # whether it would offload, were it not for a pause

    @property
    def words(self) -> str:
        """The route in words."""
        if self.port is None:
            return "straight to Anthropic"
        if not self.answers:
            return f"through 127.0.0.1:{self.port}, where nothing answers"
        if self.rule is not None:
            now = "does" if self.is_passed else "does not"
            return f"through the router on {self.port}; Haiku goes to the offload lane while {self.rule}: now it {now}"
        what = {
            True: "Haiku goes to the offload lane",
            False: "it only watches",
            None: "what it does is not known",
        }
        return f"through the router on {self.port}; {what[self.forced]}"


def look(environment: Mapping[str, str], state: Path, control: Path) -> Route:
    """Return where a shell's Claude Code would go.

    `state`: the file in which the router says what is in force.  `control`: the file that it obeys, which it
    looks at when the next request comes.
    """
    port = None
    for name in PROXIES:
        address = urlsplit(environment.get(name, ""))
        if address.hostname in {"127.0.0.1", "localhost", "::1"}:
            port = address.port
            break
    answers = port is not None and _answers(port)
    said = in_force(state, port) if answers else {}
    forced, rule, is_passed, is_paused = None, None, False, False
    if said.get("port") == port and isinstance(said.get("force_haiku"), bool):
        said |= _newer(control, said)
        forced = bool(said["force_haiku"]) and not said.get("paused")
        is_paused = bool(said["force_haiku"]) and not forced
        rule = said.get("offload_when") if forced else None
        is_passed = float(said.get("offloads_until") or 0) > time.time()
    elsewhere = [name for name in ELSEWHERE if environment.get(name)]
    return Route(port, answers, forced, elsewhere, rule, is_passed, is_paused)


def in_force(state: Path, port: int | None) -> dict[str, Any]:
    """Return what the router on a port has written down of its settings; empty when there is nothing.

    Of two routers beside one log each has a file of its own; `state` is of the one that spoke last.
    """
    for path in (state.with_name(f"{state.stem}-{port}{state.suffix}"), state):
        try:
            said = json.loads(path.read_text())
        except (OSError, ValueError):
            continue
        if isinstance(said, dict) and said.get("port") == port:
            return said
    return {}


def _newer(control: Path, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a control file changes that was written after the router said what is in force.

    What it held before counts only as the router took it: a start may have said otherwise.
    """
    names = {"force_haiku_to_zai": "force_haiku", "offload_paused": "paused"}
    found: dict[str, Any] = {}
    try:
        if control.stat().st_mtime <= float(said.get("written_at") or 0):
            return {}
        now = settings_in(control.read_text())
    except (OSError, ValueError):
        return {}
    for name in now.keys() & set_anew(said.get("control") or {}, now):
        value = now[name].lower()
        if name in names:
            found[names[name]] = value in ("1", "true", "yes", "on")
        elif name == "offload_when":
            found |= {"offload_when": None if value in NO_RULE else now[name], "offloads_until": None}
    if found.get("offload_when") is not None:  # a rule is a wish to offload
        found.setdefault("force_haiku", True)
    return found


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wrong_for(route: Route, offloads: bool, by_quota: bool = False) -> str | None:
    """Return why a shell is not in the arm that its window was dealt to, with what to do; None when it is.

    `by_quota`: whether the arm offloads by what is left of the quota.
    """
    if route.elsewhere:
        return (
            f"{route.elsewhere[0]} is set, so Claude Code does not use the plan; type `ccstock`, or unset it"
        )
    if route.rule is not None and not by_quota:
        return (
            f"the router goes by what is left of the quota (OFFLOAD_WHEN={route.rule}), which is an arm of its own; type "
            "`scripts/router-control.sh OFFLOAD_WHEN=off`"
        )
    if offloads or by_quota:
        if route.port is None:
            return (
                "this window offloads, and this shell goes straight to Anthropic; type `ccmitm`, then `ccsub` (once in "
                'a shell: `source "$(tracker where scripts)/cc-aliases.sh"`)'
            )
        if not route.answers:
            return f"nothing answers on 127.0.0.1:{route.port}; type `ccmitm {route.port}`"
        if route.forced is False:
            if route.is_paused:
                return "the router keeps Haiku on Anthropic; type `ccresume`"
            return f"the router keeps Haiku on Anthropic, as it was started; type `ccmitm {route.port}`"
        if by_quota and route.forced and route.rule is None:
            return (
                "the router sends all of Haiku elsewhere, and this window goes by what is left of the quota; type "
                "`scripts/router-control.sh 'OFFLOAD_WHEN=five_hour>80'`, with your own marks"
            )
        return None
    if route.port is not None and not route.answers:
        return f"nothing answers on 127.0.0.1:{route.port}; type `ccstock`"
    if route.forced:
        return "this window is plain Anthropic, and the router sends Haiku elsewhere; type `ccstock` or `ccpause`"
    return None
