"""Rows of a pane, and what may be believed of them: one percentage a row, a reset that can be."""

from __future__ import annotations

import re

from tracker.meters import Refusal, meter, reset_times, text
from tracker.providers import SPANS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

# "Resets 1am", "Reset Jul 10", "Rests …" (a letter lost), "ResetsFeb12at1:29pm" (blanks lost)
RESET = re.compile(r"(?:resets?|esets|rsets|reets|rests|reses)\b[\s:]*|resets?(?=[a-z]{3}\d|\d|in\d)", re.I)
_SPENT = re.compile(r"[$€£]([\d,]+(?:\.\d+)?)\s*/\s*[$€£]([\d,]+(?:\.\d+)?)\s*(?:spent|used)?")
# What a narrow terminal leaves of a reset for the next lines: "Nov 25, 8:24am", "(UTC)", "19:40 on", "25 Nov)".
_MORE = re.compile(
    r"(?:(?:on|at|[ap]m|UTC|[A-Z][a-z]{2},?|\d{1,2}(?::\d\d)?(?:[ap]m)?,?|\d{4},?)\)?|\([A-Za-z][A-Za-z0-9_/+-]*\)*)"
)
_TORN = re.compile(r"\([A-Za-z][^)]*$")  # a zone that goes on in the next line
ODD = {"reset-in-past", "reset-beyond-window"}


class PaneRow:
    """A label, and the percentage and reset that stand behind it."""

    __slots__ = ("counts", "kind", "label", "percents", "pool", "resets", "where")

    def __init__(self, kind: str, pool: str, label: str, where: int) -> None:
        self.kind, self.pool, self.label, self.where = kind, pool, label, where
        self.percents: list[float | None] = []  # None: one that contradicts itself
        self.resets: list[str] = []
        self.counts: tuple[float, float] | None = None  # units used and units in the quota

    def take(self, line: str) -> bool:
        """Take a line in, if nothing is on it but this row's bar, percentage, reset and money."""
        rest = text.BARS.sub(" ", line)
        percents = [text.used(found) for found in text.PERCENT.finditer(rest)]
        rest = text.PERCENT.sub(" ", rest)
        spent = _SPENT.search(rest) if self.kind == "extra_usage" else None
        if spent:
            rest = rest[: spent.start()] + rest[spent.end() :]
        rest = rest.strip(" ·•-—:")
        reset = RESET.match(rest, 1 if rest.startswith("(") else 0)
        if rest and not reset and not self._goes_on(rest):
            return False
        self.percents += percents
        if reset:
            again = RESET.split(rest[reset.end() :])
            self.resets += [rest[: rest.startswith("(")] + words.strip(" ·") for words in again]
        elif rest:
            torn = _TORN.search(self.resets[-1]) or self.resets[-1] in ("", "(")
            self.resets[-1] += ("" if torn else " ") + rest
        if spent:
            self.counts = (_number(spent[1]), _number(spent[2]))
        return True

    def _goes_on(self, rest: str) -> bool:
        """Whether a line is what a narrow terminal left of the reset on the line before."""
        if not self.resets or self.resets[-1].endswith(")"):
            return False
        if _TORN.search(self.resets[-1]):
            return re.fullmatch(r"[A-Za-z0-9_/+-]+\)+", rest) is not None
        return all(_MORE.fullmatch(word) for word in rest.split())

    def reset_words(self) -> list[str]:
        """Return the resets as printed; one whose bracket was cut off says nothing."""
        whole = [words if words.count("(") == words.count(")") else "?" for words in self.resets]
        return [words[1:-1] if words.startswith("(") else words for words in whole if words]


def settle(rows: list[PaneRow], at: reset_times.Clock) -> tuple[list[dict[str, Any]], set[str]]:
    """Return the meters of the rows and what is odd about them.

    Refusal `garbled` when a row has two percentages, `stale` when a reset shows that the pane is
    from a window that has ended.
    """
    flags: set[str] = set()
    resets = [_reset(row, at, flags) for row in rows]
    fresh = any(
        row.kind == "five_hour" and found.at and not found.flag
        for row, found in zip(rows, resets, strict=True)
    )
    # A card whose bare clock times do not all fit is an old one: none of them is known to be of today.
    odd = any(found.flag in ODD and not found.sure for found in resets)
    meters = []
    for row, found in zip(rows, resets, strict=True):
        if len(set(row.percents)) > 1 or None in row.percents:
            raise Refusal("garbled", f"{row.label!r} with more than one percentage")
        _judge(row, found, at, old=odd, fresh=fresh)
        flags |= {found.flag} if found.flag else set()
        if row.percents:
            meters.append(_meter(row, found.at))
    return meters, flags


def _judge(row: PaneRow, found: reset_times.Reset, at: reset_times.Clock, *, old: bool, fresh: bool) -> None:
    """Take back an instant that is a guess, and refuse a pane that is of a window which has ended."""
    if not found.sure and (old or found.flag in ODD):
        found.at = None  # pasted from who knows where: no instant, and no verdict either
    elif found.flag in ODD:
        _check_age(row, found, at, fresh=fresh)
    if found.flag == "reset-beyond-window" and SPANS[row.kind].length == reset_times.MONTH:
        found.at = None  # no month is that long, so its year was a wrong guess


def _meter(row: PaneRow, resets_at: datetime | None) -> dict[str, Any]:
    counts = dict(zip(("used", "total"), row.counts, strict=True)) if row.counts else {}
    return meter(row.kind, row.percents[0], pool=row.pool, resets_at=resets_at, label=row.label, **counts)


def _reset(row: PaneRow, at: reset_times.Clock, flags: set[str]) -> reset_times.Reset:
    ahead = SPANS[row.kind].length
    if row.pool != "default" and not any(row.percents):
        ahead = max(ahead, 24 * reset_times.HOUR)  # an idle pool prints some reset or other
    ways = [reset_times.reset(words, at, ahead) for words in row.reset_words()]
    if len(ways) > 1:
        flags.add("duplicated-reset-text")
        if len({way.at for way in ways}) > 1:
            return reset_times.Reset(None, "reset-unreadable")
    return ways[0] if ways else reset_times.Reset(None)


def _check_age(row: PaneRow, found: reset_times.Reset, at: reset_times.Clock, *, fresh: bool) -> None:
    """Refuse a pane whose window has ended.

    What says nothing about the pane's age: money, the idle pools of Codex,
    and a week that ended within the day while the session on the same pane goes on, which clients
    have been seen to show for hours.
    """
    if row.kind in {"extra_usage", "monthly", "credits"} or (row.pool != "default" and not any(row.percents)):
        return
    ended = found.at is not None and at.at - 24 * reset_times.HOUR <= found.at <= at.at
    if row.kind == "five_hour" or not (fresh and ended):
        when = found.at.strftime("%Y-%m-%d %H:%MZ") if found.at else "a day that is over"
        read = at.at.strftime("%Y-%m-%d %H:%MZ")
        # What lies further off than the quota is long was printed on an earlier day.
        far = found.at is not None and found.at > at.at
        where = f"further off than {row.label!r} is long" if far else "not ahead of now"
        raise Refusal(
            "stale", f"{row.label!r} resets {row.reset_words()[0]!r}, {where} ({when}; read {read})"
        )


def _number(words: str) -> float:
    return float(words.replace(",", ""))
