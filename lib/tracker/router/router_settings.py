"""The router's settings: where each comes from, what it may be, and the control file on top.

Every setting is a mitmproxy option (`--set zai_model=glm-4.7`) whose start value is the environment
variable of the same name in capitals.  A small file of NAME=value lines, looked at per request by
its time stamp, overrides some of them in a running proxy.  A value that cannot be read makes the
settings unsafe: nothing is routed then.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

from tracker import lanes
from tracker.control_file import set_anew, settings_in
from tracker.lanes import HEADER_MODES, Address, Lane
from tracker.router import by_quota

ANTHROPIC = "api.anthropic.com"

# name -> (default, help)
COMMON: dict[str, tuple[str, str]] = {
    "force_haiku_to_zai": ("0", "Send requests for Haiku models to the offload lane."),
    "offload_lane": (lanes.DEFAULT, "Which lane that is: a name of docs/lanes.md or of your lanes file."),
    "offload_paused": ("0", "Keep everything on Anthropic for now."),
    "offload_when": (
        "",
        "Offload only while a quota of Anthropic's is above a mark: five_hour>80,weekly>90.",
    ),
    "offload_strip": (
        "",
        "What else to take out of what is offloaded: paths, git, emails, results (of tools).",
    ),
    "route_classes": ("", "Request classes or agent ids that go to the offload lane too, e.g. subagent."),
    "route_never": ("opus,fable", "Models that ROUTE_CLASSES does not move."),
    "mitm_enable_backoff": ("0", "Wait and try again on 429, 503 and 529 from the offload lane."),
    "anthropic_host": ("api.anthropic.com", "Name or NAME:PORT of Anthropic's API; another one in a lab."),
    "router_idle_seconds": ("60", "How long a warm connection is kept."),
    "router_allow_hosts": ("", "More hosts to connect to: NAME, NAME:PORT, *.NAME; * is every public name."),
    "router_control": ("", "File of NAME=value lines that a running proxy obeys; default beside the log."),
}
STRIPS = frozenset({"paths", "git", "emails", "results"})
CONTROLLED = ("force_haiku_to_zai", "offload_paused", "offload_when", "route_classes")
_OF_A_LANE = ("header_mode",)  # the settings of a lane that the control file may change
_OURS = re.compile(r"(?:MITM|ROUTER|ROUTE|OFFLOAD|USAGE|ANOMALIES)_[A-Z_]+")
_OURS_TOO = {"FORCE_HAIKU_TO_ZAI", "ENABLE_BODY_TEE", "LANES_FILE"}
_YES, _NO = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


def of_lane(lane: Lane) -> dict[str, tuple[str, str]]:
    """Return a lane's own options, name -> (default, help): one rule for every lane.

    >>> of_lane(lanes.SHIPPED[0])["zai_model"][0]
    'glm-4.5-air'
    """
    modes = " or ".join(lane.header_modes)
    pairs = ",".join(f"{part}={model}" for part, model in lane.model_map)
    told = {
        "base_url": (lane.base_url, f"Where the Messages API of {lane.words} is."),
        "model": (lane.model, f"Model that is asked for at {lane.words}."),
        "model_map": (pairs, f"Other models for some names, e.g. haiku={lane.model}."),
        "max_tokens": ("", f"Largest max_tokens that {lane.words} is sent; default by model."),
        "header_mode": (lane.header_modes[0], f"Header of the key: {modes}."),
        "header_auto": ("0", "Try the other header once when the key is refused."),
        "fallback": ("", "`anthropic`: a request whose key is refused is sent to Anthropic instead."),
        "auto_pause": ("0", "Pause when the quota is used up, until it opens again."),
    }
    return {lane.setting(name).lower(): one for name, one in told.items()}


def options() -> dict[str, tuple[str, str]]:
    """Return every option, name -> (default, help); cli.Stop (78) when the lanes file is wrong."""
    return COMMON | {name: one for lane in lanes.known().values() for name, one in of_lane(lane).items()}


def is_ours(name: str) -> bool:
    """Say whether .env may set a variable: the router's settings and the lanes' keys, nothing else.

    >>> is_ours("ZAI_API_KEY"), is_ours("OFFLOAD_LANE"), is_ours("LD_PRELOAD")
    (True, True, False)
    """
    if name in _OURS_TOO or _OURS.fullmatch(name):
        return True
    known = lanes.known().values()
    return any(name == lane.key_variable or name.lower() in of_lane(lane) for lane in known)


class Settings(NamedTuple):
    """The settings in force; `problem` says in words which of them cannot be read."""

    lane: Lane
    force_haiku: bool  # Haiku is to go: always, or with a rule while a mark is passed
    rule: by_quota.Rule | None
    paused: bool
    route_classes: frozenset[str]
    route_never: tuple[str, ...]
    strip: frozenset[str]
    upstream: Address
    model: str
    model_map: tuple[tuple[str, str], ...]
    max_tokens: int | None
    header_mode: str
    header_auto: bool
    fallback: bool
    auto_pause: bool
    backoff: bool
    anthropic: tuple[str, int]
    allow_hosts: tuple[str, ...]
    problem: str | None
    refusal: str | None  # the same of what must keep a router from starting


def is_on(name: str) -> bool:
    """Say whether a switch in the environment is on."""
    return os.environ.get(name, "").strip().lower() in _YES


def with_control(values: dict[str, str], said_since: dict[str, str]) -> dict[str, str]:
    """Return the options with what a control file says on top.

    A rule is a wish to offload: with one FORCE_HAIKU_TO_ZAI counts as 1, whatever it was at the start; a 0
    that was said since stops Haiku.

    >>> with_control({"offload_when": "weekly>90", "force_haiku_to_zai": "0"}, {})["force_haiku_to_zai"]
    '1'
    """
    found = values | said_since
    if found["offload_when"].strip().lower() not in by_quota.OFF and "force_haiku_to_zai" not in said_since:
        found["force_haiku_to_zai"] = "1"
    return found


def start_values() -> dict[str, str]:
    """Return every option's start value: the environment's, else the default."""
    return {name: os.environ.get(name.upper(), default) for name, (default, _) in options().items()}


def read(values: dict[str, str]) -> Settings:
    """Return the settings in a set of texts.

    >>> read({**{name: default for name, (default, _) in options().items()}, "offload_paused": "maybe"}).problem
    'OFFLOAD_PAUSED is neither 0 nor 1'
    """
    problems: list[str] = []
    refusals: list[str] = []

    def get(name: str, convert: Any, fallback: Any, said: list[str] = problems) -> Any:
        try:
            return convert(values[name])
        except ValueError as wrong:
            said.append(f"{name.upper()} {wrong}")
            return fallback

    def own(name: str, convert: Any, fallback: Any, said: list[str] = problems) -> Any:
        return get(lane.setting(name).lower(), convert, fallback, said)

    known = lanes.known()
    lane: Lane = get("offload_lane", _lane, known[lanes.DEFAULT], refusals)
    rule = get("offload_when", by_quota.parse, None, refusals)
    force = get("force_haiku_to_zai", _switch, False)
    upstream = own(
        "base_url",
        lambda text: lanes.place(lane, text, known),
        Address("https", "invalid.", 443, ""),
        refusals,
    )
    # The plans' lane is watched without a key; whoever names another one means to use it.
    if force and lane.name != lanes.DEFAULT and (wrong := key_problem(lane)):
        refusals.append(f"{wrong}, the key of OFFLOAD_LANE={lane.name}; put it in .env")
    return Settings(
        lane=lane,
        force_haiku=force,
        rule=rule,
        paused=get("offload_paused", _switch, True),
        route_classes=frozenset(_words(values["route_classes"])),
        route_never=tuple(word.lower() for word in _words(values["route_never"])),
        strip=get("offload_strip", _strips, frozenset()),
        upstream=upstream,
        model=own("model", _one_model, ""),
        model_map=own("model_map", _pairs, ()),
        max_tokens=own("max_tokens", _positive, None),
        header_mode=own("header_mode", _header_mode, lane.header_modes[0]),
        header_auto=own("header_auto", _switch, False),
        fallback=own("fallback", _fallback, False),
        auto_pause=own("auto_pause", _switch, False),
        backoff=get("mitm_enable_backoff", _switch, False),
        anthropic=get("anthropic_host", _host, (ANTHROPIC, 443)),
        allow_hosts=tuple(_words(values["router_allow_hosts"])),
        problem="; ".join(problems + refusals) or None,
        refusal="; ".join(refusals) or None,
    )


def _lane(text: str) -> Lane:
    known = lanes.known()
    if text.strip() not in known:
        raise ValueError(
            f"is {text.strip()!r}, which is no lane (lanes: {', '.join(known)}); "
            f"declare your own in {lanes.FILE}, docs/lanes.md"
        )
    return known[text.strip()]


def _switch(text: str) -> bool:
    word = text.strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError("is neither 0 nor 1")


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _strips(text: str) -> frozenset[str]:
    words = frozenset(_words(text))
    if words - STRIPS:
        raise ValueError(f"may hold {', '.join(sorted(STRIPS))}")
    return words


def pseudonym() -> str:
    """Return what stands for a person's name in what is offloaded: the same in one installation, nobody's name."""
    told = f"{os.path.abspath(__file__)}\0{os.path.expanduser('~')}".encode()  # noqa: PTH100, PTH111
    return "user-" + hashlib.sha256(told).hexdigest()[:8]


def _one_model(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("names no model")
    return text.strip()


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for word in _words(text):
        name, equals, model = word.partition("=")
        if not (equals and name.strip() and model.strip()):
            raise ValueError("is no list of name=model")
        pairs.append((name.strip().lower(), model.strip()))
    return tuple(pairs)


def _positive(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or int(text) < 1:
        raise ValueError("is no number of tokens")
    return int(text)


def _fallback(text: str) -> bool:
    if text.strip().lower() not in ("", "0", "none", "anthropic"):
        raise ValueError("is neither empty nor anthropic")
    return text.strip().lower() == "anthropic"


def _host(text: str) -> tuple[str, int]:
    host, _, port = text.strip().lower().partition(":")
    if not host or (port and not port.isdecimal()):
        raise ValueError("is no NAME or NAME:PORT")
    return host, int(port or 443)


def _header_mode(text: str) -> str:
    if text.strip().lower() not in HEADER_MODES:
        raise ValueError("is neither x-api-key nor authorization")
    return text.strip().lower()


def api_key(lane: Lane) -> str | None:
    """Return the user's own key for a lane; None when it is not set or can be no header value."""
    try:
        return lanes.own_key(lane)
    except ValueError:
        return None


def key_problem(lane: Lane) -> str | None:
    """Return in words what is wrong with a lane's key, without the key; None when nothing is."""
    try:
        lanes.own_key(lane)
    except ValueError as wrong:
        return f"{lane.key_variable} {wrong}"
    return None


def controlled() -> set[str]:
    """Return the names that the control file may set."""
    own = {lane.setting(name).lower() for lane in lanes.known().values() for name in _OF_A_LANE}
    return {*CONTROLLED, *own}


class ControlFile:
    """The overrides of a running proxy, read again whenever the file's time stamp changes.

    A setting that was said at the start (`explicit`) wins over what the file held then, until
    somebody sets it anew in the file.
    """

    def __init__(self, path: Path, explicit: frozenset[str] = frozenset()) -> None:
        self.path = path
        self._name = str(path)
        self._seen: tuple[int, int, int] | None = None
        self._explicit = set(explicit)
        self.held: dict[str, str] | None = None  # what it held at the last look
        self.values: dict[str, str] = {}
        self.problem: str | None = None

    def changed(self) -> bool:
        """Look at the file; return whether what it says is new.  One `stat` when it is not."""
        try:
            stat = os.stat(self._name)  # noqa: PTH116 - a third cheaper than Path.stat
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except FileNotFoundError:
            seen = None
        except OSError:
            seen = (-1, -1, -1)
        if seen == self._seen:
            return False
        self._seen = seen
        self.values, self.problem = {}, None
        if seen is not None:
            self._read()
        if self.held is not None:
            self._explicit -= set_anew(self.held, self.values)
        self.held = self.values
        self.values = {name: value for name, value in self.values.items() if name not in self._explicit}
        return True

    def _read(self) -> None:
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            self.problem = "the control file cannot be read"
            return
        found = None
        with contextlib.suppress(ValueError):
            found = settings_in(text)
        if found is None or not found.keys() <= controlled():
            self.problem = "the control file holds a line that is no setting"
        else:
            self.values = found
