"""Z.AI's errors, as JSON or as Claude Code shows them, in English and in Chinese.

    {"error":{"code":"1308","message":"Usage limit reached for 5 hour. Your limit will reset at 2026-03-01 23:10:05"}}
    API Error: Request rejected (429) · [1308][已达到 5 小时的使用上限。您的限额将在 2026-03-01 23:10:05 重置。]

The printed clock is Beijing's (UTC+8), whatever the reader's zone.  An exhausted quota is
`limit_reached`; 1302, 1305 and 1313 are about requests in flight and say nothing of the quota.

Seen in 2025-10 to 2026-11.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from tracker.meters import Reading, Refusal, reset_times, text

BEIJING = timezone(timedelta(hours=8))
WORDS = {
    "limit_reached": {"1308", "1310", *map(str, range(1316, 1322))},
    "endpoint_rate_limited": {"1302", "1303", "1305", "1313"},
    "auth_error": {"401", "1000", "1001", "1002", "1003", "1004"},
    "no_subscription": {"1113", "1309", "1311"},
}
_CODE = re.compile(r"""["']?(?:code|type)["']?\s*[:=]\s*["']?(\d{3,4})\b|\[(1\d{3})\]""")
_UNTIL = re.compile(r"(\d{4})-(\d\d)-(\d\d)\s+(\d\d):(\d\d):(\d\d)")
_EXHAUSTED = re.compile(r"usage limit reached for|limit exhausted|使用上限", re.IGNORECASE)
_WEEK = re.compile(r"week|month|周|月", re.IGNORECASE)


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Refuse the text with the word that its error code stands for."""
    plain = " ".join(text.clean(raw).split())
    codes = [found[1] or found[2] for found in _CODE.finditer(plain)]
    code = next((code for code in codes if code not in {"200", "429"}), None)
    if code is None and re.search(r"unauthori[sz]ed|token expired|invalid api key", plain, re.IGNORECASE):
        code = "401"
    if code is None and _EXHAUSTED.search(plain):  # the client does not always show the code
        code = "1310" if _WEEK.search(plain) else "1308"
    word = next((word for word, known in WORDS.items() if code in known), None)
    if word == "limit_reached":
        until = _UNTIL.search(plain)
        when = ""
        if until:
            try:
                reset = datetime(*(int(part) for part in until.groups()), tzinfo=BEIJING)  # type: ignore[misc,arg-type]
                when = f" until {reset.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}"
            except ValueError:
                when = ""
        quota = "weekly or monthly" if code != "1308" or _WEEK.search(plain) else "5-hour"
        raise Refusal(word, f"code {code}, the {quota} quota is used up{when}")
    if word:
        raise Refusal(word, f"Z.AI answers with code {code}")
    if code:
        raise Refusal("not_available", f"Z.AI answers with code {code}")
    raise Refusal("no_panel", f"no quota and no error of Z.AI in {len(raw)} characters")
