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
_WEEK = re.compile(r"week|month|周|月", re.IGNORECASE)
# What the client shows of an error without its code, and the code that it stands for.
SAID = (
    ("1113", r"余额不足|无可用资源包|请充值|insufficient balance|no resource package|please recharge"),
    (
        "1309",
        r"套餐已到期|(?:不存在|没有|未购买|未订阅)[^。.]{0,8}(?:套餐|coding plan)|(?:does not|doesn't) have an? (?:active )?coding plan|no active coding plan|plan (?:has )?expired|subscription (?:has )?expired",
    ),
    ("1311", r"未开通|无权访问|does not (?:yet )?include access"),
    (
        "401",
        r"unauthori[sz]ed|token expired|invalid api key|身份验证|令牌|api key ?(?:无效|错误|不存在)|鉴权",
    ),
    (
        "1302",
        r"并发|请求频率|速率限制|访问量过大|rate limit|too many requests|high concurrency|过载|overloaded",
    ),
    ("1310", r"(?:week|month|周|月)[^。.]{0,60}(?:usage limit reached|limit exhausted|使用上限|已用完|用尽)"),
    ("1310", r"(?:usage limit reached|limit exhausted) for[^。.]{0,60}(?:week|month)"),
    ("1308", r"usage limit reached for|limit exhausted|使用上限|额度已用[完尽]"),
)


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Refuse the text with the word that its error code stands for."""
    plain = " ".join(text.clean(raw).split())
    code = _code(plain)
    word = next((word for word, known in WORDS.items() if code in known), None)
    if word == "limit_reached":
        quota = "weekly or monthly" if code != "1308" or _WEEK.search(plain) else "5-hour"
        raise Refusal(word, f"code {code}, the {quota} quota is used up{_until(plain)}")
    if word or code:
        raise Refusal(word or "not_available", f"Z.AI answers with code {code}")
    raise Refusal("no_panel", f"no quota and no error of Z.AI in {len(raw)} characters")


def _code(plain: str) -> str | None:
    """Return the error's code, as it stands there or by what is said; the client does not always show it."""
    codes = [found[1] or found[2] for found in _CODE.finditer(plain)]
    shown = next((code for code in codes if code not in {"200", "429"}), None)
    return shown or next((code for code, words in SAID if re.search(words, plain, re.IGNORECASE)), None)


def _until(plain: str) -> str:
    found = _UNTIL.search(plain)
    if not found:
        return ""
    try:
        reset = datetime(*(int(part) for part in found.groups()), tzinfo=BEIJING)  # type: ignore[misc,arg-type]
    except ValueError:
        return ""
    return f" until {reset.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}"
