"""Where every quota stands and when it will be full, for people: two or three lines a quota, or one line for all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tracker.print import status_page

# Values of tracker.outlook and tracker.money; this room draws values and knows no rows.
Outlook = Any  # quota_outlook.QuotaOutlook
Limit = Any  # found_readings.SeenLimit
Work = Any  # working_hours.WorkSeen
PerHour = Any  # working_hours.PerHour
NONE = """no reading of a plan's quota on this machine yet
  Codex writes one at each reply, Claude Code's /usage one each time; others are
  - `read-meter claude | tracker ingest claude` (or glm), which asks once,
  - scripts/statusline-tee.sh as Claude Code's statusLine: each one is kept,
  - the router's log, once requests go through it
"""


WIDTH = 80
GIVES = {
    "claude": "/usage or scripts/statusline-tee.sh as Claude Code's statusLine gives one",
    "codex": "its next reply gives one",
}


def page(
    found: Sequence[Outlook],
    now: datetime,
    markdown: bool = False,
    without_gauge: Sequence[str] = (),
    work: Sequence[Work] = (),
    not_named: Sequence[Limit] = (),
) -> str:
    """Return the screen.

    `without_gauge`: providers whose client works here and of whose quotas no gauge was read, `work`: what those clients
    did, `not_named`: limits that were reached and that Claude Code did not name.
    """
    if not found and not without_gauge:
        return NONE
    lines = []
    whose = None
    for one in found:
        if (one.provider, one.account) != whose:
            whose = one.provider, one.account
            lines += ["", one.provider + (f" {one.account}" if one.account else "")]
        lines += _quota(one, now)
    for provider in without_gauge:
        lines += [""] if any(provider == one.provider for one in found) else ["", provider]
        lines += [
            "  its client works here, and no reading of its gauge was found:",
            f"  {GIVES.get(provider, '`read-meter`')}",
        ]
        lines += [line for one in work if one.provider == provider for line in _work(one)]
    for limit in not_named:
        reset = f", resets {status_page.clock(limit.found.resets_at, now)}" if limit.found.resets_at else ""
        name = f"claude {limit.account}" if limit.account else "claude"
        lines += [
            "",
            f"{name}: a limit was reached at {status_page.clock(limit.ts, now)}{reset};",
            "  which one, Claude Code did not write down",
        ]
    lines += ["", "80 % intervals, from your own past hours; docs/now.md says how often they held."]
    text = "\n".join(lines[1:]) + "\n"
    return f"```\n{text}```\n" if markdown else text


def _work(one: Work) -> list[str]:
    """Return what a client did of late, an hour of work as tokens and list-price money."""
    whose = f" {one.account}" if one.account else ""
    work = f"{_count(one.requests, 'request')} in {one.hours:.2f} h of work on {_count(one.days, 'day')}"
    lines = [f"  last 7 days{whose}: {work}"]
    if one.tokens is not None:
        lines.append(f"    {_amount(one.tokens, 0)} tokens a working hour, those from the cache with them")
    if one.usd is not None:
        lines.append(f"    {_amount(one.usd, 2)} USD a working hour by the list; a plan bills none of it")
    elif one.unpriced:
        lines.append(f"    no price is known of {', '.join(one.unpriced)}: no money, which is not 0")
    return lines


def _amount(one: PerHour, digits: int) -> str:
    if one.low is None:
        return f"{one.estimate:,.{digits}f}"
    return f"{one.estimate:,.{digits}f} ({one.low:,.{digits}f} .. {one.high:,.{digits}f})"


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
        said = f"{name} {_used(one.used_pct)} %"
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
        when = (
            f"reset at {status_page.clock(one.reset_at, now)}, not read since"
            if one.reset_at
            else "reset since it was read"
        )
        made = [f"{name}{when}"]
    else:
        used = _used(one.used_pct)
        reset = f", resets {status_page.clock(one.resets_at, now)}" if one.resets_at else ""
        made = [f"{name}{status_page.bar(one.used_pct)} {used} % used, {max(0, 100 - used)} % left{reset}"]
    indent = " " * len(name)
    said = _ahead(one, now)
    parts = [said] if len(indent) + len(said) <= WIDTH else said.replace("; ", ";\n", 1).split("\n")
    made += [f"{indent}{part}" for part in parts]
    if one.used_pct is None:
        made.append(f"{indent}{age}")
    else:
        burn = _burn(one)
        made += [f"{indent}{burn}"] if burn else []
        made.append(f"{indent}{age}; {_count(one.readings, 'reading')} in {_count(round(one.days), 'day')}")
    return made


def _used(percent: float) -> int:
    """Return whole percent; what is not yet full is never 100, beside which nothing stays below.

    >>> _used(99.7), _used(100.0), _used(41.5)
    (99, 100, 42)
    """
    return round(percent) if percent >= 100 else min(99, round(percent))


def _ahead(one: Outlook, now: datetime) -> str:
    if one.ahead is None:
        return str(one.lacks)
    ahead = one.ahead
    if ahead.full_at is not None:
        first = "binds first: " if one.binds_first else ""
        ends = (ahead.full_low, ahead.full_high)
        low, high = (_beside(end, ahead.full_at, now) if end else "the reset" for end in ends)
        return f"{first}full on {_on(ahead.full_at, now)} ({low} .. {high})"
    said = f"stays below: {ahead.unused_pct:.0f} % unused ({ahead.unused_low:.0f} .. {ahead.unused_high:.0f})"
    return said + (f"; full at the earliest {_on(ahead.full_low, now)}" if ahead.full_low else "")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _on(time: datetime, now: datetime) -> str:
    """Return an instant with its weekday, and with its date where the weekday comes twice until then."""
    return f"{time.astimezone():{'%a %H:%M' if time - now < timedelta(days=6) else '%a %d %b %H:%M'}}"


def _beside(time: datetime, other: datetime, now: datetime) -> str:
    """Return an end of an interval; of the day of what stands before it, the time alone."""
    same_day = time.astimezone().date() == other.astimezone().date()
    return f"{time.astimezone():%H:%M}" if same_day else _on(time, now)


def _burn(one: Outlook) -> str:
    """Return the pace; nothing where a day or two give it no interval: a minute's burst is thousands an hour."""
    burn = one.burn
    if burn is None or burn.low is None:
        return ""
    span = f"({burn.low:.1f} .. {burn.high:.1f})"
    return f"{burn.points_per_hour:.1f} points a working hour {span}; {burn.hours:.0f} h on {burn.days} days"
