"""The unified rate-limit headers of an Anthropic reply, as `curl -i` or a log shows them.

    date: Sun, 01 Mar 2026 11:00:00 GMT
    anthropic-ratelimit-unified-5h-utilization: 0.21
    anthropic-ratelimit-unified-5h-reset: 1772377140
    anthropic-ratelimit-unified-7d-utilization: 0.07
    anthropic-ratelimit-unified-7d_oi-utilization: 0.27

Fractions in steps of 0.01, over 1 when over the quota.  `7d_oi` is the weekly quota of Fable, on
replies of that model only.  Until September 2025 there was no utilization: then no percentage.

Seen in 2025-09 to 2026-07.
"""

from __future__ import annotations

import re

from tracker import providers
from tracker.meters import Reading, Refusal, answers, meter, reset_times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

GAUGES = providers.BY_NAME["claude"].gauges
_LINE = re.compile(
    r"^[<\s]*anthropic-ratelimit-unified-([a-z0-9_]+)-(utilization|reset)\s*:\s*([0-9.]+)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_DATE = re.compile(r"^[<\s]*date\s*:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the reading of one reply's headers."""
    if raw.lstrip()[:1] in "{[":  # headers that a log kept as JSON
        raw = re.sub(r'[{}\[\],"]+', "\n", re.sub(r'"\s*:\s*[\["]*', ":", raw))
    seen: dict[str, dict[str, float]] = {}
    for found in _LINE.finditer(raw):
        value = answers.number(found[3])
        if value is not None:
            values = seen.setdefault(found[1].lower(), {})
            if values.setdefault(found[2].lower(), value) != value:
                raise Refusal(
                    "garbled", f"two values of unified-{found[1]}-{found[2]}; give one reply's headers"
                )
    meters = [
        meter(
            kind,
            round(100 * seen[name]["utilization"], 4) if "utilization" in seen[name] else None,
            pool=pool,
            resets_at=answers.instant(seen[name].get("reset")),
            label=f"unified-{name}",
        )
        for name, (kind, pool) in GAUGES.items()
        if name in seen
    ]
    if not meters:
        raise Refusal("no_quota_lines", "no unified-5h or unified-7d header")
    date = _DATE.search(raw)
    sent = _sent(date[1]) if date else None
    flags = answers.flag_age(meters, at.or_when(sent))
    if any("utilization" in values for name, values in seen.items() if name not in GAUGES):
        flags.add("unknown-row")
    return Reading(meters, flags=list(flags), at=sent)


def _sent(date: str) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        made = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return made if made.tzinfo else None
