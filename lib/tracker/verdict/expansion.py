"""The field plans' gates G1 to G3, as named rows of the card; they do not enter the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tracker import rows
from tracker.evidence.pairing import ArmWindows
from tracker.verdict.gates.gate import PASS

WIDTH, POWER, LEAST_SPECS = 0.30, 0.8, 2  # of the plans' gates G1 and G2


def precision(windows: Sequence[rows.Window], effect: float, quality: str) -> dict[str, Any]:
    """Return G1: the candidate's measured windows, now and one window ago."""
    ordered = sorted(windows, key=lambda row: row.ts)
    now, before = (_precision(some, effect, quality) for some in (ordered, ordered[:-1]))
    return {"name": "G1", "pass": now["pass"] and before["pass"], "now": now, "one_window_ago": before}


def _precision(windows: Sequence[rows.Window], effect: float, quality: str) -> dict[str, Any]:
    from tracker.stats import power
    from tracker.stats.efficiency import LEAST, efficiency

    arm = efficiency(*ArmWindows(tuple(windows)).numbers())
    mean = arm.features / arm.windows if arm.windows else 0.0
    enough = arm.windows >= LEAST
    chance = power.prospective(arm.windows, effect, arm.phi or 0.0, mean) if enough else None
    held = {"n": arm.windows, "relative_width": arm.relative_width, "power": chance, "quality": quality}
    narrow = (arm.relative_width or 9.0) <= WIDTH
    return held | {"pass": enough and narrow and (chance or 0.0) >= POWER and quality == PASS}


def specs(features: Iterable[rows.Feature]) -> dict[str, Any]:
    """Return G2: specs that are ready and wait for capacity only; beside it, every spec that waits."""
    last = {row.feature_id: row for row in features}.values()
    waiting = [row for row in last if row.state in {"ready", "blocked"}]
    blocked = [row.feature_id for row in waiting if row.blocked_by == "capacity"]
    return {
        "name": "G2",
        "pass": len(blocked) >= LEAST_SPECS,
        "blocked_by_capacity": blocked,
        "needed": LEAST_SPECS,
        "ready": [row.feature_id for row in waiting if row.state == "ready"],
        "blocked_otherwise": {
            row.feature_id: row.blocked_by or "nothing that was said"
            for row in waiting
            if row.state == "blocked" and row.blocked_by != "capacity"
        },
    }


def gates_pass(verdicts: Mapping[str, str]) -> dict[str, Any]:
    """Return G3: the card's gates that the plans name, with their verdicts."""
    return {"name": "G3", "pass": set(verdicts.values()) == {PASS}, "verdicts": list(verdicts.values())}
