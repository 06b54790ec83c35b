"""Claude's banners that a quota is used up: a fact with a reset, but no reading of the other quotas.

You've hit your session limit · resets 10:10pm (Europe/Moscow)
You've hit your limit · resets 6pm (UTC)
You've reached your Fable limit for this week.
5-hour limit reached ∙ resets 2pm (Pacific/Auckland) · /upgrade
Opus weekly limit reached ∙ resets Oct 6, 1pm
Claude usage limit reached. Your limit will reset at 1pm (America/Santiago).
Claude AI usage limit reached|1762952400
You're out of extra usage · resets 10pm (America/Los_Angeles)

Seen in 2025-08 to 2026-11, typed on a screen and kept in transcripts; there newer clients (2.1.332) write
`quotaLimits` beside it, which names the quota and its reset by themselves.  Limits of other things (money, fast
mode, the context) and what a proxy or another provider answers ("API Error: …") are no quota of the plan.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from tracker.meters import Reading, Refusal, answers, meter, reset_times, text
from tracker.providers import SPANS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BANNER = re.compile(
    r"(?:hit|reached) your\b.*\blimit\b|\blimit reached\b|\bout of extra usage\b", re.IGNORECASE
)
_OTHER = re.compile(r"\b(?:spend|spending|credits?|budget|fast|context|rate|monthly|daily)\b", re.IGNORECASE)
_EPOCH = re.compile(r"limit reached\|(\d{9,13})")
_RESET = re.compile(r"\bresets?(?: at)?:? +(.+?)(?: *[·∙•|]|\.? *$)", re.IGNORECASE)
_NAME = re.compile(
    r"(?:hit|reached) your (?P<after>[^·∙•|.]*?)limit\b|(?P<before>[^·∙•|.]*?)\blimit reached\b",
    re.IGNORECASE,
)
_DAY_NAMED = re.compile(rf"\b(?:{'|'.join((*reset_times.MONTHS, *reset_times.DAYS))})", re.IGNORECASE)
_DAY = timedelta(days=1)
MODELS = ("Opus", "Sonnet", "Haiku", "Fable")
FULL_PCT = 100.0
# What `quotaLimits` calls a quota, as rows.Meter does: which, and whose.
CLAIMS = {
    "five_hour": ("five_hour", "default"),
    "seven_day": ("weekly_all", "default"),
    "seven_day_opus": ("weekly_scoped", "Opus"),
    "seven_day_sonnet": ("weekly_scoped", "Sonnet"),
    "seven_day_overage_included": ("weekly_scoped", "Fable"),
}
_WORDS = {"five_hour": "session quota", "weekly_all": "weekly quota", "extra_usage": "extra usage"}


class LimitReached(NamedTuple):
    """A quota of the plan that is used up."""

    quota: tuple[str, str] | None  # as in rows.Meter: which, and whose; None: the text does not say
    resets_at: datetime | None
    label: str  # the text's own words


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Refuse the text as `limit_reached`, with the quota and its reset."""
    found = reached(raw, at)
    if found is None:
        raise Refusal("no_panel", f"no banner in {len(raw)} characters")
    whose = "a quota (the text does not say which)"
    if found.quota is not None:
        whose = f"the {_WORDS.get(found.quota[0], f'{found.quota[1]} quota')}"
    until = f" until {found.resets_at.strftime('%Y-%m-%dT%H:%M:%SZ')}" if found.resets_at else ""
    raise Refusal("limit_reached", f"{whose} is used up{until}")


def reached(raw: str, at: reset_times.Clock) -> LimitReached | None:
    """Return which quota a text says is used up; None when it says so of none.

    >>> from datetime import UTC
    >>> at = reset_times.Clock(datetime(2026, 3, 1, 11, tzinfo=UTC))
    >>> found = reached("You've hit your Opus limit · resets Mar 4, 8am (UTC)", at)
    >>> found.quota, found.resets_at.isoformat()
    (('weekly_scoped', 'Opus'), '2026-03-04T08:00:00+00:00')
    >>> reached("You've hit your limit · resets 6pm (UTC)", at).quota
    >>> reached("You've hit your monthly spend limit", at), reached("API Error: Rate limit reached", at)
    (None, None)
    """
    said = [line for line in text.lines(text.clean(raw)) if _BANNER.search(line)]
    if not said or said[-1].startswith("API Error"):
        return None
    line = said[-1]
    name = _NAME.search(line)
    words = (name["after"] or name["before"] or "") if name else ""
    is_extra = "extra usage" in line.lower()
    if not is_extra and _OTHER.search(words):
        return None
    quota = ("extra_usage", "default") if is_extra else _quota(words)
    when, epoch = _RESET.search(line), _EPOCH.search(line)
    return LimitReached(
        quota, answers.instant(epoch[1]) if epoch else _reset(when[1], quota, at) if when else None, line
    )


def told(limits: Any, at: reset_times.Clock) -> LimitReached | None:
    """Return what a transcript's `quotaLimits` says is used up; None when it says so of no quota of the plan.

    >>> from datetime import UTC
    >>> at = reset_times.Clock(datetime(2026, 11, 28, 13, 46, tzinfo=UTC))
    >>> told({"status": "rejected", "resetsAt": 1795888800, "rateLimitType": "five_hour"}, at).quota
    ('five_hour', 'default')
    """
    if not isinstance(limits, dict) or limits.get("status") != "rejected":
        return None
    claim = limits.get("rateLimitType")
    quota = CLAIMS.get(claim) if isinstance(claim, str) else None
    if quota is None:
        return None
    return LimitReached(quota, answers.instant(limits.get("resetsAt")), str(claim))


def is_possible(found: LimitReached, at: reset_times.Clock) -> bool:
    """Say whether a reset fits the quota that was named: it lies ahead, and no further than the quota is long."""
    length = SPANS[found.quota[0]].length if found.quota else reset_times.WEEK
    return at.age(found.resets_at, length) is None


def fields(found: LimitReached) -> dict[str, Any] | None:
    """Return the quota with the fields of rows.Meter, at 100 %; None when it is not known which."""
    if found.quota is None:
        return None
    name, pool = found.quota
    return meter(name, FULL_PCT, pool=pool, resets_at=found.resets_at, label=found.label)


def _quota(words: str) -> tuple[str, str] | None:
    """Return the quota that is named before the word limit.

    >>> _quota("5-hour "), _quota("Fable 5 "), _quota("weekly "), _quota("usage ")
    (('five_hour', 'default'), ('weekly_scoped', 'Fable'), ('weekly_all', 'default'), None)
    """
    low = words.lower()
    model = next((model for model in MODELS if model.lower() in low), None)
    if model:
        return "weekly_scoped", model
    if any(word in low for word in ("session", "5-hour", "5 hour", "five-hour")):
        return "five_hour", "default"
    return ("weekly_all", "default") if "week" in low else None


def _reset(words: str, quota: tuple[str, str] | None, at: reset_times.Clock) -> datetime | None:
    """Return the reset; one that names no day comes within a day."""
    ahead = SPANS[quota[0]].length if quota else reset_times.WEEK
    return reset_times.reset(words, at, ahead if _DAY_NAMED.search(words) else min(ahead, _DAY)).at
