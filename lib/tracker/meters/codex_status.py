"""Codex's /status card, with its box or without, and the short form of the desktop app.

    ╭──────────────────────────────────────────────────────────────────────────────╮
    │  >_ OpenAI Codex (v0.98.0)                                                   │
    │                                                                              │
    │  Account:              someone@example.com (Plus)                            │
    │                                                                              │
    │  5h limit:             [██████████████████░░] 91% left (resets 06:30)        │
    │  Weekly limit:         [███████████░░░░░░░░░] 56% left                       │
    │                        (resets 19:32 on 25 Nov)                              │
    │  GPT-5.3-Codex-Spark limit:                                                  │
    │  5h limit:             [████████████████████] 100% left (resets 08:12)       │
    │  Credits:              38 credits                                            │
    ╰──────────────────────────────────────────────────────────────────────────────╯

"used" until about 0.48, "left" since: the word of each row decides.  Times are the machine's own,
without a zone.  A line that ends with "limit:" begins another pool; which quota a row is, its label
says, never its place.

Seen in 0.42 to 0.169.
"""

from __future__ import annotations

import re

from tracker.meters import Reading, Refusal, notices, panel, reset_times, text

KINDS = {
    "5h": "five_hour",
    "weekly": "weekly_all",
    "7d": "weekly_all",
    "monthly": "monthly",
    "30d": "monthly",
    "monthly credit": "credits",
}
_ROW = re.compile(
    r"(?:(?P<pool>[A-Za-z0-9][\w.()/-]*(?: [\w.()/-]+)*?)\s+)?"
    r"(?P<window>5h|Weekly|7d|Monthly credit|Monthly|30d)\s*limit\s*:\s*(?P<rest>.*)"
)
_OTHER = re.compile(r"(?:\d+\s?(?:h|d|m|min)|Daily|Hourly|Annual|Yearly)\s*limit\s*:\s*\S")
_GROUP = re.compile(r"(?P<pool>[A-Za-z0-9][\w.()/-]*(?: [\w.()/-]+)*?)\s*limit\s*:")
_HEAD = re.compile(r"_? ?OpenAI Codex\b(?:.*\(v(?P<version>[\w.+-]+)\))?")
_COUNT = re.compile(r"([\d,]+) of ([\d,]+) credits used")
# What a narrow terminal leaves of it on a line: "7,761 of", "100,000 credits", "used".
_PART = re.compile(r"[\d,]+(?: of(?: [\d,]+(?: credits)?)?)?")
_CREDITS = re.compile(r"Credits:\s*([\d,]+(?:\.\d+)?)(?: credits)?")
_ACCOUNT = re.compile(r"Account:\s.*\(([A-Z][A-Za-z ]+)\)")
_STALE = re.compile(r"maybestale|startnewturn|limitsarestale")


class StatusCard:
    """One card: its rows, and what else it says."""

    def __init__(self, version: str | None = None) -> None:
        self.version = version
        self.rows: dict[tuple[str, str], panel.PaneRow] = {}
        self.said: list[str] = []
        self.plan: str | None = None
        self.credits: float | None = None
        self.flags: set[str] = set()
        self.pool = "default"  # of the rows to come
        self.row: panel.PaneRow | None = None  # that the next line may go on with
        self.label = ""  # that stood alone on the line before
        self.count = ""  # units of that row, as far as a narrow terminal has printed them

    def read(self, line: str, n: int) -> None:
        """Take in one line."""
        self.said.append(text.squeeze(line))
        if found := _ROW.match(line):
            label = line[: line.index(":")].strip()
            kind = KINDS[found["window"].lower()]
            self.row = self.add(panel.PaneRow(kind, found["pool"] or self.pool, label, n))
            self.count = ""
            line = found["rest"]
        elif group := _GROUP.fullmatch(line):
            self.pool, self.row = group["pool"], None
            return
        elif self._counts(line):
            return
        if self.row is None or not line or not self.row.take(line):
            self.row = None
            self._other(line)

    def _counts(self, line: str) -> bool:
        """Take a line in as the units of the row before it, whole or in parts."""
        whole = f"{self.count} {line}".strip()
        if self.row is None or not (_PART.fullmatch(whole) or _COUNT.match(whole)):
            return False
        self.count = whole
        if count := _COUNT.match(whole):
            self.row.counts = (float(count[1].replace(",", "")), float(count[2].replace(",", "")))
            self.row = None
        return True

    def _other(self, line: str) -> None:
        """Take in a line that is no row: a plan, credits, or a quota that this version does not know."""
        shows = text.PERCENT.search(line) and "limit" in line.lower()
        if shows or _OTHER.match(line):
            self.flags.add("unknown-row")
        if credits := _CREDITS.match(f"{self.label}{line}"):
            self.credits = float(credits[1].replace(",", ""))
        self.label = line if line == "Credits:" else ""
        if account := _ACCOUNT.match(line):
            self.plan = account[1]

    def add(self, row: panel.PaneRow) -> panel.PaneRow:
        """Add a row; one drawn twice must not say two things."""
        before = self.rows.get((row.kind, row.pool))
        if before is not None and before.percents:
            row.percents += before.percents
        self.rows[row.kind, row.pool] = row
        return row

    def cut(self) -> bool:
        """Whether the card has rows that lost their percentage."""
        return any(not row.percents for row in self.rows.values())


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the reading of the last complete card; Refusal says why there is none."""
    cards = [card for card in _cards(text.lines(text.clean(raw))) if card.rows or _why(card)]
    if not cards:
        raise Refusal("no_panel", f"no '5h limit' or 'Weekly limit' row in {len(raw)} characters")
    card = _chosen(cards)
    meters, flags = panel.settle(list(card.rows.values()), at)
    if len(cards) > 1:
        flags.add("multi-pane-trimmed")
    return Reading(
        meters,
        flags=[*flags, *card.flags],
        plan=card.plan,
        client_version=card.version,
        credits=card.credits,
    )


def _chosen(cards: list[StatusCard]) -> StatusCard:
    """Return the last complete card, unless the last one says something else."""
    whole = [card for card in cards if card.rows and not card.cut()]
    card = whole[-1] if whole and cards[-1].cut() else cards[-1]
    if not card.rows:
        raise _why(card) or Refusal("no_panel", "a card without limits")
    if _STALE.search("".join(card.said)):
        raise Refusal("stale", "Codex says that its limits may be stale")
    if card.cut():
        row = next(row for row in card.rows.values() if not row.percents)
        raise Refusal("incomplete", f"{row.label!r} without a percentage")
    return card


def _why(card: StatusCard) -> Refusal | None:
    return notices.find("".join(card.said), notices.CODEX)


def _cards(lines: list[str]) -> list[StatusCard]:
    cards = [StatusCard()]
    for n, line in enumerate(lines):
        if head := _HEAD.match(line):
            cards.append(StatusCard(head["version"]))
        elif line:
            cards[-1].read(line, n)
    return cards
