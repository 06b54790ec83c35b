"""The usage page of claude.ai, as a browser copies it.

Current session
2% used
Resets in 3 hr 43 min
All models
59% used
Resets Thu 10:59 PM
Opus only
100% used
Extra usage
$14.20 spent
Resets May 1
28% used
$50
Monthly spend limit

Seen in 2025-10.
"""

from __future__ import annotations

import re

from tracker.meters import Reading, Refusal, panel, reset_times, text

_SCOPED = re.compile(r"([A-Z][\w.]*(?: [\w.]+){0,3}) only|(Opus|Sonnet|Haiku|Fable)")
_PLAN = re.compile(r"(?:Pro|Max|Team|Enterprise)(?: \(\d+x\))?")
_MONEY = re.compile(r"[$€£]([\d,]+(?:\.\d+)?)( spent)?")
LABELS = {"Current session": "five_hour", "All models": "weekly_all", "Extra usage": "extra_usage"}
_IDLE = re.compile(r"Starts when a message is sent|You haven['’]t used .{1,40} yet")


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the reading of the page's rows."""
    page = Page()
    for n, line in enumerate(text.lines(text.clean(raw))):
        page.read(line, n)
    if not page.rows:
        raise Refusal("no_panel", f"no 'Current session' row in {len(raw)} characters")
    # Extra usage that is switched off, or has no limit, shows no percentage.
    rows = [row for row in page.rows.values() if row.percents or row.kind != "extra_usage"]
    for row in rows:
        if not row.percents:
            raise Refusal("incomplete", f"{row.label!r} without a percentage")
    meters, flags = panel.settle(rows, at)
    return Reading(meters, flags=list(flags), plan=page.plan)


class Page:
    """The page as far as it is read: its rows, and the one that a line may belong to."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], panel.PaneRow] = {}
        self.row: panel.PaneRow | None = None
        self.plan: str | None = None
        self.spent: float | None = None
        self.amount: float | None = None  # the last sum of money that stood alone

    def read(self, line: str, n: int) -> None:
        """Take in one line."""
        label = _label(line)
        if label:
            if label in self.rows and label[0] == "five_hour":
                self.rows = {}  # the page was copied twice: rows of the older one stand for nothing
            self.row = self.rows[label] = panel.PaneRow(*label, line, n)
            self.spent = self.amount = None
        elif self.row is not None and self.row.kind == "extra_usage":
            self._money(self.row, line)
        elif line and not _IDLE.fullmatch(line) and (self.row is None or not self.row.take(line)):
            self.row = None
            if text.PERCENT.fullmatch(line):
                raise Refusal("garbled", f"a percentage without its label ({line!r})")
            if not self.rows and _PLAN.fullmatch(line):
                self.plan = line

    def _money(self, row: panel.PaneRow, line: str) -> None:
        """Take in a line of the extra usage: sentences and sums stand between its numbers."""
        if sum_of := _MONEY.fullmatch(line):
            value = float(sum_of[1].replace(",", ""))
            self.spent, self.amount = (value, self.amount) if sum_of[2] else (self.spent, value)
        elif line == "Monthly spend limit" and self.spent is not None and self.amount is not None:
            row.counts = (self.spent, self.amount)
        elif line and (text.PERCENT.fullmatch(line) or line.startswith("Resets ")):
            row.take(line)


def _label(line: str) -> tuple[str, str] | None:
    if line in LABELS:
        return LABELS[line], "default"
    scoped = _SCOPED.fullmatch(line)
    return ("weekly_scoped", scoped[1] or scoped[2]) if scoped else None
