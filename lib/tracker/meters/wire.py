"""The router's log as a meter: the quota headers of Anthropic's replies, made into readings.

Every reply that the router passed tells the utilization of the session and the week in steps of
0.01, with the exact instant of the reset.  The step is as coarse as the pane's; what is gained is a
reading per request, so every move is dated.  A move is seen on the first reply after it, which can be
seconds late, and use of the account beside the router moves the gauge too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tracker import providers, rows
from tracker.providers import MOST_PCT

JITTER = timedelta(minutes=5)  # resets this close are the same window's
STEP_PP = 1.0
METERED = {provider.lane: provider for provider in providers.PROVIDERS if provider.gauges}


class Gauges(NamedTuple):
    """One reply's gauges, in percent, with the resets of their windows."""

    ts: datetime
    used_pct: dict[str, float]
    resets_at: dict[str, datetime]


class QuotaWindow(NamedTuple):
    """What the log shows of one window of the session's quota: one reading, or the first and the last."""

    resets_at: datetime
    readings: list[rows.Snapshot]


def gauges(row: rows.Usage) -> Gauges | None:
    """Return the gauges of one usage row; None without a session's utilization and reset, or an impossible one.

    >>> row = rows.Usage(ts=datetime(2026, 3, 1, 9, tzinfo=UTC), model="claude-sonnet-5-5", lane="anthropic",
    ...     status=200, latency_ms=1.0, decision="kept", op="stream",
    ...     rate_limits={"5h_utilization": 0.29, "5h_reset": 1772373600.0})
    >>> gauges(row).used_pct
    {'5h': 29.0}
    """
    if row.lane not in METERED or not row.rate_limits:
        return None
    used, resets = {}, {}
    for name in METERED[row.lane].gauges:
        share, epoch = row.rate_limits.get(f"{name}_utilization"), row.rate_limits.get(f"{name}_reset")
        if share is not None and 0 <= 100 * share <= MOST_PCT:
            used[name] = round(100 * share, 4)
        if epoch is not None and 0 < epoch < 1e11:
            resets[name] = datetime.fromtimestamp(epoch, UTC)
    session = session_gauge(METERED[row.lane])
    return Gauges(row.ts, used, resets) if session in used and session in resets else None


def session_gauge(provider: providers.Provider) -> str:
    """Return the name of the gauge that is the provider's capacity.

    >>> session_gauge(providers.BY_NAME["claude"])
    '5h'
    """
    return next(name for name, quota in provider.gauges.items() if provider.capacity[0].fits(*quota))


def windows(usage: Iterable[rows.Usage], window: str | None = None) -> list[QuotaWindow]:
    """Return the quota windows of a log, oldest first, each with its first and last reading.

    `window` names the readings.  Rows may come out of order, as replies end.
    """
    groups: dict[tuple[str, datetime], list[Gauges]] = {}
    for row in usage:
        reply = gauges(row)
        if reply is None:
            continue
        resets_at = reply.resets_at[session_gauge(METERED[row.lane])]
        key = row.lane, resets_at
        same = (known for known in groups if known[0] == row.lane and abs(known[1] - resets_at) <= JITTER)
        groups.setdefault(next(same, key), []).append(reply)
    made = []
    for (lane, resets_at), replies in sorted(groups.items(), key=lambda group: group[0][1]):
        replies.sort(key=lambda reply: reply.ts)
        made.append(QuotaWindow(resets_at, _Course(METERED[lane], replies).readings(window)))
    return made


class _Course:
    """How the gauges moved over the replies of one quota window."""

    def __init__(self, provider: providers.Provider, replies: list[Gauges]) -> None:
        self.provider = provider
        self.replies = replies
        self.first: dict[str, float] = {}
        self.last: dict[str, float] = {}
        self.resets: dict[str, datetime] = {}
        self.ticks: list[rows.Tick] = []
        self.fell: set[str] = set()  # no gauge goes back inside its window: then nothing is bounded
        self.reset_between = False
        for reply in replies:
            for name, value in reply.used_pct.items():
                self._follow(name, value, reply)
            self.resets |= reply.resets_at

    def _follow(self, name: str, value: float, reply: Gauges) -> None:
        before = self.last.get(name)
        if before is not None and not _same_window(name, reply, self.resets):
            self.first[name] = value  # a new week began inside this session
            self.reset_between = True
        elif before is not None and value != before:
            if value < before:
                self.fell.add(name)
            quota, pool = self.provider.gauges[name]
            self.ticks.append(rows.Tick(ts=reply.ts, meter=quota, pool=pool, used_pct=value))
        self.first.setdefault(name, value)
        self.last[name] = value

    def readings(self, window: str | None) -> list[rows.Snapshot]:
        """Return the first reading, and the last with its moves and bounds when there is more than one reply."""
        start, end = self.replies[0], self.replies[-1]
        before = self._snapshot(start.ts, start.used_pct, start.resets_at, window, "before")
        if len(self.replies) == 1:
            return [before]
        after = self._snapshot(end.ts, self.last, self.resets, window, "after")
        after.ticks = self.ticks
        said = {"reset-between": self.reset_between, "regression": bool(self.fell)}
        after.flags = sorted(flag for flag, holds in said.items() if holds)
        names = {quota: name for name, quota in self.provider.gauges.items()}
        for meter in after.meters:
            name = names[meter.meter, meter.pool]
            if name not in self.fell:
                points = self.last[name] - self.first[name]
                meter.since_low_pp = max(0.0, round(points - STEP_PP, 4))
                meter.since_high_pp = round(points + STEP_PP, 4)
        return [before, after]

    def _snapshot(
        self,
        ts: datetime,
        used: dict[str, float],
        resets: dict[str, datetime],
        window: str | None,
        phase: rows.Phase,
    ) -> rows.Snapshot:
        meters = [
            rows.Meter(
                meter=kind,
                pool=pool,
                used_pct=used[name],
                resets_at=resets.get(name),
                resolution_pp=STEP_PP,
                label=f"unified-{name}",
            )
            for name, (kind, pool) in self.provider.gauges.items()
            if name in used
        ]
        return rows.Snapshot(
            ts=ts,
            provider=self.provider.name,
            surface="wire",
            meters=meters,
            window=window,
            phase=phase,
            status="ok" if "7d" in used else "ok_partial",
        )


def _same_window(name: str, reply: Gauges, resets: dict[str, datetime]) -> bool:
    if name not in resets or name not in reply.resets_at:
        return True
    return abs(reply.resets_at[name] - resets[name]) <= JITTER
