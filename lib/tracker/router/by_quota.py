"""OFFLOAD_WHEN: offload only while one of Anthropic's quotas stands above a mark.

Each reply of Anthropic's tells how much of the account's quotas is used, and when each is full again.  Above
a mark the offload begins; it ends below the mark less BACK_PP, so that a gauge on the mark does not flap, or
at the quota's reset.  Nothing is asked of anybody: an account that has not been answered yet is below every mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tracker import providers

BACK_PP = 5.0  # percentage points below a mark at which the offload ends
MOST_ACCOUNTS = 64  # that are remembered at once
OFF = {"", "0", "off", "none"}
_MARK = re.compile(r"\s*([a-z_]+)\s*>\s*(\d{1,2}(?:\.\d+)?)\s*")
_CREDENTIALS = {b"authorization", b"x-api-key"}


def _quotas() -> dict[str, tuple[str, float]]:
    """Return what a mark may name: the gauge in the replies' headers, and the quota's length in seconds."""
    found = {}
    for provider in providers.PROVIDERS:
        for gauge, (meter, pool) in provider.gauges.items():
            word = meter.removesuffix("_all") if pool == "default" else f"weekly_{pool.lower()}"
            found[word] = gauge, providers.SPANS[meter].length.total_seconds()
    return found


QUOTAS = _quotas()


class Mark(NamedTuple):
    """One quota, and the percent above which it is time to offload."""

    quota: str  # five_hour, weekly …
    above: float

    @property
    def text(self) -> str:
        """The mark as it is written: five_hour>80."""
        return f"{self.quota}>{self.above:g}"

    @property
    def back(self) -> float:
        """Percent below which the offload ends again; 0: at the reset alone."""
        return max(0.0, self.above - BACK_PP)


class Rule(NamedTuple):
    """What OFFLOAD_WHEN says; one mark that is passed is enough."""

    marks: tuple[Mark, ...]

    @property
    def text(self) -> str:
        """The rule as rows name it, whatever blanks it was written with."""
        return ",".join(mark.text for mark in self.marks)


def parse(text: str) -> Rule | None:
    """Return a rule; None when there is to be none.  ValueError says in words what it may be.

    >>> parse("five_hour > 80, weekly>90").text, parse("off")
    ('five_hour>80,weekly>90', None)
    """
    if text.strip().lower() in OFF:
        return None
    marks = []
    for word in text.split(","):
        found = _MARK.fullmatch(word)
        if found is None or found[1] not in QUOTAS:
            raise ValueError(
                f"is {text!r}, where {word.strip()!r} is no QUOTA>PERCENT (quotas: {', '.join(QUOTAS)}; percent: "
                "0 to 99); write five_hour>80,weekly>90"
            )
        marks.append(Mark(found[1], float(found[2])))
    if len({mark.quota for mark in marks}) < len(marks):
        raise ValueError(f"is {text!r}, which names a quota twice; give each one mark")
    return Rule(tuple(marks))


def account_of(fields: Iterable[tuple[bytes, bytes]]) -> int:
    """Return what tells one login's requests from another's while this process lives; the login is not kept."""
    return hash(b"\0".join(value for name, value in fields if name.lower() in _CREDENTIALS))


class _Gauge:
    """One quota of one account."""

    __slots__ = ("is_passed", "used_pct", "valid_until")

    def __init__(self) -> None:
        self.used_pct = 0.0
        self.is_passed = False
        self.valid_until = 0.0  # epoch seconds: its reset, or at most a whole quota after the reading


class QuotaWatch:
    """Where the accounts stand against a rule, by the last reply that each had."""

    def __init__(self, rule: Rule | None = None) -> None:
        self.rule = rule
        self._accounts: dict[int, dict[Mark, _Gauge]] = {}

    def saw(self, account: int, limits: Mapping[str, float], now: float) -> bool:
        """Take a reply's gauges (`5h_utilization`: 0..1, `5h_reset`: epoch seconds); return whether a mark flipped."""
        if self.rule is None:
            return False
        flipped = False
        for mark in self.rule.marks:
            name, length = QUOTAS[mark.quota]
            share, reset = limits.get(f"{name}_utilization"), limits.get(f"{name}_reset")
            if share is None or not 0 <= 100 * share <= providers.MOST_PCT:
                continue
            gauge = self._gauge(account, mark)
            was_passed = gauge.is_passed and now < gauge.valid_until
            gauge.used_pct = round(100 * share, 4)
            gauge.valid_until = now + length if reset is None else min(reset, now + length)
            gauge.is_passed = gauge.used_pct > mark.above or (was_passed and gauge.used_pct >= mark.back)
            flipped = flipped or gauge.is_passed != was_passed
        return flipped

    def passed(self, account: int, now: float) -> bool:
        """Say whether a mark is passed; a reading holds until its quota's reset."""
        gauges = self._accounts.get(account)
        return gauges is not None and any(one.is_passed and now < one.valid_until for one in gauges.values())

    def until(self, account: int, now: float) -> float | None:
        """Return when the last of the marks passed is reset, epoch seconds; None when none is passed."""
        gauges = self._accounts.get(account, {}).values()
        return max(
            (one.valid_until for one in gauges if one.is_passed and now < one.valid_until), default=None
        )

    def told(self, account: int, now: float) -> str:
        """Return in words what is known of an account: `five_hour 83 %, weekly 41 %`."""
        known = [
            f"{mark.quota} {gauge.used_pct:g} %"
            for mark, gauge in self._accounts.get(account, {}).items()
            if now < gauge.valid_until
        ]
        return ", ".join(known) or "no reading since the reset"

    def _gauge(self, account: int, mark: Mark) -> _Gauge:
        if account not in self._accounts and len(self._accounts) >= MOST_ACCOUNTS:
            del self._accounts[next(iter(self._accounts))]  # the one first seen
        return self._accounts.setdefault(account, {}).setdefault(mark, _Gauge())
