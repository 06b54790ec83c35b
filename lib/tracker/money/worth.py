"""What a point of a quota is worth: tokens, list-price money and features, and whether it has become smaller.

A stretch is what the dated readings show of one of a quota's own windows, from one move of the gauge to a later one:
so many points, and the requests that were made meanwhile.  Money per point is a ratio of sums over stretches, with
the interval of features per point.  A request without a known price leaves its stretch without money, never at 0.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tracker import lanes, rows
from tracker.history import ticks
from tracker.history.ticks import DatedTick, QuotaOf
from tracker.money.costs import tokens_of
from tracker.money.prices import Prices, Tokens
from tracker.providers import PROVIDERS

Table = dict[str, Any]
DENSE = 3  # moves from which a stretch goes from move to move, else from reading to reading
LEAST_PP = 3.0  # points of a stretch below which rounding is most of it
PART_PP = 6.0  # points after which a week's window is parted
FULL_PCT = 100.0
SMALLER = 0.02  # a smaller change than that is none
DAY = timedelta(days=1)


class Priced(NamedTuple):
    """One request of a plan: when, what it was, what it would cost by the list."""

    ts: datetime
    model: str
    lane: str
    tokens: int
    read: int  # tokens of them that came from the cache
    usd: float | None


class PricedStretch(NamedTuple):
    """Points of a quota between two readings of one of its windows, and the requests meanwhile."""

    start: datetime
    end: datetime
    points: float
    step_pp: float
    requests: int
    tokens: int
    usd: float | None  # None: a request in it has no price
    by_model: tuple[tuple[str, float], ...]  # share of the money, largest first
    cached: float  # share of the tokens that came from the cache, 0..1
    lane: str

    @property
    def mix(self) -> str:
        """What it was made of: a model that makes nine tenths of its money, or `mixed`."""
        name, share = self.by_model[0] if self.by_model else ("unpriced", 0.0)
        return name if share >= 0.9 else "mixed" if self.by_model else name

    @property
    def stratum(self) -> tuple[object, ...]:
        """What it may be compared with: models and cache alike, by tenths."""
        return (*sorted((name, round(10 * share)) for name, share in self.by_model), round(10 * self.cached))


def provider_of(row: rows.Usage) -> str | None:
    """Return whose plan a request used; None for a lane that bills by the request.

    >>> row = rows.Usage(ts=datetime(2026, 1, 1), model="gpt-5.5", lane="stock", status=200, latency_ms=None,
    ...     decision="history", op="stream")
    >>> provider_of(row)
    'codex'
    """
    if row.lane == lanes.ANTHROPIC:
        return "claude"
    if row.lane != lanes.STOCK:
        lane = lanes.known().get(row.lane)
        return lane.backend if lane and lane.backend == "glm" else None
    if (row.client or "").startswith("codex"):
        return "codex"
    return next((one.name for one in PROVIDERS if row.model.lower().startswith(one.models)), "claude")


# The decisions of rows that a client tells, by `ingest-history` and `ingest-otel`: the fuller first.
CLIENTS = ("history", "client_otel")
SAME = timedelta(minutes=10)  # the router and the client write a reply's time at different moments


def once(usage: Sequence[rows.Usage]) -> list[rows.Usage]:
    """Return the requests once each: the router's, else those of a client's history, else of its telemetry.

    They share no id; the same request has the session, the tokens and about the time.

    >>> row = rows.Usage(ts=datetime(2026, 1, 1), model="claude-haiku-5-5", lane="zai", status=200, latency_ms=9.0,
    ...     decision="forced_model", op="stream", session_id="s", prompt_tokens=9, completion_tokens=5)
    >>> told = rows.Usage(ts=datetime(2026, 1, 1, 0, 1), model="glm-4.5-air", lane="stock", status=200, latency_ms=None,
    ...     decision="history", op="stream", session_id="s", prompt_tokens=9, completion_tokens=5)
    >>> [one.lane for one in once([told, row, told])]
    ['zai', 'stock']
    """
    kept = list(usage)
    for place, told in enumerate(CLIENTS):
        logged: dict[tuple[str, Tokens], list[datetime]] = {}
        for row in kept:
            if row.decision not in CLIENTS[place:] and (key := _told(row)):
                logged.setdefault(key, []).append(row.ts)
        if logged:
            kept = [row for row in kept if row.decision != told or not _taken(row, logged)]
    return kept


def _told(row: rows.Usage) -> tuple[str, Tokens] | None:
    tokens = tokens_of(row)
    return (row.session_id, tokens._replace(cache_write_1h=0)) if row.session_id and tokens else None


def _taken(row: rows.Usage, logged: dict[tuple[str, Tokens], list[datetime]]) -> bool:
    """Say whether the router logged a client's request, and take that one of its rows."""
    key = _told(row)
    times = logged.get(key, []) if key else []
    near = min(times, key=lambda time: abs(time - row.ts), default=None)
    if near is None or abs(near - row.ts) > SAME:
        return False
    times.remove(near)
    return True


Owner = tuple[str, str | None]  # provider, account


def priced(usage: Iterable[rows.Usage], prices: Prices) -> tuple[dict[Owner, list[Priced]], Counter[str]]:
    """Return the requests that used a plan, by provider and account, oldest first, and the models without a price."""
    made: dict[Owner, list[Priced]] = {}
    unpriced: Counter[str] = Counter()
    for row in usage:
        provider, tokens = provider_of(row), tokens_of(row)
        if provider is None or tokens is None:
            continue
        model = row.routed_model or row.model
        usd = prices.cost(model, row.lane, row.ts, tokens)
        if usd is None and any(tokens):
            unpriced[model] += 1
        account = ticks.account_label(row.account)
        one = Priced(row.ts, model, row.lane, sum(tokens[:4]), tokens.cache_read, usd)
        made.setdefault((provider, account), []).append(one)
    for requests in made.values():
        requests.sort(key=lambda one: one.ts)
    return made, unpriced


def stretches(readings: Sequence[DatedTick], requests: Sequence[Priced]) -> list[PricedStretch]:
    """Return the stretches of one quota; a week's is parted by days, so that it can be followed.

    Of a window of which no more is known than that it was used up, the stretch is all of it up to that moment; of the
    request that filled it, half is counted.
    """
    times = [one.ts for one in requests]
    made = []
    for window in map(ticks.from_its_start, ticks.by_window(readings)):
        for part in _parts(window):
            ends = _ends(part)
            if ends is None or ends[1].used_pct - ends[0].used_pct < LEAST_PP:
                continue
            some = requests[bisect_right(times, ends[0].ts) : bisect_right(times, ends[1].ts)]
            if some:
                made.append(_stretch(*ends, _up_to_full(some) if ends[1].source == ticks.BANNER else some))
    return made


def _up_to_full(some: Sequence[Priced]) -> list[Priced]:
    """Return the requests up to a quota's end: it came somewhere within the last one, of which half is counted."""
    last = some[-1]
    half = last._replace(
        tokens=last.tokens // 2, read=last.read // 2, usd=None if last.usd is None else last.usd / 2
    )
    return [*some[:-1], half]


def of_pool(requests: Sequence[Priced], pool: str) -> list[Priced]:
    """Return the requests that a pool's quota counts: all of the default one, else those of the model that names it.

    >>> some = [Priced(datetime(2026, 1, 1), name, "stock", 1, 0, None) for name in ("claude-opus-5-5", "claude-haiku-5")]
    >>> [one.model for one in of_pool(some, "Opus")], len(of_pool(some, "default"))
    (['claude-opus-5-5'], 2)
    """
    if pool == "default":
        return list(requests)
    return [one for one in requests if _bare(pool) in _bare(one.model)]


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def _parts(window: Sequence[DatedTick]) -> list[list[DatedTick]]:
    """Part a window of days' length at midnights, once it has moved; the reading that ends a part begins the next."""
    if window[0].quota.length <= DAY:
        return [list(window)]
    made: list[list[DatedTick]] = [[window[0]]]
    for before, tick in itertools.pairwise(window):
        moved = before.used_pct - made[-1][0].used_pct
        if tick.ts.date() != before.ts.date() and moved >= PART_PP:
            made.append([before])
        made[-1].append(tick)
    return made


def _ends(part: Sequence[DatedTick]) -> tuple[DatedTick, DatedTick] | None:
    """Return the first and the last move, which are seen as the gauge passes a whole point; else the readings.

    A gauge that ends at 100 hides what went beyond it, so that ends no stretch; a request that was refused says when
    it was full.  One that goes on beyond 100 hides nothing.
    """
    below = [tick for tick in part if tick.used_pct < FULL_PCT]
    if part[-1].used_pct == FULL_PCT and (len(below) > 1 or part[-1].source != ticks.BANNER):
        part = below
    moves = [after for before, after in itertools.pairwise(part) if after.used_pct > before.used_pct]
    if len(moves) > DENSE:
        return moves[0], moves[-1]
    return (part[0], part[-1]) if moves else None


def _stretch(first: DatedTick, last: DatedTick, some: Sequence[Priced]) -> PricedStretch:
    by_model: Counter[str] = Counter()
    for one in some:
        by_model[one.model] += one.usd or 0.0  # type: ignore[assignment]
    known = all(one.usd is not None for one in some)
    money = sum(by_model.values())
    tokens = sum(one.tokens for one in some)
    used = {one.lane for one in some}
    return PricedStretch(
        start=first.ts,
        end=last.ts,
        points=last.used_pct - first.used_pct,
        step_pp=max(first.step_pp, last.step_pp),
        requests=len(some),
        tokens=tokens,
        usd=money if known else None,
        by_model=tuple((name, part / money) for name, part in by_model.most_common() if known and money),
        cached=sum(one.read for one in some) / tokens if tokens else 0.0,
        lane=next(iter(used)) if len(used) == 1 else "several",
    )


def per_point(amounts: Sequence[float], points: Sequence[float], step_pp: float = 1.0) -> Table:
    """Return an amount per point with its 95 % interval and what rounding can hide, over `n` stretches or windows.

    >>> found = per_point([2.0, 4.0, 3.0], [10.0, 14.0, 12.0])
    >>> found["n"], found["estimate"], round(found["low"], 3)
    (3, 0.25, 0.156)
    """
    from tracker.stats.efficiency import efficiency

    step = step_pp or 1.0
    found = efficiency(list(amounts), [one / step for one in points])
    ends = {
        "estimate": found.estimate,
        "low": found.ci.low,
        "high": found.ci.high,
        "rounded_low": found.rounding.low,
        "rounded_high": found.rounding.high,
    }
    return {"n": len(points)} | {name: None if end is None else end / step for name, end in ends.items()}


def worth_of(some: Sequence[PricedStretch]) -> Table:
    """Return what a point of these stretches is worth, in money and tokens."""
    with_money = [one for one in some if one.usd is not None]
    step = max((one.step_pp for one in some), default=1.0)
    return {
        "stretches": len(some),
        "points": sum(one.points for one in some),
        "requests": sum(one.requests for one in some),
        "usd": per_point([one.usd or 0.0 for one in with_money], [one.points for one in with_money], step),
        "tokens": per_point([float(one.tokens) for one in some], [one.points for one in some], step),
    }


def table(
    usage: Sequence[rows.Usage], there: Sequence[rows.Row], windows: Sequence[rows.Window], prices: Prices
) -> Table:
    """Return everything that point-worth prints; `there` are the rows that readings stand in."""
    from tracker.stats import quiet

    requests, unpriced = priced(once(usage), prices)
    readings = ticks.by_quota(ticks.ticks(there))
    quotas = []
    with quiet():
        for quota, some in sorted(readings.items(), key=lambda item: _order(item[0])):
            found = stretches(some, of_pool(requests.get((quota.provider, quota.account), []), quota.pool))
            quotas.append(_of_quota(quota, some, found, windows))
    return {
        "as_of": prices.as_of,
        "quotas": quotas,
        "unpriced": dict(unpriced),
        "requests": sum(map(len, requests.values())),
        "smaller_by": SMALLER,
    }


def _order(quota: QuotaOf) -> tuple[str, str, str, str]:
    return quota.provider, quota.account or "", quota.meter, quota.pool


def _of_quota(
    quota: QuotaOf,
    readings: Sequence[DatedTick],
    found: Sequence[PricedStretch],
    windows: Sequence[rows.Window],
) -> Table:
    def by(key: Any) -> Table:
        groups: dict[str, list[PricedStretch]] = {}
        for one in found:
            groups.setdefault(key(one), []).append(one)
        return {name: worth_of(some) for name, some in groups.items()}

    return {
        "provider": quota.provider,
        "account": quota.account,
        "quota": quota.meter,
        "pool": quota.pool,
        "readings": len(readings),
        "all": worth_of(found),
        "by_week": by(lambda one: f"{one.start:%G-W%V}"),
        "by_mix": by(lambda one: one.mix),
        "by_lane": by(lambda one: one.lane),
        "features": _features(quota, windows),
        "drift": drift_of(found),
    }


def _features(quota: QuotaOf, windows: Sequence[rows.Window]) -> dict[str, Table]:
    """Return features per point by arm, of the finished windows that measured this quota: ways of working are not pooled."""
    if quota.pool != "default":
        return {}
    of_arm: dict[str, list[tuple[float, float]]] = {}
    for window in windows:
        points = points_of(window, quota.meter)
        mine = window.provider == quota.provider and ticks.account_label(window.account) == quota.account
        if mine and points is not None and not window.errors:
            of_arm.setdefault(window.methodology, []).append((window.features, points))
    return {
        arm: per_point([done for done, _ in some], [points for _, points in some])
        for arm, some in sorted(of_arm.items())
    }


def points_of(window: rows.Window, meter: str) -> float | None:
    """Return the points of a quota that a window used; None when it did not measure that quota.

    >>> window = rows.Window(ts=datetime(2026, 1, 1), window="W1", methodology="a", provider="claude", features=2,
    ...     capacity_pp=20, weekly_pp=3)
    >>> points_of(window, "five_hour"), points_of(window, "weekly_all"), points_of(window, "monthly")
    (20, 3, None)
    """
    if window.capacity_quota == meter:
        return window.capacity_pp
    return window.weekly_pp if meter == "weekly_all" else None


def drift_of(found: Sequence[PricedStretch]) -> Table:
    """Return whether a point has become smaller: the evidence, and about when and by how much it changed.

    Compared are stretches of like models and like cache share only; what of theirs changed beyond that cannot be
    told from a smaller quota.
    """
    import numpy as np

    from tracker.stats import drift

    some = sorted((one for one in found if one.usd), key=lambda one: one.end)
    values = np.array([(one.usd or 0.0) / one.points for one in some])
    strata = [one.stratum for one in some]
    p = drift.p_values(values, strata, SMALLER)
    bets = int((~np.isnan(p)).sum())
    made: Table = {
        "stretches": len(some),
        "compared": bets,
        "evidence": None,
        "smaller": None,
        "change": None,
    }
    if not bets:
        return made
    weeks = [(one.end - some[0].end).days // 7 for one in some]
    seen = drift.evidence(p, weeks)
    rejects = np.flatnonzero(seen >= drift.REJECTS)
    made |= {"evidence": float(seen[-1]), "most": float(seen.max()), "smaller": bool(len(rejects))}
    if not len(rejects):
        return made
    parted = drift.change(values, strata)
    made["since"] = some[int(rejects[0])].end
    if parted is not None:
        made["change"] = {
            "around": some[parted.place].start,
            "from": some[max(parted.first - 1, 0)].end,
            "to": some[parted.last].end,
            "times": parted.times,
            "low": parted.low,
            "high": parted.high,
        }
    return made


def records(made: Table) -> list[Table]:
    """Return a flat record for every quota, week, mix and lane; for CSV."""
    flat = []
    for quota in made["quotas"]:
        name = {key: quota[key] for key in ("provider", "account", "quota", "pool")}
        parts = [("all", "", quota["all"])]
        parts += [
            (kind, key, one) for kind in ("week", "mix", "lane") for key, one in quota[f"by_{kind}"].items()
        ]
        for kind, key, one in parts:
            counts = {field: one[field] for field in ("stretches", "points", "requests")}
            ends = {
                f"{unit}_{end}": one[unit][end]
                for unit in ("usd", "tokens")
                for end in ("estimate", "low", "high")
            }
            flat.append(name | {"by": kind, "of": key} | counts | ends)
    return flat
