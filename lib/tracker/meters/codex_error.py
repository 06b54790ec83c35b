"""Codex's error that a limit is reached, as JSON or as the client prints it: a fact with a reset, no reading.

    {"error":{"type":"usage_limit_reached","plan_type":"plus","resets_at":1772377140,"resets_in_seconds":7200}}
    You've hit your usage limit. Upgrade to Pro or try again in 3 days 4 hours 5 minutes.
    You've hit your usage limit. Try again at 3:05 PM.

Seen in 0.42 to 0.169.
"""

from __future__ import annotations

import re
from datetime import timedelta

from tracker.meters import Reading, Refusal, answers, reset_times, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

_EPOCH = re.compile(r'"resets_at"\s*:\s*(\d{9,13})')
_SECONDS = re.compile(r'"resets_in_seconds"\s*:\s*(\d{1,8})')
_AGAIN = re.compile(r"try again (in (?:\d+ [a-z]+,? ?(?:and )?)+|at [^.\n]+)", re.IGNORECASE)


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Refuse the text as `limit_reached`, with the reset that it tells."""
    plain = text.clean(raw)
    when = _reset(plain, at)
    until = f" until {when.strftime('%Y-%m-%dT%H:%M:%SZ')}" if when else ""
    raise Refusal("limit_reached", f"Codex says that the usage limit is reached{until}")


def _reset(plain: str, at: reset_times.Clock) -> datetime | None:
    if epoch := _EPOCH.search(plain):
        return answers.instant(epoch[1])
    if seconds := _SECONDS.search(plain):
        return at.at + timedelta(seconds=int(seconds[1]))
    if again := _AGAIN.search(plain):
        words = again[1].replace(",", " ").replace(" and ", " ").removeprefix("at ")
        return reset_times.reset(words, at, reset_times.WEEK).at
    return None
