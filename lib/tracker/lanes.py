"""The lanes: who may answer a request in Anthropic's stead.  Everything that is "one per lane" derives from here.

A lane is a row of this table, or of a TOML file of the user's own (`LANES_FILE`, else `lanes.toml`
beside `.env`), and a dialect: a file of tracker/router/dialects that says how its errors look and what
it takes.  docs/lanes.md has where each fact was read, and when.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tracker import cli, placeholders, places, settings

ANTHROPIC = "anthropic"  # the lane of whatever is not offloaded; no row of the table
STOCK = "stock"  # requests that no router saw: as a client's own history has them
OWN = {ANTHROPIC: "Anthropic", STOCK: "the plan, without the router"}  # lanes that offload nothing
DEFAULT = "zai"  # OFFLOAD_LANE when nobody says another
HEADER_MODES = ("x-api-key", "authorization")
FILE = "lanes.toml"
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_ADDRESS = re.compile(r"[A-Za-z0-9:/._~%\[\]@?#&=+-]*")
_ODD_PATH = re.compile(r"%|(?:^|/)\.{1,2}(?:/|$)")  # what a server may read as another path
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1")


class Lane(NamedTuple):
    """A provider of the Messages API that requests may be offloaded to."""

    name: str  # what rows and OFFLOAD_LANE call it
    words: str  # what people call it
    backend: str  # backend_provider of its rows
    key_variable: str  # environment variable of the user's own key
    base_url: str  # `/v1/messages` follows
    hosts: tuple[str, ...]  # that the key may be sent to
    model: str  # that is asked for when nothing else is set
    dialect: str  # file of tracker/router/dialects
    price_list: str | None = None  # provider in the dated price list; None: only PRICES_FILE has prices
    model_map: tuple[tuple[str, str], ...] = ()  # part of the model asked for -> model here
    max_tokens: tuple[tuple[str, int], ...] = ()  # part of a model's name -> most tokens of a reply
    header_modes: tuple[str, ...] = HEADER_MODES  # how the key may be sent, the usual way first
    key_pattern: str | None = None  # what its keys look like, for the leak checks

    @property
    def prefix(self) -> str:
        """Beginning of the names of its settings: ZAI_MODEL, ZAI_CN_MODEL."""
        return self.name.upper().replace("-", "_")

    def setting(self, name: str) -> str:
        """Return the name of one of its settings.

        >>> SHIPPED[1].setting("BASE_URL")
        'ZAI_CN_BASE_URL'
        """
        return f"{self.prefix}_{name}"

    def most_tokens(self, model: str) -> int | None:
        """Return the longest reply that a model gives, tokens; None when the table does not know.

        >>> SHIPPED[0].most_tokens("glm-4.5-air"), SHIPPED[0].most_tokens("glm-4.6")
        (98304, 131072)
        """
        return next((most for part, most in self.max_tokens if part in model.lower()), None)


OTHER_FAMILIES = ("sonnet", "opus", "fable", "mythos")


def is_haiku(model: str) -> bool:
    """Say whether a model's name is one of the Haiku family, and of no other.

    >>> is_haiku("claude-Haiku-4-5-20251001"), is_haiku("claude-sonnet-5-5"), is_haiku("claude-opus-5,haiku")
    (True, False, False)
    """
    small = model.lower()
    return "haiku" in small and not any(other in small for other in OTHER_FAMILIES)


def own_key(lane: Lane, environment: Mapping[str, str] = os.environ) -> str:
    """Return the user's own key for a lane; ValueError says what is wrong with its variable, never the key.

    A server of one's own on this machine may well take `dummy` for a key; no other lane does.
    """
    key = environment.get(lane.key_variable, "").strip()
    if not key:
        raise ValueError("is not set")
    if placeholders.is_placeholder(key, lane.key_variable) and not any(map(is_loopback, lane.hosts)):
        raise ValueError("is a placeholder, not a key")
    if (sign := placeholders.stray_sign(key)) is not None:
        if "!" <= sign <= "~":
            raise ValueError(f"holds {sign!r}, a sign that no key has")
        raise ValueError("holds a blank, a line's end or a letter that no key has")
    return key


_GLM = (("glm-4.5v", 16_384), ("glm-4.5", 98_304), ("", 131_072))
_GLM_KEY = r"\b[0-9a-f]{32}\.[A-Za-z0-9]{16}\b"

SHIPPED = (
    Lane(
        name="zai",
        words="Z.AI",
        backend="glm",
        key_variable="ZAI_API_KEY",
        base_url="https://api.z.ai/api/anthropic",
        hosts=("api.z.ai",),
        model="glm-4.5-air",  # the vendor's own mapping of Haiku; the plans' glm-4.6 by ZAI_MODEL
        dialect="zai",
        price_list="zai",
        max_tokens=_GLM,
        key_pattern=_GLM_KEY,
    ),
    Lane(
        name="zai-cn",
        words="Zhipu (bigmodel.cn)",
        backend="glm",
        key_variable="ZAI_CN_API_KEY",
        base_url="https://open.bigmodel.cn/api/anthropic",
        hosts=("open.bigmodel.cn",),
        model="glm-4.5-air",
        dialect="zai",
        price_list="zhipuai",
        max_tokens=_GLM,
        key_pattern=_GLM_KEY,
    ),
    Lane(
        name="kimi",
        words="Kimi (Moonshot)",
        backend="kimi",
        key_variable="KIMI_API_KEY",
        base_url="https://api.moonshot.ai/anthropic",
        hosts=("api.moonshot.ai", "api.moonshot.cn", "api.kimi.com"),
        model="kimi-k2.5",
        dialect="kimi",
        price_list="moonshotai",
        max_tokens=(("", 32_768),),
        header_modes=("authorization", "x-api-key"),
        key_pattern=r"\bsk-(?:kimi-)?[A-Za-z0-9]{40,}\b",
    ),
    Lane(
        name="deepseek",
        words="DeepSeek",
        backend="deepseek",
        key_variable="DEEPSEEK_API_KEY",
        base_url="https://api.deepseek.com/anthropic",
        hosts=("api.deepseek.com",),
        model="deepseek-flash",
        dialect="deepseek",
        price_list="deepseek",
        max_tokens=(("", 384_000),),
        key_pattern=r"\bsk-[0-9a-f]{32}\b",
    ),
)


@functools.cache
def dialects() -> frozenset[str]:
    """Return the names of the dialects that there are."""
    files = Path(__file__).with_name("router").joinpath("dialects").glob("[a-z]*.py")
    return frozenset(path.stem for path in files)


@functools.cache
def known() -> dict[str, Lane]:
    """Return every lane by name: those shipped, and those of the user's file; cli.Stop (78) if that is wrong."""
    return table(file())


def file() -> str | None:
    """Return the path of the user's file; None without one."""
    named = places.find("lanes").path
    return str(named) if settings.said("LANES_FILE") or named.exists() else None


def table(path: str | None = None) -> dict[str, Lane]:
    """Return the shipped lanes and those of a file; cli.Stop (78) names the file's line and key if it is wrong."""
    found = {lane.name: lane for lane in SHIPPED}
    if path is None:
        return found
    import tomllib

    try:
        text = Path(path).read_text(encoding="utf-8")
        told = tomllib.loads(text)
    except OSError as wrong:
        raise cli.Stop(
            cli.NO_SETTING, f"cannot read {path} ({wrong.strerror}); set LANES_FILE to your lanes file"
        ) from None
    except ValueError as wrong:  # no TOML, or no UTF-8; tomllib names the line
        raise cli.Stop(cli.NO_SETTING, f"{path} is no TOML ({wrong}); see docs/lanes.md") from None
    if set(told) - {"lane"} or not isinstance(told.get("lane", []), list):
        stranger = next(iter(set(told) - {"lane"}), "lane")
        problem = f"line {_line(text, None, stranger)}: {stranger}: only [[lane]] tables are known here"
        raise cli.Stop(cli.NO_SETTING, f"{path}, {problem}; see docs/lanes.md")
    for index, entry in enumerate(told.get("lane", [])):
        try:
            lane = _lane(entry, found)
        except _WrongEntry as wrong:
            problem = f"line {_line(text, index, wrong.key)}: {wrong.key} {wrong}"
            raise cli.Stop(cli.NO_SETTING, f"{path}, {problem}; see docs/lanes.md") from None
        found[lane.name] = lane
    return found


class _WrongEntry(Exception):
    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


def _lane(entry: Any, others: Mapping[str, Lane]) -> Lane:
    if not isinstance(entry, dict):
        raise _WrongEntry("lane", "is no table; write [[lane]]")
    for key in entry:
        if key not in Lane._fields:
            raise _WrongEntry(key, f"is no key of a lane (known: {', '.join(Lane._fields)})")
    name = _text(entry, "name", _NAME, "small letters, digits and dashes")
    if name in others or name in OWN:
        raise _WrongEntry("name", f"{name!r} is taken; choose another")
    key_variable = _text(entry, "key_variable", _VARIABLE, "a name such as MY_API_KEY")
    base_url = _text(entry, "base_url")
    try:
        host = split(base_url).host
    except ValueError as wrong:
        raise _WrongEntry("base_url", str(wrong)) from None
    hosts = tuple(word.lower() for word in _words(entry, "hosts", (host,)))
    if host not in hosts:
        raise _WrongEntry("hosts", f"do not hold {host}, where base_url points")
    for other in others.values():
        shared = set(hosts) & set(other.hosts)
        if shared:
            raise _WrongEntry("hosts" if "hosts" in entry else "base_url", f"{min(shared)} is {other.name}'s")
        if other.key_variable == key_variable or other.prefix == name.upper().replace("-", "_"):
            raise _WrongEntry(
                "key_variable", f"{key_variable} is {other.name}'s; a key goes to one lane only"
            )
    dialect = _text(entry, "dialect", default=ANTHROPIC)
    if dialect not in dialects():
        raise _WrongEntry("dialect", f"{dialect!r} is not known (known: {', '.join(sorted(dialects()))})")
    modes = _words(entry, "header_modes", HEADER_MODES)
    if not modes or set(modes) - set(HEADER_MODES):
        raise _WrongEntry("header_modes", f"may be {' and '.join(HEADER_MODES)}")
    return Lane(
        name=name,
        words=_text(entry, "words", default=name),
        backend=_text(entry, "backend", default=name),
        key_variable=key_variable,
        base_url=base_url,
        hosts=hosts,
        model=_text(entry, "model"),
        dialect=dialect,
        price_list=_text(entry, "price_list") if "price_list" in entry else None,
        model_map=_pairs(entry, "model_map", str),
        max_tokens=_pairs(entry, "max_tokens", int),
        header_modes=modes,
        key_pattern=_pattern(entry),
    )


def _text(
    entry: Mapping[str, Any],
    key: str,
    pattern: re.Pattern[str] | None = None,
    what: str = "a word",
    default: str | None = None,
) -> str:
    value = entry.get(key, default)
    if value is None:
        raise _WrongEntry(key, "is missing")
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _WrongEntry(key, "is no text")
    if pattern is not None and not pattern.fullmatch(value):
        raise _WrongEntry(key, f"{value!r} is not {what}")
    return value


def _words(entry: Mapping[str, Any], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = entry.get(key, list(default))
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
        raise _WrongEntry(key, "is no list of words")
    return tuple(word.strip() for word in value)


def _pairs(entry: Mapping[str, Any], key: str, of: type) -> tuple[tuple[str, Any], ...]:
    value = entry.get(key, {})
    if of is int and type(value) is int:
        value = {"": value}
    if not isinstance(value, dict) or not all(type(one) is of and one != "" for one in value.values()):
        raise _WrongEntry(key, f"is no table of {'numbers' if of is int else 'names'}")
    if of is int and any(one < 1 for one in value.values()):
        raise _WrongEntry(key, "must be 1 or more")
    return tuple((part.lower(), one) for part, one in value.items())


def _pattern(entry: Mapping[str, Any]) -> str | None:
    if "key_pattern" not in entry:
        return None
    pattern = _text(entry, "key_pattern")
    try:
        re.compile(pattern)
    except re.error as wrong:
        raise _WrongEntry("key_pattern", f"is no regular expression ({wrong})") from None
    return pattern


def _line(text: str, index: int | None, key: str) -> int:
    """Return the line of a key in the index-th [[lane]]; that of its heading when the key is missing."""
    at, heading = -1, 1
    for number, line in enumerate(text.splitlines(), 1):
        begun = line.strip()
        if begun.startswith("[[lane]]") and index is not None:
            at, heading = at + 1, number if at + 1 == index else heading
        elif (index is None or at == index) and re.match(rf"\[*[\"']?{re.escape(key)}\b", begun):
            return number
    return heading


class Address(NamedTuple):
    """Where a base URL points."""

    scheme: str
    host: str
    port: int
    path: str


def split(text: str) -> Address:
    """Return where a base URL points; ValueError for one that a key must not be sent to.

    >>> split("https://api.z.ai/api/anthropic/")
    Address(scheme='https', host='api.z.ai', port=443, path='/api/anthropic')
    """
    if not _ADDRESS.fullmatch(text):
        raise ValueError("holds a space, a line end or another character that no address has")
    from urllib.parse import urlsplit

    url = urlsplit(text)
    host = (url.hostname or "").lower().rstrip(".")
    is_plain = not (url.query or url.fragment or "@" in url.netloc or _ODD_PATH.search(url.path))
    if url.scheme not in ("https", "http") or not host or not is_plain:
        raise ValueError("is no https://host/path")
    if url.port == 0:
        raise ValueError("has port 0, where nothing answers")
    if host == "anthropic.com" or host.endswith(".anthropic.com"):
        raise ValueError("points to Anthropic, where a lane's key must not go")
    if url.scheme == "http" and not is_loopback(host):
        raise ValueError("is not encrypted")
    return Address(url.scheme, host, url.port or (443 if url.scheme == "https" else 80), url.path.rstrip("/"))


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine by its very name, whatever a name server says.

    >>> is_loopback("127.0.0.1"), is_loopback("127.0.0.1.example.org")
    (True, False)
    """
    return _LOOPBACK.fullmatch(host) is not None


def place(lane: Lane, base_url: str, lanes: Mapping[str, Lane]) -> Address:
    """Return where a lane's requests go; ValueError when that host is not the lane's.

    This machine's own addresses belong to every lane: a stand-in for it is there, and nothing leaves.
    """
    found = split(base_url)
    if found.host in lane.hosts or is_loopback(found.host):
        return found
    owner = next((other for other in lanes.values() if found.host in other.hosts), None)
    if owner is not None:
        raise ValueError(f"points to {found.host}, which is {owner.name}'s: use OFFLOAD_LANE={owner.name}")
    raise ValueError(
        f"points to {found.host}, which no lane owns (lanes: {', '.join(lanes)}): "
        f"declare one in {FILE}, docs/lanes.md"
    )


def words(name: str) -> str:
    """Return what people call a lane, its name when no table has it.

    >>> words("anthropic"), words("zai"), words("elsewhere")
    ('Anthropic', 'Z.AI', 'elsewhere')
    """
    lane = known().get(name)
    return OWN.get(name) or (lane.words if lane is not None else cli.harmless(name))


def strangers(requests: Mapping[str, int]) -> str | None:
    """Return one line about requests of lanes that no table has; None without any.

    >>> strangers({"zai": 2, "elsewhere": 3})
    "3 requests of lane 'elsewhere', which no table has; declare it in lanes.toml (LANES_FILE), docs/lanes.md"
    """
    found = [name for name, count in requests.items() if count and not is_known(name)]
    if not found:
        return None
    told = " and ".join(
        f"{requests[name]:,} request{'s' * (requests[name] != 1)} of lane {cli.harmless(name)!r}"
        for name in sorted(found)[:3]
    )
    more = f" and {len(found) - 3} lanes more" if len(found) > 3 else ""
    return f"{told}{more}, which no table has; declare it in {FILE} (LANES_FILE), docs/lanes.md"


def short(name: str) -> str:
    """Return what rows call `upstream`: the plans' word for Anthropic, else the lane's name."""
    return "anth" if name == ANTHROPIC else name


def is_offload(name: str) -> bool:
    """Say whether a lane is another provider's than the plan's own."""
    return name not in OWN


def is_known(name: str) -> bool:
    """Say whether a row's lane is in the table."""
    return name in OWN or name in known()


@functools.cache
def backends() -> frozenset[str]:
    """Return what rows of the known lanes call `backend_provider`."""
    return frozenset(lane.backend for lane in known().values())


def backend(name: str) -> str | None:
    """Return what rows of a lane call `backend_provider`; None for Anthropic's, where it is the model's family."""
    lane = known().get(name)
    return lane.backend if lane is not None else None
