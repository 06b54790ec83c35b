"""Where things are: the toolkit's own files, and a person's ledger, logs, results and `.env`.

One rule, whatever folder one stands in.  What names a place outright wins (a tool's option, then the
place's own variable, in the environment, in `.env` or as a key of the config file).  Else everything lies in one folder: TRACKER_HOME where it is set, the clone
for the tools of a clone.  Tools that were installed use the folders of the XDG base directories.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tracker import bases, settings
from tracker.bases import CONFIG as _CONFIG
from tracker.bases import Place


class _Rule(NamedTuple):
    about: str
    variable: str  # names it outright; "" when nothing does
    inside: str  # below a clone, or TRACKER_HOME
    base: str  # the XDG variable
    default: str  # that variable's default, below the home folder
    below: str  # below the XDG folder's own for this toolkit


_DATA = ("XDG_DATA_HOME", ".local/share")
_STATE = ("XDG_STATE_HOME", ".local/state")
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
    "papers": _Rule("the CSV ledgers and the session handoff", "", "docs", *_DATA, "docs"),
    "lanes": _Rule("your own lanes", "LANES_FILE", "lanes.toml", *_CONFIG, "lanes.toml"),
    "plans": _Rule("your own plans' prices", "PLANS_FILE", "plans.toml", *_CONFIG, "plans.toml"),
}
BESIDE_LOG = {"control": "router.control", "state": "router.state.json"}
FILES = {"env": ("your keys and settings", bases.env), "config": ("your config file", bases.config)}
NAMES = (*RULES, *FILES, "scripts", "tools")


def find(name: str) -> Place:
    """Return one of NAMES, whether it exists or not; a variable's path is taken as it is written.

    >>> import os
    >>> os.environ["USAGE_LOG"] = "/var/log/requests.jsonl"
    >>> find("log")
    Place(path=PosixPath('/var/log/requests.jsonl'), why='USAGE_LOG')
    >>> del os.environ["USAGE_LOG"]
    """
    if name in ("scripts", "tools"):
        return Place(bases.TREE / {"tools": "bin"}.get(name, name), "this toolkit's own")
    if name in FILES:
        return FILES[name][1]()
    rule = RULES[name]
    if rule.variable and (said := settings.said(rule.variable)):
        return Place(Path(said.text), said.where)
    if name in BESIDE_LOG:
        return Place(find("log").path.with_name(BESIDE_LOG[name]), "beside the log")
    return bases.standard(rule.inside, rule.base, rule.default, rule.below)


def table() -> list[tuple[str, str, str, str]]:
    """Return (name, absolute path, why, what it is) of every place."""
    about = {name: rule.about for name, rule in RULES.items()}
    about |= {name: what for name, (what, _) in FILES.items()}
    about |= {"scripts": "functions to source, and runs", "tools": "every tool as an executable"}
    return [(name, str(find(name).path.absolute()), find(name).why, about[name]) for name in NAMES]
