"""Claude's usage as JSON: the answer to the client's control request `get_usage`, and a saved OAuth answer.

    {"type":"control_response","response":{"subtype":"success","response":{
      "subscription_type":"max","rate_limits_available":true,
      "rate_limits":{"five_hour":{"utilization":21.5,"resets_at":"2026-03-01T14:59:00+00:00"}, …}}}}

    {"five_hour":{"utilization":21.5,"resets_at":"2026-03-01T14:59:00+00:00"},
     "seven_day":{"utilization":7,"resets_at":"2026-03-04T20:00:00+00:00"},
     "seven_day_sonnet":null,
     "limits":[{"kind":"weekly_scoped","percent":9,"resets_at":"…","scope":{"model":{"display_name":"Fable"}}}]}

`limits`, where there is one, goes before the named members; a member that is null is no quota.

Seen in 2.1.197 and 2.1.329, and in saved answers of 2026.
"""

from __future__ import annotations

from tracker.meters import Reading, Refusal, answers, meter, notices, reset_times, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KINDS = {"session": "five_hour", "weekly_all": "weekly_all", "weekly_scoped": "weekly_scoped"}
# The client asks its server once a minute at most, and shows for an hour what it has when that fails.
# scripts/read-meter.sh adds a line with what it found out about that:
# {"type":"meter_note","client_version":"2.1.329","fetched_at_ms":1772362800000,"cached":true}
KEPT = 120  # seconds
FAMILIES = ("Opus", "Sonnet", "Haiku", "Fable")


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the reading of the last answer in the text."""
    objects = answers.objects(raw)
    found = [(made, usage) for made in objects if (usage := _usage(made))]
    if not found:
        raise _why(raw)
    whole, usage = found[-1]
    flags: set[str] = set()
    meters = _listed(usage, flags) or _named(usage, flags)
    if not meters:
        raise _why(raw)
    step = answers.resolution(made["used_pct"] for made in meters if made["meter"] != "extra_usage")
    meters = [made | {"resolution_pp": step} for made in meters] + _extra(usage)
    note: dict[str, Any] = next((made for made in objects if made.get("type") == "meter_note"), {})
    seen_at = answers.instant(note.get("fetched_at_ms"))
    age = (at.at - seen_at).total_seconds() if seen_at is not None else 0
    if age > KEPT:
        raise Refusal("stale", f"the client kept these numbers for {age / 60:.0f} minutes")
    if note.get("cached") is True:
        flags.add("cached")
    flags |= answers.flag_age(meters, at)
    plan = answers.part(whole, "response", "response").get("subscription_type")
    return Reading(
        meters,
        flags=list(flags),
        plan=plan if isinstance(plan, str) else None,
        client_version=note.get("client_version"),
        at=seen_at,
    )


def _usage(made: dict[str, Any]) -> dict[str, Any]:
    """Return the object that holds the quotas, wherever this answer keeps it."""
    for path in (("response", "response", "rate_limits"), ("response", "rate_limits"), ("rate_limits",), ()):
        usage = answers.part(made, *path)
        if "five_hour" in usage or "seven_day" in usage or isinstance(usage.get("limits"), list):
            return usage
    return {}


def _why(raw: str) -> Refusal:
    """Return why an answer holds no quotas."""
    tight = text.squeeze(raw)
    if '"rate_limits_available":false' in tight or '"subscription_type":null' in tight:
        return Refusal("no_subscription", "the client has no plan's quotas to show")
    return notices.find(tight, notices.CLAUDE) or Refusal("not_available", "an answer without quotas")


def _listed(usage: dict[str, Any], flags: set[str]) -> list[dict[str, Any]]:
    meters = []
    listed = usage.get("limits")
    for entry in listed if isinstance(listed, list) else []:
        kind, percent = KINDS.get(answers.part({"e": entry}, "e").get("kind", "")), None
        if isinstance(entry, dict):
            percent = answers.number(entry.get("percent"))
        pool = (
            answers.part(entry, "scope", "model").get("display_name")
            if kind == "weekly_scoped"
            else "default"
        )
        if kind is None or percent is None or not isinstance(pool, str):
            flags.add("unknown-row")
            continue
        resets_at = answers.instant(entry.get("resets_at"))
        meters.append(meter(kind, percent, pool=pool, resets_at=resets_at, label=entry["kind"]))
    return meters


def _named(usage: dict[str, Any], flags: set[str]) -> list[dict[str, Any]]:
    meters = []
    for name in usage:
        percent = answers.number(answers.part(usage, name).get("utilization"))
        kind, pool = _kind(name)
        if kind and percent is not None:
            resets_at = answers.instant(usage[name].get("resets_at"))
            meters.append(meter(kind, percent, pool=pool, resets_at=resets_at, label=name))
        elif name != "extra_usage" and (percent is not None or (kind and usage[name])):
            flags.add("unknown-row")
    return meters


def _kind(name: str) -> tuple[str | None, str]:
    if name == "five_hour":
        return "five_hour", "default"
    if name == "seven_day":
        return "weekly_all", "default"
    if name.startswith("seven_day_"):
        scope = name.removeprefix("seven_day_")
        return "weekly_scoped", scope.title() if scope.title() in FAMILIES else scope
    return None, ""  # code names come and go; a quota that nobody can name is flagged and left out


def _extra(usage: dict[str, Any]) -> list[dict[str, Any]]:
    extra = answers.part(usage, "extra_usage")
    percent = answers.number(extra.get("utilization"))
    if not extra.get("is_enabled") or percent is None:
        return []
    spent, limit = answers.number(extra.get("used_credits")), answers.number(extra.get("monthly_limit"))
    cents = 100.0
    return [
        meter(
            "extra_usage",
            percent,
            label="extra_usage",
            resolution_pp=0.01,
            used=None if spent is None else spent / cents,
            total=None if limit is None else limit / cents,
        )
    ]
