"""What an hour of work takes, by clients' own files, where nobody read the plan's gauge: tokens and list-price money."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from tracker import rows
from tracker.history import client_files, ingest, ticks
from tracker.money import worth
from tracker.money.prices import Prices

BACK = timedelta(days=7)
WIDTH = 900.0  # seconds; a quarter of an hour with a request is one of work
SEED = 20261128  # the same files give the same interval


class PerHour(msgspec.Struct, frozen=True):
    """An amount in an hour of work, with an 80 % interval over days; no interval below three days."""

    estimate: float
    low: float | None
    high: float | None


class WorkSeen(msgspec.Struct, frozen=True):
    """What one account's client did of late."""

    provider: str
    account: str | None
    since: datetime
    requests: int
    hours: float  # of work: quarters of an hour with a request
    days: int  # with work
    tokens: PerHour | None
    usd: PerHour | None  # by the list; None: a request has no price, which is not 0
    unpriced: list[str]  # the models that have none


def of_clients(
    home: Path, environment: Mapping[str, str], providers: Collection[str], prices: Prices, now: datetime
) -> list[WorkSeen]:
    """Return what the clients of these providers did in the last week, a value for each account; all of one provider that did nothing are left out."""
    if not providers:
        return []
    since = now - BACK
    found = [
        source
        for source in client_files.find(home, environment)
        if source.client in providers and source.changed >= since.timestamp()
    ]
    read = msgspec.json.Decoder(rows.Usage)
    lines = b"".join(ingest.written(found, since=since).lines).splitlines()
    return seen([row for row in map(read.decode, lines) if row.ts <= now], prices, since)


def seen(usage: Sequence[rows.Usage], prices: Prices, since: datetime) -> list[WorkSeen]:
    """Return what an hour of work took of each account, over requests at or after `since`.

    Source: a ratio of sums, its interval resamples days (stats/usage_series.py).
    """
    made = []
    for (provider, account), some in sorted(worth.priced(usage, prices)[0].items(), key=str):
        unpriced = sorted({one.model for one in some if one.usd is None and one.tokens})
        times = [one.ts for one in some]
        tokens, hours, days = _per_hour(times, [float(one.tokens) for one in some])
        usd = None if unpriced else _per_hour(times, [one.usd or 0.0 for one in some])[0]
        made.append(WorkSeen(provider, account, since, len(some), hours, days, tokens, usd, unpriced))
    return made


def _per_hour(times: Sequence[datetime], amounts: Sequence[float]) -> tuple[PerHour | None, float, int]:
    """Return an amount per hour of work, the hours, and the days with work, by the clock of this machine."""
    import numpy as np

    from tracker.stats import usage_series

    places = [int(ticks.local_seconds(time) // WIDTH) for time in times]
    first, last = min(places), max(places)
    points = np.bincount([place - first for place in places], amounts, last - first + 1).astype(np.float64)
    pace = usage_series.pace(
        usage_series.UsageSeries(points, WIDTH, (last + 1) * WIDTH), np.random.default_rng(SEED)
    )
    if pace is None:
        return None, 0.0, 0
    return PerHour(pace.points, pace.low, pace.high), pace.hours, pace.days
