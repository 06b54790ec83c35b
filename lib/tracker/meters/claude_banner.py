"""Claude's banners that a quota is used up: a fact with a reset, but no reading of the meters.

You've hit your session limit · resets 10:10pm (Europe/Moscow)
5-hour limit reached ∙ resets 2pm (Pacific/Auckland) · /upgrade
Claude usage limit reached. Your limit will reset at 1pm (America/Santiago).
Claude AI usage limit reached|1762952400
You're out of extra usage · resets 10pm (America/Los_Angeles)

Seen in 2025-08 to 2026-11.
"""

from __future__ import annotations

import re

from tracker.meters import Reading, Refusal, answers, reset_times, text

_BANNER = re.compile(
    r"(?:hit|reached) your\b.*\blimit\b|\blimit reached\b|\bout of extra usage\b", re.IGNORECASE
)
_EPOCH = re.compile(r"limit reached\|(\d{9,13})")
_RESET = re.compile(r"\bresets?(?: at)?:? +(.+?)(?: *[·∙•|]|\.? *$)", re.IGNORECASE)
# By the first word that stands in the line; the last stands in every line.
QUOTAS = {
    "extra usage": ("extra usage", 24 * reset_times.HOUR),
    "week": ("weekly quota", reset_times.WEEK),
    "": ("session quota", reset_times.SESSION),
}


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Refuse the text as `limit_reached`, with the quota and its reset."""
    said = [line for line in text.lines(text.clean(raw)) if _BANNER.search(line)]
    if not said:
        raise Refusal("no_panel", f"no banner in {len(raw)} characters")
    line = said[-1]
    quota, ahead = next(kind for word, kind in QUOTAS.items() if word in line.lower())
    words, epoch = _RESET.search(line), _EPOCH.search(line)
    when = answers.instant(epoch[1]) if epoch else None
    if words:
        when = reset_times.reset(words[1], at, ahead).at
    until = f" until {when.strftime('%Y-%m-%dT%H:%M:%SZ')}" if when else ""
    raise Refusal("limit_reached", f"the {quota} is used up{until}")
