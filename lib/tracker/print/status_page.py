"""How things stand, for people: one screen of 80 columns, or one line for a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tracker.print import screen

Standing = Any  # tracker.workday.standing.Standing; this room draws values and knows no rows
QUOTAS = {
    "five_hour": "5 h",
    "daily": "day",
    "weekly_all": "week",
    "weekly_scoped": "week",
    "monthly": "month",
}


def render(
    now: Standing, repo: str | None = None, commits: int | None = None, route: str | None = None
) -> str:
    """Return the screen."""
    lines = [*_open(now, repo, commits)]
    if route:
        lines.append(f"this shell   {route}")
    lines += ["", *_quotas(now)]
    if now.week_left_windows is not None:
        lines.append(f"the week     holds {now.week_left_windows} more windows like the past ones")
    lines += ["", *_progress(now)]
    for said in now.missing:
        lines += _wrapped("missing", said)
    return "\n".join(lines) + "\n"


def line(now: Standing) -> str:
    """Return the same in one line.

    The parts: the open window and how long it has been, when its AFTER may be read, and what is left.
    """
    parts = []
    if now.open is not None:
        parts.append(f"{now.open.window} {span(now.at - now.open.since)}")
        if now.open.after_from and now.open.after_from > now.at:
            parts.append(f"AFTER in {span(now.open.after_from - now.at)}")
    elif now.next is not None:
        parts.append(f"next {now.next.window}")
    for quota in now.quotas:
        if not quota.has_reset and quota.pool == "default" and quota.meter in QUOTAS:
            parts.append(f"{quota.provider} {QUOTAS[quota.meter]} {100 - quota.used_pct:.0f} % left")
    return " · ".join(parts) or "no window is open"


def _open(now: Standing, repo: str | None, commits: int | None) -> list[str]:
    one = now.open
    if one is None:
        return [f"open         none of agent {now.agent_id}"]
    arm = f", {one.methodology}" if one.methodology else ""
    made = [
        f"open         {one.window} ({one.provider}{arm}), agent {now.agent_id}, for {span(now.at - one.since)}"
    ]
    if one.tasks:
        made += _wrapped("tasks", ", ".join(one.tasks))
    sent = (
        ", ".join(f"{count} on {lane}" for lane, count in sorted(one.requests.items()))
        or "none in the router's log"
    )
    made.append(f"requests     {sent}")
    if repo:
        made.append(f"work         {repo}" + (f", {commits} commits since" if commits is not None else ""))
    if one.reset_at:
        made.append(f"reset        the quota was reset at {clock(one.reset_at, now.at)}")
    for said in one.happened:
        made += _wrapped("happened", said)
    if one.end_will:
        made += _wrapped("end will", one.end_will)
    if one.after_from is None:
        made.append("AFTER        is there; `tracker end` finishes the window")
    elif one.after_from <= now.at:
        made.append("AFTER        may be read now: `tracker end`")
    else:
        made.append(
            f"AFTER        from {clock(one.after_from, now.at)} on, in {span(one.after_from - now.at)}"
        )
    if now.others:
        made += _wrapped("also open", ", ".join(now.others))
    return made


def _quotas(now: Standing) -> list[str]:
    if not now.quotas:
        return ["left         no reading yet; `tracker begin` takes one"]
    made = []
    for quota in now.quotas:
        name = f"{quota.provider} {QUOTAS.get(quota.meter, quota.meter)}"
        name += "" if quota.pool == "default" else f" {quota.pool}"
        age = f"{span(now.at - quota.seen_at)} old"
        if quota.has_reset:
            made.append(f"{name:<18} reset since it was read ({age})")
            continue
        reset = f", resets {clock(quota.resets_at, now.at)}" if quota.resets_at else ""
        made.append(f"{name:<18} {bar(quota.used_pct)} {100 - quota.used_pct:>3.0f} % left{reset} ({age})")
    return made


def _progress(now: Standing) -> list[str]:
    if not now.dealt:
        return []
    ends = f" of {now.registered} registered" if now.registered else ""
    made = [
        f"the plan     {now.finished} of {now.dealt} dealt windows finished, {now.blocks} complete blocks{ends}"
    ]
    if now.next is not None:
        tasks = f": {', '.join(now.next.tasks)}" if now.next.tasks else ""
        made += _wrapped("next", f"{now.next.window} ({now.next.methodology}){tasks}")
    return made


def _wrapped(name: str, text: str) -> list[str]:
    import textwrap

    width = min(79, screen.width() or 79)
    return textwrap.wrap(
        text,
        width,
        initial_indent=f"{name:<12} ",
        subsequent_indent=" " * 13,
        break_on_hyphens=False,
    )


def bar(used_pct: float, width: int = 10) -> str:
    """Return a bar that is full where nothing was used.

    >>> bar(25)
    '[########..]'
    """
    left = round(width * max(0.0, 100 - used_pct) / 100)
    return f"[{'#' * left}{'.' * (width - left)}]"


def span(time: timedelta) -> str:
    """Return a stretch of time in two units at most.

    >>> span(timedelta(hours=5, minutes=4)), span(timedelta(seconds=59)), span(timedelta(days=3, hours=2))
    ('5 h 04 min', '59 s', '3 d 2 h')
    """
    seconds = max(0, int(time.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86400:
        return f"{seconds // 3600} h {seconds % 3600 // 60:02} min"
    return f"{seconds // 86400} d {seconds % 86400 // 3600} h"


def clock(time: datetime, now: datetime) -> str:
    """Return an instant in the machine's zone; with its day when that is another."""
    local, today = time.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local:%a %H:%M}" if abs(local - today) < timedelta(days=6) else f"{local:%d %b %H:%M}"


def checks(found: Sequence[Mapping[str, str]], markdown: bool = False) -> str:
    """Return the doctor's table: one line a check, and what to do below it."""
    if markdown:
        rows = [f"| {one['state']} | {one['name']} | {one['seen']} | {one['advice']} |" for one in found]
        return "\n".join(["| state | check | seen | what to do |", "|---|---|---|---|", *rows]) + "\n"
    lines = []
    for one in found:
        lines.append(f"{one['state']:<5} {one['name']:<13} {one['seen']}")
        if one["advice"]:
            lines.append(f"{'':<19} -> {one['advice']}")
    return "\n".join(lines) + "\n"
