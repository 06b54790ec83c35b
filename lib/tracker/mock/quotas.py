"""A plan's quotas on loopback: tokens go in, utilization comes out, as headers, pane or JSON."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

HOUR = 3600
FIVE_HOURS = 5 * HOUR
WEEK = 7 * 24 * HOUR
CHINA = timezone(timedelta(hours=8))

# How much of the plan a token takes, in input tokens of the smallest model.  The real weights are
# not published; list prices are what fits the bars best.
MODEL_WEIGHT = {"haiku": 1, "sonnet": 3, "opus": 5, "fable": 10}


class RequestTokens(NamedTuple):
    """What one request used."""

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0

    def weighted(self, model: str) -> float:
        """Return the request's weight in the plan, in input tokens of the smallest model.

        >>> RequestTokens(100, 10).weighted("claude-sonnet-5-5")
        450.0
        """
        by_model = next((weight for name, weight in MODEL_WEIGHT.items() if name in model.lower()), 1)
        return by_model * (self.input + 5 * self.output + 0.1 * self.cache_read + 1.25 * self.cache_write)


class MockPlan:
    """The quotas of one account: a five-hour and a weekly one.

    `capacity` is what the five hours hold, in weighted tokens; the week holds eight times as much.
    A window opens with its first request, at the full hour as the providers' do.
    """

    def __init__(self, capacity: float, now: Callable[[], float]) -> None:
        self.capacity = capacity
        self.weekly_capacity = 8 * capacity
        self.used = self.weekly_used = 0.0
        self.opened: float | None = None
        self.week_opened: float | None = None
        self.now = now

    def add(self, model: str, tokens: RequestTokens) -> None:
        """Count one request, opening a window where none is open."""
        self.turn_over()
        self._count(tokens.weighted(model))

    def begin(self, share: float) -> None:
        """Open the windows with a share of the five hours used already."""
        self._count(share * self.capacity)

    def _count(self, weight: float) -> None:
        hour = self.now() // HOUR * HOUR
        self.opened = hour if self.opened is None else self.opened
        self.week_opened = hour if self.week_opened is None else self.week_opened
        self.used += weight
        self.weekly_used += weight

    def turn_over(self) -> None:
        """Close the windows whose time is over."""
        if self.opened is not None and self.now() >= self.opened + FIVE_HOURS:
            self.opened, self.used = None, 0.0
        if self.week_opened is not None and self.now() >= self.week_opened + WEEK:
            self.week_opened, self.weekly_used = None, 0.0

    @property
    def share(self) -> float:
        """The five-hour quota used, 0 and up."""
        return self.used / self.capacity

    @property
    def weekly_share(self) -> float:
        """The weekly quota used, 0 and up."""
        return self.weekly_used / self.weekly_capacity

    @property
    def resets_at(self) -> float | None:
        """Epoch seconds of the five-hour reset; None while no window is open."""
        return None if self.opened is None else self.opened + FIVE_HOURS

    @property
    def week_resets_at(self) -> float | None:
        """Epoch seconds of the weekly reset; None while no window is open."""
        return None if self.week_opened is None else self.week_opened + WEEK

    @property
    def is_full(self) -> bool:
        """Whether the next request is refused."""
        return self.share >= 1 or self.weekly_share >= 1


def hundredths(share: float) -> float:
    """Return a share as the headers give it: whole hundredths, rounded down.

    >>> hundredths(0.3799), hundredths(1.0)
    (0.37, 1.0)
    """
    return math.floor(share * 100 + 1e-9) / 100


def unified_headers(meter: MockPlan) -> dict[str, str]:
    """Return Anthropic's `anthropic-ratelimit-unified-*` headers for what the meter says now."""
    prefix = "anthropic-ratelimit-unified-"
    headers = {}
    for name, share, reset in (
        ("5h", meter.share, meter.resets_at),
        ("7d", meter.weekly_share, meter.week_resets_at),
    ):
        headers[f"{prefix}{name}-status"] = _status(share)
        headers[f"{prefix}{name}-reset"] = str(int(reset or meter.now() + FIVE_HOURS))
        headers[f"{prefix}{name}-utilization"] = f"{hundredths(share):g}"
    worse = "7d" if meter.weekly_share > meter.share else "5h"
    headers[prefix + "status"] = headers[f"{prefix}{worse}-status"]
    headers[prefix + "reset"] = headers[f"{prefix}{worse}-reset"]
    headers[prefix + "representative-claim"] = {"5h": "five_hour", "7d": "seven_day"}[worse]
    headers[prefix + "fallback-percentage"] = "0.5"
    headers[prefix + "overage-status"] = "rejected"
    headers[prefix + "overage-disabled-reason"] = "org_level_disabled"
    return headers


def _status(share: float) -> str:
    return "rejected" if share >= 1 else "allowed_warning" if share >= 0.75 else "allowed"


def usage_answer(meter: MockPlan) -> dict[str, Any]:
    """Return the JSON behind Claude Code's own `/usage`: utilization in percent, resets as instants."""

    def window(share: float, reset: float | None) -> dict[str, Any]:
        at = None if reset is None else datetime.fromtimestamp(reset, UTC).isoformat()
        return {"utilization": math.floor(share * 100 + 1e-9), "resets_at": at}

    return {
        "five_hour": window(meter.share, meter.resets_at),
        "seven_day": window(meter.weekly_share, meter.week_resets_at),
        "seven_day_opus": None,
        "seven_day_sonnet": None,
    }


def pane(meter: MockPlan) -> str:
    """Return the text that `claude -p "/usage"` prints for what the meter says now."""
    lines = ["You are currently using your subscription to power your Claude Code usage", ""]
    for label, share, reset in (
        ("Current session", meter.share, meter.resets_at),
        ("Current week (all models)", meter.weekly_share, meter.week_resets_at),
    ):
        line = f"{label}: {math.floor(share * 100 + 1e-9)}% used"
        lines.append(line if reset is None else f"{line} · resets {_clock(reset)}")
    return "\n".join(lines) + "\n"


def _clock(epoch: float) -> str:
    at = datetime.fromtimestamp(epoch, UTC)
    minutes = f":{at.minute:02d}" if at.minute else ""
    return f"{at:%b} {at.day}, {at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'} (UTC)"


CREDITS = 12_000  # of the middle plan, per five hours; the week has five times as many


def quota_answer(meter: MockPlan) -> dict[str, Any]:
    """Return Z.AI's answer to its quota endpoint: credits used of the plan's."""
    limits = []
    for unit, number, share, credits, reset in (
        (3, 5, meter.share, CREDITS, meter.resets_at),
        (6, 1, meter.weekly_share, 5 * CREDITS, meter.week_resets_at),
    ):
        used = round(share * credits)
        limit = {
            "type": "CREDIT_LIMIT",
            "unit": unit,
            "number": number,
            "usage": credits,
            "currentValue": used,
            "remaining": max(0, credits - used),
            "percentage": math.floor(100 * share + 1e-9),
        }
        limits.append(limit if reset is None else limit | {"nextResetTime": int(reset * 1000)})
    return {
        "code": 200,
        "msg": "Operation successful",
        "data": {"limits": limits, "level": "pro"},
        "success": True,
    }


def china_clock(epoch: float) -> str:
    """Return an instant as Z.AI's messages print it: UTC+8 without saying so."""
    return datetime.fromtimestamp(epoch, CHINA).strftime("%Y-%m-%d %H:%M:%S")
