"""One's own load on a plan: every request that used it or could have, when, and at what list price.

The load is as if nothing had been offloaded: a request that another lane answered counts at the price of the model
that the client asked for, and is marked.  A request without a known price is counted and has no amount.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from tracker import lanes, rows
from tracker.history import ticks
from tracker.money import worth
from tracker.money.costs import tokens_of
from tracker.money.prices import Prices
from tracker.money.queues import TimedWork

PROBE = "quota_probe"


class LoadRequest(NamedTuple):
    """One request of a load."""

    ts: datetime
    usd: float
    offloadable: bool
    offloaded: bool


class PlanLoad(NamedTuple):
    """What an account asked of a provider's plan, oldest first."""

    provider: str
    account: str | None
    requests: tuple[LoadRequest, ...]
    unpriced: Counter[str]  # requests by model; they are not in `requests`

    @property
    def usd(self) -> float:
        """All of it at list prices."""
        return sum(one.usd for one in self.requests)

    @property
    def days(self) -> float:
        """From the first request to the last."""
        return (self.requests[-1].ts - self.requests[0].ts).total_seconds() / 86_400 if self.requests else 0.0

    @property
    def offloadable(self) -> float:
        """The share of the work, by list price, that could be offloaded; 0..1."""
        total = self.usd
        return sum(one.usd for one in self.requests if one.offloadable) / total if total else 0.0

    def work(self, offload: bool) -> list[TimedWork]:
        """Return the work that the plan itself has to carry; with `offload`, less what could be offloaded."""
        return [
            TimedWork(one.ts.timestamp(), one.usd)
            for one in self.requests
            if one.usd > 0 and not (offload and one.offloadable)
        ]


def loads(usage: Iterable[rows.Usage], prices: Prices) -> list[PlanLoad]:
    """Return the load of each provider and account; a request that was sent on to another lane is Claude's own."""
    made: dict[worth.Owner, list[LoadRequest]] = {}
    unpriced: dict[worth.Owner, Counter[str]] = {}
    for row in usage:
        offloaded = lanes.is_offload(row.lane)
        provider, tokens = "claude" if offloaded else worth.provider_of(row), tokens_of(row)
        if provider is None or tokens is None or not any(tokens):
            continue
        lane = lanes.ANTHROPIC if offloaded else row.lane
        model = row.model if offloaded else row.routed_model or row.model
        usd = prices.cost(model, lane, row.ts, tokens)
        owner = provider, ticks.account_label(row.account)
        if usd is None:
            unpriced.setdefault(owner, Counter())[model] += 1
            continue
        could = provider == "claude" and lanes.is_haiku(row.model) and row.decision != PROBE
        made.setdefault(owner, []).append(LoadRequest(row.ts, usd, could or offloaded, offloaded))
    return [
        PlanLoad(*owner, tuple(sorted(made.get(owner, []))), unpriced.get(owner, Counter()))
        for owner in sorted(made.keys() | unpriced.keys(), key=lambda one: (one[0], one[1] or ""))
    ]


class PlanTimes:
    """Which plan an account was on, as its readings and its windows name it."""

    def __init__(self, named: Iterable[tuple[datetime, str]]) -> None:
        self.named: list[tuple[datetime, str]] = sorted(named)

    @property
    def latest(self) -> str | None:
        """The plan of the last reading that names one."""
        return self.named[-1][1] if self.named else None

    def between(self, start: datetime, end: datetime) -> str | None:
        """Return the one plan from `start` to `end`; None: none is named, or it changed.

        Until the first reading that names a plan it is that one's.

        >>> from datetime import UTC
        >>> day = [datetime(2026, 3, number, tzinfo=UTC) for number in range(1, 5)]
        >>> PlanTimes([(day[1], "Pro"), (day[2], "Max")]).between(day[0], day[1]), PlanTimes([]).between(day[0], day[1])
        ('Pro', None)
        """
        before = [word for when, word in self.named if when <= start]
        within = [word for when, word in self.named if start < when <= end]
        first = before[-1:] or within[:1] or [word for _, word in self.named[:1]]
        return first[0] if first and all(word == first[0] for word in within) else None


def plan_times(there: Sequence[rows.Row]) -> dict[worth.Owner, PlanTimes]:
    """Return the plans of each provider and account by time, from snapshot rows and window rows."""
    named: dict[worth.Owner, list[tuple[datetime, str]]] = {}
    for row in there:
        if isinstance(row, rows.Snapshot | rows.Window) and row.plan:
            when = row.started_at or row.ts if isinstance(row, rows.Window) else row.ts
            named.setdefault((row.provider, ticks.account_label(row.account)), []).append((when, row.plan))
    return {owner: PlanTimes(some) for owner, some in named.items()}
