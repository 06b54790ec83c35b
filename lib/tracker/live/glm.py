"""Z.AI's plan usage from its own monitor, asked with the user's own key; else the router's rows of that lane."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from tracker import cli, env_file, lanes, places
from tracker.live import asking

PATH = "/api/monitor/usage/quota/limit"
LANE = "zai"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would take the key to another host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def read() -> Iterator[bytes]:
    """Yield the quota answer, or the router's rows; cli.Stop 78 without key and rows, 75 when nothing answers."""
    lane = lanes.known()[LANE]
    env_file.take(places.find("env").path, {lane.key_variable, lane.setting("BASE_URL")}.__contains__)
    key = problem = None
    try:
        key = lanes.own_key(lane)
    except ValueError as wrong:
        problem = f"{lane.key_variable} {wrong}"
    if key and (answered := _quota(lane, key)):
        yield answered
        return
    rows = _rows()
    if problem and not rows:
        raise cli.Stop(
            cli.NO_SETTING, f"{problem}, and the router logged no rows of {lane.words}; put the key in .env"
        )
    if not rows:
        raise cli.Stop(cli.TRY_LATER, "no quota answer and no rows of the router; try again in a minute")
    if problem:
        cli.say(f"{problem}; put it in .env")
    cli.say("the router's own rows instead: tokens, no quota")
    yield from (line + b"\n" for line in rows)


def _quota(lane: lanes.Lane, key: str) -> bytes | None:
    base = os.environ.get(lane.setting("BASE_URL")) or lane.base_url
    try:
        place = lanes.place(lane, base, lanes.known())
    except ValueError as wrong:
        raise cli.Stop(
            cli.NO_SETTING, f"{lane.setting('BASE_URL')} {wrong}; the key goes nowhere else"
        ) from None
    host = f"{place.scheme}://{place.host}:{place.port}"
    request = urllib.request.Request(f"{host}{PATH}", headers={"Authorization": key})  # noqa: S310  lanes.place took it
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=asking.patience()) as reply:
            answered: bytes = reply.read()
    except urllib.error.HTTPError as refused:
        answered = refused.read()  # capture-glm says what it means
    except (OSError, ValueError) as wrong:
        cli.say(f"{lane.words} does not answer: {getattr(wrong, 'reason', wrong)}")
        return None
    cli.say(f"quota answer of {place.scheme}://{place.host}")
    return answered


def _rows() -> list[bytes]:
    try:
        lines = places.find("log").path.read_bytes().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        if b'"lane"' not in line:
            continue
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get("lane") == LANE:
            found.append(line)
    return found
