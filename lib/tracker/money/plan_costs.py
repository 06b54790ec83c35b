"""What a feature costs in plan money, arm by arm: every plan that the arm uses, by the quota that binds it.

A window takes a share of each plan's week: its weekly points over 100, or its five-hour points over what the week's
five-hour windows hold together.  Of all quotas of all plans that an arm uses, the one of which it takes the largest
share binds: when that is used up the arm stops, and every plan is paid for whole.  So a window's money is that share
of what all of them cost a week, and features per money is a ratio of sums like features per point, with the same
interval.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tracker import cli, rows
from tracker.evidence.facts import Facts
from tracker.evidence.pairing import ArmWindows, usable
from tracker.money import plans
from tracker.money.plans import Chosen, Plan, PlanTable
from tracker.providers import SPANS

if TYPE_CHECKING:
    import numpy as np

    from tracker.stats.efficiency import Efficiency

Table = dict[str, Any]
WINDOWS_A_WEEK = 20  # five-hour windows that somebody works in, as in router-replay
BESIDE = "glm"  # whose plan an offload arm uses beside its own
LEAST = 3
LEAST_BLOCKS = 4  # from which the paired interval holds
STEP_PP = 1.0  # the most that a difference of two whole percents is off


class QuotaShare(NamedTuple):
    """What each window of an arm takes of one quota, as shares of the plan's week."""

    quota: str
    shares: tuple[float | None, ...]
    step: float  # the most that one of them is off by rounding


class PlanUse(NamedTuple):
    """One plan that an arm uses."""

    provider: str
    plan: Plan | None
    why: str  # why its price, or what was used of it, is not known; empty when both are
    quotas: list[QuotaShare]


class ArmCost(NamedTuple):
    """An arm on its plans: its kept windows, and what they cost."""

    methodology: str
    provider: str
    uses: list[PlanUse]
    windows: tuple[rows.Window, ...]
    binds: QuotaShare | None  # None when the cost is not known
    week: float  # what a week of all its plans costs
    table: Table

    @property
    def name(self) -> str:
        """`mitm_offload, claude max + glm lite`."""
        return f"{self.methodology}, {' + '.join(map(_plan_name, self.uses))}"


def _plan_name(use: PlanUse) -> str:
    return f"{use.provider} {use.plan.name if use.plan else 'plan not known'}"


def table(facts: Facts, known: PlanTable, said: Mapping[str, Chosen], a_week: int) -> Table:
    """Return everything that plan-cost prints; `a_week` five-hour windows are worked in."""
    from tracker.stats import quiet

    if not facts.windows:
        text = f"no window row ({facts.rows_read} rows read); give it `ledger-cat`"
        raise cli.Stop(cli.NOTHING, text)
    groups = _grouped(facts, plans_shown(facts))
    plans.check(known, said, [pair for key, some in groups.items() for pair in _plans_of(key, some, facts)])
    with quiet():
        arms = [_arm(facts, key, some, known, said, a_week) for key, some in groups.items()]
    priced = [arm for arm in arms if arm.binds]
    used = {use.plan.name: use.plan for arm in priced for use in arm.uses if use.plan}
    currency = plans.one_currency(list(used.values()))
    with quiet():
        compared = [_compared(*two, facts) for two in _pairs(priced, facts.plan)]
    return {
        "currency": currency,
        "windows_a_week": a_week,
        "arms": [arm.table for arm in arms],
        "comparisons": compared,
        "plans": [plan_told(plan) for plan in used.values()],
    }


def plan_told(plan: Plan) -> Table:
    """Return a plan's price as plain values, with its source."""
    return {"provider": plan.provider, "plan": plan.name} | {
        key: getattr(plan, key) for key in ("price", "as_of", "source")
    }


def plans_shown(facts: Facts) -> dict[tuple[str, str], str]:
    """Return the plan of each (window, provider) as rows name it: the window's own, else its readings'."""
    found: dict[tuple[str, str], str] = {}
    overall: dict[str, set[str]] = {}
    for row in facts.snapshots:
        if row.plan:
            overall.setdefault(row.provider, set()).add(row.plan)
            if row.window:
                found[row.window, row.provider] = row.plan
    for window in facts.windows:
        own = {window.provider: window.plan, BESIDE: window.glm_plan or found.get((window.window, BESIDE))}
        own[window.provider] = window.plan or found.get((window.window, window.provider))
        for provider, plan in own.items():
            everywhere = overall.get(provider, set())
            name = plan or (next(iter(everywhere)) if len(everywhere) == 1 else None)
            if name:
                found[window.window, provider] = name
    return found


Key = tuple[str, str, str | None, str | None]  # methodology, provider, its plan as shown, glm's beside it


def _grouped(facts: Facts, shown: Mapping[tuple[str, str], str]) -> dict[Key, list[rows.Window]]:
    """Return the windows by arm and plan: points of two plans are two units."""
    groups: dict[Key, list[rows.Window]] = {}
    for window in facts.windows:
        beside = shown.get((window.window, BESIDE)) if _uses_beside(window, facts) else None
        plan = shown.get((window.window, window.provider))
        groups.setdefault((window.methodology, window.provider, plan, beside), []).append(window)
    return groups


def _plans_of(key: Key, some: Sequence[rows.Window], facts: Facts) -> list[tuple[str, str | None]]:
    _, provider, shown, beside = key
    more = [(BESIDE, beside)] if any(_uses_beside(window, facts) for window in some) else []
    return [(provider, shown), *more]


def _uses_beside(window: rows.Window, facts: Facts) -> bool:
    """Say whether a window uses GLM's plan beside its own: it says so, or is one of the candidate's."""
    if window.provider == BESIDE:
        return False
    says = window.glm_credits is not None or window.glm_pp is not None or f"{BESIDE}:not-read" in window.notes
    return says or (window.methodology == facts.plan.candidate and window.provider == "claude")


def _arm(
    facts: Facts,
    key: Key,
    some: Sequence[rows.Window],
    known: PlanTable,
    said: Mapping[str, Chosen],
    a_week: int,
) -> ArmCost:
    methodology, provider, shown, beside = key
    good = [window for window in some if usable(window)]
    quotas = Counter(window.capacity_quota for window in good)
    usual = quotas.most_common(1)[0][0] if quotas else "five_hour"
    good = [window for window in good if window.capacity_quota == usual]
    uses = [_use(provider, shown, good, facts, known, said, a_week)]
    unused = said.get(BESIDE, Chosen(BESIDE)).unused
    if any(_uses_beside(window, facts) for window in some) and not unused:
        uses.append(_use(BESIDE, beside, good, facts, known, said, a_week))
    kept, uses = _complete(good, uses)
    why = [use.why for use in uses if use.why]
    if not kept and not why:
        why = ["no window has a capacity"]
    lost = len(some) - len(kept)
    made: Table = {
        "methodology": methodology,
        "provider": provider,
        "plans": [
            {
                "provider": use.provider,
                "plan": use.plan and use.plan.name,
                "price": use.plan and use.plan.price,
            }
            for use in uses
        ],
        "windows": len(kept),
        "left_out": lost,
        "features": sum(window.features for window in kept),
        "unknown": why,
        "notes": _notes(unused, any(_uses_beside(window, facts) for window in some), uses),
    }
    arm = ArmCost(methodology, provider, uses, tuple(kept), None, 0.0, made)
    made["name"] = arm.name
    if why:
        return arm
    return _priced(arm, facts)


def _notes(unused: bool, offloads: bool, uses: Sequence[PlanUse]) -> list[str]:
    notes = []
    if unused and offloads:
        notes.append("no GLM plan is counted: what the offload lane bills by the request is in cost-compare")
    for use in uses:
        if [quota.quota for quota in use.quotas] == ["five_hour"] and _has_week(use.plan):
            notes.append(f"{use.provider}: its weekly quota was not read, so the cost is at least this")
    return notes


def _has_week(plan: Plan | None) -> bool:
    quota = plan.quotas.get("weekly_all") if plan else None
    return quota is None or not quota.absent


def _use(
    provider: str,
    shown: str | None,
    some: Sequence[rows.Window],
    facts: Facts,
    known: PlanTable,
    said: Mapping[str, Chosen],
    a_week: int,
) -> PlanUse:
    plan, why = plans.pick(known, provider, shown, said)
    of = [
        QuotaShare(
            quota,
            tuple(None if value is None else value / whole for value in values),
            step / whole,
        )
        for quota, values, whole, step in _amounts(provider, some, plan, facts, a_week)
    ]
    of = [quota for quota in of if 2 * sum(share is not None for share in quota.shares) >= len(some) > 0]
    if some and not of:
        nothing = f"{provider}: what its windows used of its plan is not known (no {provider} readings)"
        why = why or nothing
    return PlanUse(provider, plan, why, of)


Amounts = tuple[str, list[float | None], float, float]  # quota, used by each window, what a week holds, step


def _amounts(
    provider: str, some: Sequence[rows.Window], plan: Plan | None, facts: Facts, a_week: int
) -> list[Amounts]:
    """Return what each window used of each quota of a provider, in the quota's own units."""
    made: list[Amounts] = []
    main = [window for window in some if window.provider == provider]
    if main:
        quota = main[0].capacity_quota.split(" ")[0]
        period = SPANS[quota].period if quota in SPANS else None
        fills = {"5h": float(a_week), "day": 7.0, "week": 1.0, "month": 1 / plans.WEEKS}.get(period or "")
        if fills:
            made.append((quota, [window.capacity_pp for window in some], 100 * fills, STEP_PP))
        if quota != "weekly_all":
            made.append(("weekly_all", [window.weekly_pp for window in some], 100.0, STEP_PP))
    else:
        made.append(("five_hour", [window.glm_pp for window in some], 100.0 * a_week, STEP_PP))
    weekly = _credits_a_week(plan, facts) if provider == BESIDE else None
    if weekly and not any(name == "weekly_all" and any(values) for name, values, _, _ in made):
        made = [one for one in made if one[0] != "weekly_all"]
        made.append(("weekly_all", [window.glm_credits for window in some], weekly, 1.0))
    return made


def _credits_a_week(plan: Plan | None, facts: Facts) -> float | None:
    """Return the credits of a week of GLM's plan: as its readings count them, else as it is sold."""
    read = [
        meter.total
        for row in facts.snapshots
        if row.provider == BESIDE
        for meter in row.meters
        if meter.meter == "weekly_all" and meter.total
    ]
    published = plan.quotas.get("weekly_all") if plan else None
    return read[-1] if read else published.units if published else None


def _complete(
    some: Sequence[rows.Window], uses: Sequence[PlanUse]
) -> tuple[list[rows.Window], list[PlanUse]]:
    """Return the windows that tell of every quota that is counted, and the uses cut to them."""
    places = [
        place
        for place in range(len(some))
        if all(quota.shares[place] is not None for use in uses for quota in use.quotas)
    ]
    cut = [
        use._replace(
            quotas=[
                quota._replace(shares=tuple(quota.shares[place] for place in places)) for quota in use.quotas
            ]
        )
        for use in uses
    ]
    return [some[place] for place in places], cut


def _priced(arm: ArmCost, facts: Facts) -> ArmCost:
    """Return an arm with its costs: of all quotas of its plans, the one that makes it dearest binds."""
    import numpy as np

    features = np.array([window.features for window in arm.windows], float)
    contiguous = ArmWindows(arm.windows).contiguous
    week = sum(use.plan.week or 0.0 for use in arm.uses if use.plan)
    quotas = [(use, quota) for use in arm.uses for quota in use.quotas]
    arms = [arm._replace(binds=quota, week=week) for _, quota in quotas]
    costs = [per_unit(features, *_money(one), contiguous) for one in arms]
    totals = [float(_money(one)[0].sum()) for one in arms]
    best = totals.index(max(totals))
    arm = arms[best]
    arm.table.update(
        binds={"provider": quotas[best][0].provider, "quota": quotas[best][1].quota},
        per_feature=worst(costs, best),
        per_window=_per_window(_money(arm)[0]),
        per_size=_per_size(arm, facts, contiguous),
        phi=costs[best]["phi"],
    )
    for entry, use in zip(arm.table["plans"], arm.uses, strict=True):
        shares = {one.quota: float(np.mean(np.array(one.shares, float))) for one in use.quotas}
        entry["share_of_week_per_window"] = shares
    return arm


def _money(arm: ArmCost) -> tuple[np.ndarray, float]:
    """Return each window's money, and what the rounding of its meter is worth at most."""
    import numpy as np

    assert arm.binds is not None
    return arm.week * np.array(arm.binds.shares, float), arm.week * arm.binds.step


def per_unit(done: np.ndarray, money: np.ndarray, step: float, contiguous: bool = False) -> Table:
    """Return money per unit done: a ratio of sums with the 95 % interval of features per point, upside down.

    `money` (n,) is what each window cost, `step` what one point of the meter behind it is worth.

    >>> import numpy as np
    >>> found = per_unit(np.array([2.0, 4.0, 3.0]), np.array([1.0, 1.4, 1.2]), 0.1)
    >>> [round(found[end], 3) for end in ("estimate", "low", "high")]
    [0.4, 0.263, 1.363]
    """
    from tracker.stats.efficiency import ConfidenceInterval, efficiency
    from tracker.stats.efficiency import rounding as efficiency_rounding

    found = efficiency(done, money / step, contiguous)
    low, high = _widened(found)
    rounded = efficiency_rounding(ConfidenceInterval(low, high), money / step, contiguous)
    return {
        "estimate": step / found.estimate if found.estimate else None,
        "low": step / high if high else None,
        "high": step / low if low else None,
        "rounded_low": step / rounded.high if rounded.high else None,
        "rounded_high": step / rounded.low if rounded.low else None,
        "phi": found.phi,
    }


def _widened(found: Efficiency) -> tuple[float | None, float | None]:
    """Return the wider of the interval and Fieller's: the first is short where whole windows are hard together."""
    low, high, other = found.ci.low, found.ci.high, found.fieller
    if low is None or high is None or not other.bounded or other.low is None or other.high is None:
        return low, high
    return max(min(low, other.low), 0.0), max(high, other.high)


ENDS = ("low", "high", "rounded_low", "rounded_high")


def worst(costs: Sequence[Table], best: int) -> Table:
    """Return the cost by the quota that binds; its ends are the highest of all, since the dearest quota binds."""
    made: Table = {"estimate": costs[best]["estimate"]}
    for end in ENDS:
        known = [cost[end] for cost in costs if cost[end] is not None]
        made[end] = None if end.endswith("high") and costs[best][end] is None else max(known, default=None)
    return made


def _per_window(money: np.ndarray) -> Table:
    from tracker.stats import noninferiority

    made: Table = {"estimate": float(money.mean()), "low": None, "high": None}
    if len(money) >= LEAST:
        low, high = noninferiority.mean_bounds(money, 0.025)
        made |= {"low": max(low, 0.0), "high": high}
    return made


def _per_size(arm: ArmCost, facts: Facts, contiguous: bool) -> Table | None:
    """Return the cost of 100 units of registered task size; None where not every window's tasks have one."""
    import numpy as np

    sizes = sizes_of(facts, arm.windows)
    if not sizes or None in sizes:
        return None
    amounts = np.array(sizes, float)
    features = sum(window.features for window in arm.windows)
    mean = float(amounts.sum()) / features if features else None
    return per_unit(amounts / 100, *_money(arm), contiguous) | {"size_per_feature": mean}


def sizes_of(facts: Facts, windows: Sequence[rows.Window]) -> list[float | None]:
    """Return the size of what each window delivered, by its tasks' first registered sizes; None: not all have one."""
    size: dict[str, float] = {}
    tasks: dict[tuple[str, str], set[str]] = {}
    for row in facts.features:
        if row.predicted_size is not None:
            size.setdefault(row.feature_id, row.predicted_size)
        if row.window and (arm := facts.names.arm_of(row)):
            tasks.setdefault((row.window, arm), set()).add(row.feature_id)
    made: list[float | None] = []
    for window in windows:
        mine = tasks.get((window.window, window.methodology), set())
        mine = mine or ({window.feature_id} if window.feature_id else set())
        known = [size[name] for name in mine if name in size]
        whole = len(mine) == len(known) == window.features
        made.append(sum(known) if whole else None)
    return made


def _pairs(arms: Sequence[ArmCost], plan: rows.Experiment) -> list[tuple[ArmCost, ArmCost]]:
    """Return what is compared: each arm of another methodology with the baseline's, and plans within one."""
    made = []
    for one, two in itertools.combinations(arms, 2):
        first, second = (two, one) if two.methodology == plan.baseline != one.methodology else (one, two)
        if plan.baseline in (first.methodology, second.methodology) or one.methodology == two.methodology:
            made.append((first, second))
    return made


def _compared(a: ArmCost, b: ArmCost, facts: Facts) -> Table:
    """Return how many times B's a feature of A costs, on the logarithm; paired where blocks pair them."""
    import numpy as np

    from tracker.stats import comparison

    (money_a, step_a), (money_b, step_b) = _money(a), _money(b)
    done_a, done_b = (np.array([window.features for window in arm.windows], float) for arm in (a, b))
    places = _blocks(a, b, facts)
    if len(places) >= LEAST_BLOCKS:
        first, second = (np.array(side) for side in zip(*places, strict=True))
        found = comparison.paired(
            done_a[first], money_a[first] / step_a, done_b[second], money_b[second] / step_b
        )
    else:
        found = comparison.unpaired(done_a, money_a / step_a, done_b, money_b / step_b)
    turn = (
        step_a / step_b
    )  # B's features per point over A's is A's money per feature over B's, but for the units
    estimate, low, high = (
        None if end is None else end * turn for end in (found.estimate, found.ci.low, found.ci.high)
    )
    return {
        "a": a.name,
        "b": b.name,
        "paired": found.paired,
        "windows_a": found.windows_a,
        "windows_b": found.windows_b,
        "ratio": estimate,
        "low": low,
        "high": high,
        "cheaper": b.name
        if low is not None and low > 1
        else a.name
        if high is not None and high < 1
        else None,
        "sizes": [
            arm.table["per_size"]["size_per_feature"] if arm.table.get("per_size") else None for arm in (a, b)
        ],
    }


def _blocks(a: ArmCost, b: ArmCost, facts: Facts) -> list[tuple[int, int]]:
    """Return the places of both windows of every block that is complete in these arms."""
    of_a, of_b = ({id(window): place for place, window in enumerate(arm.windows)} for arm in (a, b))
    pairs = [(block.a, block.b) for block in facts.pairing.blocks]
    return [(of_a[id(one)], of_b[id(two)]) for one, two in pairs if id(one) in of_a and id(two) in of_b]


def records(made: Table) -> list[Table]:
    """Return a flat record for every arm; for CSV."""
    return [
        {
            "arm": arm["name"],
            "windows": arm["windows"],
            "features": arm["features"],
            **{f"per_feature_{end}": arm.get("per_feature", {}).get(end) for end in ("estimate", *ENDS)},
            **{
                f"per_window_{end}": arm.get("per_window", {}).get(end) for end in ("estimate", "low", "high")
            },
            "currency": made["currency"],
            "unknown": "; ".join(arm["unknown"]),
        }
        for arm in made["arms"]
    ]
