"""The decision card's gates: each a one-sided bound held against a margin of the plan.

A gate passes when its bound at one-sided 2.5 % lies within the margin, passes softly at 20 %, and
has failed when the opposite bound at 2.5 % (efficiency: 5 %) lies outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tracker import rows
from tracker.evidence import blocks
from tracker.evidence.blocks import Block
from tracker.evidence.reader import Evidence
from tracker.evidence.registration import LEAST_LOOK

if TYPE_CHECKING:
    from tracker.stats.noninferiority import Bounds

Gate = dict[str, Any]
PASS, SOFT, UNDECIDED, FAIL, NO_DATA = "pass", "soft pass", "undecided", "fail", "no data"
STRICT, LENIENT = 0.025, 0.20  # one-sided errors of GO and of SOFT GO
MOST_MORE = 10_000
NOT_DONE = {"assigned", "reserved", "ready", "blocked"}  # states of a feature that nobody delivered yet
SOFT_ALPHA = 0.20  # of the efficiency test for SOFT GO


def all_gates(found: Evidence, whole: Sequence[Block], plan: rows.Experiment) -> list[Gate]:
    """Return the rows of the card: efficiency, quality, errors, p95 latency, cost."""
    return [
        efficiency_gate(whole, plan),
        quality_gate(found, plan),
        error_gate(found, plan),
        latency_gate(found, whole, plan),
        cost_gate(found, plan),
    ]


def efficiency_gate(whole: Sequence[Block], plan: rows.Experiment) -> Gate:
    """The sign-flip test at the registered number of blocks; failed when it rejects the other way round."""
    from tracker.stats import comparison, sequential

    gate: Gate = {"name": "efficiency", "estimate": None, "bound": None, "margin": None, "n": len(whole)}
    gate |= {"soft_bound": None, "rule": "score >= threshold", "verdict": NO_DATA, "why": "no complete block"}
    if not whole:
        return gate
    four = blocks.columns(whole)
    idle = [
        name for name, points in ((plan.baseline, four[1]), (plan.candidate, four[3])) if not points.sum()
    ]
    if idle:
        return gate | {"why": f"{' and '.join(idle)} used no points in any block, so nothing can be compared"}
    ratio = comparison.paired(*four)
    gate["estimate"] = ratio.estimate
    if min(len(whole), plan.n_blocks) > sequential.MOST_BLOCKS:
        return gate | {"why": f"the exact test goes up to {sequential.MOST_BLOCKS} blocks"}
    scores = sequential.block_scores(*four)

    def test(values: Any, alpha: float) -> sequential.SignFlip:
        return sequential.sign_flip(values, plan.n_blocks, max(plan.first_look, LEAST_LOOK), alpha)

    strict = test(scores, plan.alpha)
    gate.update(bound=strict.score, margin=strict.threshold)
    if strict.rejected_at:
        verdict, why = PASS, f"rejected at block {strict.rejected_at} of {plan.n_blocks}"
    elif test(-scores, plan.alpha).rejected_at:
        verdict, why = FAIL, f"{plan.candidate} delivers less per point"
    elif test(scores, SOFT_ALPHA).rejected_at:
        verdict, why = SOFT, "rejects at 20 %, not at 5 %"
    else:
        verdict, why = UNDECIDED, f"{min(len(whole), plan.n_blocks)} of {plan.n_blocks} blocks"
    return gate | {"verdict": verdict, "why": why}


def quality_gate(found: Evidence, plan: rows.Experiment) -> Gate:
    """Quality of features done in both arms: mean of q_B - share q_A above 0."""
    from tracker.stats import noninferiority as bounds

    a, b = (
        by_feature(found, plan.baseline, "quality_score"),
        by_feature(found, plan.candidate, "quality_score"),
    )
    both = sorted(set(a) & set(b))
    qa, qb = [a[name] for name in both], [b[name] for name in both]
    return _bounded(
        "quality",
        lambda a, b, tail: bounds.quality(a, b, plan.quality_margin, tail),
        [qa, qb],
        margin=0.0,
        at_least=True,
        lacking="no feature has a quality score in both arms",
        unit="features done in both arms",
    )


def error_gate(found: Evidence, plan: rows.Experiment) -> Gate:
    """Error rate of B minus that of A, in percentage points, at most the margin."""
    from tracker.stats import noninferiority as bounds

    a, b = requests(found, plan.baseline), requests(found, plan.candidate)

    def scaled(*columns: Any) -> Bounds:
        one = bounds.error_difference(*columns)
        three = [None if x is None else 100 * x for x in (one.estimate, one.low, one.high)]
        return one._replace(estimate=three[0], low=three[1], high=three[2])

    without = [label for label, side in ((plan.baseline, a), (plan.candidate, b)) if not side]
    return _bounded(
        "reliability_errors",
        scaled,
        [*_split(a), *_split(b)],
        margin=plan.error_margin_pp,
        at_least=False,
        lacking=f"no proxy telemetry of {' and '.join(without)}",
        unit="windows with telemetry",
        empty=bool(without),
    )


def latency_gate(found: Evidence, whole: Sequence[Block], plan: rows.Experiment) -> Gate:
    """p95 latency of B over that of A, per block, at most the margin."""
    from tracker.stats import noninferiority as bounds

    pairs = []
    for block in whole:
        pair = [found.telemetry_of(side) for side in (block.a, block.b)]
        p95 = [None if row is None else row.p95_latency_ms for row in pair]
        if all(p95):
            pairs.append(p95)
    return _bounded(
        "reliability_p95",
        bounds.latency_ratio,
        [[p[0] or 0.0 for p in pairs], [p[1] or 0.0 for p in pairs]],
        margin=plan.p95_margin,
        at_least=False,
        lacking="no block has a p95 latency in both arms",
        unit="blocks",
    )


def cost_gate(found: Evidence, plan: rows.Experiment) -> Gate:
    """Cost of A over cost of B, features done in both arms, at least the margin."""
    from tracker.stats import noninferiority as bounds

    a, b = by_feature(found, plan.baseline, "cost_usd"), by_feature(found, plan.candidate, "cost_usd")
    both = sorted(set(a) & set(b))
    return _bounded(
        "cost",
        bounds.cost_ratio,
        [[a[name] for name in both], [b[name] for name in both]],
        margin=plan.cost_margin,
        at_least=True,
        lacking="no feature has a cost above zero in both arms",
        unit="features done in both arms",
    )


def _bounded(
    name: str,
    bounds: Callable[..., Bounds],
    columns: Sequence[Sequence[float]],
    margin: float,
    at_least: bool,
    lacking: str,
    unit: str,
    empty: bool = False,
) -> Gate:
    """Hold one-sided bounds against a margin: at 2.5 % for pass and fail, at 20 % for a soft pass."""
    gate: Gate = {"name": name, "estimate": None, "bound": None, "margin": margin, "n": 0, "soft_bound": None}
    gate |= {"rule": "bound >= margin" if at_least else "bound <= margin", "verdict": NO_DATA, "why": lacking}
    if name == "quality":
        gate["rule"] = "bound > margin"
    if empty:
        return gate
    strict, lenient = bounds(*columns, STRICT), bounds(*columns, LENIENT)
    gate.update(estimate=strict.estimate, n=strict.n)
    if strict.estimate is None:
        return gate
    good, soft, bad = (
        (strict.low, lenient.low, strict.high) if at_least else (strict.high, lenient.high, strict.low)
    )
    gate.update(bound=good, soft_bound=soft)
    if good is None or soft is None or bad is None:
        return gate | {"why": f"{strict.n} is too few for a bound"}

    def grown_passes(times: float) -> bool:
        import numpy as np

        found = bounds(*(np.resize(column, round(times * len(column))) for column in columns), STRICT)
        end = found.low if at_least else found.high
        return end is not None and beats(end)

    def beats(value: float) -> bool:
        if name == "quality":
            return value > margin
        return value >= margin if at_least else value <= margin

    if beats(good):
        return gate | {"verdict": PASS, "why": ""}
    if (bad < margin) if at_least else (bad > margin):
        return gate | {"verdict": FAIL, "why": "proven outside the margin"}
    if beats(soft):
        return gate | {"verdict": SOFT, "why": "within the margin at 20 %, not at 2.5 %"}
    why = f"the bound misses by {abs(good - margin):.3g}"
    if not beats(strict.estimate):
        why += ", and so does the estimate: more of the same would not do"
    elif more := more_needed(grown_passes, strict.n):
        why += f"; of the same kind about {more:,} more {unit} would do"
    return gate | {"verdict": UNDECIDED, "why": why}


def more_needed(passes: Callable[[float], bool], n: int) -> int | None:
    """Return about how many more of `n` bring a gate to pass, `passes` saying it of so many times the data.

    None beyond 10,000: a plan for that is no plan.

    >>> more_needed(lambda times: 6 * times >= 15, 6)
    9
    """
    low, high = n, 2 * n
    while not passes(high / n):
        low, high = high, 2 * high
        if high > MOST_MORE:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(middle / n) else (middle, high)
    return high - n


def by_feature(found: Evidence, methodology: str, field: str) -> dict[str, float]:
    """Return a feature's quality or cost in one arm: its own row's, else its windows' quality."""
    its = [row for row in found.features if found.arm_of(row) == methodology]
    values: dict[str, float] = {}
    if field == "quality_score":
        values = _quality_of_windows(found, methodology, its)
    for row in its:
        value = getattr(row, field)
        if value is not None:
            values[row.feature_id] = value
    return values


def _quality_of_windows(found: Evidence, methodology: str, its: Sequence[rows.Feature]) -> dict[str, float]:
    """Return the mean quality of the windows that did each feature, as their rows or its own name them."""
    known = {
        w.window: w for w in found.windows if w.methodology == methodology and w.quality_score is not None
    }
    done = [(w.feature_id, name) for name, w in known.items() if w.feature_id]
    done += [(row.feature_id, row.window) for row in its if row.window in known and row.state not in NOT_DONE]
    scores: dict[str, list[float]] = {}
    for feature, name in dict.fromkeys(done):
        scores.setdefault(feature, []).append(known[name].quality_score or 0.0)
    return {feature: sum(some) / len(some) for feature, some in scores.items()}


def requests(found: Evidence, methodology: str) -> list[tuple[float, float]]:
    """Return (errors, requests) of one arm's windows, those without requests left out."""
    pairs = []
    for row in found.telemetry.values():
        errors: float | None = row.errors
        if errors is None and row.error_rate is not None:
            errors = round(row.error_rate * row.total_prompts)
        if errors is not None and row.total_prompts and found.arm_of(row) == methodology:
            pairs.append((float(min(errors, row.total_prompts)), float(row.total_prompts)))
    return pairs


def _split(pairs: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [errors for errors, _ in pairs], [total for _, total in pairs]
