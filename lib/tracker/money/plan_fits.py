"""Which plan fits one's own load: the load replayed against each plan's quotas, and what a month of that costs.

What the plan that one is on holds is measured: list-price money per point of each quota, as `point-worth` has it.  Of
another plan it is known when it was measured too, by stretches or by windows on both; else by its seller's multiples,
which are an assumption and are labelled so; else it is not known, and nothing is made up for it.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tracker import cli, providers, rows
from tracker.history import ticks
from tracker.money import loads, plan_costs, plans, queues, worth
from tracker.money.loads import PlanLoad, PlanTimes
from tracker.money.plans import Chosen, Plan, PlanTable
from tracker.money.prices import Prices
from tracker.money.queues import HeldQuota, TimedWork, WorkWaits
from tracker.money.worth import PricedStretch

Table = dict[str, Any]
MOST_WAITING = 5.0  # percent of the work that may wait on a plan that carries it
BESIDE = plan_costs.BESIDE
REPLAYED = ("five_hour", "daily", "weekly_all", "monthly")
AS_IT_IS = "as it is"  # the plan that one is on, when nobody says which it is
MEASURED, WINDOWS, SELLER, UNKNOWN = "measured", "windows on both", "assumption", "not known"
FULL_PCT = 99.5  # a gauge of whole percents that shows 100
DAY = 86_400.0  # seconds
LEAST_COUNTED = 10  # steps of its gauge from which a stretch says itself what its work took
ENDS = ("estimate", "low", "high")
HOURS = ("median", "p90", "longest")


class FitSettings(NamedTuple):
    """What is asked."""

    seats: int = 1
    offload: bool = False
    most_waiting: float = MOST_WAITING


class PointsPerUsd(NamedTuple):
    """Points of one window of a quota that a dollar of list-price work takes, with the 95 % interval."""

    estimate: float
    low: float | None
    high: float | None
    stretches: int
    basis: str
    source: str = ""  # of an assumption: whose words, and when

    def times(self, factor: float, source: str) -> PointsPerUsd:
        """Return another plan's by its seller's words."""
        low, high = (None if end is None else end * factor for end in (self.low, self.high))
        return PointsPerUsd(self.estimate * factor, low, high, self.stretches, SELLER, source)


class PlanMeasured(NamedTuple):
    """What was measured of one plan: stretches and windows, by quota."""

    stretches: dict[str, list[PricedStretch]]
    windows: dict[str, list[tuple[float, float]]]  # features, points


class LoadMeasured(NamedTuple):
    """A load, the plan that it is on, and what was measured of each plan of its provider."""

    load: PlanLoad
    now: Plan  # without a price, and called AS_IT_IS, when it is not known
    why: str  # why the plan, or its price, is not known
    by_plan: dict[str, PlanMeasured]
    full: dict[str, tuple[int, int]]  # of each quota: windows that were seen full, and all that were seen
    scoped: list[str]  # quotas of a model's own that were read


def table(
    usage: Sequence[rows.Usage],
    there: Sequence[rows.Row],
    windows: Sequence[rows.Window],
    prices: Prices,
    known: PlanTable,
    said: Mapping[str, Chosen],
    ask: FitSettings,
) -> Table:
    """Return everything that plan-fit prints; `there` are the rows that readings stand in.

    cli.Stop (66) when there is no request, (2) when what is said of plans fits no reading.
    """
    from tracker.stats import quiet

    asked = worth.once(usage)
    found = loads.loads(asked, prices)
    if not found:
        raise cli.Stop(
            cli.NOTHING,
            f"no request that used a plan ({len(usage)} usage rows read); give it `ingest-history` or the router's log",
        )
    times = loads.plan_times([*there, *windows])
    named = [(one.provider, _latest(times, one)) for one in found]
    plans.check(known, said, [*named, *([(BESIDE, None)] if ask.offload else [])])
    requests, _ = worth.priced(asked, prices)
    readings = ticks.by_quota(ticks.ticks(there))
    beside, why = plans.pick(known, BESIDE, None, said) if ask.offload else (None, "")
    if ask.offload and said.get(BESIDE, Chosen(BESIDE)).unused:
        beside, why = Plan("none", BESIDE, 0.0, "USD", "", ""), ""
    with quiet():
        made = [
            _of_load(_measured(one, times, requests, readings, windows, known, said), known, beside, why, ask)
            for one in found
        ]
    priced = {(plan.provider, plan.name): plan for one in made for plan in one.pop("priced")}
    return {
        "prices": prices.as_of,
        "currency": plans.one_currency(list(priced.values())),
        "most_waiting_pct": ask.most_waiting,
        "loads": made,
        "plans": [plan_costs.plan_told(plan) for plan in priced.values()],
    }


def _latest(times: Mapping[worth.Owner, PlanTimes], load: PlanLoad) -> str | None:
    found = times.get((load.provider, load.account))
    return found.latest if found else None


def _measured(
    load: PlanLoad,
    times: Mapping[worth.Owner, PlanTimes],
    requests: Mapping[worth.Owner, list[worth.Priced]],
    readings: Mapping[ticks.QuotaOf, list[ticks.DatedTick]],
    windows: Sequence[rows.Window],
    known: PlanTable,
    said: Mapping[str, Chosen],
) -> LoadMeasured:
    owner = load.provider, load.account
    when = times.get(owner, PlanTimes([]))
    picked, why = plans.pick(known, load.provider, when.latest, said)
    now = picked or Plan(AS_IT_IS, load.provider, None, "USD", "", "")
    made = LoadMeasured(load, now, why, {}, {}, [])

    def of(words: str | None) -> PlanMeasured:
        plan = now if words == when.latest else plans.pick(known, load.provider, words, said)[0]
        return made.by_plan.setdefault(plan.name if plan else AS_IT_IS, PlanMeasured({}, {}))

    for quota, some in readings.items():
        if (quota.provider, quota.account) != owner or quota.meter not in REPLAYED:
            continue
        if quota.pool != "default":
            made.scoped.append(f"{quota.meter} {quota.pool}")
            continue
        seen = [window for window in ticks.by_window(some) if not ticks.is_only_full(window)]
        made.full[quota.meter] = (sum(one[-1].used_pct >= FULL_PCT for one in seen), len(seen))
        for one in worth.stretches(some, requests.get(owner, [])):
            words = when.between(one.start, one.end)
            if words is None and when.named:
                continue  # the plan changed meanwhile
            of(words).stretches.setdefault(quota.meter, []).append(one)
    for window in windows:
        if (
            (window.provider, ticks.account_label(window.account)) != owner
            or window.errors
            or not window.plan
        ):
            continue
        for meter in dict.fromkeys((window.capacity_quota, "weekly_all")):
            points = worth.points_of(window, meter)
            if points is not None and meter in REPLAYED:
                of(window.plan).windows.setdefault(meter, []).append((window.features, points))
    return made


def _of_load(
    seen: LoadMeasured, known: PlanTable, beside: Plan | None, why_beside: str, ask: FitSettings
) -> Table:
    load = seen.load
    mine = [seen.now if plan.name == seen.now.name else plan for plan in known.of(load.provider)]
    if seen.now not in mine:
        mine = [seen.now, *mine]
    fits = _fits(mine, seen, known, beside, why_beside, ask)
    replayed = any(one["waiting_pct"] for one in fits)
    first = load.requests[0].ts if load.requests else None
    return {
        "provider": load.provider,
        "account": load.account,
        "plan": None if seen.now.name == AS_IT_IS else seen.now.name,
        "unknown": seen.why,
        "requests": len(load.requests),
        "usd": load.usd,
        "from": first,
        "days": load.days,
        "unpriced": dict(load.unpriced),
        "offloadable_pct": 100 * load.offloadable,
        "offloaded_requests": sum(one.offloaded for one in load.requests),
        "full": {quota: {"full": full, "windows": all_of} for quota, (full, all_of) in seen.full.items()},
        "not_replayed": seen.scoped,
        "fits": fits,
        "comparisons": _comparisons(fits, mine, seen),
        "carries": _carries(fits, ask.most_waiting),
        "priced": [plan for plan in (*mine, beside) if plan and plan.price and replayed],
    }


def _fits(
    mine: Sequence[Plan],
    seen: LoadMeasured,
    known: PlanTable,
    beside: Plan | None,
    why_beside: str,
    ask: FitSettings,
) -> list[Table]:
    """Return the load on each plan, in every number of seats, without and with offloading."""
    load = seen.load
    ways = [False, True] if ask.offload and load.provider == "claude" and load.offloadable else [False]
    counted = _as_counted(seen)
    work = {way: queues.by_minute(counted(one) for one in load.work(way)) for way in ways}
    made = []
    for plan in mine:
        rates = _rates(plan, seen, known)
        clear = any(rates.values())  # of a plan of which nothing is known, one line says so
        for way, seats in itertools.product(ways, range(1, ask.seats + 1)) if clear else [(False, 1)]:
            price = _Price(plan, beside if way else None, why_beside if way else "")
            made.append(_fit(rates, work[way], load.days, seats, price, plan.name == seen.now.name))
    return made


def _as_counted(seen: LoadMeasured) -> Callable[[TimedWork], TimedWork]:
    """Return what turns work into what the gauge said of it.

    Within a stretch of the shortest quota, work counts as the points that it took, at the plan's worth of a point; the
    list prices say only how it is spread within.  Elsewhere it counts at its list price.
    """
    parts = []
    for one in seen.by_plan.values():
        name = next((quota for quota in REPLAYED if quota in one.stretches), None)
        some = one.stretches[name] if name else []
        rate = measured(some)
        for stretch in some:
            if rate and stretch.usd and stretch.points >= LEAST_COUNTED * stretch.step_pp:
                times = stretch.points / stretch.usd / rate.estimate
                parts.append((stretch.start.timestamp(), stretch.end.timestamp(), times))
    parts.sort()
    starts = [start for start, _, _ in parts]

    def counted(work: TimedWork) -> TimedWork:
        place = bisect_right(starts, work.at) - 1
        inside = place >= 0 and work.at <= parts[place][1]
        return work._replace(amount=work.amount * parts[place][2]) if inside else work

    return counted


class _Price(NamedTuple):
    """A plan, and the one of the offload lane beside it."""

    plan: Plan
    beside: Plan | None
    why: str  # why that is not known

    @property
    def unknown(self) -> list[str]:
        """What of the cost is not known."""
        name = "the plan as it is" if self.plan.name == AS_IT_IS else self.plan.name
        lacks = [] if self.plan.price is not None else [f"no price of {name} is known"]
        return [*lacks, *([self.why] if self.why else [])]

    def cost(self, seats: float) -> float | None:
        """Return what a month of so many seats costs, and the one plan beside them."""
        if self.unknown or self.plan.price is None:
            return None
        return seats * self.plan.price + ((self.beside.price or 0.0) if self.beside else 0.0)


def _rates(plan: Plan, seen: LoadMeasured, known: PlanTable) -> dict[str, PointsPerUsd | None]:
    """Return the points that a dollar takes of each quota of a plan; None: not known; a quota that it lacks is absent."""
    own, base = (seen.by_plan.get(name) for name in (plan.name, seen.now.name))
    read = list((own or base or PlanMeasured({}, {})).stretches)
    names = dict.fromkeys([*read, *(name for name in plan.quotas if name in REPLAYED)])
    made: dict[str, PointsPerUsd | None] = {}
    for name in sorted(names, key=REPLAYED.index):
        published = plan.quotas.get(name)
        if own and name in own.stretches and (rate := measured(own.stretches[name])):
            made[name] = rate
        elif not (published and published.absent):
            made[name] = _by_another(plan, name, seen, known)
    return made


def _by_another(plan: Plan, quota: str, seen: LoadMeasured, known: PlanTable) -> PointsPerUsd | None:
    """Return what is known of a plan by another that was measured: windows on both, else the seller's multiples."""
    own = seen.by_plan.get(plan.name, PlanMeasured({}, {})).windows.get(quota, [])
    others = sorted(seen.by_plan, key=lambda name: name != seen.now.name)
    for name in others:
        there = seen.by_plan[name]
        rate = measured(there.stretches.get(quota, []))
        if rate and (found := by_windows(rate, there.windows.get(quota, []), own)):
            return found
    for name in others:
        other = seen.now if seen.now.name == name else known.named(plan.provider, name)
        rate = measured(seen.by_plan[name].stretches.get(quota, []))
        factor = known.times(other, plan, quota) if other else None
        if rate and factor:
            return rate.times(
                factor,
                f"{plan.name} holds {1 / factor:g} times what {name} does ({plan.as_of}, {plan.source})",
            )
    return None


def measured(some: Sequence[PricedStretch]) -> PointsPerUsd | None:
    """Return the points that a dollar takes by these stretches; None when none of them has money."""
    import numpy as np

    with_money = [one for one in some if one.usd]
    if not with_money:
        return None
    step = max(one.step_pp for one in with_money) or 1.0
    points = np.array([one.points for one in with_money])
    found = plan_costs.per_unit(np.array([one.usd for one in with_money]), points, step)
    if not found["estimate"]:
        return None
    return PointsPerUsd(
        found["estimate"], found["rounded_low"], found["rounded_high"], len(with_money), MEASURED
    )


def by_windows(
    rate: PointsPerUsd, there: Sequence[tuple[float, float]], own: Sequence[tuple[float, float]]
) -> PointsPerUsd | None:
    """Return another plan's rate by windows (features, points) on both; None where either has fewer than three.

    How many times a point of the other is worth is the ratio of features per point; the two intervals are joined on
    the logarithm, their half widths by the root of the sum of squares.
    """
    from tracker.stats import comparison
    from tracker.stats.efficiency import LEAST

    if min(len(there), len(own)) < LEAST:
        return None
    (done_a, points_a), (done_b, points_b) = (tuple(zip(*side, strict=True)) for side in (there, own))
    found = comparison.unpaired(done_a, points_a, done_b, points_b)
    if not found.estimate:
        return None
    estimate = rate.estimate / found.estimate
    low, high = found.ci.low, found.ci.high
    if None in (rate.low, rate.high, low, high) or not (rate.low and low and rate.high and high):
        return PointsPerUsd(estimate, None, None, len(own), WINDOWS)
    down = math.hypot(math.log(rate.estimate / rate.low), math.log(high / found.estimate))
    up = math.hypot(math.log(rate.high / rate.estimate), math.log(found.estimate / low))
    return PointsPerUsd(estimate, estimate * math.exp(-down), estimate * math.exp(up), len(own), WINDOWS)


def _fit(
    rates: Mapping[str, PointsPerUsd | None],
    work: Sequence[TimedWork],
    days: float,
    seats: int,
    price: _Price,
    is_now: bool,
) -> Table:
    clear = {name: rate for name, rate in rates.items() if rate is not None}
    played = {end: waits(clear, end, work, seats) for end in ENDS} if clear else {}
    takes = {name: _takes(name, rate, work, days) for name, rate in clear.items()}
    binds = max(takes, key=lambda name: takes[name]["estimate"], default=None)
    middle = played.get("estimate")
    offload = price.beside is not None or bool(price.why)
    return {
        "plan": price.plan.name,
        "seats": seats,
        "offload": offload,
        "now": is_now and seats == 1 and not offload,
        "cost": price.cost(seats),
        "unknown": price.unknown,
        "quotas": [_quota(name, rate, takes.get(name)) for name, rate in rates.items()],
        "whole": bool(rates) and len(clear) == len(rates),
        "waiting_pct": {end: 100 * one.share if one else None for end, one in played.items()},
        "hours": middle and {name: getattr(middle, name) for name in HOURS},
        "after_end_pct": middle and 100 * middle.after_end,
        "binds": binds,
        "used": _used(price, takes, binds),
    }


def waits(
    rates: Mapping[str, PointsPerUsd], end: str, work: Sequence[TimedWork], seats: int
) -> WorkWaits | None:
    """Return what waits when every quota takes as many points a dollar as this end of its interval; None: it has none."""
    ends = {name: getattr(rate, end) for name, rate in rates.items()}
    if not all(ends.values()):
        return None
    held = [
        HeldQuota(name, providers.SPANS[name].length.total_seconds(), 100 / points)
        for name, points in ends.items()
    ]
    return queues.play(work, held, seats)


def _takes(name: str, rate: PointsPerUsd, work: Sequence[TimedWork], days: float) -> Table:
    """Return the percent that the load takes of a seat's quota: of the windows that it opens, or of its weeks."""
    length = providers.SPANS[name].length.total_seconds()
    count = queues.opened(work, length) if length <= DAY else max(1.0, days * DAY / length)
    each = sum(one.amount for one in work) / count if count else 0.0
    return {end: None if (value := getattr(rate, end)) is None else each * value for end in ENDS}


def _used(price: _Price, takes: Mapping[str, Table], binds: str | None) -> Table:
    """Return what the load takes of a month's money, as if seats were sold by the part, by the quota that binds.

    The ends are the highest of all quotas', since it is the one that takes most that binds.
    """
    made: Table = dict.fromkeys(ENDS)
    if binds is None or price.cost(1) is None:
        return made
    made["estimate"] = price.cost(takes[binds]["estimate"] / 100)
    for end in ("low", "high"):
        known = [one[end] for one in takes.values()]
        made[end] = None if None in known else price.cost(max(known) / 100)
    return made


def _quota(name: str, rate: PointsPerUsd | None, takes: Table | None) -> Table:
    if rate is None:
        return {
            "quota": name,
            "basis": UNKNOWN,
            "usd_per_point": None,
            "stretches": 0,
            "source": "",
            "takes_pct": None,
        }
    ends = {
        "estimate": 1 / rate.estimate,
        "low": rate.high and 1 / rate.high,
        "high": rate.low and 1 / rate.low,
    }
    return {
        "quota": name,
        "basis": rate.basis,
        "usd_per_point": ends,
        "stretches": rate.stretches,
        "source": rate.source,
        "takes_pct": takes,
    }


def _comparisons(fits: Sequence[Table], mine: Sequence[Plan], seen: LoadMeasured) -> list[Table]:
    """Compare, by the ratio of what the load takes of them in money, every two plans that were measured themselves."""
    known = {plan.name for plan in mine if plan.price is not None and plan.name in seen.by_plan}
    lines = [one for one in fits if one["seats"] == 1 and not one["offload"] and one["whole"]]
    lines = [one for one in lines if one["plan"] in known and one["used"]["estimate"]]
    return [made for a, b in itertools.combinations(lines, 2) if (made := _compared(a, b, seen))]


def _compared(a: Table, b: Table, seen: LoadMeasured) -> Table | None:
    """Return how many times B's the load takes of A in money, on the logarithm; None: either's quota was not measured."""
    from tracker.stats import comparison

    one, other = _binding(a, seen), _binding(b, seen)
    if one is None or other is None:
        return None
    found = comparison.unpaired(*one, *other)
    if not found.estimate:
        return None
    turn = a["used"]["estimate"] / b["used"]["estimate"] / found.estimate
    low, high = (None if end is None else end * turn for end in found.ci[:2])
    a_is_cheaper, b_is_cheaper = high is not None and high < 1, low is not None and low > 1
    return {
        "a": a["plan"],
        "b": b["plan"],
        "ratio": found.estimate * turn,
        "low": low,
        "high": high,
        "cheaper": a["plan"] if a_is_cheaper else b["plan"] if b_is_cheaper else None,
    }


def _binding(fit: Table, seen: LoadMeasured) -> tuple[list[float], list[float]] | None:
    """Return money and points, in steps of its gauge, of the stretches of the quota that binds."""
    some = [one for one in seen.by_plan[fit["plan"]].stretches.get(fit["binds"], []) if one.usd]
    if not some:
        return None
    step = max(one.step_pp for one in some) or 1.0
    return [one.usd or 0.0 for one in some], [one.points / step for one in some]


def _carries(fits: Sequence[Table], most: float) -> Table | None:
    """Return the cheapest that carries the load: surely, or by the estimate alone; None where none is known to."""
    whole = [one for one in fits if one["whole"] and one["cost"] is not None]
    for sure in (True, False):
        able = [
            one
            for one in whole
            if (share := one["waiting_pct"]["high" if sure else "estimate"]) is not None and share <= most
        ]
        if able:
            best = min(able, key=lambda one: (one["cost"], one["seats"], one["offload"]))
            assumed = any(quota["basis"] == SELLER for quota in best["quotas"])
            return {key: best[key] for key in ("plan", "seats", "offload", "cost")} | {
                "sure": sure,
                "assumed": assumed,
            }
    return None


def records(made: Table) -> list[Table]:
    """Return a flat record for every plan, number of seats and way; for CSV."""
    return [
        {
            "provider": load["provider"],
            "account": load["account"],
            **{key: fit[key] for key in ("plan", "seats", "offload", "now", "cost")},
            **{f"waiting_pct_{end}": fit["waiting_pct"].get(end) for end in ENDS},
            **{f"hours_{key}": (fit["hours"] or {}).get(key) for key in HOURS},
            **{f"used_{end}": fit["used"][end] for end in ENDS},
            "binds": fit["binds"],
            "basis": "; ".join(f"{one['quota']} {one['basis']}" for one in fit["quotas"]),
            "whole": fit["whole"],
            "currency": made["currency"],
        }
        for load in made["loads"]
        for fit in load["fits"]
    ]
