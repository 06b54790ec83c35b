"""The preview's numbers: arms, their comparison, the looks spent, and how much more is needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from tracker import evidence, rows
from tracker.evidence import Block, Evidence

Table = dict[str, Any]
GROUPS = ("methodology", "provider", "account")


def preview(found: Evidence, groups: Sequence[str] = ("methodology", "provider")) -> Table:
    """Return everything that `preview` prints, as plain values ready for JSON.

    `groups` names the window fields that one line of the first table stands for.
    """
    plan = found.plan
    whole, broken = evidence.blocks(found.windows.values(), plan)
    arms = [_arm(key, windows, plan, groups) for key, windows in _grouped(found, groups)]
    comparison = compare(found, whole)
    table: Table = {
        "plan": plan_of(found),
        "arms": arms,
        "comparison": comparison,
        "sequential": sequential(whole, plan),
        "power": power(found),
        "proxy": _proxy(found),
        "anomalies": evidence.open_anomalies(found),
        "divergences": _divergences(found),
    }
    table["notes"] = _notes(found, broken)
    table["claims"] = _claims(table, found)
    return table


def _grouped(found: Evidence, groups: Sequence[str]) -> list[tuple[tuple[str, ...], list[rows.Window]]]:
    by_key: dict[tuple[str, ...], list[rows.Window]] = {}
    if tuple(groups) == ("methodology", "provider"):
        for (_, methodology, provider), window in found.windows.items():
            by_key.setdefault((methodology, provider), []).append(window)
    else:
        for window in found.windows.values():
            key = tuple(getattr(window, name) or "none" for name in groups)
            by_key.setdefault(key, []).append(window)
    return sorted(by_key.items())


def _arm(
    key: tuple[str, ...], windows: list[rows.Window], plan: rows.Experiment, groups: Sequence[str]
) -> Table:
    from tracker.stats import power as planning
    from tracker.stats.efficiency import efficiency
    from tracker.stats.missing import efficiency_bounds

    good = [w for w in windows if w.capacity_pp is not None and not w.errors]
    features = [w.features for w in good]
    capacity = [w.capacity_pp or 0.0 for w in good]
    found = efficiency(features, capacity, contiguous=_contiguous(good))
    mean = found.features / found.windows if found.windows else 0.0
    phi = found.phi or 0.0
    needed = planning.windows_needed(plan.smallest_effect, phi, mean) if phi else None
    lost = [w for w in windows if not evidence.usable(w)]
    bounds = None
    if lost:
        low, high = zip(*(capacity_bounds(w) for w in lost), strict=True)
        every = efficiency_bounds(
            features + [w.features for w in lost], capacity + list(low), capacity + list(high)
        )
        bounds = {"low": every.low, "high": every.high}
    table: Table = dict.fromkeys(GROUPS)
    table.update(zip(groups, key, strict=True))
    table.update(
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
        weekly_pp=_total(w.weekly_pp for w in good),
        glm_pp=_total(w.glm_pp for w in good),
        glm_credits=_total(w.glm_credits for w in good),
        lost=[w.window for w in lost],
        bounds_with_lost=bounds,
    )
    return table


def capacity_bounds(window: rows.Window) -> tuple[float, float]:
    """Return what is known of a window's points: both ends alike when they were measured.

    Nothing known: 0..100.
    """
    if window.capacity_pp is not None and not window.errors:
        return window.capacity_pp, window.capacity_pp
    low = 0.0 if window.capacity_low_pp is None else window.capacity_low_pp
    return low, 100.0 if window.capacity_high_pp is None else window.capacity_high_pp


def _contiguous(windows: list[rows.Window]) -> bool:
    """Say whether each window's last reading was the next one's first."""
    if len(windows) < 2 or windows[0].started_at is None or windows[0].ended_at is None:
        return False
    ordered = sorted(windows, key=lambda w: w.started_at or w.ts)
    return all(
        one.ended_at is not None and one.ended_at == other.started_at for one, other in pairwise(ordered)
    )


def _total(numbers: Iterable[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def columns(whole: Sequence[Block]) -> tuple[list[float], list[float], list[float], list[float]]:
    """Return (F_A, C_A, F_B, C_B) of the blocks, in their order."""
    return (
        [block.a.features for block in whole],
        [block.a.capacity_pp or 0.0 for block in whole],
        [block.b.features for block in whole],
        [block.b.capacity_pp or 0.0 for block in whole],
    )


def compare(found: Evidence, whole: Sequence[Block]) -> Table:
    """Return the candidate's features per point over the baseline's, paired when there are blocks."""
    from tracker.stats import comparison

    plan = found.plan
    a, b = found.arm(plan.baseline), found.arm(plan.candidate)
    # Blocks make the comparison paired; too few of them beside enough windows do not.
    if len(whole) >= 3 or (whole and min(len(a), len(b)) < 3):
        ratio = comparison.paired(*columns(whole))
    else:
        ratio = comparison.unpaired(
            [w.features for w in a],
            [w.capacity_pp or 0.0 for w in a],
            [w.features for w in b],
            [w.capacity_pp or 0.0 for w in b],
        )
    return {
        "baseline": plan.baseline,
        "candidate": plan.candidate,
        "paired": ratio.paired,
        "rate_ratio": ratio.estimate,
        "ci": ratio.ci._asdict(),
        "phi": ratio.phi,
        "n_blocks": len(whole),
        "windows_a": len(a),
        "windows_b": len(b),
    }


def sequential(whole: Sequence[Block], plan: rows.Experiment) -> Table:
    """Return the sign-flip test's looks so far, and the e-value."""
    from tracker.stats import sequential as tests

    four = columns(whole)
    evidence_so_far = tests.e_process(*four)
    table: Table = {
        "n_blocks": len(whole),
        "registered_blocks": plan.n_blocks,
        "first_look": plan.first_look,
        "looks": [],
        "rejected_at": None,
        "threshold": None,
        "score": None,
        "e_value": evidence_so_far.value,
        "e_highest": evidence_so_far.highest,
        "e_rejected_at": evidence_so_far.rejected_at,
        "too_many": False,
    }
    if min(len(whole), plan.n_blocks) > tests.MOST_BLOCKS:
        table["too_many"] = True
    elif whole:
        test = tests.sign_flip(tests.block_scores(*four), plan.n_blocks, plan.first_look, plan.alpha)
        table["looks"] = [look._asdict() for look in test.looks]
        table.update(rejected_at=test.rejected_at, threshold=test.threshold, score=test.score)
    return table


def power(found: Evidence) -> Table:
    """Return windows per arm for the registered smallest effect, and how many are still to come."""
    from tracker.stats import comparison
    from tracker.stats import power as planning

    plan = found.plan
    a, b = found.arm(plan.baseline), found.arm(plan.candidate)
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
    if not a or not b:
        return table
    phi = comparison.pooled_dispersion(
        [w.features for w in a],
        [w.capacity_pp or 0.0 for w in a],
        [w.features for w in b],
        [w.capacity_pp or 0.0 for w in b],
    )
    mean = sum(w.features for w in a) / len(a)
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
    return {name: getattr(plan, name) for name in evidence.TERMS} | {
        "registered": bool(found.plans),
        "changed": evidence.changed_plan(found),
    }


def _proxy(found: Evidence) -> list[Table]:
    """Return one summary of the router's requests per methodology."""
    labels = {window: methodology for window, methodology, _ in found.windows}
    by_arm: dict[str, list[rows.ProxyTelemetry]] = {}
    for row in found.telemetry.values():
        by_arm.setdefault(row.methodology or labels.get(row.window) or "no methodology", []).append(row)
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


def _divergences(found: Evidence) -> list[str]:
    return [
        f"{window.window}: {note}"
        for window in found.windows.values()
        for note in window.notes
        if note.startswith("divergent")
    ]


def _notes(found: Evidence, broken: Sequence[evidence.Broken]) -> list[str]:
    plan = found.plan
    said = evidence.unlike_plan(found)
    if not found.plans:
        said.append("no plan is registered: the defaults are shown; `experiment register` writes one")
    changed = evidence.changed_plan(found)
    if changed:
        said.append(changed)
    if found.doubles:
        said.append(
            f"{len(found.doubles)} windows came more than once ({_some(found.doubles)}): the last row counts"
        )
    said += [f"block {block.name} is not counted: {block.why}" for block in broken[:5]]
    if len(broken) > 5:
        said.append(f"{len(broken) - 5} more blocks are not counted")
    judged = {plan.baseline, plan.candidate}
    loose = [w.window for w in found.windows.values() if w.block is None and w.methodology in judged]
    if loose and len(loose) < sum(w.methodology in judged for w in found.windows.values()):
        said.append(f"{len(loose)} windows have no block ({_some(loose)})")
    over = [w.window for w in found.windows.values() if (w.capacity_pp or 0) > 100]
    if over:
        said.append(f"more than 100 points in one window ({_some(over)}): check the readings")
    late = [w.window for w in found.windows.values() if "late-after" in w.notes]
    if late:
        said.append(f"late-after readings: {_some(late)}")
    return said


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _claims(table: Table, found: Evidence) -> list[str]:
    """Return in words what the numbers allow to say, and what not."""
    said = []
    for arm in table["arms"]:
        name = " ".join(arm[group] for group in GROUPS if arm[group])
        if arm["efficiency"] is None:
            said.append(f"{name}: no capacity was used, so there is no efficiency")
        elif arm["ci"]["low"] is None:
            said.append(
                f"{name}: {arm['n']} windows, and below 3 there is no interval: nothing may be claimed"
            )
        elif arm["phi_assumed"]:
            said.append(f"{name}: no feature in {arm['n']} windows; the upper end assumes a dispersion of 2")
    said += _comparison_claims(table)
    if len(table["arms"]) > 1:
        said.append("whether intervals overlap decides nothing; the tests above do")
    return said


def _comparison_claims(table: Table) -> list[str]:
    comparison, looks = table["comparison"], table["sequential"]
    a, b = comparison["baseline"], comparison["candidate"]
    missing = [name for name, n in ((a, comparison["windows_a"]), (b, comparison["windows_b"])) if not n]
    if missing:
        return [f"no usable window of {' and '.join(missing)}: the arms cannot be compared"]
    blocks, first = comparison["n_blocks"], looks["first_look"]
    if looks["rejected_at"]:
        return [
            f"may be claimed: {b} delivers more per point than {a} "
            f"(sign-flip, block {looks['rejected_at']} of {looks['registered_blocks']}, one-sided 5 % in all looks)"
        ]
    if looks["e_rejected_at"]:
        return [
            f"may be claimed: {b} delivers more per point than {a} (e-value reached 20, good at any time)"
        ]
    if looks["too_many"]:
        return ["the exact sign-flip goes up to 24 blocks; only the e-value can be read here"]
    if blocks < first:
        return [
            f"may not be claimed: that either arm is better ({blocks} blocks; the first look is at {first})"
        ]
    if blocks < looks["registered_blocks"]:
        return [
            f"may not be claimed yet: that {b} is better ({blocks} of {looks['registered_blocks']} blocks)"
        ]
    return [f"may not be claimed: that {b} is better (all {looks['registered_blocks']} blocks are in)"]
