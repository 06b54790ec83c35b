"""Every dated reading of a quota, one tick each, whoever read it: what all that looks back over a quota starts from.

Snapshot rows of the ledger and of `ingest-history` (Codex's rollouts name the limits at each reply), the
moves that a wire reading carries, and the quota headers on the router's usage rows.  Local estimates are
no readings.  Whose quota it is: provider, account, quota and pool; the account is None for the folder that
a client uses by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from tracker import providers, rows
from tracker.meters import wire

JITTER = wire.JITTER
LAG_PP = 1.0  # replies that end together may show the gauge a step apart, in either order
BANNER = "banner"  # the source of a reading that says no more than that its quota is used up
STANDARD_FOLDERS = {".claude", "claude", ".codex"}  # the names of the folders that clients use by themselves


class QuotaOf(NamedTuple):
    """Whose quota, and which."""

    provider: str
    account: str | None
    meter: str  # five_hour, weekly_all … as in rows.Meter
    pool: str = "default"

    @property
    def length(self) -> timedelta:
        """How long the quota runs from one reset to the next."""
        return providers.SPANS[self.meter].length


class DatedTick(NamedTuple):
    """One reading: what was used of a quota at an instant."""

    quota: QuotaOf
    ts: datetime
    used_pct: float
    resets_at: datetime | None
    step_pp: float  # smallest step that the source shows
    source: str  # the surface that was read: wire, rollout, statusline, tui …


def ticks(there: Iterable[rows.Row]) -> Iterator[DatedTick]:
    """Yield the readings that rows hold, in the rows' order; rows of other kinds are passed over.

    >>> from datetime import UTC
    >>> row = rows.Snapshot(ts=datetime(2026, 3, 1, 9, tzinfo=UTC), provider="codex", surface="rollout",
    ...     meters=[rows.Meter(meter="five_hour", used_pct=12.5)], account=".codex")
    >>> [(one.quota.account, one.used_pct, one.source) for one in ticks([row])]
    [(None, 12.5, 'rollout')]
    """
    for row in there:
        if isinstance(row, rows.Snapshot):
            yield from _of_snapshot(row)
        elif isinstance(row, rows.Usage) and row.rate_limits:
            yield from _of_reply(row)


def by_quota(found: Iterable[DatedTick]) -> dict[QuotaOf, list[DatedTick]]:
    """Return the readings of each quota, oldest first; the same reading from two sources is one."""
    made: dict[QuotaOf, dict[tuple[datetime, float], DatedTick]] = {}
    for tick in found:
        made.setdefault(tick.quota, {}).setdefault((tick.ts, tick.used_pct), tick)
    return {quota: sorted(some.values(), key=lambda one: one.ts) for quota, some in made.items()}


def by_window(found: Iterable[DatedTick]) -> list[list[DatedTick]]:
    """Part one quota's readings, oldest first, at its resets: a list for each of the quota's own windows.

    A window ends where its reset has passed or has moved, or where the gauge fell by more than lag explains.
    What lags inside a window is left out, so the readings of one never fall.
    """
    made: list[list[DatedTick]] = []
    for tick in found:
        if not made or _begins_anew(made[-1][-1], tick):
            made.append([tick])
        elif tick.used_pct >= made[-1][-1].used_pct:
            made[-1].append(tick)
    return made


def is_only_full(window: Iterable[DatedTick]) -> bool:
    """Say whether all that is known of a quota's window is that it was used up: such windows are no sample of them."""
    return all(tick.source == BANNER for tick in window)


def from_its_start(window: list[DatedTick]) -> list[DatedTick]:
    """Return a window of which only its end is known with its start before it, when nothing of it was used."""
    first = window[0]
    if first.resets_at is None or not is_only_full(window):
        return window
    return [first._replace(ts=first.resets_at - first.quota.length, used_pct=0.0), *window]


def local_seconds(time: datetime) -> float:
    """Return seconds on the wall clock of this machine: people work by that, not by UTC.

    >>> from datetime import UTC
    >>> time = datetime(1970, 1, 2, tzinfo=UTC)
    >>> local_seconds(time) - time.astimezone().utcoffset().total_seconds()
    86400.0
    """
    offset = time.astimezone().utcoffset()
    return time.timestamp() + (offset.total_seconds() if offset else 0.0)


def account_label(folder: str | None) -> str | None:
    """Return an account's label: none for the folder that a client uses by itself.

    >>> account_label(".claude"), account_label(".claude-work")
    (None, '.claude-work')
    """
    return None if folder in STANDARD_FOLDERS else folder


def _begins_anew(before: DatedTick, tick: DatedTick) -> bool:
    if before.resets_at is not None and tick.ts >= before.resets_at:
        return True
    if before.resets_at is None and tick.ts - before.ts >= before.quota.length:
        return True
    if before.resets_at is not None and tick.resets_at is not None:
        # A quota of which nothing is used shows a reset that moves along with the clock.
        moved = abs(tick.resets_at - before.resets_at) > JITTER
        if moved and (before.used_pct > 0 or tick.used_pct == 0):
            return True
    return tick.used_pct < before.used_pct - max(LAG_PP, tick.step_pp)


def _of_snapshot(row: rows.Snapshot) -> Iterator[DatedTick]:
    if row.surface.startswith("ccusage") or "local-estimate" in row.flags:
        return
    account = account_label(row.account)
    resets: dict[tuple[str, str], datetime | None] = {}
    for meter in row.meters:
        used = meter.used_pct
        if meter.used is not None and meter.total:
            used = 100.0 * meter.used / meter.total
        resets[meter.meter, meter.pool] = meter.resets_at
        if used is not None:
            quota = QuotaOf(row.provider, account, meter.meter, meter.pool)
            yield DatedTick(quota, row.ts, used, meter.resets_at, meter.resolution_pp, row.surface)
    for move in row.ticks:
        quota = QuotaOf(row.provider, account, move.meter, move.pool)
        # Of a reading that a reset lies in, nobody knows which moves were before it.
        reset = None if "reset-between" in row.flags else resets.get((move.meter, move.pool))
        if move.meter in providers.SPANS:
            yield DatedTick(quota, move.ts, move.used_pct, reset, wire.STEP_PP, row.surface)


def _of_reply(row: rows.Usage) -> Iterator[DatedTick]:
    seen = wire.gauges(row)
    if seen is None:
        return
    provider = wire.METERED[row.lane]
    for name, used in seen.used_pct.items():
        meter, pool = provider.gauges[name]
        quota = QuotaOf(provider.name, account_label(row.account), meter, pool)
        yield DatedTick(quota, seen.ts, used, seen.resets_at.get(name), wire.STEP_PP, "wire")
