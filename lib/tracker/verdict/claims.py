"""What the numbers allow to say, in words."""

from __future__ import annotations

from typing import Any

from tracker.verdict import notes

Table = dict[str, Any]
POINTWISE = (
    "an arm's interval is pointwise: of one look, at windows alike, each for itself and read in full; what drift, storms "
    "and meter lag take off its 95 % is in docs/statistics.md"
)


CLAIM, CLAIM_OF_THESE = "may be claimed: ", "may be claimed of these rows alone: "


def claims(table: Table) -> list[str]:
    """Return in words what the preview's numbers allow to say, and what not."""
    said = [sentence for arm in table["arms"] if (sentence := _of_arm(arm))]
    both = _of_both(table["comparison"], table["sequential"], table["plan"])
    if table["gone"] and any(sentence.startswith(CLAIM) for sentence in both):
        both = [sentence.replace(CLAIM, CLAIM_OF_THESE, 1) for sentence in both]
        both.append(
            f"these rows are not all: {table['gone']}; `decision-card` says what is left of the claim with them at their worst"
        )
    said += both
    if not _not_registered(table["plan"]):
        said += _of_people(table["people"], table["comparison"]["candidate"])
    said += [sentence for arm in table["arms"] if (sentence := _drifts(arm))]
    if any(arm["ci"]["low"] is not None for arm in table["arms"]):
        said.append(POINTWISE)
    if len(table["arms"]) > 1:
        said.append("whether intervals overlap decides nothing; the tests above do")
    return said


def _of_arm(arm: Table) -> str | None:
    name = arm["name"]
    if arm["efficiency"] is None:
        return f"{name}: no capacity was used, so there is no efficiency"
    if arm["ci"]["low"] is None:
        return f"{name}: {arm['n']} windows, and below 3 there is no interval: nothing may be claimed"
    if arm["phi_assumed"]:
        return f"{name}: no feature in {arm['n']} windows; the upper end assumes a dispersion of 2"
    return None


def _drifts(arm: Table) -> str | None:
    """Return a sentence when an arm's windows follow their order in time, which its interval takes for chance."""
    from tracker.stats.order_of_time import DRIFTS

    p = arm["drift_p"]
    if p is None or p > DRIFTS:
        return None
    chance = "p < 0.001" if p < 0.001 else f"p {p:.2g}"
    return (
        f"{arm['name']}: its windows drift in time ({chance}); its interval takes them for alike and is too narrow for "
        "windows to come; blocks are the remedy"
    )


def _of_both(comparison: Table, looks: Table, plan: Table) -> list[str]:
    refused = _cannot_be_compared(comparison) or _contradicts(plan) or _not_registered(plan)
    if refused:
        return [refused]
    a, b = comparison["baseline"], comparison["candidate"]
    blocks, first, registered = looks["n_blocks"], looks["first_look"], looks["registered_blocks"]
    if looks["unit"] == "task":
        return _of_tasks(comparison, looks)
    if looks["rejected_at"] and (refused := _leans(looks, b)):
        return [refused]
    if looks["rejected_at"]:
        return [
            f"may be claimed: {b} delivers more per point than {a} "
            f"(sign-flip, block {looks['rejected_at']} of {registered}, one-sided {100 * looks['alpha']:g} % over all looks)",
            *_hangs_on(looks, b),
        ]
    if looks["e_rejected_at"]:
        return [
            f"may be claimed: {b} delivers more per point than {a} (e-value reached 20, good at any time)",
            *_hangs_on(looks, b),
        ]
    if looks["too_many"]:
        return ["the exact sign-flip goes up to 24 blocks; only the e-value can be read here"]
    if blocks < first:
        return [
            f"may not be claimed: that either arm is better ({blocks} blocks; the first look is at {first})"
        ]
    if blocks < registered:
        return [f"may not be claimed yet: that {b} is better ({blocks} of {registered} blocks)"]
    return [f"may not be claimed: that {b} is better (all {registered} blocks are in)"]


def _of_people(people: Table | None, candidate: str) -> list[str]:
    """Return how far the blocks of several people speak of other people."""
    if people is None:
        return []
    low, count = people["ci"]["low"], people["people"]
    if low is not None and low > 1:
        return [
            f"of a person like these {count}, each counted once: {candidate} delivers more per point (pointwise, 95 %)"
        ]
    return [
        f"not of other people: {count} of them, each counted once, leave it open; the blocks speak of these alone"
    ]


def _of_tasks(comparison: Table, looks: Table) -> list[str]:
    """Return what the test over tasks allows to say."""
    a, b = comparison["baseline"], comparison["candidate"]
    tasks, first, registered = looks["n_blocks"], looks["first_look"], looks["registered_blocks"]
    if looks["too_many"]:
        return ["nothing of both arms: the exact test goes up to 24 tasks"]
    if tasks < first:
        return [
            f"may not be claimed: that either arm is better ({tasks} tasks; the first look is at {first})"
        ]
    if not looks["rejected_at"]:
        what = f"{tasks} of {registered} tasks" if tasks < registered else f"all {registered} tasks are in"
        if looks["held_back"]:
            what += f"; tasks for themselves reject, {' and '.join(looks['held_back'])} not"
        return [f"may not be claimed{' yet' if tasks < registered else ''}: that {b} takes less ({what})"]
    said = [
        f"may be claimed: for a typical task of this bank {b} takes fewer points than {a} (sign-flip over tasks, task "
        f"{looks['rejected_at']} of {registered}, one-sided {100 * looks['alpha']:g} % over all looks)"
    ]
    points_a, points_b = looks["points"]
    if points_b >= points_a:
        said.append(
            f"not that it takes fewer in sum: {points_b:g} points against {points_a:g}; the test weighs each task alike"
        )
    return [*said, *(line.replace("block", "task") for line in _hangs_on(looks, b)), notes.unseen_by_task()]


def _leans(looks: Table, candidate: str) -> str | None:
    """Return why a test that rejects claims nothing: it hangs on one block, and the windows scatter unequally."""
    without = looks["without_best"]
    if not without["needed"] or without["rejected_at"]:
        return None
    at = f" at {100 * without['alpha']:g} %" if without["alpha"] < looks["alpha"] else ""
    return (
        f"may not be claimed: that {candidate} is better (the test rejects at block {looks['rejected_at']}, but not without "
        f"block {without['block']}{at}, and the windows of {candidate} scatter {_times(looks)} as much as the others)"
    )


def _times(looks: Table) -> str:
    """Return how many times as much the candidate's windows scatter, in points and in features."""
    from tracker.stats.unequal_scatter import Scatter

    return Scatter(looks["scatter_ratio"], looks["points_scatter_ratio"], None).said


def _hangs_on(looks: Table, candidate: str) -> list[str]:
    """Return what a claim leans on: one block, or that both arms scatter alike."""
    from tracker.stats.unequal_scatter import UNEQUAL

    said = []
    without = looks["without_best"]
    if without and not without["rejected_at"]:
        said.append(f"it hangs on block {without['block']}: without it the test does not reject")
    ratios = [looks["points_scatter_ratio"], looks["scatter_ratio"]]
    if any(ratio and not 1 / UNEQUAL <= ratio <= UNEQUAL for ratio in ratios):
        said.append(
            f"the windows of {candidate} scatter {_times(looks)} as much as the others: the test asks whether "
            "exchanging the arms changes anything, and unequal scatter alone can do that"
        )
    return said


def _contradicts(plan: Table) -> str | None:
    why = plan["ledgers_contradict"] or plan["impossible"]
    return f"nothing may be claimed: {why}" if why else None


def _not_registered(plan: Table) -> str | None:
    """Return why nothing may be claimed of a comparison that was not planned before the data."""
    if not plan["registered"]:
        return "nothing may be claimed of both arms: no plan was registered before the data (`experiment register`)"
    if plan["seed"] is None:
        return "nothing may be claimed of both arms: the plan has no seed of the blocks' coins"
    if plan["changed"]:
        return f"nothing may be claimed of both arms: {plan['changed']}"
    return None


def _cannot_be_compared(comparison: Table) -> str | None:
    a, b = comparison["baseline"], comparison["candidate"]
    missing = [name for name, n in ((a, comparison["windows_a"]), (b, comparison["windows_b"])) if not n]
    if missing:
        return f"no usable window of {' and '.join(missing)}: the arms cannot be compared"
    if comparison["idle"]:
        return f"{' and '.join(comparison['idle'])} used no points: the arms cannot be compared"
    if not comparison["one_unit"]:
        return "nothing of both arms: their points belong to different providers' plans"
    if comparison["elsewhere"]:
        return f"nothing of both arms: {'; '.join(comparison['elsewhere'])}"
    return None
