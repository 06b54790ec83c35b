"""The preview's numbers: arms, their comparison, the looks spent, and how much more is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tracker import rows
from tracker.evidence import blocks
from tracker.evidence.blocks import Arm
from tracker.evidence.reader import Evidence
from tracker.evidence.registration import LEAST_LOOK
from tracker.verdict import claims, readings

if TYPE_CHECKING:
    from tracker.evidence.blocks import Columns

Table = dict[str, Any]
GROUPS = ("methodology", "provider", "account")


def preview(found: Evidence, groups: Sequence[str] = ("methodology", "provider")) -> Table:
    """Return everything that `preview` prints, as plain values ready for JSON.

    `groups` names the window fields that one line of the first table stands for.
    """
    from tracker.stats import quiet

    with quiet():
        return _preview(found, groups)


def _preview(found: Evidence, groups: Sequence[str]) -> Table:
    plan = found.plan
    arms = [_arm(key, arm, plan, groups) for key, arm in _grouped(found, groups)]
    four = found.pairs.columns()
    comparison = compare(found, four)
    table: Table = {
        "plan": plan_of(found),
        "arms": arms,
        "comparison": comparison,
        "sequential": sequential(four, plan),
        "power": power(found),
        "proxy": _proxy(found),
        "readings": readings.readings(found),
        "anomalies": claims.open_anomalies(found),
        "divergences": claims.divergences(found),
    }
    table["notes"] = claims.notes(found)
    table["claims"] = claims.claims(table)
    return table


def _grouped(found: Evidence, groups: Sequence[str]) -> list[tuple[tuple[str, ...], Arm]]:
    if tuple(groups) == GROUPS[:2]:
        return sorted(found.arms.items())
    by_key: dict[tuple[str, ...], list[rows.Window]] = {}
    for window in found.windows:
        by_key.setdefault(_key(window, groups), []).append(window)
    return [(key, blocks.arm_of(windows)) for key, windows in sorted(by_key.items())]


def _key(window: rows.Window, groups: Sequence[str]) -> tuple[str, ...]:
    return tuple(getattr(window, name) or "none" for name in groups)


def _arm(key: tuple[str, ...], arm: Arm, plan: rows.Experiment, groups: Sequence[str]) -> Table:
    from tracker.stats import power as planning
    from tracker.stats.efficiency import efficiency
    from tracker.stats.missing import efficiency_bounds

    lost = arm.lost
    found = efficiency(*arm.numbers, contiguous=arm.contiguous)
    mean = found.features / found.windows if found.windows else 0.0
    phi = found.phi or 0.0
    needed = planning.windows_needed(plan.smallest_effect, phi, mean) if phi else None
    bounds = None
    if lost:
        low, high = zip(*(blocks.capacity_bounds(w) for w in lost), strict=True)
        every = efficiency_bounds(
            [*arm.features, *(w.features for w in lost)], [*arm.capacity, *low], [*arm.capacity, *high]
        )
        bounds = {"low": every.low, "high": every.high}
    table: Table = dict.fromkeys(GROUPS)
    table.update(zip(groups, key, strict=True))
    table.update(
        name=" ".join(key),
        n=found.windows,
        features=found.features,
        capacity_pp=found.capacity_pp,
        efficiency=found.estimate,
        ci=found.ci._asdict(),
        phi=found.phi,
        phi_assumed=found.phi_assumed,
        fieller=found.fieller._asdict(),
        rounding={"low": found.rounding.low, "high": found.rounding.high},
        relative_width=found.relative_width,
        power=planning.prospective(found.windows, plan.smallest_effect, phi, mean),
        windows_needed=needed,
        windows_more=max(0, needed - found.windows) if needed else None,
        windows_for_width=planning.windows_for_width(phi, mean) if phi else None,
        **arm.totals,
        lost=[w.window for w in lost],
        bounds_with_lost=bounds,
    )
    return table


def compare(found: Evidence, four: Columns) -> Table:
    """Return the candidate's features per point over the baseline's, paired when there are blocks."""
    from tracker.stats import comparison

    plan = found.plan
    a, b = found.baseline, found.candidate
    count = len(four[0])
    # Blocks make the comparison paired; too few of them beside enough windows do not.
    if count >= 3 or (count and min(len(a), len(b)) < 3):
        ratio = comparison.paired(*four)
    else:
        ratio = comparison.unpaired(*a.numbers, *b.numbers)
    return {
        "baseline": plan.baseline,
        "candidate": plan.candidate,
        "paired": ratio.paired,
        "rate_ratio": ratio.estimate,
        "ci": ratio.ci._asdict(),
        "phi": ratio.phi,
        "n_blocks": count,
        "idle": _idle(found, four),
        "one_unit": claims.unlike_units(found) is None,
        "windows_a": len(a),
        "windows_b": len(b),
    }


def _idle(found: Evidence, four: Columns) -> list[str]:
    """Return the arms that used no points, in their blocks if there are any."""
    a, b = found.baseline, found.candidate
    points = (four[1], four[3]) if len(four[0]) else (a.numbers[1], b.numbers[1])
    arms = found.plan.baseline, found.plan.candidate
    return [name for name, used in zip(arms, points, strict=True) if not used.sum()]


def sequential(four: Columns, plan: rows.Experiment) -> Table:
    """Return the sign-flip test's looks so far, and the e-value."""
    from tracker.stats import sequential as tests

    count = len(four[0])
    evidence_so_far = tests.e_process(*four)
    table: Table = {
        "n_blocks": count,
        "registered_blocks": plan.n_blocks,
        "first_look": max(plan.first_look, LEAST_LOOK),
        "alpha": plan.alpha,
        "looks": [],
        "rejected_at": None,
        "threshold": None,
        "score": None,
        "e_value": evidence_so_far.value,
        "e_highest": evidence_so_far.highest,
        "e_rejected_at": evidence_so_far.rejected_at,
        "too_many": False,
    }
    if min(count, plan.n_blocks) > tests.MOST_BLOCKS:
        table["too_many"] = True
    elif count:
        test = tests.sign_flip(
            tests.block_scores(*four), plan.n_blocks, max(plan.first_look, LEAST_LOOK), plan.alpha
        )
        table["looks"] = [look._asdict() for look in test.looks]
        table.update(rejected_at=test.rejected_at, threshold=test.threshold, score=test.score)
    return table


def power(found: Evidence) -> Table:
    """Return windows per arm for the registered smallest effect, and how many are still to come."""
    from tracker.stats import comparison
    from tracker.stats import power as planning

    plan = found.plan
    a, b = found.baseline, found.candidate
    table: Table = {
        "effect": plan.smallest_effect,
        "needed": None,
        "needed_upper": None,
        "more": None,
        "more_upper": None,
        "at_registered": None,
        "phi": None,
        "mean_features": None,
    }
    if not len(a) or not len(b):
        return table
    phi = comparison.pooled_dispersion(*a.numbers, *b.numbers)
    mean = float(a.numbers[0].mean())
    table.update(phi=phi, mean_features=mean)
    if phi is None or not mean > 0:
        return table
    needed = planning.needed(plan.smallest_effect, phi, len(a) + len(b) - 2, mean)
    have = min(len(a), len(b))
    table.update(
        needed=needed.needed,
        needed_upper=needed.needed_upper,
        more=None if needed.needed is None else max(0, needed.needed - have),
        more_upper=None if needed.needed_upper is None else max(0, needed.needed_upper - have),
        at_registered=planning.prospective(plan.n_blocks, plan.smallest_effect, phi, mean),
    )
    return table


def plan_of(found: Evidence) -> Table:
    """Return the plan's terms, whether it was registered, and whether it came too late."""
    plan = found.plan
    return {name: getattr(plan, name) for name in claims.TERMS} | {
        "registered": bool(found.plans),
        "changed": claims.changed_plan(found),
        "warnings": claims.warnings(found),
    }


def _proxy(found: Evidence) -> list[Table]:
    """Return one summary of the router's requests per methodology."""
    by_arm: dict[str, list[rows.ProxyTelemetry]] = {}
    for row in found.telemetry.values():
        by_arm.setdefault(found.arm_of(row) or "no methodology", []).append(row)
    return [_proxy_of(label, by_arm[label]) for label in sorted(by_arm)]


def _proxy_of(label: str, telemetry: list[rows.ProxyTelemetry]) -> Table:
    requests = sum(row.total_prompts for row in telemetry)
    return {
        "methodology": label,
        "windows": len(telemetry),
        "requests": requests,
        "routed_pct": _percent(telemetry, "routed_prompts", "routed_to_glm_pct"),
        "offloadable_pct": _percent(telemetry, "offloadable_prompts"),
        "error_pct": _percent(telemetry, "errors"),
        "p50_latency_ms": _middle([row.p50_latency_ms for row in telemetry]),
        "p95_latency_ms": _middle([row.p95_latency_ms for row in telemetry]),
    }


def _percent(telemetry: list[rows.ProxyTelemetry], count: str, percent: str | None = None) -> float | None:
    """Return 100 times the sum of a count over the requests of the windows that have it."""
    part = total = 0.0
    for row in telemetry:
        number = getattr(row, count)
        if number is None and percent is not None and getattr(row, percent) is not None:
            number = row.total_prompts * getattr(row, percent) / 100
        if number is None and count == "errors" and row.error_rate is not None:
            number = row.total_prompts * row.error_rate
        if number is not None:
            part, total = part + number, total + row.total_prompts
    return 100 * part / total if total else None


def _middle(values: list[float | None]) -> Table | None:
    """Return median, least and most over windows: quantiles of several windows cannot be joined."""
    from statistics import median

    known = [value for value in values if value is not None]
    return {"median": median(known), "low": min(known), "high": max(known)} if known else None
