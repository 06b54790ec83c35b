"""Facts about a stream of rows that a reader must know, and what its numbers allow to say, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker import jsonl, rows
from tracker.evidence.reader import Evidence
from tracker.evidence.registration import LEAST_LOOK

Table = dict[str, Any]
TERMS = (
    "baseline",
    "candidate",
    "n_blocks",
    "first_look",
    "smallest_effect",
    "seed",
    "alpha",
    "quality_margin",
    "error_margin_pp",
    "p95_margin",
    "cost_margin",
)


def unlike_plan(found: Evidence) -> list[str]:
    """Return a sentence for every methodology that looks like a misspelt arm of the plan."""
    plan = (found.plan.baseline, found.plan.candidate)
    counts: dict[str, int] = {}
    for (methodology, _), arm in found.arms.items():
        counts[methodology] = counts.get(methodology, 0) + len(arm) + len(arm.lost)
    said = []
    strangers = sorted(set(counts) - set(plan))
    if strangers:
        import difflib
    for label in strangers:
        close = difflib.get_close_matches(label, plan, n=1, cutoff=0.8)
        if close:
            said.append(
                f"methodology {label!r} ({counts[label]} windows) is not {close[0]!r}; "
                "if it is a slip, undo the rows and record them anew"
            )
    return said


def open_anomalies(found: Evidence, of: set[str] | None = None) -> list[str]:
    """Return what is wrong and not explained, one `window: word` each; `of`: of these windows.

    Anomaly rows, and the errors of windows.  An anomaly row that `acknowledges` another one's
    row_id explains it, and with it the same error of its window.
    """
    known = _row_ids(found)
    explained = {row.acknowledges for row in found.anomalies if row.acknowledges in known}
    closed = {
        (row.window, row.anomaly)
        for row in found.anomalies
        if row.acknowledges in explained or row.row_id in explained
    }
    said: dict[tuple[str | None, str], None] = {}
    for row in found.anomalies:
        if row.acknowledges is None and (row.row_id is None or row.row_id not in explained):
            said[row.window, row.anomaly] = None
    for window in [w for arm in found.arms.values() for w in arm.lost]:
        for error in window.errors:
            if (window.window, error) not in closed:
                said[window.window, error] = None
    return [f"{name or 'no window'}: {word}" for name, word in said if of is None or name in of]


def _row_ids(found: Evidence) -> set[str | None]:
    return {row.row_id for row in found.anomalies if row.acknowledges is None} - {None}


def changed_plan(found: Evidence) -> str | None:
    """Return what to know of the plan's age: registered or changed after the first window."""
    if not found.plans:
        return None
    if len({_terms(plan) for plan in found.plans}) > 1 and not all(map(jsonl.has_time, found.plans)):
        return "the plan changed, and a registration without a time does not say when"
    times = [arm.first for arm in (found.baseline, found.candidate) if arm.first is not None]
    if not times:
        return None
    first = min(times)
    if jsonl.has_time(found.plans[0]) and found.plans[0].ts > first:
        return f"the plan was registered after data were seen ({_day(found.plans[0])}, first window {first:%Y-%m-%d})"
    late = [plan for plan in found.plans[1:] if plan.ts > first and _terms(plan) != _terms(found.plans[0])]
    if late:
        return f"the plan changed after data were seen ({', '.join(_day(plan) for plan in late)})"
    return None


def _day(plan: rows.Experiment) -> str:
    return f"{plan.ts:%Y-%m-%d}"


def _terms(plan: rows.Experiment) -> tuple[object, ...]:
    return tuple(getattr(plan, name) for name in TERMS)


def divergences(found: Evidence) -> list[str]:
    """Return the windows whose two sources disagree."""
    return [
        f"{window.window}: {note}"
        for arm in found.arms.values()
        for window in arm.noted
        for note in window.notes
        if note.startswith("divergent")
    ]


def warnings(found: Evidence) -> list[str]:
    """Return what makes the whole comparison doubtful, said before everything else."""
    said = [changed_plan(found), unlike_units(found)]
    if found.plan.n_blocks < LEAST_LOOK:
        said.append(
            f"{found.plan.n_blocks} blocks were registered: a verdict below {LEAST_LOOK} blocks is impossible"
        )
    if found.strange_terms:
        said.append(
            f"the registration says what no tool reads ({', '.join(found.strange_terms)}): it is not judged by"
        )
    return [warning for warning in said if warning]


def unlike_units(found: Evidence) -> str | None:
    """Return a sentence when the compared windows used points of several plans."""
    arms: dict[str, list[str]] = {found.plan.baseline: [], found.plan.candidate: []}
    for methodology, provider in sorted(found.arms):
        if methodology in arms:
            arms[methodology].append(provider)
    if len({provider for providers in arms.values() for provider in providers}) < 2:
        return None
    used = "; ".join(f"{arm}: {', '.join(providers) or 'none'}" for arm, providers in arms.items())
    return f"points of different plans are compared as if they were one unit ({used})"


def notes(found: Evidence) -> list[str]:
    """Return what a reader should know of the rows before the numbers."""
    said = unlike_plan(found)
    if not found.plans:
        said.append("no plan is registered: the defaults are shown; `experiment register` writes one")
    said += _first(
        [f"block {block.name} is not counted: {block.why}" for block in found.pairs.broken], "blocks"
    )
    return said + odd_rows(found)


def odd_rows(found: Evidence) -> list[str]:
    """Return what is unusual about the rows themselves, for preview and card alike."""
    arms = (found.baseline, found.candidate)
    said = []
    if found.doubles:
        said.append(f"windows that came more than once: {_counted(found.doubles)}; the last row counts")
    if found.repeated:
        said.append(f"windows with several telemetry rows: {_counted(found.repeated)}; the last row counts")
    if found.shared:
        both: list[rows.ProxyTelemetry | rows.Feature] = [*found.all_telemetry, *found.features]
        armless = sorted({row.window or "" for row in both if row.window and found.arm_of(row) is None})
        if armless:
            said.append(
                f"rows without a methodology, of windows in several arms: {_counted(armless)}; they count for none"
            )
    features = _repeated_features(found)
    if features:
        said.append(
            f"features with several quality scores or costs in one arm: {_counted(features)}; the last row counts"
        )
    loose = [block.name for block in found.pairs.loose]
    if 0 < len(loose) < sum(len(arm) + len(arm.lost) for arm in arms):
        said.append(
            f"windows without a block: {_counted(loose)}; in the worst case they count as lost blocks"
        )
    undated = sum(arm.undated for arm in arms)
    if undated:
        said.append(
            f"windows without a ts: {undated}; taken as the first ones, in the order in which they came"
        )
    if found.plans and not jsonl.has_time(found.plan):
        said.append("the registration has no ts: it is taken as registered before the data")
    over = [window for arm in found.arms.values() for window in arm.over]
    if over:
        said.append(f"more than 100 points in one window: {_names(over)}; check the readings")
    late = [w for arm in found.arms.values() for w in arm.noted if "late-after" in w.notes]
    if late:
        said.append(f"late-after readings: {_names(late)}")
    known = _row_ids(found)
    for row in found.anomalies:
        if row.acknowledges is not None and row.acknowledges not in known:
            said.append(
                f"{row.window or 'no window'}: the row that acknowledges {row.acknowledges!r} explains nothing, "
                "for no anomaly row has that row_id"
            )
    return said + _odd_telemetry(found)


def _repeated_features(found: Evidence) -> list[str]:
    seen: set[object] = set()
    again: dict[str, None] = {}
    for row in found.features:
        arm = found.arm_of(row)
        for field in ("quality_score", "cost_usd"):
            if getattr(row, field) is not None:
                if (arm, row.feature_id, field) in seen:
                    again[row.feature_id] = None
                seen.add((arm, row.feature_id, field))
    return list(again)


def _odd_telemetry(found: Evidence) -> list[str]:
    """Return the windows without telemetry where others have it, and counts that cannot be."""
    if not found.telemetry:
        return []
    said = []
    for role, methodology in (("baseline", found.plan.baseline), ("candidate", found.plan.candidate)):
        names = found.names_of(methodology)
        without = [name for name in names if found.key(name, methodology) not in found.telemetry]
        if without:
            said.append(f"{len(without)} of {len(names)} {role} windows have no telemetry: {_some(without)}")
    odd = []
    for row in found.telemetry.values():
        if not row.total_prompts:
            odd.append(f"{row.window}: telemetry of no request, left out of the error rate")
        elif (row.errors or 0) > row.total_prompts:
            odd.append(
                f"{row.window}: {row.errors:,} errors in {row.total_prompts:,} requests, counted as all of them"
            )
        if row.p95_latency_ms == 0:
            odd.append(f"{row.window}: a p95 latency of 0, left out")
    return said + _first(odd, "windows with odd telemetry")


def _first(said: list[str], what: str) -> list[str]:
    return said if len(said) <= 5 else [*said[:5], f"{len(said) - 5} more {what}"]


def _names(windows: Sequence[rows.Window]) -> str:
    return _some([window.window for window in windows[:4]])


def _counted(names: Sequence[str]) -> str:
    return f"{len(names)} ({_some(names)})"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def claims(table: Table) -> list[str]:
    """Return in words what the numbers allow to say, and what not."""
    said = []
    for arm in table["arms"]:
        name = arm["name"]
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
    if comparison["idle"]:
        return [f"{' and '.join(comparison['idle'])} used no points: the arms cannot be compared"]
    if not comparison["one_unit"]:
        return ["nothing of both arms: their points belong to different providers' plans"]
    blocks, first = comparison["n_blocks"], looks["first_look"]
    if looks["rejected_at"]:
        return [
            f"may be claimed: {b} delivers more per point than {a} "
            f"(sign-flip, block {looks['rejected_at']} of {looks['registered_blocks']}, one-sided {100 * looks['alpha']:g} % over all looks)"
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
