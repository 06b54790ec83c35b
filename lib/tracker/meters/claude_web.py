"""The usage page of claude.ai, as a browser copies it.

Current session
2% used
Resets in 3 hr 43 min
All models
59% used
Resets Thu 10:59 PM
Opus only
100% used

Seen in 2025-10.
"""

from __future__ import annotations

import re

from tracker.meters import Reading, Refusal, panel, reset_times, text

_SCOPED = re.compile(r"([A-Z][\w.]*(?: [\w.]+){0,3}) only|(Opus|Sonnet|Haiku|Fable)")
_IDLE = "Starts when a message is sent"


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the reading of the page's rows."""
    rows: dict[tuple[str, str], panel.Row] = {}
    row: panel.Row | None = None
    for n, line in enumerate(text.lines(text.clean(raw))):
        label = _label(line)
        if label:
            if label in rows and label[0] == "five_hour":
                rows = {}  # the page was copied twice: rows of the older one stand for nothing
            row = rows[label] = panel.Row(*label, line, n)
        elif line and line != _IDLE and (row is None or not row.take(line)):
            row = None
            if text.PERCENT.fullmatch(line):
                raise Refusal("garbled", f"a percentage without its label ({line!r})")
    if not rows:
        raise Refusal("no_panel", f"no 'Current session' row in {len(raw)} characters")
    for row in rows.values():
        if not row.percents:
            raise Refusal("incomplete", f"{row.label!r} without a percentage")
    meters, flags = panel.settle(list(rows.values()), at)
    return Reading(meters, flags=list(flags))


def _label(line: str) -> tuple[str, str] | None:
    if line == "Current session":
        return "five_hour", "default"
    if line == "All models":
        return "weekly_all", "default"
    scoped = _SCOPED.fullmatch(line)
    return ("weekly_scoped", scoped[1] or scoped[2]) if scoped else None
