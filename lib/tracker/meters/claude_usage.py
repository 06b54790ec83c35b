"""Claude Code's own usage text: the TUI's /usage screen, and what `claude -p "/usage"` prints.

     Settings:  Status   Config   Usage  (tab to cycle)

     Current session
     ██████████▌                                        21% used
     Resets 3:59pm (Europe/Oslo)

     Current week (all models)
     ███▌                                               7% used
     Resets Mar 4 at 9pm (Europe/Oslo)

    Current session: 21% used · resets Mar 1, 3:59pm (Europe/Oslo)
    Current week (Sonnet only): 3% used · resets Mar 4, 9pm (Europe/Oslo)

A row is a label and the bar, percentage and reset right behind it, on its line or on the next ones;
any other line ends it.  2.0.50 printed "left".  Bars are never read.

Seen in 2.0.5 to 2.1.329.
"""

from __future__ import annotations

import re

from tracker.meters import Reading, Refusal, notices, panel, reset_times, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SESSION = "currentsession"
WEEK = "currentweek"
ALL_MODELS = "allmodels"
MONEY = ("extrausage", "usagecredits")
NOTICE = "youarecurrentlyusingyour"

_HEAD = re.compile(r"[A-Za-z ]+")
_NAME = re.compile(r"[A-Za-z][\w.+-]*(?: [\w.+-]+){0,4}")
_HALF = re.compile(r"Current week \([\w .+-]*")
# "Current month: 12% used", "Daily limit  ███  12% used": a label that is none of ours
_UNKNOWN = re.compile(
    rf"(?:[A-Z][a-z]+ ){{0,3}}[A-Z]?[a-z]+(?: \([\w .]+\))?:?\s+(?:{text.BARS.pattern})?\s*{text.PERCENT.pattern}",
    re.IGNORECASE,
)
_VERSION = re.compile(r"Claude\s*Code\s*v(\d+\.\d+\.\d+)")
_PLAN = re.compile(r"Claude (?:Max|Pro|Team|Enterprise)(?: \d+x)?(?: Account)?(?![a-z])")
_TABS = re.compile(r"settings:?\W*status\W*config\W*usage")
_STALE = re.compile(r"last-?known|couldnotrefresh|breakdownunavailable|partialusagedata|tryagaininamoment")
_BUSY = re.compile(r"loadingusage|refreshing")


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the reading of the last screen in the text; Refusal says why there is none."""
    whole = text.clean(raw)
    lines = text.lines(whole)
    tight = [text.squeeze(line) for line in lines]
    rows, orphans, unknown = _rows(lines)
    start, end = _screen(tight, rows)
    shown = _redrawn([row for row in rows if start <= row.where < end])
    kept, flags = _last_of_each(shown)
    _refuse(kept, tight[start:end], start, len(raw))
    if any(start <= where < end for where in orphans):
        raise Refusal("garbled", "a percentage without its label")
    if any(start <= where < end for where in unknown):
        flags.add("unknown-row")
    if any(row.percents and row.where < shown[0].where for row in rows):
        flags.add("multi-pane-trimmed")
    meters, odd = panel.settle(kept, at)
    session = _session_flag(kept, meters)
    version, plan = _VERSION.search(whole), _PLAN.search(whole)
    return Reading(
        meters,
        flags=[*flags, *odd, *session],
        partial=True if "no-active-session-window" in session else None,
        plan=plan[0] if plan else None,
        client_version=version[1] if version else None,
    )


def _session_flag(rows: list[panel.PaneRow], meters: list[dict[str, Any]]) -> list[str]:
    """Return what a session's row without a reset says, when the week's is shown."""
    session = next((row for row in rows if row.kind == "five_hour"), None)
    dated = any(made["resets_at"] for made in meters if made["meter"].startswith("weekly"))
    if session is None or session.resets or not dated:
        return []
    return ["session-reset-missing" if any(session.percents) else "no-active-session-window"]


def _screen(tight: list[str], rows: list[panel.PaneRow]) -> tuple[int, int]:
    """Return the lines of the last screen that says anything about usage."""
    starts = [0] + [n for n, line in enumerate(tight) if _opens(line)]
    end = len(tight)
    for start in reversed(starts):
        said = "".join(tight[start:end])
        if any(start <= row.where < end for row in rows) or notices.find(said, notices.CLAUDE):
            return start, end
        end = start or end
    return 0, len(tight)


def _opens(tight: str) -> bool:
    return bool(_TABS.match(tight)) or tight == "/usage" or tight.startswith(NOTICE)


def _rows(lines: list[str]) -> tuple[list[panel.PaneRow], list[int], list[int]]:
    """Return every row, the lines with nothing but a percentage of no row, and those of an unknown row."""
    rows: list[panel.PaneRow] = []
    orphans, unknown = [], []
    row: panel.PaneRow | None = None
    torn = ""
    for n, line in enumerate(lines):
        if _HALF.fullmatch(line):
            torn = f"{line} "  # a label that goes on in the next line of a narrow terminal
            continue
        line, torn = torn + line, ""
        label = _label(line)
        if label:
            kind, pool, words, line = label
            row = panel.PaneRow(kind, pool, words, n)
            rows.append(row)
        line = line.strip(" :·")
        if line and (row is None or not row.take(line)):
            row = None
            if "%" in line and text.PERCENT.fullmatch(text.BARS.sub(" ", line).strip()):
                orphans.append(n)
            elif "%" in line and _UNKNOWN.match(line):
                unknown.append(n)
    return rows, orphans, unknown


def _label(line: str) -> tuple[str, str, str, str] | None:
    """Return (kind, pool, label, the rest of the line) when a line begins with a row's label."""
    head = _HEAD.match(line)
    if not head:
        return None
    tight, rest = text.squeeze(head[0]), line[head.end() :]
    if text.lost(tight, SESSION):
        return "five_hour", "default", "Current session", rest
    if tight in MONEY and rest.strip()[:1] in ("", "·"):
        return "extra_usage", "default", head[0].strip(), rest
    if text.lost(tight, WEEK) and rest.startswith("(") and ")" in rest:
        name, _, rest = rest[1:].partition(")")
        name = name.strip()
        if text.lost(text.squeeze(name), ALL_MODELS):
            whole = text.squeeze(name) == ALL_MODELS
            return "weekly_all", "default" if whole else "", "Current week (all models)", rest
        pool = re.sub(r"\s*only$", "", name)
        if len(name) <= 40 and _NAME.fullmatch(pool):
            return "weekly_scoped", pool, f"Current week ({name})", rest
    return None


def _redrawn(rows: list[panel.PaneRow]) -> list[panel.PaneRow]:
    """Return the rows of the last drawing: a session row behind other rows begins a new one."""
    first = 0
    for n in range(1, len(rows)):
        if rows[n].kind == "five_hour" and rows[n - 1].kind != "five_hour":
            first = n
    return rows[first:]


def _last_of_each(rows: list[panel.PaneRow]) -> tuple[list[panel.PaneRow], set[str]]:
    """Return the rows as drawn last; a ghost with lost letters gives way to the whole label."""
    flags = set()
    last: dict[tuple[str, str], panel.PaneRow] = {}
    for row in rows:
        before = last.get((row.kind, row.pool))
        if (
            before
            and row.kind == "weekly_all"
            and before.percents
            and row.percents not in ([], before.percents)
        ):
            raise Refusal("garbled", f"two rows of the same quota ({row.label!r})")
        last[row.kind, row.pool] = row
    ghost = last.pop(("weekly_all", ""), None)
    if ghost and ("weekly_all", "default") not in last:
        ghost.pool = "default"
        last["weekly_all", "default"] = ghost
    elif ghost:
        flags.add("garbled-duplicate-row")
    pools = [pool for kind, pool in last if kind == "weekly_scoped"]
    for pool in pools:
        if any(len(pool) >= 3 and len(whole) == len(pool) + 1 and text.lost(pool, whole) for whole in pools):
            del last["weekly_scoped", pool]
            flags.add("garbled-duplicate-row")
    return sorted(last.values(), key=lambda row: row.where), flags


def _refuse(rows: list[panel.PaneRow], tight: list[str], start: int, size: int) -> None:
    """Raise Refusal when the screen is no reading, whatever numbers stand on it."""
    said = "".join(tight)
    bare = [row for row in rows if not row.percents and row.kind != "extra_usage"]
    if any(row.percents for row in rows):
        if _STALE.search(said):
            raise Refusal("stale", "the client shows numbers that it kept from earlier")
        if _BUSY.search("".join(tight[rows[-1].where - start :])):
            raise Refusal("loading", "the client is still fetching the numbers")
        if bare:
            raise Refusal("incomplete", f"{bare[0].label!r} without a percentage")
        return
    if why := notices.find(said, notices.CLAUDE):
        raise why
    if rows:
        raise Refusal("incomplete", f"{rows[0].label!r} without a percentage")
    raise Refusal("no_panel", f"no 'Current session' row in {size} characters")
