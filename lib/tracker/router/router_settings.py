"""The router's settings: where each comes from, what it may be, and the control file on top.

Every setting is a mitmproxy option (`--set zai_model=glm-4.7`) whose start value is the environment
variable of the same name in capitals.  A small file of NAME=value lines, looked at per request by
its time stamp, overrides some of them in a running proxy.  A value that cannot be read makes the
settings unsafe: nothing is routed then.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

ANTHROPIC = "api.anthropic.com"

# name -> (default, help)
OPTIONS: dict[str, tuple[str, str]] = {
    "force_haiku_to_zai": ("0", "Send requests for Haiku models to Z.AI."),
    "offload_paused": ("0", "Keep everything on Anthropic for now."),
    "route_classes": ("", "Request classes or agent ids that go to Z.AI too, e.g. subagent."),
    "route_never": ("opus,fable", "Models that ROUTE_CLASSES does not move."),
    "zai_base_url": ("https://api.z.ai/api/anthropic", "Where Z.AI's Messages API is."),
    "zai_model": ("glm-4.6", "Model that is asked for at Z.AI."),
    "zai_model_map": ("", "Other models for some names, e.g. haiku=glm-4.5-air,sonnet=glm-4.6."),
    "zai_max_tokens": ("", "Largest max_tokens that Z.AI is sent; default by model."),
    "zai_header_mode": ("x-api-key", "Header of Z.AI's key: x-api-key or authorization."),
    "zai_header_auto": ("0", "Try the other header once when Z.AI refuses the key."),
    "zai_fallback": ("", "`anthropic`: a request whose key Z.AI refuses is sent to Anthropic instead."),
    "zai_auto_pause": ("0", "Pause when Z.AI's quota is used up, until it opens again."),
    "mitm_enable_backoff": ("0", "Wait and try again on 429, 503 and 529 from Z.AI."),
    "anthropic_host": ("api.anthropic.com", "Name or NAME:PORT of Anthropic's API; another one in a lab."),
    "router_idle_seconds": ("60", "How long a warm connection is kept."),
    "router_control": ("", "File of NAME=value lines that a running proxy obeys; default beside the log."),
}
CONTROLLED = ("force_haiku_to_zai", "offload_paused", "route_classes", "zai_header_mode")
HEADER_MODES = ("x-api-key", "authorization")
_YES, _NO = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


class Upstream(NamedTuple):
    """Where a base URL points."""

    scheme: str
    host: str
    port: int
    path: str


class Settings(NamedTuple):
    """The settings in force; `problem` says in words which of them cannot be read."""

    force_haiku: bool
    paused: bool
    route_classes: frozenset[str]
    route_never: tuple[str, ...]
    upstream: Upstream
    model: str
    model_map: tuple[tuple[str, str], ...]
    max_tokens: int | None
    header_mode: str
    header_auto: bool
    fallback: bool
    auto_pause: bool
    backoff: bool
    anthropic: tuple[str, int]
    problem: str | None


def is_on(name: str) -> bool:
    """Say whether a switch in the environment is on."""
    return os.environ.get(name, "").strip().lower() in _YES


def start_values() -> dict[str, str]:
    """Return every option's start value: the environment's, else the default."""
    return {name: os.environ.get(name.upper(), default) for name, (default, _) in OPTIONS.items()}


def read(values: dict[str, str]) -> Settings:
    """Return the settings in a set of texts.

    >>> read({**{name: default for name, (default, _) in OPTIONS.items()}, "offload_paused": "maybe"}).problem
    'OFFLOAD_PAUSED is neither 0 nor 1'
    """
    problems: list[str] = []

    def get(name: str, convert: Any, fallback: Any) -> Any:
        try:
            return convert(values[name])
        except ValueError as wrong:
            problems.append(f"{name.upper()} {wrong}")
            return fallback

    return Settings(
        force_haiku=get("force_haiku_to_zai", _switch, False),
        paused=get("offload_paused", _switch, True),
        route_classes=frozenset(_words(values["route_classes"])),
        route_never=tuple(word.lower() for word in _words(values["route_never"])),
        upstream=get("zai_base_url", base_url, Upstream("https", "invalid.", 443, "")),
        model=get("zai_model", _one_model, ""),
        model_map=get("zai_model_map", _pairs, ()),
        max_tokens=get("zai_max_tokens", _positive, None),
        header_mode=get("zai_header_mode", _header_mode, HEADER_MODES[0]),
        header_auto=get("zai_header_auto", _switch, False),
        fallback=get("zai_fallback", _fallback, False),
        auto_pause=get("zai_auto_pause", _switch, False),
        backoff=get("mitm_enable_backoff", _switch, False),
        anthropic=get("anthropic_host", _host, (ANTHROPIC, 443)),
        problem="; ".join(problems) or None,
    )


def _switch(text: str) -> bool:
    word = text.strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError("is neither 0 nor 1")


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


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


def base_url(text: str) -> Upstream:
    """Return where a base URL points; ValueError for one that a key must not be sent to.

    >>> base_url("https://api.z.ai/api/anthropic/")
    Upstream(scheme='https', host='api.z.ai', port=443, path='/api/anthropic')
    """
    url = urlsplit(text.strip())
    host = (url.hostname or "").lower()
    if url.scheme not in ("https", "http") or not host or url.username or url.query or url.fragment:
        raise ValueError("is no https://host/path")
    if host == "anthropic.com" or host.endswith(".anthropic.com"):
        raise ValueError("points to Anthropic, where Z.AI's key must not go")
    if url.scheme == "http" and host not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError("is not encrypted")
    return Upstream(
        url.scheme, host, url.port or (443 if url.scheme == "https" else 80), url.path.rstrip("/")
    )


def api_key() -> str | None:
    """Return the user's own key for Z.AI; None when it is not set or can be no header value."""
    key = os.environ.get("ZAI_API_KEY", "").strip()
    return key if key and key.isascii() and key.isprintable() and " " not in key else None


class ControlFile:
    """The overrides of a running proxy, read again whenever the file's time stamp changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name = str(path)
        self._seen: tuple[int, int, int] | None = None
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
        return True

    def _read(self) -> None:
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            self.problem = "the control file cannot be read"
            return
        for line in text.splitlines():
            line = line.strip().removeprefix("export ")
            if not line or line.startswith("#"):
                continue
            name, equals, value = line.partition("=")
            name = name.strip().lower()
            if not equals or name not in CONTROLLED:
                self.problem = "the control file holds a line that is no setting"
                return
            self.values[name] = value.strip().strip("\"'")
