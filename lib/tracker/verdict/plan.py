"""The plan in force: its terms, whether it was registered in time, and whether the arms can be compared by it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tracker import jsonl, rows
from tracker.evidence.registration import LEAST_LOOK, TASK, units
from tracker.verdict.gates import MARGINS

WHERE = ("baseline_provider", "candidate_provider", "baseline_lane", "candidate_lane")
TERMS = ("baseline", "candidate", "n_blocks", "first_look", "smallest_effect", "seed", "alpha", *WHERE)
BY_TASK = ("unit", "n_tasks", "per_window")


def terms(plan: rows.Experiment) -> dict[str, Any]:
    """Return all that a plan says, margins included."""
    by_task = {name: getattr(plan, name) for name in BY_TASK} if plan.unit == TASK else {}
    margins = {margin.key: margin.of(plan) for margin in MARGINS}
    return {name: getattr(plan, name) for name in TERMS} | by_task | margins


def first_start(windows: Iterable[rows.Window]) -> datetime | None:
    """Return when the first of these windows began that has a time."""
    return min(
        (time for window in windows if (time := window.started_at or window.ts).year > 1), default=None
    )


def changed(plans: Sequence[rows.Experiment], first: datetime | None) -> str | None:
    """Return what to know of the plan's age: registered or changed after `first`, when the data began."""
    if not plans:
        return None
    if len({repr(terms(plan)) for plan in plans}) > 1 and not all(map(jsonl.has_time, plans)):
        return "the plan changed, and a registration without a time does not say when"
    if first is None:
        return None
    if jsonl.has_time(plans[0]) and plans[0].ts > first:
        return (
            f"the plan was registered after data were seen ({_day(plans[0])}, first window {first:%Y-%m-%d})"
        )
    late = [plan for plan in plans[1:] if plan.ts > first and terms(plan) != terms(plans[0])]
    if late:
        return f"the plan changed after data were seen ({', '.join(_day(plan) for plan in late)})"
    return None


def recorded_late(plans: Sequence[rows.Experiment], data: Iterable[rows.Row]) -> str | None:
    """Return a sentence when a registration was recorded after the first of the data, whatever its own time says.

    One that repeats what was recorded before the data changes nothing.  A plain row beside a ledger's does not
    say when it was written.
    """
    first = min((row.recorded_at for row in data if row.recorded_at), default=None)
    if first is None or not plans:
        return None
    in_time = [repr(terms(plan)) for plan in plans if plan.recorded_at and plan.recorded_at <= first]
    late = [plan for plan in plans if not (plan.recorded_at and plan.recorded_at <= first)]
    late = [plan for plan in late if repr(terms(plan)) not in in_time]
    if not late:
        return None
    plan, what = late[0], "another plan" if in_time else "the plan"
    if plan.recorded_at is None:
        return (
            f"{what} is a plain row beside the ledger's ({_day(plan)}): nobody can tell when it was written; "
            "`ledger-append` records it"
        )
    return (
        f"{what} says {_day(plan)}, and was recorded on {plan.recorded_at:%Y-%m-%d}, after data were "
        f"(from {first:%Y-%m-%d})"
    )


def _day(plan: rows.Experiment) -> str:
    return f"{plan.ts:%Y-%m-%d}"


def unlike_units(plan: rows.Experiment, arms: Iterable[tuple[str, str]]) -> str | None:
    """Return a sentence when the windows compared, by (methodology, provider), used points of several plans."""
    providers: dict[str, list[str]] = {plan.baseline: [], plan.candidate: []}
    for methodology, provider in sorted(arms):
        if methodology in providers:
            providers[methodology].append(provider)
    if len({provider for some in providers.values() for provider in some}) < 2:
        return None
    used = "; ".join(f"{arm}: {', '.join(some) or 'none'}" for arm, some in providers.items())
    return (
        f"points of different plans are compared as if they were one unit ({used}); "
        "compare them in money: `plan-cost`"
    )


def unlike_registered(
    plan: rows.Experiment, arms: Iterable[tuple[str, str]], lanes: Mapping[str | None, Collection[str]]
) -> list[str]:
    """Return a sentence for each arm that ran elsewhere than registered.

    `arms` are (methodology, provider) of the windows, `lanes` the router's lanes that answered each methodology.
    """
    said = []
    every = set(arms)
    for arm, provider, lane in (
        (plan.baseline, plan.baseline_provider, plan.baseline_lane),
        (plan.candidate, plan.candidate_provider, plan.candidate_lane),
    ):
        ran = sorted({one for label, one in every if label == arm})
        routed = sorted(lanes.get(arm, ()))
        if provider is not None and set(ran) - {provider}:
            said.append(f"{arm} drew on the plan of {', '.join(ran)}, and {provider} is registered")
        if lane is not None and set(routed) - {lane}:
            said.append(f"{arm} was answered by lane {', '.join(routed)}, and {lane} is registered")
    return said


def unlike_plan(plan: rows.Experiment, counts: Mapping[str, int]) -> list[str]:
    """Return a sentence for every methodology, of so many windows, that looks like a misspelt arm of the plan."""
    arms = (plan.baseline, plan.candidate)
    strangers = sorted(set(counts) - set(arms))
    if not strangers:
        return []
    import difflib

    said = []
    for label in strangers:
        close = difflib.get_close_matches(label, arms, n=1, cutoff=0.8)
        if close:
            said.append(
                f"methodology {label!r} ({counts[label]} windows) is not {close[0]!r}; "
                "if it is a slip, undo the rows and record them anew"
            )
    return said


def no_second_arm(plan: rows.Experiment, arms: Iterable[tuple[str, str]]) -> list[str]:
    """Return a sentence when no window is of an arm of the plan, by the (methodology, provider) that there are.

    A campaign's label, such as `week0`, is then the only one: two providers under it are no two arms.
    """
    providers: dict[str, list[str]] = {}
    for label, provider in sorted(set(arms)):
        providers.setdefault(label, []).append(provider)
    if not providers or providers.keys() & {plan.baseline, plan.candidate}:
        return []
    there = " and ".join(f"{label} ({', '.join(some)})" for label, some in providers.items())
    if len(providers) > 1:
        first, second = list(providers)[:2]
        return [
            f"{there} are no arms of the plan ({plan.baseline}, {plan.candidate}): "
            f"`experiment register --baseline {first} --candidate {second}` compares two labels"
        ]
    return [
        f"{there} is one label without a second arm (the plan has {plan.baseline} and {plan.candidate}): finish each "
        "window with the label of its arm, `--methodology`; what two providers give for money: `plan-cost`"
    ]


def too_few_blocks(plan: rows.Experiment) -> str | None:
    """Return a sentence when no verdict is possible at the registered number of blocks."""
    if units(plan) >= LEAST_LOOK:
        return None
    return (
        f"{units(plan)} {plan.unit}s were registered: a verdict below {LEAST_LOOK} {plan.unit}s is impossible"
    )


def beyond(plan: rows.Experiment, blocks: int) -> str | None:
    """Return a sentence when there are more blocks than were registered."""
    if blocks <= units(plan):
        return None
    return f"{blocks - units(plan)} {plan.unit}s beyond the {units(plan)} registered are not tested"


def several(plans: Sequence[rows.Experiment]) -> list[str]:
    """Return a sentence when there is more than one registration."""
    if len(plans) < 2:
        return []
    same = "all the same" if len({repr(terms(plan)) for plan in plans}) == 1 else "not all the same"
    return [f"registrations: {len(plans)}, {same}; the last one is the plan"]


def undealt(plan: rows.Experiment, dealt: int) -> list[str]:
    """Return a sentence when blocks were dealt, and fewer than registered: the others are to come, or not here.

    >>> from tracker.evidence.registration import DEFAULTS
    >>> undealt(DEFAULTS, 9), undealt(DEFAULTS, 0), undealt(DEFAULTS, 12)
    (['blocks dealt: 9 of the 12 registered'], [], [])
    """
    if not 0 < dealt < plan.n_blocks:
        return []
    return [f"blocks dealt: {dealt} of the {plan.n_blocks} registered"]


def unread(strange_terms: Sequence[str]) -> str | None:
    """Return a sentence when a registration says what nothing here reads."""
    if not strange_terms:
        return None
    return f"the registration says what no tool reads ({', '.join(strange_terms)}): it is not judged by"
