"""Codex's limits as JSON: the app-server's answer, the rollout log of a session, a saved usage answer.

    {"id":2,"result":{"rateLimitsByLimitId":{"codex":{"planType":"plus",
      "primary":{"usedPercent":27,"windowDurationMins":300,"resetsAt":1772377140},
      "secondary":{"usedPercent":12,"windowDurationMins":10080,"resetsAt":1772654400}}}}}

    {"timestamp":"2026-03-01T11:00:00Z","type":"event_msg","payload":{"type":"token_count",
      "rate_limits":{"primary":{"used_percent":12.5,"window_minutes":300,"resets_at":1772377140}}}}

Which quota a window is, its length says, never its slot.  Only the saved answer of some versions
has no lengths; there the order decides if nothing speaks against it, and `window-by-slot` says so.

Seen in 0.42 to 0.169.
"""

from __future__ import annotations

from datetime import timedelta

from tracker.meters import Reading, Refusal, answers, meter, reset_times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

SLOTS = ("primary", "secondary")
# Length in minutes; servers have been seen to be a minute short.
LENGTHS = (
    ("five_hour", 295, 305),
    ("daily", 1435, 1445),
    ("weekly_all", 10020, 10140),
    ("monthly", 40000, 45000),
)


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the reading of the last event or answer of each pool."""
    pools: dict[str, tuple[dict[str, Any], datetime | None]] = {}
    said = None
    for made in answers.objects(raw):
        found = _pools(made)
        if len({name for name, _, _ in found}) < len(found):
            raise Refusal("garbled", "two groups of limits of the same name in one answer")
        pools |= {name: (limits, when) for name, limits, when in found}
        said = answers.part(made, "error").get("message") or said
    flags: set[str] = set()
    meters = [found for name in pools for found in _windows(name, *pools[name], flags)]
    if not meters:
        raise _why([limits for limits, _ in pools.values()], said)
    step = answers.resolution(found["used_pct"] for found in meters)
    meters = [found | {"resolution_pp": step} for found in meters]
    limits, when = pools.get("default") or next(iter(pools.values()))
    plan = _plan(limits)
    flags |= answers.flag_age(meters, at.or_when(when))
    return Reading(
        meters,
        flags=list(flags),
        plan=plan if isinstance(plan, str) else None,
        credits=answers.number(answers.part(limits, "credits").get("balance")),
        at=when,
    )


def _plan(limits: dict[str, Any]) -> Any:
    return limits.get("planType") or limits.get("plan_type")


def _why(limits: list[dict[str, Any]], said: Any) -> Refusal:
    """Return why an answer shows no window.

    A plan that goes by credits, or without a limit, never will; one that is new in its session will
    with the first reply.
    """
    for one in limits:
        credits = answers.part(one, "credits")
        if any(credits.get(name) is True for name in ("unlimited", "hasCredits", "has_credits")):
            kind = "has no limit" if credits.get("unlimited") is True else "goes by credits"
            return Refusal("no_windows", f"the plan ({_plan(one) or 'not named'}) {kind} and has no windows")
    if isinstance(said, str):
        word = "auth_error" if "auth" in said.lower() or "login" in said.lower() else "not_available"
        return Refusal(word, f"Codex answers {said[:80]!r}")
    return Refusal("deferred", "no rate limits in the answer yet")


def _pools(made: dict[str, Any]) -> list[tuple[str, dict[str, Any], datetime | None]]:
    """Return (pool, limits, instant) of every quota group in one object."""
    result = answers.part(made, "result") or answers.part(made, "params") or made
    if by_id := answers.part(result, "rateLimitsByLimitId"):
        return [_named(by_id[name], name, None) for name in by_id if isinstance(by_id[name], dict)]
    if limits := answers.part(result, "rateLimits"):
        return [_named(limits, limits.get("limitId"), None)]
    if limits := answers.part(made, "payload", "rate_limits"):
        return [_named(limits, limits.get("limit_id"), answers.instant(made.get("timestamp")))]
    if limits := answers.part(made, "rate_limit"):
        shared = {"plan_type": made.get("plan_type"), "credits": made.get("credits")}
        more = made.get("additional_rate_limits")
        others = [entry for entry in more if isinstance(entry, dict)] if isinstance(more, list) else []
        return [
            _named(limits | shared, None, None),
            *(_named(answers.part(entry, "rate_limit"), entry.get("limit_name"), None) for entry in others),
        ]
    return []


def _named(
    limits: dict[str, Any], pool: Any, when: datetime | None
) -> tuple[str, dict[str, Any], datetime | None]:
    name = limits.get("limitName") or limits.get("limit_name") or pool
    own = pool in (None, "codex") or not isinstance(name, str)
    return "default" if own else name, limits, when


def _windows(
    pool: str, limits: dict[str, Any], when: datetime | None, flags: set[str]
) -> list[dict[str, Any]]:
    known = {name for slot in SLOTS for name in (slot, f"{slot}_window")}
    others = (limits[name] for name in limits if name not in known and isinstance(limits[name], dict))
    if any(_of(other, "usedPercent", "used_percent") is not None for other in others):
        flags.add("unknown-row")
    slots = [(slot, answers.part(limits, slot) or answers.part(limits, f"{slot}_window")) for slot in SLOTS]
    return [
        made
        for slot, window in slots
        if window and (made := _window(pool, slot, slots, when, flags)) is not None
    ]


def _window(
    pool: str, slot: str, slots: list[tuple[str, dict[str, Any]]], when: datetime | None, flags: set[str]
) -> dict[str, Any] | None:
    """Return the meter of one slot; one without a percentage, or of an unknown length, is flagged."""
    window = dict(slots)[slot]
    percent = _of(window, "usedPercent", "used_percent")
    minutes = _of(window, "windowDurationMins", "window_minutes")
    seconds = _of(window, "limit_window_seconds")
    minutes = seconds / 60 if minutes is None and seconds is not None else minutes
    kind = None
    if percent is not None:
        windows = [found for _, found in slots]
        kind = _kind(minutes) if minutes is not None else _by_slot(slot, windows, flags)
    if kind is None:
        flags.add("unknown-row")
        return None
    label = f"{slot}/{minutes:.0f}" if minutes is not None else slot
    return meter(kind, percent, pool=pool, resets_at=_resets_at(window, when), label=label)


def _resets_at(window: dict[str, Any], when: datetime | None) -> datetime | None:
    told = window.get("resetsAt") or window.get("resets_at") or window.get("reset_at")
    resets_at = answers.instant(told)
    after = _of(window, "resets_in_seconds", "reset_after_seconds")
    if resets_at is None and after is not None and when is not None:
        return when + timedelta(seconds=min(after, 1e8))
    return resets_at


def _of(window: dict[str, Any], *names: str) -> float | None:
    return next((made for name in names if (made := answers.number(window.get(name))) is not None), None)


def _kind(minutes: float) -> str | None:
    return next((kind for kind, low, high in LENGTHS if low <= minutes <= high), None)


def _by_slot(slot: str, windows: list[dict[str, Any]], flags: set[str]) -> str:
    """Return the quota of a slot whose length is not told, when both are there and in order."""
    after = [_of(window, "resets_in_seconds", "reset_after_seconds") for window in windows]
    if None in after or not after[0] <= reset_times.SESSION.total_seconds() < after[1]:  # type: ignore[operator]
        raise Refusal("garbled", "limits that do not say how long their windows are")
    flags.add("window-by-slot")
    return "five_hour" if slot == "primary" else "weekly_all"
