"""Gemini CLI's /stats card and its /model dialog: requests of a day, for the plan or for each model.

     Session Stats
     Tier:                        Gemini Code Assist in Google One AI Pro

     Model Usage                 Reqs                  Usage left
     ────────────────────────────────────────────────────────────
     gemini-2.5-pro                 3     94.5% (Resets in 9h 27m)
     gemini-2.5-flash               -    100.0% (Resets in 24h)

     auto Usage
     35% used (Limit resets in 2h 10m)
     Usage limit: 1,100

     Model usage
     Pro         ▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬    25%  Resets: 1:30 PM (1h 30m)

"left" or "remaining" stands in the table's heading until 0.33, "used" behind the number or nothing but the
word usage since: the nearest word decides, and a number that has none is refused.  What is printed is cut
off at the terminal's edge, so a reset that ends with an ellipsis is none.

Seen in 0.22 to 0.57.
"""

from __future__ import annotations

import re

from tracker.meters import Reading, Refusal, notices, panel, reset_times, text

_NUMBER = r"(?P<number>\d{1,13}(?:\.\d+)?)\s?%"
_SENSE = r"(?:\s*(?P<sense>used|left|remaining|usage (?:left|remaining)))?"
_RESET = r"\s*[(,]?\s*(?P<reset>(?:limit\s+)?resets?\b.*)?"
_MODEL = r"(?P<model>[A-Za-z][\w.-]*(?: [A-Za-z][\w.-]*)?)"
# "gemini-2.5-pro  3  94.5% (Resets in 9h 27m)"; since 0.34 the percentage is on the next line
_ROW = re.compile(rf"{_MODEL}\s+(?P<requests>[\d,]+|-)(?:\s+{_NUMBER}{_SENSE}{_RESET})?", re.IGNORECASE)
_BAR = re.compile(rf"{_MODEL}\s+{_NUMBER}{_SENSE}\s+(?P<reset>resets:.*)", re.IGNORECASE)
_ALONE = re.compile(rf"{_NUMBER}{_SENSE}{_RESET}", re.IGNORECASE)
_REACHED = re.compile(rf"limit reached{_RESET}", re.IGNORECASE)
_BARS = re.compile(r"[\u2500-\u25ff]+")
_TIER = re.compile(r"Tier:\s+(\S.*)")
_VERSION = re.compile(r"Gemini CLI\s+v?(\d+\.\d+\.\d+)")
_HEADS = {"usageleft": "left", "usageremaining": "left", "modelusage": "used"}
_STARTS = ("sessionstats", "agentpoweringdown", "modelstatsfornerds", "selectmodel")
_RELATIVE = re.compile(r"\bin ((?:\d+\s*[a-z]+\s*)+)|\(((?:\d+\s*[dhm]\s*)+)\)", re.IGNORECASE)


class StatsCard:
    """One card: its rows, the sense of its columns, and the row that waits for its percentage."""

    def __init__(self) -> None:
        self.rows: dict[str, panel.PaneRow] = {}
        self.sense: str | None = None  # of bare percentages below the heading
        self.waiting: str | None = None  # whose percentage may come on the next line
        self.plan: str | None = None

    def take(self, line: str, n: int) -> None:
        """Take a line in, if it says something about the quota."""
        tight = text.squeeze(line)
        head = next((sense for words, sense in _HEADS.items() if tight.endswith(words)), None)
        if head or tight.endswith("usage"):
            self.sense = head or self.sense
            self.waiting = "default" if head is None or tight == "modelusage" else None
        elif found := _ROW.fullmatch(line) or _BAR.fullmatch(line):
            self.waiting = found["model"]
            if found["number"]:
                self._add(found["model"], found, n)
        elif self.waiting and (found := _ALONE.fullmatch(line) or _REACHED.fullmatch(line)):
            self._add(self.waiting, found, n)
        elif tier := _TIER.match(line):
            self.plan = tier[1]

    def _add(self, pool: str, found: re.Match[str], n: int) -> None:
        self.waiting = None
        number = found.groupdict().get("number")
        if number is None:
            used: float | None = 100.0  # "Limit reached": nothing is left
        else:
            sense = found["sense"] or self.sense
            if sense is None:
                raise Refusal(
                    "incomplete", f"{number} % of {pool!r}, and no heading says whether used or left"
                )
            used = float(number) if sense == "used" else round(100 - float(number), 4)
            used = used if used >= 0 else None
        row = self.rows.setdefault(pool, panel.PaneRow("daily", pool, pool, n))
        row.percents.append(used)
        if found["reset"]:
            row.resets.append(_relative(found["reset"]))


def _relative(words: str) -> str:
    """Return how long until a reset, out of the ways in which it is printed; `?` when it is cut off.

    >>> _relative("Resets in 9h 27m)"), _relative("Resets: 1:30 PM (1h 30m)"), _relative("resets in 1 hour 30 min…")
    ('in 9h 27m', 'in 1h 30m', '?')
    """
    found = _RELATIVE.search(words)
    if found is None or words[found.end() :].startswith("…"):
        return "?"
    return f"in {(found[1] or found[2]).strip()}"


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the reading of the last card that shows a quota."""
    whole = text.clean(raw)
    cards = [StatsCard()]
    for n, line in enumerate(text.lines(whole)):
        if text.squeeze(line).startswith(_STARTS):
            cards.append(StatsCard())
        cards[-1].take(_BARS.sub(" ", line).strip(), n)
    shown = [card for card in cards if card.rows]
    if not shown:
        tight = text.squeeze(whole)
        if why := notices.find(tight, notices.GEMINI):
            raise why
        if any(word in tight for word in _STARTS):
            raise Refusal("no_quota_lines", "a card of Gemini CLI without a quota")
        raise Refusal("no_panel", f"no 'Usage left' or 'Model usage' in {len(raw)} characters")
    card = shown[-1]
    meters, flags = panel.settle(list(card.rows.values()), at)
    if len(shown) > 1:
        flags.add("multi-pane-trimmed")
    version = _VERSION.search(whole)
    return Reading(
        [made | {"resolution_pp": _step(whole)} for made in meters],
        flags=list(flags),
        partial=False,
        plan=card.plan,
        client_version=version[1] if version else None,
    )


def _step(whole: str) -> float:
    return 0.1 if re.search(r"\d\.\d\s?%", whole) else 1.0
