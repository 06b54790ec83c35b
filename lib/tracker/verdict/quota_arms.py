"""Offload by what is left of the quota is an arm of its own: what must not be judged together with others."""

from __future__ import annotations

from collections.abc import Iterable

from tracker import rows
from tracker.evidence.facts import Names


def mixed(telemetry: Iterable[rows.ProxyTelemetry], names: Names, arms: Iterable[str]) -> list[str]:
    """Return a sentence for each of the arms whose windows went by another rule than its name says, or by several."""
    by_arm: dict[str | None, list[rows.ProxyTelemetry]] = {}
    for row in telemetry:
        by_arm.setdefault(names.arm_of(row), []).append(row)
    return [said for arm in arms if (said := _mixed(arm, by_arm.get(arm, [])))]


def _mixed(arm: str, telemetry: list[rows.ProxyTelemetry]) -> str | None:
    under: dict[str, list[str]] = {}
    for row in telemetry:
        under.setdefault(row.window, []).extend(row.offload_when)
    rules = sorted({rule for some in under.values() for rule in some})
    if not rows.is_by_quota(arm):
        strangers = [window for window, some in under.items() if some]
        return (
            f"{_names(strangers)} of {arm} went by what was left of the quota (OFFLOAD_WHEN={rules[0]}): that is the arm "
            f"{rows.BY_QUOTA}, and no part of this one; undo the window and finish it as {rows.BY_QUOTA}"
            if strangers
            else None
        )
    if len(rules) > 1:
        return (
            f"{arm} went by several rules ({'; '.join(rules[:3])}): each is an arm of its own, such as "
            f"{rows.BY_QUOTA}_80 and {rows.BY_QUOTA}_90"
        )
    strangers = [window for window, some in under.items() if not some]
    if strangers:
        return f"{_names(strangers)} of {arm} went by no OFFLOAD_WHEN; undo the window and finish it in its own arm"
    return None


def _names(windows: list[str]) -> str:
    return ", ".join(windows[:3]) + (f" and {len(windows) - 3} windows more" if len(windows) > 3 else "")
