"""Z.AI's quota answer, from `GET /api/monitor/usage/quota/limit` with one's own key.

    {"code":200,"success":true,"data":{"level":"lite","limits":[
      {"type":"CREDIT_LIMIT","unit":3,"number":5,"usage":2000,"currentValue":385,"percentage":19,
       "nextResetTime":1772377140000},
      {"type":"CREDIT_LIMIT","unit":6,"number":1,"usage":10000,"currentValue":6749,"percentage":67},
      {"type":"TIME_LIMIT","unit":5,"percentage":1}]}}

`usage` is the size of the quota and `currentValue` what is used of it; `percentage` is their quotient,
cut to whole points, so the quotient is what is read.  The order says nothing.  TOKENS_LIMIT was the
name until August 2026, and the first plans had no `unit`.  No `nextResetTime` while no window is open.

Seen in 2025-12 to 2026-10.
"""

from __future__ import annotations

from tracker.meters import Reading, Refusal, answers, meter, reset_times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLAN = ("CREDIT_LIMIT", "TOKENS_LIMIT")
# (unit, number) of a window; an answer without number means one of the unit's usual length.
WINDOWS = {3: ("five_hour", 5), 6: ("weekly_all", 1), 5: ("monthly", 1)}


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the reading of the last answer."""
    made = answers.objects(raw)[-1]
    data = answers.part(made, "data") or made
    limits = data.get("limits")
    if not isinstance(limits, list):
        raise Refusal("not_available", "an answer without limits")
    flags: set[str] = set()
    listed = [limit for limit in limits if isinstance(limit, dict)]
    flags |= {"unknown-row"} if len(listed) < len(limits) else set()
    meters = [found for limit in listed if (found := _meter(limit, listed, flags)) is not None]
    if not meters:
        raise Refusal("no_quota_lines", f"no limit with a percentage ({len(listed)} limits)")
    if any(limit.get("type") == "CREDIT_LIMIT" for limit in listed):  # it took the place of TOKENS_LIMIT
        kept = [found for found in meters if not found["label"].startswith("TOKENS_LIMIT")]
        flags |= {"superseded-row"} if len(kept) < len(meters) else set()
        meters = kept
    flags |= answers.flag_age(meters, at)
    plan = data.get("level")
    return Reading(meters, flags=list(flags), plan=plan if isinstance(plan, str) else None)


def _meter(limit: dict[str, Any], listed: list[dict[str, Any]], flags: set[str]) -> dict[str, Any] | None:
    """Return the meter of one limit; one that cannot be named, or has no number, is flagged and left out."""
    name, unit, number = limit.get("type"), limit.get("unit"), limit.get("number")
    kind = _kind(limit, single=sum(other.get("type") in PLAN for other in listed) == 1)
    share = _share(limit, flags)
    if kind is None or share is None:
        flags.add("unknown-row")
        return None
    window = "" if unit is None else f" unit{unit}" + (f"x{number}" if number is not None else "")
    percent, step, used, total = share
    return meter(
        kind,
        percent,
        pool="mcp-tools" if name == "TIME_LIMIT" else "default",
        resets_at=answers.instant(limit.get("nextResetTime")),
        resolution_pp=step,
        label=f"{name}{window}",
        used=used,
        total=total,
    )


def _kind(limit: dict[str, Any], *, single: bool) -> str | None:
    """Return which quota a limit is; the `single` one of the first plans had no unit."""
    name, unit, number = limit.get("type"), limit.get("unit"), limit.get("number")
    kind, length = WINDOWS.get(unit, (None, None)) if isinstance(unit, int) else (None, None)
    if unit is None and name in PLAN and single:
        return "five_hour"
    if name == "TIME_LIMIT":
        return "monthly" if kind in (None, "monthly") else None
    return kind if name in PLAN and number in (None, length) else None


def _share(limit: dict[str, Any], flags: set[str]) -> tuple[float, float, float | None, float | None] | None:
    """Return percent used, its step, and the units used and in the quota; None without a number.

    The units are finer, and the percentage stops at 100 where they go on; where the two contradict
    each other otherwise, what is printed is taken.
    """
    printed, total = answers.number(limit.get("percentage")), answers.number(limit.get("usage"))
    used = answers.number(limit.get("currentValue"))
    if used is None or not total:
        return None if printed is None else (printed, 1.0, None, total or None)
    percent = 100 * used / total
    capped = printed == 100 and percent > 100
    if printed is not None and abs(percent - printed) > 1 and not capped:
        flags.add("percent-vs-units-mismatch")
        return printed, 1.0, None, None
    return percent, 100 / total, used, total
