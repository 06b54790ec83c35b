"""The config file: which keys there are, what each must be, and which variable says the same.

A key's value is read as its variable's would be, so a setting has one form wherever it is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from tracker import cli, providers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SEE = "see docs/install.md"


class ConfigKey(NamedTuple):
    """A key of the file, as `table.name`, and what says the same elsewhere."""

    name: str
    variable: str  # "" when no variable says it
    about: str
    option: str  # the option that wins over all of them, and whose; "" when there is none
    default: str  # in words
    read: Callable[[Any], str]  # the file's value -> the variable's text; ValueError says what it must be


class FileSaid(NamedTuple):
    """What a file says: settings by variable, and repositories by name."""

    settings: Mapping[str, str]
    repositories: Mapping[str, Path]


def _path(value: Any) -> str:
    if isinstance(value, str) and value.isprintable() and value.startswith(("/", "~/")):
        return str(Path(value).expanduser())
    raise ValueError("a path that begins with / or ~/")


def _provider(value: Any) -> str:
    if value in providers.NAMES:
        return str(value)
    raise ValueError(f"one of {', '.join(providers.NAMES)}")


def _word(value: Any) -> str:
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value
    raise ValueError("a name")


def _zone(value: Any) -> str:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(value).key
    except (TypeError, ValueError, OSError, KeyError):
        raise ValueError("a zone such as Europe/Madrid") from None


def _plan(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or "," in str(value):
        raise ValueError('a plan such as "max", "lite:18", "none", or USD a month')
    return str(value)


def _place(name: str, variable: str, option: str, about: str) -> ConfigKey:
    return ConfigKey(f"places.{name}", variable, about, option, "see above", _path)


KEYS = (
    _place("ledger", "TRACKER_DATA_DIR", "--data-dir", "the ledger's folder"),
    _place("log", "USAGE_LOG", "--log of end", "the router's log"),
    _place("results", "RESULTS_DIR", "", "reports of runs"),
    _place("lanes", "LANES_FILE", "", "your own lanes"),
    _place("plans", "PLANS_FILE", "", "your own plans' prices"),
    ConfigKey(
        "time_zone",
        "TRACKER_TIME_ZONE",
        "zone of a meter's times that name none",
        "--tz of capture",
        "the machine's",
        _zone,
    ),
    ConfigKey(
        "provider",
        "TRACKER_PROVIDER",
        "whose meter is read",
        "--provider of begin, task-start, task-end",
        "claude",
        _provider,
    ),
    ConfigKey(
        "arms.baseline",
        "TRACKER_BASELINE",
        "methodology of arm A",
        "--baseline of experiment register",
        "stock_anthropic",
        _word,
    ),
    ConfigKey(
        "arms.candidate",
        "TRACKER_CANDIDATE",
        "methodology of arm B",
        "--candidate of experiment register",
        "mitm_offload",
        _word,
    ),
    *(
        ConfigKey(
            f"plans.{name}",
            f"TRACKER_PLAN_{name.upper()}",
            f"which {name} plan is paid for",
            f"--plan {name}=… of plan-cost",
            "as readings show it",
            _plan,
        )
        for name in providers.NAMES
    ),
)
REPOSITORIES = "repositories"
BY_VARIABLE = {key.variable: key for key in KEYS}


def read(path: Path) -> FileSaid:
    """Return what the file says, nothing where there is none; cli.Stop (78) names a key that is not known or wrong."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return FileSaid({}, {})
    except OSError as wrong:
        raise cli.Stop(
            cli.NO_SETTING, f"cannot read {path} ({wrong.strerror}); make it readable, or set TRACKER_CONFIG"
        ) from None
    import tomllib

    try:
        told = tomllib.loads(raw.decode("utf-8-sig"))
    except ValueError as wrong:  # no TOML, or no UTF-8; tomllib names the line
        raise cli.Stop(cli.NO_SETTING, f"{path} is no TOML ({wrong}); {SEE}") from None
    try:
        return _said(told)
    except ValueError as wrong:
        raise cli.Stop(cli.NO_SETTING, f"{path}: {wrong}; {SEE}") from None


def _said(told: Mapping[str, Any]) -> FileSaid:
    settings = {}
    repositories = told.get(REPOSITORIES, {})
    if not isinstance(repositories, dict):
        raise ValueError('repositories is no table of NAME = "/path"')
    for name, value in _flat({top: inner for top, inner in told.items() if top != REPOSITORIES}):
        key = next((one for one in KEYS if one.name == name), None)
        if key is None:
            known = ", ".join([*(one.name for one in KEYS), f"{REPOSITORIES}.NAME"])
            raise ValueError(f"{name} is no key (known: {known})")
        settings[key.variable] = _checked(name, value, key.read)
    return FileSaid(
        settings,
        {
            name: Path(_checked(f"{REPOSITORIES}.{name}", value, _path))
            for name, value in repositories.items()
        },
    )


def _checked(name: str, value: Any, read_value: Callable[[Any], str]) -> str:
    try:
        return read_value(value)
    except ValueError as wrong:
        raise ValueError(f"{name} is {value!r}; it must be {wrong}") from None


def _flat(told: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return (table.name, value) of every key, one table deep.

    >>> _flat({"provider": "glm", "arms": {"baseline": "a"}})
    [('provider', 'glm'), ('arms.baseline', 'a')]
    """
    found: list[tuple[str, Any]] = []
    tables = {key.name.partition(".")[0] for key in KEYS if "." in key.name}
    for name, value in told.items():
        if name in tables and isinstance(value, dict):
            found += [(f"{name}.{one}", what) for one, what in value.items()]
        else:
            found.append((name, value))
    return found
