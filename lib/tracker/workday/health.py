"""What a machine needs for a window: each check one row, ok or what to do.  Values of keys are never shown."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tracker import bases, cli, config_file, env_file, extras, lanes, places, settings
from tracker.ledger import files, stored_rows
from tracker.workday import route

LEAST_FREE = 100 * 1024 * 1024  # bytes of the disk that the ledger is on
OK, NOTE, BAD = "ok", "note", "bad"


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    state: str  # ok, note (works without, or only for one arm), bad
    seen: str
    advice: str = ""


def checks(environment: Mapping[str, str], data_dir: str | None) -> list[Check]:
    """Return every check, in the order in which a window needs what they look at."""
    asked: dict[str, Callable[[Mapping[str, str], str | None], Check]] = {
        "python": _python,
        "packages": _packages,
        "router": _router_packages,
        "git": _git,
        "claude": _client,
        "config file": _config,
        "ledger": _ledger,
        "chain": _chain,
        "disk": _disk,
        "log": _log,
        "port": _port,
        "certificate": _certificate,
        "keys": _keys,
        "this shell": _route,
        "NO_PROXY": _no_proxy,
        "control file": _control,
        "clock": _clock,
        "AGENT_ID": _agent,
        "settings": _settings,
    }
    found = [_checked(name, check, environment, data_dir) for name, check in asked.items()]
    return _said_once(found)


def _checked(
    name: str,
    check: Callable[[Mapping[str, str], str | None], Check],
    environment: Mapping[str, str],
    data_dir: str | None,
) -> Check:
    """Return what a check says; one that a wrong setting stops says which."""
    try:
        return check(environment, data_dir)
    except cli.Stop as wrong:
        seen, _, advice = str(wrong).rpartition("; ")
        return Check(name, BAD, seen, advice)


def _said_once(found: Sequence[Check]) -> list[Check]:
    """Return the checks without those that say again what is wrong; they are named in one of their own.

    >>> [one.seen for one in _said_once([Check("a", BAD, "x"), Check("b", OK, ""), Check("c", BAD, "x")])]
    ['x', '', 'c']
    """
    first: dict[str, Check] = {}
    for one in found:
        if one.state == BAD:
            first.setdefault(one.seen, one)
    again = {one.name: first[one.seen].name for one in found if first.get(one.seen, one) is not one}
    kept = [one for one in found if one.name not in again]
    if again:
        mend = f"mend {' and '.join(dict.fromkeys(again.values()))} first"
        kept.append(Check("not looked at", NOTE, ", ".join(again), mend))
    return kept


def _config(environment: Mapping[str, str], _: str | None) -> Check:
    path = bases.config().path
    config_file.read(path)
    return Check("config file", OK, "readable" if path.exists() else "none")


def _python(environment: Mapping[str, str], _: str | None) -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return Check("python", OK if good else BAD, version, "" if good else "install Python 3.11 or newer")


def _installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


def _packages(environment: Mapping[str, str], _: str | None) -> Check:
    lacking = [name for name in ("msgspec", "numpy", "scipy", "tabulate") if not _installed(name)]
    if lacking:
        return Check("packages", BAD, f"without {', '.join(lacking)}", extras.how_to_get("evidence"))
    return Check("packages", OK, "rows, statistics and tables")


def _router_packages(environment: Mapping[str, str], _: str | None) -> Check:
    # A clone keeps it apart; tools that were installed have it beside them, as the extra brings it.
    there = (bases.TREE / ".venv-router" / "bin" / "mitmdump").exists() or _installed("mitmproxy")
    return Check(
        "router",
        OK if there else NOTE,
        "mitmproxy is there" if there else "no mitmproxy",
        "" if there else f"{extras.how_to_get('router')}, for the offload arm",
    )


def _git(environment: Mapping[str, str], _: str | None) -> Check:
    there = shutil.which("git", path=environment.get("PATH"))
    return Check(
        "git", OK if there else BAD, "on PATH" if there else "not on PATH", "" if there else "install git"
    )


def _client(environment: Mapping[str, str], _: str | None) -> Check:
    if not shutil.which("claude", path=environment.get("PATH")):
        return Check("claude", NOTE, "not on PATH", "install Claude Code, or give the usage text with --text")
    try:
        said = subprocess.run(
            ["claude", "--version"],
            capture_output=True,
            text=True,
            timeout=15,
            env=dict(environment),
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        said = ""
    found = re.match(r"\d+\.\d+\.\d+", said)
    if not found:
        return Check("claude", NOTE, "does not say its version", "run `claude --version` and see")
    old = tuple(map(int, found[0].split("."))) < (2, 1, 175)
    return Check(
        "claude", NOTE if old else OK, found[0], "too old to be asked live: 2.1.175 or later" if old else ""
    )


def _ledger(environment: Mapping[str, str], data_dir: str | None) -> Check:
    where = files.folder(data_dir)
    folder = next((one for one in (where, *where.parents) if one.exists()), Path("/"))
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return Check(
            "ledger", BAD, f"{where.name}: not writable", "set TRACKER_DATA_DIR to a folder of yours"
        )
    return Check(
        "ledger", OK, "there and writable" if where.is_dir() else "not there yet; the first row makes it"
    )


def _chain(environment: Mapping[str, str], data_dir: str | None) -> Check:
    where = files.folder(data_dir)
    if not where.is_dir():
        return Check("chain", OK, "no rows yet")
    count = sum(1 for _ in stored_rows.in_force(where))
    done = subprocess.run(
        [str(places.find("tools").path / "ledger-verify"), "--data-dir", str(where)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return Check("chain", BAD, "broken", "run `ledger-verify`: it says where")
    return Check("chain", OK, f"{count} rows, chain whole")


def _disk(environment: Mapping[str, str], data_dir: str | None) -> Check:
    where = files.folder(data_dir)
    folder = next((one for one in (where, *where.parents) if one.is_dir()), Path("/"))
    free = shutil.disk_usage(folder).free
    good = free >= LEAST_FREE
    return Check("disk", OK if good else BAD, f"{free / 1e9:.1f} GB free", "" if good else "make room")


def _log(environment: Mapping[str, str], _: str | None) -> Check:
    log = places.find("log").path
    folder = next((one for one in (log.parent, *log.parents) if one.exists()), Path("/"))
    if not folder.is_dir() or not os.access(log if log.exists() else folder, os.W_OK):
        return Check("log", BAD, f"{log.name}: not writable", "set USAGE_LOG to a file of yours")
    return Check("log", OK, f"{log.stat().st_size / 1e6:.1f} MB" if log.exists() else "not there yet")


def _port(environment: Mapping[str, str], _: str | None) -> Check:
    text = environment.get("MITM_PORT") or "8082"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        return Check("port", BAD, f"MITM_PORT is {text!r}", "set it to a number such as 8082")
    try:
        socket.create_connection(("127.0.0.1", int(text)), timeout=1).close()
    except OSError:
        return Check("port", OK, f"{text} is free")
    said = route.in_force(places.find("state").path, int(text))
    if said.get("port") == int(text):
        return Check("port", OK, f"the router answers on {text}")
    return Check(
        "port", NOTE, f"something answers on {text}", "if it is not the router, choose another MITM_PORT"
    )


def _certificate(environment: Mapping[str, str], _: str | None) -> Check:
    folder = Path(environment.get("MITM_CONFDIR") or Path(environment.get("HOME", "/")) / ".mitmproxy")
    there = (folder / "mitmproxy-ca-cert.pem").is_file()
    return Check(
        "certificate",
        OK if there else NOTE,
        "there" if there else "not made yet",
        "" if there else "`ccmitm` makes it",
    )


def _keys(environment: Mapping[str, str], _: str | None) -> Check:
    said = env_file.read(places.find("env").path) | {name: text for name, text in environment.items() if text}
    there = {
        lane.key_variable: lane for lane in lanes.known().values() if said.get(lane.key_variable, "").strip()
    }
    for name, lane in there.items():
        try:
            lanes.own_key(lane, said)
        except ValueError as wrong:
            return Check("keys", BAD, f"{name} {wrong}", "put the key alone into .env")
    if not there:
        return Check("keys", NOTE, "none set", "the offload arm needs one, for example ZAI_API_KEY in .env")
    return Check("keys", OK, ", ".join(there))


def _route(environment: Mapping[str, str], _: str | None) -> Check:
    way = route.look(environment, places.find("state").path, places.find("control").path)
    if way.elsewhere:
        return Check("this shell", BAD, f"{way.elsewhere[0]} is set", "unset it, or type `ccstock`")
    if way.port is not None and not way.answers:
        return Check("this shell", BAD, way.words, f"type `ccmitm {way.port}`, or `ccstock`")
    return Check("this shell", OK, way.words)


def _no_proxy(environment: Mapping[str, str], _: str | None) -> Check:
    names = re.split(
        r"[,\s]+", f"{environment.get('NO_PROXY', '')},{environment.get('no_proxy', '')}".lower()
    )
    past = [
        name for name in names if name == "*" or ("api.anthropic.com".endswith(name.lstrip("*.")) and name)
    ]
    if past:
        return Check("NO_PROXY", BAD, f"has {past[0]}", "take it out: Claude Code would go past the router")
    return Check("NO_PROXY", OK, "leads nothing past the router")


def _control(environment: Mapping[str, str], _: str | None) -> Check:
    path = places.find("control").path
    if not path.exists():
        return Check("control file", OK, "none")
    try:
        said = " ".join(path.read_text().split())
    except (OSError, ValueError):
        return Check("control file", BAD, "cannot be read", f"remove {path.name}")
    return Check(
        "control file",
        NOTE if "PAUSED=1" in said else OK,
        said[:50],
        "`ccresume` ends the pause" if "PAUSED=1" in said else "",
    )


def _clock(environment: Mapping[str, str], _: str | None) -> Check:
    if environment.get("TRACKER_NOW"):
        return Check("clock", BAD, "TRACKER_NOW stands in for it", "unset TRACKER_NOW")
    year = datetime.now(UTC).year
    return Check(
        "clock",
        OK if year >= 2025 else BAD,
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "" if year >= 2025 else "set the clock",
    )


def _agent(environment: Mapping[str, str], _: str | None) -> Check:
    agent = environment.get("AGENT_ID") or "main"
    files.state_folder(files.folder(None), agent)
    return Check("AGENT_ID", OK, agent)


def _settings(environment: Mapping[str, str], _: str | None) -> Check:
    there = settings.table()
    places_set = [
        name for name, _, why, _ in places.table() if why.endswith(("in .env", "in the config file"))
    ]
    for key in (
        one.variable for one in config_file.KEYS if one.name.partition(".")[0] not in ("places", "plans")
    ):
        settings.checked(key, "")
    said = [f"{name}: {why}" for name, _, why, _ in there] + [
        f"{name}: {places.find(name).why}" for name in places_set
    ]
    return Check("settings", OK, ", ".join(said) or "none but the standard ones")
