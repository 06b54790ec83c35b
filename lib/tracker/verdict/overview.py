"""The preview's numbers: arms, their comparison, the looks spent, and how much more is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tracker import clock, rows
from tracker.evidence import pairing
from tracker.evidence.facts import Facts, Names
from tracker.evidence.pairing import ArmWindows, arm_of
from tracker.evidence.registration import LEAST_LOOK, TASK, units
from tracker.evidence.runs import TaskEvidence
from tracker.evidence.tables import task_columns
from tracker.verdict import (
    anomalies,
    between_arms,
    churn_of_arms,
    claims,
    expansion,
    notes,
    plan,
    quota_arms,
    readings,
    readings_again,
    scatter,
    taken_out,
    token_budget,
)
from tracker.verdict.gates.people import sums
from tracker.windows import stop_rule

if TYPE_CHECKING:
    from tracker.evidence.pairing import Columns

Table = dict[str, Any]
GROUPS = ("methodology", "provider", "account")


def preview(facts: Facts, groups: Sequence[str] = GROUPS[:2]) -> Table:
    """Return everything that `preview` prints, as plain values ready for JSON.

    `groups` names the window fields that one line of the first table stands for.
    """
    from tracker.stats import quiet

    with quiet():
        return _preview(facts, groups)


def _preview(facts: Facts, groups: Sequence[str]) -> Table:
    four = pairing.columns(facts.pairing.blocks)
    both = comparison_of(facts)
    accepted = anomalies.accepted(facts.checks)
    recorded = (*facts.windows, *facts.whole_windows)
    table: Table = {
        "plan": both["plan"],
        "stop": _stops(facts.windows),
        "arms": _arms(facts, groups),
        "comparison": compare(facts.plan, facts.baseline, facts.candidate, four)
        | {"one_unit": plan.unlike_units(facts.plan, facts.arms) is None, "elsewhere": elsewhere(facts)},
        "sequential": sequential_by_task(facts.tasks, facts.plan)
        if facts.plan.unit == TASK
        else sequential(four, [block.name for block in facts.pairing.blocks], facts.plan),
        "pooled": scatter.pooled(facts.plan if facts.plans else None, facts.baseline, facts.candidate),
        "people": people_of(facts),
        "gone": gone(facts),
        "power": both["power"],
        "proxy": _proxy(facts.telemetry.values(), facts.names),
        "readings": readings.readings(
            facts.snapshots, {*facts.names.methodology, *(row.window for row in facts.whole_windows)}
        ),
        "tokens": [
            one._asdict() | {"since": clock.text(one.since), "left": one.left, "budget": token_budget.BUDGET}
            for one in token_budget.sessions(facts.windows, facts.telemetry, facts.names)
        ],
        "specs": expansion.specs(facts.features),
        "anomalies": anomalies.open_anomalies(facts.anomalies, recorded, accepted=accepted),
        "acknowledged": anomalies.acknowledged(facts.anomalies, recorded, accepted=accepted),
        "divergences": notes.divergences(facts.windows),
        "notes": [
            *plan.unlike_plan(facts.plan, notes.counts(facts.arms)),
            *plan.no_second_arm(facts.plan, facts.arms),
            *(
                []
                if facts.plans
                else ["no plan is registered: the defaults are shown; `experiment register` writes one"]
            ),
            *notes.first_of(notes.not_counted(facts.pairing.broken), "blocks"),
            *filter(
                None,
                [
                    plan.beyond(
                        facts.plan,
                        len(facts.tasks.scored) if facts.plan.unit == TASK else len(facts.pairing.blocks),
                    ),
                    notes.directions(facts.pairing.blocks),
                ],
            ),
            *notes.of_rows(facts),
            *notes.of_tasks(facts),
        ],
    }
    table["claims"] = claims.claims(table)
    return table


def comparison_of(facts: Facts) -> Table:
    """Return what preview and card have in common: the plan, and the windows that it takes."""
    undone = [out.row for out in facts.taken_out if isinstance(out.row, rows.Experiment) and out.undone]
    every = sorted([*facts.plans, *undone], key=lambda row: row.ts)
    late = plan.changed(every, plan.first_start(facts.judged)) or plan.recorded_late(every, _data(facts))
    warnings = [
        late,
        facts.chain.contradicts,
        plan.unlike_units(facts.plan, facts.arms),
        *elsewhere(facts),
        plan.too_few_blocks(facts.plan),
        plan.unread(facts.strange_terms),
    ]
    return {
        "plan": plan.terms(facts.plan)
        | {
            "registered": bool(facts.plans),
            "changed": late,
            "ledgers_contradict": facts.chain.contradicts,
            "impossible": next(iter(impossible(facts)), None),
            "warnings": [warning for warning in warnings if warning],
        },
        "power": power_by_task(facts.tasks, facts.plan)
        if facts.plan.unit == TASK
        else power(facts.plan, facts.baseline, facts.candidate),
    }


def gone(facts: Facts) -> str | None:
    """Return which windows or runs were undone, and which blocks were dealt and never played; None: none."""
    undone: dict[str, None] = {}
    for out in facts.taken_out:
        if out.undone and isinstance(out.row, rows.Window | rows.Feature) and _is_data(out.row):
            undone[out.row.window or "no window"] = None
    played = {pairing.block_name(window.block) for window in facts.judged if window.block is not None}
    unplayed = [] if facts.plan.unit == TASK else taken_out.never_played(facts.dealt, played)
    lost = [one.task for one in facts.tasks.lost]
    said = {
        "windows with rows undone": list(undone),
        "blocks dealt and never played": [str(name) for name in unplayed],
        "tasks dealt and not measured in both arms": lost,
    }
    return "; ".join(f"{what}: {notes.counted(names)}" for what, names in said.items() if names) or None


def _data(facts: Facts) -> list[rows.Row]:
    """Return the rows of the windows judged, and of the tasks' runs: what a plan must be older than."""
    names = {window.window for window in (*facts.judged, *facts.whole_windows)}
    runs = [
        run.row
        for one in (*facts.tasks.scored, *facts.tasks.lost)
        for run in (one.a, one.b)
        if run is not None
    ]
    gone = [out.row for out in facts.taken_out]
    others = [*facts.snapshots, *facts.all_telemetry, *gone]
    return [
        *facts.judged,
        *runs,
        *(row for row in others if _is_data(row) and getattr(row, "window", None) in names),
    ]


def _is_data(row: rows.Row) -> bool:
    if isinstance(row, rows.Feature):
        return row.points_pp is not None
    return isinstance(row, rows.Window | rows.Snapshot | rows.ProxyTelemetry)


def people_of(facts: Facts) -> Table | None:
    """Return each person's arms and ratio, and the ratio across people; None for the rows of one person."""
    if len({window.person for window in facts.judged}) < 2 or facts.plan.unit == TASK:
        return None
    from tracker.stats import across_people

    found = sums(facts.pairing.blocks)
    places = [place for place, name in enumerate(found.people) if name not in found.idle]
    columns = [[column[place] for place in places] for column in found.columns]
    across = across_people.across_people(*columns)
    blocks = Counter(block.a.person or "" for block in facts.pairing.blocks)
    return {
        "per_person": [
            {
                "person": found.people[place],
                "blocks": blocks[found.people[place]],
                "features_a": found.features_a[place],
                "points_a": found.points_a[place],
                "features_b": found.features_b[place],
                "points_b": found.points_b[place],
                "ratio": ratio,
            }
            for place, ratio in zip(places, across.ratios, strict=True)
        ],
        "without": sorted(
            {window.person or "" for window in facts.judged} - {found.people[place] for place in places}
        ),
        "people": across.people,
        "ratio": across.estimate,
        "ci": across.ci._asdict(),
    }


def _stops(windows: Sequence[rows.Window]) -> list[str]:
    """Return why no further window of a provider should begin (stop rule K11)."""
    found = (stop_rule.broken(windows, provider) for provider in sorted({row.provider for row in windows}))
    return [why for why in found if why]


def _arms(facts: Facts, groups: Sequence[str]) -> list[Table]:
    """Return a summary for each arm, its churn beside it."""
    last = churn_of_arms.last_of_windows(facts.churn, facts.names)
    made = []
    for key, arm in _grouped(facts.windows, groups):
        churn = churn_of_arms.of_arm(arm, last, facts.names)
        made.append(_arm(key, arm, facts.plan, groups) | {"churn": _churn(churn) if churn else None})
    return made


def _churn(churn: churn_of_arms.ArmChurn) -> Table:
    when = churn.matures_at
    return churn._asdict() | {"matures_at": clock.text(when) if when else None}


def impossible(facts: Facts) -> list[str]:
    """Return why windows, or runs of tasks, cannot be what they say: their times, or their points beside one another."""
    backwards = readings_again.backwards((*facts.judged, *facts.whole_windows, *facts.features))
    if facts.plan.unit != TASK:
        return [*between_arms.at_once("windows", facts.judged), *backwards]
    from tracker.verdict import tasks_at_worst

    runs = [run.row for one in facts.tasks.scored for run in (one.a, one.b) if run is not None]
    return [
        *between_arms.at_once("windows", facts.whole_windows),
        *between_arms.at_once("runs", runs),
        *tasks_at_worst.above_their_window(facts.tasks, facts.whole_windows),
        *backwards,
    ]


def elsewhere(facts: Facts) -> list[str]:
    """Return a sentence for each arm that ran on another provider or lane, or by another rule, than registered."""
    lanes: dict[str | None, set[str]] = {}
    for row in facts.telemetry.values():
        lanes.setdefault(facts.names.arm_of(row), set()).update(
            lane for lane, count in row.routed_by_lane.items() if count
        )
    return [
        *plan.unlike_registered(facts.plan, facts.arms, lanes),
        *quota_arms.mixed(facts.all_telemetry, facts.names, (facts.plan.baseline, facts.plan.candidate)),
    ]


def _grouped(
    windows: Iterable[rows.Window], groups: Sequence[str]
) -> list[tuple[tuple[str, ...], ArmWindows]]:
    by_key: dict[tuple[str, ...], list[rows.Window]] = {}
    for window in windows:
        key = [getattr(window, name) or "none" for name in groups]
        if "methodology" not in groups and rows.is_by_quota(window.methodology):
            key[0] += f", {window.methodology}"  # never in one line with what is always or never offloaded
        by_key.setdefault(tuple(key), []).append(window)
    return [(key, arm_of(its)) for key, its in sorted(by_key.items())]


def _arm(key: tuple[str, ...], arm: ArmWindows, terms: rows.Experiment, groups: Sequence[str]) -> Table:
    from tracker.stats import power as planning
    from tracker.stats.efficiency import efficiency
    from tracker.stats.order_of_time import drift

    features, capacity = arm.numbers()
    in_time = arm._replace(measured=tuple(sorted(arm.measured, key=lambda one: one.ts)))
    found = efficiency(features, capacity, contiguous=arm.contiguous)
    mean = found.features / found.windows if found.windows else 0.0
    phi = found.phi or 0.0
    needed = planning.windows_needed(terms.smallest_effect, phi, mean) if phi else None
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
        drift_p=drift(*in_time.numbers()),
        fieller=found.fieller._asdict(),
        rounding={"low": found.rounding.low, "high": found.rounding.high},
        relative_width=found.relative_width,
        power=planning.prospective(found.windows, terms.smallest_effect, phi, mean),
        windows_needed=needed,
        windows_more=max(0, needed - found.windows) if needed else None,
        windows_for_width=planning.windows_for_width(phi, mean) if phi else None,
        **{name: arm.total(name) for name in ("weekly_pp", "glm_pp", "glm_credits")},
        lost=[w.window for w in arm.lost],
        bounds_with_lost=_bounds_with_lost(arm),
    )
    return table


def _bounds_with_lost(arm: ArmWindows) -> Table | None:
    """Return what the arm could have delivered per point had no window been lost."""
    from tracker.stats.missing import efficiency_bounds

    if not arm.lost:
        return None
    low, high = zip(*(pairing.capacity_bounds(w) for w in arm.all), strict=True)
    every = efficiency_bounds([w.features for w in arm.all], low, high)
    return {"low": every.low, "high": every.high}


def compare(terms: rows.Experiment, a: ArmWindows, b: ArmWindows, four: Columns) -> Table:
    """Return the candidate's features per point over the baseline's, paired when there are blocks."""
    from tracker.stats import comparison

    count, numbers_a, numbers_b = len(four[0]), a.numbers(), b.numbers()
    # Blocks make the comparison paired; too few of them beside enough windows do not.
    if count >= 3 or (count and min(len(a.measured), len(b.measured)) < 3):
        ratio = comparison.paired(*four)
    else:
        ratio = comparison.unpaired(*numbers_a, *numbers_b)
    points = (four[1], four[3]) if count else (numbers_a[1], numbers_b[1])
    return {
        "baseline": terms.baseline,
        "candidate": terms.candidate,
        "paired": ratio.paired,
        "rate_ratio": ratio.estimate,
        "ci": ratio.ci._asdict(),
        "phi": ratio.phi,
        "n_blocks": count,
        "idle": [
            name
            for name, used in zip((terms.baseline, terms.candidate), points, strict=True)
            if not used.sum()
        ],
        "windows_a": len(a.measured),
        "windows_b": len(b.measured),
    }


def sequential(four: Columns, names: Sequence[str], terms: rows.Experiment) -> Table:
    """Return the sign-flip test's looks so far, and the e-value."""
    from tracker.stats import sequential as tests

    count = len(four[0])
    evidence_so_far = tests.e_process(*four)
    table: Table = {
        "unit": terms.unit,
        "n_blocks": count,
        "registered_blocks": terms.n_blocks,
        "first_look": max(terms.first_look, LEAST_LOOK),
        "alpha": terms.alpha,
        "looks": [],
        "rejected_at": None,
        "threshold": None,
        "score": None,
        "rate": None,
        "scores": {},
        "scatter_ratio": None,
        "points_scatter_ratio": None,
        "without_best": None,
        "e_value": evidence_so_far.value,
        "e_highest": evidence_so_far.highest,
        "e_rejected_at": evidence_so_far.rejected_at,
        "too_many": False,
    }
    if min(count, terms.n_blocks) > tests.MOST_BLOCKS:
        table["too_many"] = True
    elif count:
        test = tests.sign_flip(*four, terms.n_blocks, max(terms.first_look, LEAST_LOOK), terms.alpha)
        table["looks"] = [look._asdict() for look in test.looks]
        table.update(rejected_at=test.rejected_at, threshold=test.threshold, score=test.score)
        table.update(_robust(four, names, terms, test.rejected_at or min(count, terms.n_blocks)))
    return table


def sequential_by_task(evidence: TaskEvidence, terms: rows.Experiment) -> Table:
    """Return the looks so far of the test over tasks."""
    import numpy as np

    from tracker.stats.sequential import MOST_BLOCKS
    from tracker.stats.task_flip import task_flip, task_scores

    found = task_columns(evidence, units(terms))
    count = len(found.tasks)
    table: Table = {
        "unit": terms.unit,
        "n_blocks": len(evidence.scored),
        "registered_blocks": units(terms),
        "first_look": max(terms.first_look, LEAST_LOOK),
        "alpha": terms.alpha,
        "looks": [],
        "rejected_at": None,
        "threshold": None,
        "score": None,
        "scores": {},
        "points": [sum(found.points_a), sum(found.points_b)],
        "without_best": None,
        "cells": 0,
        "differ": None,
        "unlike": None,
        "held_back": [],
        "scatter_ratio": None,
        "points_scatter_ratio": None,
        "e_value": None,
        "e_rejected_at": None,
        "too_many": count > MOST_BLOCKS,
    }
    if not count or table["too_many"]:
        return table
    four = (found.features_a, found.points_a, found.features_b, found.points_b)
    scores = task_scores(*four)
    first = table["first_look"]
    test = task_flip(four, found.blocks, found.cells, units(terms), first, terms.alpha)
    looked = test.rejected_at or count
    best = int(scores[:looked].argmax())
    left = [place for place in range(count) if place != best]
    fa, pa, fb, pb = (np.delete(column, best) for column in four)
    without = task_flip(
        (fa, pa, fb, pb),
        [found.blocks[place] for place in left],
        [found.cells[place] for place in left],
        units(terms),
        first,
        terms.alpha,
    )
    table.update(
        looks=[look._asdict() for look in test.looks],
        rejected_at=test.rejected_at,
        threshold=test.threshold,
        score=test.score,
        scores=dict(zip(found.tasks[:looked], scores.tolist(), strict=False)),
        without_best={
            "block": found.tasks[best],
            "rejected_at": without.rejected_at,
            "alpha": terms.alpha,
            "needed": False,
        },
        cells=test.cells,
        differ=test.differ,
        unlike=test.unlike,
        held_back=list(test.held_back),
    )
    return table


def power_by_task(evidence: TaskEvidence, terms: rows.Experiment) -> Table:
    """Return the tasks for the registered smallest effect, by the scatter of the scores so far."""
    from tracker.stats.distributions import chi_square
    from tracker.stats.task_flip import task_power, task_scores, tasks_needed

    found = task_columns(evidence, units(terms))
    count = len(found.tasks)
    table: Table = dict.fromkeys(
        ("needed", "needed_upper", "more", "more_upper", "at_registered", "phi", "mean_features")
    )
    table |= {"effect": terms.smallest_effect, "unit": "tasks, each in both arms"}
    if count < 3:
        return table
    scores = task_scores(found.features_a, found.points_a, found.features_b, found.points_b)
    spread = float(scores.std(ddof=1))
    if not spread > 0:
        return table
    upper = spread * ((count - 1) / chi_square(0.2, count - 1)) ** 0.5
    needed = [tasks_needed(terms.smallest_effect, one) for one in (spread, upper)]
    least, most = (None if n is None else max(n, terms.first_look, LEAST_LOOK) for n in needed)
    table.update(
        needed=least,
        needed_upper=most,
        more=None if least is None else max(0, least - count),
        more_upper=None if most is None else max(0, most - count),
        at_registered=task_power(units(terms), terms.smallest_effect, spread),
        spread=spread,
    )
    return table


def _robust(four: Columns, names: Sequence[str], terms: rows.Experiment, looked: int) -> Table:
    """Return the scores of the blocks looked at, how unequally the arms scatter, and the test without the best block."""
    from tracker.stats import sequential as tests
    from tracker.stats.unequal_scatter import scatter

    tested: Columns = tuple(column[: terms.n_blocks] for column in four)  # type: ignore[assignment]
    best, left = tests.without_best(*tested)
    apart = scatter(*tested)
    alpha = terms.alpha * (apart.without_best or 1.0)
    without = tests.sign_flip(*left, terms.n_blocks, max(terms.first_look, LEAST_LOOK), alpha)
    fa, ca, fb, cb = (column[:looked] for column in four)
    scores = tests.block_scores(fa, ca, fb, cb)
    used = float(ca.sum() + cb.sum())
    return {
        "rate": float(fa.sum() + fb.sum()) / used if used > 0 else None,
        "scores": dict(zip(names, scores.tolist(), strict=False)),
        "scatter_ratio": apart.phi,
        "points_scatter_ratio": apart.points,
        "without_best": {
            "block": names[best],
            "rejected_at": without.rejected_at,
            "alpha": alpha,
            "needed": apart.without_best is not None,
        },
    }


def power(terms: rows.Experiment, a: ArmWindows, b: ArmWindows) -> Table:
    """Return windows per arm for the registered smallest effect, and how many are still to come."""
    from tracker.stats import comparison
    from tracker.stats import power as planning

    table: Table = {
        "effect": terms.smallest_effect,
        "unit": "windows per arm",
        "needed": None,
        "needed_upper": None,
        "more": None,
        "more_upper": None,
        "at_registered": None,
        "phi": None,
        "mean_features": None,
    }
    if not a.measured or not b.measured:
        return table
    features, capacity = a.numbers()
    phi = comparison.pooled_dispersion(features, capacity, *b.numbers())
    mean = float(features.mean())
    table.update(phi=phi, mean_features=mean)
    if phi is None or not mean > 0:
        return table
    needed = planning.needed(terms.smallest_effect, phi, len(a.measured) + len(b.measured) - 2, mean)
    have = min(len(a.measured), len(b.measured))
    # No verdict is possible before the first look, however strong the effect.
    least, upper = (
        None if n is None else max(n, terms.first_look, LEAST_LOOK)
        for n in (needed.needed, needed.needed_upper)
    )
    table.update(
        needed=least,
        needed_upper=upper,
        more=None if least is None else max(0, least - have),
        more_upper=None if upper is None else max(0, upper - have),
        at_registered=planning.prospective(terms.n_blocks, terms.smallest_effect, phi, mean),
    )
    return table


def _proxy(telemetry: Iterable[rows.ProxyTelemetry], names: Names) -> list[Table]:
    """Return one summary of the router's requests per methodology."""
    by_arm: dict[str, list[rows.ProxyTelemetry]] = {}
    for row in telemetry:
        by_arm.setdefault(names.arm_of(row) or "no methodology", []).append(row)
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
