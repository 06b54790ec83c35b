"""What offloaded requests cost, against the same requests on the model that they replaced."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tracker import lanes, rows
from tracker.evidence import facts
from tracker.money.prices import Prices, Tokens

Table = dict[str, Any]
LEAST = 3  # features below which there is no interval
NOWHERE = "no window"
PRICED = "priced"  # state of the feature rows that are made here
WHOLE = 0.95  # share of a window's counted requests that must be logged; some fall just outside its readings


class Bill:
    """Requests of one feature, or of all, that another lane than Anthropic's answered."""

    def __init__(self) -> None:
        self.requests = 0
        self.priced = 0
        self.cost = 0.0  # USD, as answered
        self.replaced = 0.0  # USD, had the model that was asked for answered
        self.tokens = 0  # as the lane counts them
        self.windows: dict[str, None] = {}
        self.models: dict[str, None] = {}
        self.asked: dict[str, None] = {}
        self.lanes: dict[str, None] = {}

    def add(self, row: rows.Usage, window: rows.Window | None, both: tuple[float, float] | None) -> None:
        """Take a request in; `both` are its costs here and on the replaced model, when known."""
        self.requests += 1
        self.models[row.routed_model or "unknown"] = None
        self.asked[row.model] = None
        self.lanes[row.lane] = None
        if window is not None:
            self.windows[window.window] = None
        self.tokens += sum((tokens_of(row) or ())[:4])  # what is kept for an hour is in them
        if both is not None:
            self.priced += 1
            self.cost += both[0]
            self.replaced += both[1]


def tokens_of(row: rows.Usage) -> Tokens | None:
    """Return a request's tokens, or None when the reply did not count them."""
    if row.prompt_tokens is None or row.completion_tokens is None:
        return None
    written = row.cache_creation_tokens or 0
    for_an_hour = min(row.cache_creation_1h_tokens or 0, written)
    return Tokens(row.prompt_tokens, row.completion_tokens, row.cache_read_tokens or 0, written, for_an_hour)


class Hours:
    """Which window a request belongs to: the one between whose readings it was made."""

    def __init__(self, windows: Iterable[rows.Window], owners: Mapping[int, str] | None = None) -> None:
        """Take the windows; `owners`: the window of a request by its id(), where several were open at once."""
        self.owners = owners or {}
        timed = [w for w in windows if w.started_at is not None and w.ended_at is not None]
        self.windows = sorted(timed, key=lambda w: w.started_at or w.ts)
        self._starts = [w.started_at or w.ts for w in self.windows]

    def of(self, row: rows.Usage) -> rows.Window | None:
        """Return the window of a request, or None between windows."""
        return self.at(row.ts, self.owners.get(id(row)))

    def at(self, when: datetime, owner: str | None = None) -> rows.Window | None:
        """Return the window of an instant: the one of that name, where several were open."""
        # Windows of two agents may overlap: the latest that began before the request and had not ended.
        for place in range(bisect_right(self._starts, when) - 1, -1, -1):
            window = self.windows[place]
            is_owner = owner is None or window.window == owner
            if is_owner and window.ended_at is not None and when <= window.ended_at:
                return window
            if (when - self._starts[place]).total_seconds() > 86_400:
                break
        return None


class Comparison:
    """Offloaded requests, by feature.

    A request belongs to the window in which it was made, and to its feature; a window with several
    features is one line, since a request does not say which of them it was for.
    """

    def __init__(
        self,
        prices: Prices,
        windows: Iterable[rows.Window],
        replaced: str | None = None,
        owners: Mapping[int, str] | None = None,
    ) -> None:
        self.prices, self.replaced = prices, replaced
        self.total = Bill()
        self.features: dict[str, Bill] = {}
        self.pairs: dict[tuple[str, str, str], Bill] = {}  # by lane, model there, model that it replaces
        self.unpriced: dict[str, int] = {}  # model or reason -> requests
        self.kept = 0  # requests that stayed on Anthropic
        self.hours = Hours(windows, owners)

    def add(self, row: rows.Usage) -> None:
        """Take one request of the router's log in."""
        if not lanes.is_offload(row.lane):
            self.kept += 1
            return
        window = self.hours.of(row)
        both = self._price(row)
        name = NOWHERE if window is None else window.feature_id or window.window
        pair = self.pairs.setdefault(
            (row.lane, row.routed_model or "unknown", self.replaced or row.model), Bill()
        )
        for bill in (self.total, pair, self.features.setdefault(name, Bill())):
            bill.add(row, window, both)

    def _price(self, row: rows.Usage) -> tuple[float, float] | None:
        tokens = tokens_of(row)
        asked = self.replaced or row.model
        cost = replaced = None
        if tokens is None:
            reason = "no token counts"
        elif row.routed_model is None:
            reason = "no routed_model"
        else:
            cost = self.prices.cost(row.routed_model, row.lane, row.ts, tokens)
            replaced = self.prices.cost(asked, lanes.ANTHROPIC, row.ts, tokens)
            reason = f"no price of {row.routed_model if cost is None else asked}"
        if cost is not None and replaced is not None:
            return cost, replaced
        self.unpriced[reason] = self.unpriced.get(reason, 0) + 1
        return None


def table(found: Comparison, least: int, capacity: list[Table], arms: Table | None) -> Table:
    """Return everything that cost-compare prints; features with fewer than `least` requests are summed."""
    from tracker.stats import noninferiority

    named = {name: bill for name, bill in found.features.items() if name != NOWHERE and bill.priced}
    shown = {name: bill for name, bill in named.items() if bill.requests >= least}
    costs = [bill.cost for bill in shown.values()], [bill.replaced for bill in shown.values()]
    deltas = ratio = None
    if len(shown) >= LEAST:
        import numpy as np

        differences = np.array(costs[1]) - np.array(costs[0])
        low, high = noninferiority.mean_bounds(differences, 0.025)
        deltas = {"mean": float(differences.mean()), "low": low, "high": high, "level": 0.95}
        bounds = noninferiority.cost_ratio(costs[1], costs[0])
        ratio = {"estimate": bounds.estimate, "low": bounds.low, "high": bounds.high, "level": 0.95}
    return {
        "as_of": found.prices.as_of,
        "replaced_model": found.replaced,
        "total": line(None, found.total),
        "features": [line(name, shown[name]) for name in sorted(shown)],
        "fewer": {"least": least, "features": len(named) - len(shown)},
        "outside": found.features[NOWHERE].requests if NOWHERE in found.features else 0,
        "kept": found.kept,
        "unpriced": found.unpriced,
        "lanes": {lane: lanes.words(lane) for lane in found.total.lanes},
        "dearer": dearer(found),
        "delta_per_feature": deltas,
        "ratio": ratio,
        "capacity": capacity,
        "arms": arms,
    }


def costs_more(made: Table) -> bool | None:
    """Return whether offloading costs more, by its requests, else by the features of both arms; None if neither says."""
    if made["total"]["priced"]:
        return bool(made["total"]["saved_usd"] < 0)
    if made["total"]["requests"] or made["arms"] is None:
        return None
    return bool(sum(one["delta_usd"] for one in made["arms"]["features"]) > 0)


def dearer(found: Comparison) -> list[Table]:
    """Return the lanes' models that cost more at list price than what they replace, the dearest first."""
    made = [
        {
            "lane": lane,
            "model": model,
            "replaced_model": replaced,
            "requests": bill.priced,
            "times": bill.cost / bill.replaced,
        }
        for (lane, model, replaced), bill in found.pairs.items()
        if bill.replaced and bill.cost > bill.replaced
    ]
    return sorted(made, key=lambda one: -one["times"])


def warning(one: Table) -> str:
    """Return one line for a person about a model that costs more than what it replaces.

    >>> warning({"lane": "zai", "model": "glm-4.6", "replaced_model": "claude-haiku-5-5", "requests": 9, "times": 4.5})
    'glm-4.6 on Z.AI costs 4.5 times claude-haiku-5-5 at list price (9 requests); see ZAI_MODEL, docs/lanes.md'
    """
    lane = lanes.known().get(one["lane"])
    see = f"; see {lane.setting('MODEL')}, docs/lanes.md" if lane is not None else ""
    return (
        f"{one['model']} on {lanes.words(one['lane'])} costs {one['times']:.3g} times {one['replaced_model']} "
        f"at list price ({one['requests']:,} requests){see}"
    )


def between_arms(
    features: Iterable[rows.Feature], baseline: str, candidate: str, least: int = LEAST
) -> Table | None:
    """Return what the features done in both arms cost in each, USD, and the mean difference.

    Of several rows of a feature and arm the last counts.  `delta` is candidate minus baseline with
    its 95 % t interval; None below `least` features, or below 3.  None when no feature has two costs.
    """
    by_arm: dict[str, dict[str, float]] = {baseline: {}, candidate: {}}
    for row in features:
        if row.methodology in by_arm and row.cost_usd is not None:
            by_arm[row.methodology][row.feature_id] = row.cost_usd
    both = sorted(by_arm[baseline].keys() & by_arm[candidate].keys())
    if not both:
        return None
    pairs = [(by_arm[baseline][name], by_arm[candidate][name]) for name in both]
    delta = None
    if len(both) >= max(least, LEAST):
        import numpy as np

        from tracker.stats import noninferiority

        differences = np.array([after - before for before, after in pairs])
        low, high = noninferiority.mean_bounds(differences, 0.025)
        delta = {"mean": float(differences.mean()), "low": low, "high": high, "level": 0.95}
    return {
        "baseline": baseline,
        "candidate": candidate,
        "features": [
            {"feature": name, "baseline_usd": a, "candidate_usd": b, "delta_usd": b - a}
            for name, (a, b) in zip(both, pairs, strict=True)
        ],
        "delta": delta,
    }


def line(name: str | None, bill: Bill) -> Table:
    """Return one bill as plain values."""
    return {
        "feature": name,
        "windows": list(bill.windows),
        "requests": bill.requests,
        "priced": bill.priced,
        "model": ", ".join(bill.models),
        "replaced_model": ", ".join(bill.asked),
        "cost_usd": bill.cost if bill.priced else None,
        "replaced_cost_usd": bill.replaced if bill.priced else None,
        "saved_usd": bill.replaced - bill.cost if bill.priced else None,
        "times": bill.replaced / bill.cost if bill.priced and bill.cost > 0 else None,
        "tokens": bill.tokens,
    }


def capacity(windows: Iterable[rows.Window]) -> list[Table]:
    """Return what a feature takes of the plan in each arm: points and credits; `plan_costs` has the money.

    Points of two quotas cannot be added: an arm has a line for each quota that its windows measured.
    """
    by_arm: dict[tuple[str, str], list[rows.Window]] = {}
    for window in windows:
        by_arm.setdefault((window.methodology, window.capacity_quota), []).append(window)
    made = []
    for (name, quota), some in sorted(by_arm.items()):
        sums: Table = {
            "methodology": name,
            "capacity_quota": quota,
            "windows": len(some),
            "features": sum(w.features for w in some),
        }
        for field in ("capacity_pp", "weekly_pp", "glm_credits"):
            known = [(getattr(w, field), w.features) for w in some if getattr(w, field) is not None]
            features = sum(features for _, features in known)
            sums[f"{field}_per_feature"] = sum(value for value, _ in known) / features if features else None
        made.append(sums)
    return made


def as_rows(found: Comparison, made: Table) -> list[rows.Cost]:
    """Return the lines of the table and the total as rows, dated by the newest window or none."""
    from tracker import clock

    when = max((w.ts for w in found.hours.windows), default=None) or clock.now()
    arm = {w.window: w.methodology for w in found.hours.windows}
    return [
        rows.Cost(
            ts=when,
            feature_id=one["feature"],
            window=one["windows"][0] if len(one["windows"]) == 1 else None,
            methodology=arm.get(one["windows"][0]) if one["windows"] else None,
            model=one["model"],
            replaced_model=found.replaced or one["replaced_model"],
            requests=one["priced"],
            cost_usd=one["cost_usd"],
            replaced_cost_usd=one["replaced_cost_usd"],
            as_of=found.prices.as_of,
        )
        for one in [*made["features"], made["total"]]
    ]


def feature_costs(
    prices: Prices,
    windows: Iterable[rows.Window],
    usage: Iterable[rows.Usage],
    features: Sequence[rows.Feature],
    telemetry: Iterable[rows.ProxyTelemetry],
    owners: Mapping[int, str] | None = None,
) -> tuple[list[rows.Feature], list[str]]:
    """Return a feature row with what all requests of its window cost, on whichever lane, and why windows have none.

    A request does not say which of its window's features it was for, so a window of several is one
    row under all their names.  A sum that leaves requests out would be a cost that is too low: a
    window with requests that have no price, or with fewer than its telemetry counted, gets no row.
    """
    hours = Hours({(w.window, w.methodology, w.provider): w for w in windows}.values(), owners)
    several = facts.shared(hours.windows)
    counted = {
        (row.window, row.methodology if row.window in several else None): row.total_prompts
        for row in telemetry
    }
    spent: dict[int, list[float | None]] = {id(window): [] for window in hours.windows}
    seen: set[str] = set()
    for row in usage:
        window = hours.of(row)
        if window is not None and (row.trace_id is None or row.trace_id not in seen):
            spent[id(window)].append(_spent(prices, row))
            seen |= {row.trace_id} if row.trace_id else set()
    made, left_out = [], []
    for window in hours.windows:
        costs, names = spent[id(window)], _names(window, features)
        expected = counted.get((window.window, window.methodology if window.window in several else None), 0)
        if why := _why_uncosted(window, features, names, costs, expected):
            left_out.append(f"{window.window}: {why}")
            continue
        made.append(
            rows.Feature(
                ts=window.ts,
                feature_id="+".join(names),
                window=window.window,
                methodology=window.methodology,
                provider=window.provider,
                state=PRICED,
                cost_usd=math.fsum(cost for cost in costs if cost is not None),
                requests=len(costs),
                as_of=prices.as_of,
            )
        )
    return made, left_out


def _why_uncosted(
    window: rows.Window,
    features: Sequence[rows.Feature],
    names: Sequence[str],
    costs: Sequence[float | None],
    expected: int,
) -> str | None:
    """Return why a window gets no cost; None when it gets one.  `expected`: requests by its telemetry."""
    priced = (row for row in features if row.window == window.window and row.state != PRICED)
    if any(row.cost_usd is not None for row in priced):
        return "its features have a cost already"
    if not names:
        return "no feature_id"
    if not costs or len(costs) < WHOLE * expected:
        of = f" of the {expected} that its telemetry counts" if expected else ""
        return f"{len(costs)} requests in the log{of}"
    unknown = sum(cost is None for cost in costs)
    return f"{unknown} of {len(costs)} requests have no price" if unknown else None


def _spent(prices: Prices, row: rows.Usage) -> float | None:
    """Return what one request cost where it was answered, USD; None when that cannot be known."""
    tokens = tokens_of(row)
    if tokens is None:
        # An error that the provider answered with is not billed.
        return 0.0 if row.status is not None and row.status >= 400 else None
    return prices.cost(row.routed_model or row.model, row.lane, row.ts, tokens)


def _names(window: rows.Window, features: Sequence[rows.Feature]) -> list[str]:
    names = {
        row.feature_id
        for row in features
        if row.window == window.window
        and row.state != PRICED
        and row.methodology in {None, window.methodology}
    }
    return sorted(names | ({window.feature_id} if window.feature_id else set()))
