"""Where things are: the toolkit's own files, and a person's ledger, logs, results and `.env`.

One rule, whatever folder one stands in.  What names a place outright wins (a tool's option, then the
place's own variable).  Else everything lies in one folder: TRACKER_HOME where it is set, the clone
for the tools of a clone.  Tools that were installed use the folders of the XDG base directories.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

DISTRIBUTION = "plan-meters"  # its name for pip, and the folder's name below the XDG directories
_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "tree"  # what a wheel carries beside the modules
IS_CLONE = not _INSTALLED.is_dir()
TREE = _PACKAGE.parents[1] if IS_CLONE else _INSTALLED  # bin/, scripts/, addons/, data/prices/


class Place(NamedTuple):
    """A folder or file, and in a few words why it is that one."""

    path: Path
    why: str


class _Rule(NamedTuple):
    about: str
    variable: str  # names it outright; "" when nothing does
    inside: str  # below a clone, or TRACKER_HOME
    base: str  # the XDG variable
    default: str  # that variable's default, below the home folder
    below: str  # below the XDG folder's own for this toolkit


_DATA = ("XDG_DATA_HOME", ".local/share")
_STATE = ("XDG_STATE_HOME", ".local/state")
_CONFIG = ("XDG_CONFIG_HOME", ".config")
RULES = {
    "ledger": _Rule("the ledger's folder", "TRACKER_DATA_DIR", "data/week0/live", *_DATA, "ledger"),
    "log": _Rule("the router's log", "USAGE_LOG", "logs/usage.jsonl", *_STATE, "logs/usage.jsonl"),
    "control": _Rule("what a running router obeys", "ROUTER_CONTROL", "", *_STATE, ""),
    "state": _Rule("what a running router says is in force", "ROUTER_STATE", "", *_STATE, ""),
    "statusline": _Rule(
        "Claude Code's status lines",
        "STATUSLINE_LOG",
        "logs/statusline.jsonl",
        *_STATE,
        "logs/statusline.jsonl",
    ),
    "notified": _Rule(
        "what `tracker now --notify` has told", "", "logs/notified.json", *_STATE, "notified.json"
    ),
    "results": _Rule("reports of runs", "RESULTS_DIR", "results", *_DATA, "results"),
    "lanes": _Rule("your own lanes", "LANES_FILE", "lanes.toml", *_CONFIG, "lanes.toml"),
    "plans": _Rule("your own plans' prices", "PLANS_FILE", "plans.toml", *_CONFIG, "plans.toml"),
    "env": _Rule("your keys and settings", "", ".env", *_CONFIG, ".env"),
}
BESIDE_LOG = {"control": "router.control", "state": "router.state.json"}
NAMES = (*RULES, "scripts", "tools")


def find(name: str) -> Place:
    """Return one of NAMES, whether it exists or not; a variable's path is taken as it is written.

    >>> os.environ["USAGE_LOG"] = "/var/log/requests.jsonl"
    >>> find("log")
    Place(path=PosixPath('/var/log/requests.jsonl'), why='USAGE_LOG')
    >>> del os.environ["USAGE_LOG"]
    """
    if name in ("scripts", "tools"):
        return Place(TREE / {"tools": "bin"}.get(name, name), "this toolkit's own")
    rule = RULES[name]
    if rule.variable and (said := os.environ.get(rule.variable)):
        return Place(Path(said), rule.variable)
    if name in BESIDE_LOG:
        return Place(find("log").path.with_name(BESIDE_LOG[name]), "beside the log")
    if home := os.environ.get("TRACKER_HOME"):
        return Place(Path(home) / rule.inside, "TRACKER_HOME")
    if IS_CLONE:
        return Place(TREE / rule.inside, "the clone that this tool is of")
    base = os.environ.get(rule.base, "")
    if Path(base).is_absolute():  # XDG's own rule: a relative path is as good as none
        return Place(Path(base) / DISTRIBUTION / rule.below, rule.base)
    return Place(Path.home() / rule.default / DISTRIBUTION / rule.below, f"{rule.base} is not set")


def table() -> list[tuple[str, str, str, str]]:
    """Return (name, absolute path, why, what it is) of every place."""
    about = {name: rule.about for name, rule in RULES.items()}
    about |= {"scripts": "functions to source, and runs", "tools": "every tool as an executable"}
    return [(name, str(find(name).path.absolute()), find(name).why, about[name]) for name in NAMES]
