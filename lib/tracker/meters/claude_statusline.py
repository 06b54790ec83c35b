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

KINDS = {"five_hour": "five_hour", "seven_day": "weekly_all"}


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the reading of the last object that has numbers."""
    found = answers.objects(raw)
    for made in reversed(found):
        limits = answers.part(made, "rate_limits")
        meters = []
        for name in limits:
            percent = answers.number(answers.part(limits, name).get("used_percentage"))
            if percent is None or not (name in KINDS or name.startswith("seven_day_")):
                continue
            kind, pool = KINDS.get(name, "weekly_scoped"), name.removeprefix("seven_day_").title()
            resets_at = answers.instant(limits[name].get("resets_at"))
            meters.append(
                meter(
                    kind, percent, pool="default" if name in KINDS else pool, resets_at=resets_at, label=name
                )
            )
        if meters:
            step = answers.resolution(made["used_pct"] for made in meters)
            version = made.get("version")
            when = answers.instant(made.get("captured_at"))
            return Reading(
                [made | {"resolution_pp": step} for made in meters],
                flags=list(answers.flag_age(meters, at.or_when(when))),
                client_version=version if isinstance(version, str) else None,
                at=when,
            )
    raise Refusal("no_quota_lines", f"no rate_limits in {len(found)} status line objects")
