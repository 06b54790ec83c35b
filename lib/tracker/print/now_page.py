"""Where every quota stands and when it will be full, for people: two or three lines a quota, or one line for all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tracker.print import status_page

Outlook = Any  # tracker.outlook.quota_outlook.QuotaOutlook; this room draws values and knows no rows
NONE = """no reading of a plan's quota on this machine yet
  Codex writes one at each reply, Claude Code's /usage one each time; others are
  - `read-meter claude | tracker ingest claude` (or glm), which asks once,
  - scripts/statusline-tee.sh as Claude Code's statusLine: each one is kept,
  - the router's log, once requests go through it
"""


GIVES = {
    "claude": "/usage or\n  scripts/statusline-tee.sh as Claude Code's statusLine gives one",
    "codex": "its next reply gives one",
}


def page(found: Sequence[Outlook], now: datetime, markdown: bool = False, without: Sequence[str] = ()) -> str:
    """Return the screen; `without`: providers whose client works here and of whose quotas nothing was read."""
    if not found:
        return NONE
    lines = []
    whose = None
    for one in found:
        if (one.provider, one.account) != whose:
            whose = one.provider, one.account
            lines += ["", one.provider + (f" {one.account}" if one.account else "")]
        lines += _quota(one, now)
    lines += [
        line
        for provider in without
        for line in (
            "",
            provider,
            f"  its client works here, and no reading of its quota was found: {GIVES.get(provider, '`read-meter`')}",
        )
    ]
    lines += ["", "80 % intervals, from your own past hours; docs/now.md says how often they held."]
    text = "\n".join(lines[1:]) + "\n"
    return f"```\n{text}```\n" if markdown else text


def line(found: Sequence[Outlook], now: datetime) -> str:
    """Return all of it in one line, for a status line.

    >>> from datetime import UTC
    >>> line([], datetime(2026, 1, 1, tzinfo=UTC))
    'no reading yet'
    """
    parts: list[str] = []
    whose = None
    for one in found:
        name = _name(one)
        if (one.provider, one.account) != whose:
            whose = one.provider, one.account
            name = f"{one.account or one.provider} {name}"
        if one.used_pct is None:
            parts.append(f"{name} reset")
            continue
        said = f"{name} {one.used_pct:.0f} %"
        if one.ahead is not None and one.ahead.full_at is not None:
            said += f" full {status_page.clock(one.ahead.full_at, now)}"
        parts.append(said)
    return " · ".join(parts) or "no reading yet"


def _name(one: Outlook) -> str:
    name = status_page.QUOTAS.get(one.quota, one.quota)
    return name if one.pool == "default" else f"{name} {one.pool}"


def _quota(one: Outlook, now: datetime) -> list[str]:
    age = f"read {status_page.span(now - one.seen_at)} ago, {one.source}"
    name = f"  {_name(one):<11} "
    if one.used_pct is None:
        when = f"reset at {status_page.clock(one.reset_at, now)}, not read since" if one.reset_at else "reset"
        made = [f"{name}{when} ({age})"]
    else:
        reset = f", resets {status_page.clock(one.resets_at, now)}" if one.resets_at else ""
        made = [
            f"{name}{status_page.bar(one.used_pct)} {one.used_pct:.0f} % used, {one.left_pct:.0f} % left{reset}"
        ]
    indent = " " * len(name)
    said = _ahead(one, now)
    made.append(f"{indent}{said}")
    if one.used_pct is not None:
        burn = _burn(one)
        made += [f"{indent}{burn}"] if burn else []
        made.append(f"{indent}{age}; {one.readings:,} readings in {one.days:.0f} days")
    return made


def _ahead(one: Outlook, now: datetime) -> str:
    if one.ahead is None:
        return str(one.lacks)
    ahead = one.ahead
    low, high = ((status_page.clock(t, now) if t else "the reset") for t in (ahead.full_low, ahead.full_high))
    if ahead.full_at is not None:
        first = "binds first: " if one.binds_first else ""
        return f"{first}full on {_on(ahead.full_at)} ({low} .. {high})"
    said = f"stays below: {ahead.unused_pct:.0f} % unused ({ahead.unused_low:.0f} .. {ahead.unused_high:.0f})"
    return said + (f"; full at the earliest {low}" if ahead.full_low else "")


def _on(time: datetime) -> str:
    return f"{time.astimezone():%a %H:%M}"


def _burn(one: Outlook) -> str:
    """Return the pace; nothing where a day or two give it no interval: a minute's burst is thousands an hour."""
    burn = one.burn
    if burn is None or burn.low is None:
        return ""
    span = f"({burn.low:.1f} .. {burn.high:.1f})"
    return f"{burn.points_per_hour:.1f} points a working hour {span}; {burn.hours:.0f} h on {burn.days} days"
