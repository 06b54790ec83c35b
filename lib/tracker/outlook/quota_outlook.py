"""One quota: what is used and left, when it resets, how fast it burns, when it will be full."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tracker.history import ticks
from tracker.import_msgspec import msgspec
from tracker.outlook.found_readings import LOGGED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tracker.stats import usage_series

SEED = 20261128  # the same readings give the same answer
DAY = timedelta(days=1)
FINE, COARSE = 900.0, 3600.0  # seconds; width of a series up to a day, and beyond
SHOWN = ("five_hour", "daily", "weekly_all", "weekly_scoped", "monthly")


class Burn(msgspec.Struct, frozen=True):
    """Points of the quota that an hour of work takes, with an 80 % interval over days."""

    points_per_hour: float
    low: float | None
    high: float | None
    hours: float
    days: int


class Ahead(msgspec.Struct, frozen=True):
    """What is to come until the reset, with 80 % intervals; a time that is null: not before the reset."""

    full_share: float
    full_low: datetime | None
    full_at: datetime | None
    full_high: datetime | None
    unused_low: float
    unused_pct: float
    unused_high: float


class QuotaOutlook(msgspec.Struct, frozen=True):
    """One quota of one account."""

    provider: str
    account: str | None
    quota: str
    pool: str
    used_pct: float | None  # None: it has been reset since anybody looked
    left_pct: float | None
    seen_at: datetime
    source: str
    resets_at: datetime | None
    reset_at: datetime | None  # the reset that came since it was read
    readings: int
    days: float  # from the first reading to the last
    burn: Burn | None
    ahead: Ahead | None
    lacks: str | None  # why nothing is said of what is to come
    binds_first: bool = False
    gauged: bool = True  # False: all that is known is when it was used up


def outlooks(found: Iterable[ticks.DatedTick], now: datetime) -> list[QuotaOutlook]:
    """Return every quota's outlook, by provider and account; the one that binds first is marked.

    Of an account's quotas that one binds first which in most futures is full first.
    """
    made = []
    for quota, some in ticks.by_quota(found).items():
        if quota.meter in SHOWN and (known := [one for one in some if one.ts <= now]):
            made.append(_outlook(quota, known, now))
    made.sort(key=lambda one: (one.provider, one.account or "", SHOWN.index(one.quota), one.pool))
    return [_marked(one, made) for one in made]


def _marked(one: QuotaOutlook, others: Sequence[QuotaOutlook]) -> QuotaOutlook:
    """Return an outlook with whether it binds first among its account's."""
    mine = [
        (other.ahead.full_at, other)
        for other in others
        if (other.provider, other.account) == (one.provider, one.account)
        and other.ahead is not None
        and other.ahead.full_at is not None
    ]
    first = min(mine, key=lambda pair: pair[0])[1] if mine else None
    return msgspec.structs.replace(one, binds_first=first is one)


def _outlook(quota: ticks.QuotaOf, known: Sequence[ticks.DatedTick], now: datetime) -> QuotaOutlook:
    windows = ticks.by_window(known)
    last = windows[-1][-1]
    newest = known[-1]
    gauged = [window for window in windows if not ticks.is_only_full(window)]
    # Without a reset that was said, a window is over once it is as old as the quota is long.
    over = (last.resets_at or newest.ts + quota.length) <= now
    burn, ahead, lacks = _looked_ahead(quota, gauged, last, newest, now, over)
    return QuotaOutlook(
        provider=quota.provider,
        account=quota.account,
        quota=quota.meter,
        pool=quota.pool,
        used_pct=None if over else last.used_pct,
        left_pct=None if over else max(0.0, 100.0 - last.used_pct),
        seen_at=newest.ts,
        source=newest.source,
        resets_at=None if over else last.resets_at,
        reset_at=last.resets_at if over else None,
        readings=len(known),
        days=round((newest.ts - known[0].ts) / DAY, 2),
        burn=burn,
        ahead=ahead,
        lacks=lacks,
        gauged=bool(gauged),
    )


def _looked_ahead(
    quota: ticks.QuotaOf,
    windows: Sequence[Sequence[ticks.DatedTick]],
    last: ticks.DatedTick,
    newest: ticks.DatedTick,
    now: datetime,
    over: bool,
) -> tuple[Burn | None, Ahead | None, str | None]:
    """Return the burn, what is to come, and why nothing is said of it; `windows`: those of which a gauge was read."""
    import numpy as np

    from tracker.stats import forecast, usage_series

    rng = np.random.default_rng(SEED)
    end = now if newest.source in LOGGED else newest.ts
    width = FINE if quota.length <= DAY else COARSE
    pace = seen = None
    if windows:
        read = [_readings(one, quota) for one in windows]
        seen = usage_series.series(read, ticks.local_seconds(end), width)
        # By quarters of the clock's hours: counted back from the moment of looking, the hours would change with it.
        pace = usage_series.pace(
            usage_series.series(read, math.ceil(ticks.local_seconds(end) / FINE) * FINE, FINE), rng
        )
    burn = Burn(*pace) if pace else None
    if over:
        return burn, None, "it was reset since it was read; one reading more"
    if last.resets_at is None:
        return burn, None, "its reset is not known"
    if last.used_pct >= usage_series.FULL_PCT:
        return burn, None, "it is full"
    if seen is None:
        return burn, None, "its gauge was not read"
    try:
        ends = seen.end + (last.resets_at - end).total_seconds()
        days = forecast.least_days(quota.length / timedelta(hours=1))
        said = forecast.forecast(seen, last.used_pct, ends, rng, last.step_pp, days)
    except forecast.TooFewReadings as why:
        return burn, None, f"too few readings ({why})"

    def when(seconds: float | None) -> datetime | None:
        if seconds is None or last.resets_at is None:
            return None
        return min(last.resets_at, max(now, end + timedelta(seconds=seconds - seen.end)))

    left = (said.unused_low, said.unused, said.unused_high)
    times = (when(said.full_low), when(said.full_at), when(said.full_high))
    return burn, Ahead(said.full_share, *times, *(round(one, 2) for one in left)), None


def _readings(window: Sequence[ticks.DatedTick], quota: ticks.QuotaOf) -> usage_series.GaugeReadings:
    from tracker.stats import usage_series

    reset = window[-1].resets_at
    return usage_series.GaugeReadings(
        [ticks.local_seconds(one.ts) for one in window],
        [one.used_pct for one in window],
        ticks.local_seconds(reset - quota.length) if reset else None,
        ticks.local_seconds(reset) if reset else None,
    )
