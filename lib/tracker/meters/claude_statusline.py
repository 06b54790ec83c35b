"""What Claude Code hands to a statusLine command, and its stream's rate_limit_event.

    {"version":"2.1.200","rate_limits":{
      "five_hour":{"used_percentage":23.5,"resets_at":1772377140},
      "seven_day":{"used_percentage":41.2,"resets_at":1772654400}}}

Plans only, and only after the first reply of a session; each member may be absent.  A log with one
such object a line (`scripts/statusline-tee.sh`) is read at its last line that has numbers.

Seen in the documentation of 2026.
"""

from __future__ import annotations

from tracker.meters import Reading, Refusal, answers, meter, reset_times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KINDS = {"five_hour": "five_hour", "seven_day": "weekly_all", "spend_limit": "extra_usage"}


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the reading of the last object that has numbers."""
    found = answers.objects(raw)
    for made in reversed(found):
        flags: set[str] = set()
        limits = answers.part(made, "rate_limits")
        meters = [one for name in limits if (one := _meter(name, limits[name], flags)) is not None]
        if meters:
            step = answers.resolution(one["used_pct"] for one in meters)
            version = made.get("version")
            when = answers.instant(made.get("captured_at"))
            return Reading(
                [one | {"resolution_pp": step} for one in meters],
                flags=[*flags, *answers.flag_age(meters, at.or_when(when))],
                client_version=version if isinstance(version, str) else None,
                at=when,
            )
    raise Refusal("no_quota_lines", f"no rate_limits in {len(found)} status line objects")


def _meter(name: str, limit: Any, flags: set[str]) -> dict[str, Any] | None:
    """Return the meter of one member; what is there and cannot be named is flagged."""
    if limit is None:
        return None
    percent = answers.number(answers.part({"it": limit}, "it").get("used_percentage"))
    scoped = name.startswith("seven_day_")
    if percent is None or not (name in KINDS or scoped):
        flags.add("unknown-row")
        return None
    pool = name.removeprefix("seven_day_").title() if scoped else "default"
    resets_at = answers.instant(limit.get("resets_at"))
    return meter(KINDS.get(name, "weekly_scoped"), percent, pool=pool, resets_at=resets_at, label=name)
