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

from tracker import rows

JITTER = timedelta(minutes=5)  # resets this close are the same window's
STEP_PP = 1.0
GAUGES = {
    "5h": ("five_hour", "default"),
    "7d": ("weekly_all", "default"),
    "7d_oi": ("weekly_scoped", "Fable"),  # only on replies of that model: its absence says nothing
}


class Seen(NamedTuple):
    """One reply's gauges, in percent, with the resets of their windows."""

    ts: datetime
    used_pct: dict[str, float]
    resets_at: dict[str, datetime]


class Window(NamedTuple):
    """What the log shows of one five-hour quota window: one reading, or the first and the last."""

    resets_at: datetime
    readings: list[rows.Snapshot]


def seen(row: rows.Usage) -> Seen | None:
    """Return the gauges of one usage row; None without a session's utilization and reset.

    >>> row = rows.Usage(ts=datetime(2026, 3, 1, 9, tzinfo=UTC), model="claude-sonnet-5-5", lane="anthropic",
    ...     status=200, latency_ms=1.0, decision="kept", op="stream",
    ...     rate_limits={"5h_utilization": 0.29, "5h_reset": 1772373600.0})
    >>> seen(row).used_pct
    {'5h': 29.0}
    """
    limits = row.rate_limits
    if row.lane != "anthropic" or "5h_utilization" not in limits or "5h_reset" not in limits:
        return None
    used, resets = {}, {}
    for name in GAUGES:
        if (share := limits.get(f"{name}_utilization")) is not None and share >= 0:
            used[name] = round(100 * share, 4)
        if (epoch := limits.get(f"{name}_reset")) is not None and 0 < epoch < 1e11:
            resets[name] = datetime.fromtimestamp(epoch, UTC)
    return Seen(row.ts, used, resets) if "5h" in used and "5h" in resets else None


def windows(usage: Iterable[rows.Usage], window: str | None = None) -> list[Window]:
    """Return the quota windows of a log, oldest first, each with its first and last reading.

    `window` names the readings.  Rows may come out of order, as replies end.
    """
    groups: dict[datetime, list[Seen]] = {}
    for reply in filter(None, map(seen, usage)):
        resets_at = reply.resets_at["5h"]
        same = next((known for known in groups if abs(known - resets_at) <= JITTER), resets_at)
        groups.setdefault(same, []).append(reply)
    made = []
    for resets_at, replies in sorted(groups.items()):
        replies.sort(key=lambda reply: reply.ts)
        made.append(Window(resets_at, _readings(replies, window)))
    return made


def _readings(replies: list[Seen], window: str | None) -> list[rows.Snapshot]:
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    resets: dict[str, datetime] = {}
    ticks: list[rows.Tick] = []
    flags: set[str] = set()
    fell: set[str] = set()
    for reply in replies:
        for name, value in reply.used_pct.items():
            kind, pool = GAUGES[name]
            if name in last and value != last[name] and _same_window(name, reply, resets):
                if value < last[name]:
                    fell.add(name)  # no gauge goes back inside its window: then nothing is bounded
                ticks.append(rows.Tick(ts=reply.ts, meter=kind, pool=pool, used_pct=value))
            elif name in last and not _same_window(name, reply, resets):
                first[name] = value  # a new week began inside this session
                flags.add("reset-between")
            first.setdefault(name, value)
            last[name] = value
        resets |= reply.resets_at
    before = _snapshot(replies[0].ts, replies[0].used_pct, replies[0].resets_at, window, "before")
    if len(replies) == 1:
        return [before]
    after = _snapshot(replies[-1].ts, last, resets, window, "after")
    after.ticks, after.flags = ticks, sorted(flags | ({"regression"} if fell else set()))
    for meter in after.meters:
        name = next(name for name, known in GAUGES.items() if known == (meter.meter, meter.pool))
        if name in fell:
            continue
        points = last[name] - first[name]
        meter.since_low_pp = max(0.0, round(points - STEP_PP, 4))
        meter.since_high_pp = round(points + STEP_PP, 4)
    return [before, after]


def _same_window(name: str, reply: Seen, resets: dict[str, datetime]) -> bool:
    if name not in resets or name not in reply.resets_at:
        return True
    return abs(reply.resets_at[name] - resets[name]) <= JITTER


def _snapshot(
    ts: datetime, used: dict[str, float], resets: dict[str, datetime], window: str | None, phase: rows.Phase
) -> rows.Snapshot:
    meters = [
        rows.Meter(
            meter=kind,  # type: ignore[arg-type]
            pool=pool,
            used_pct=used[name],
            resets_at=resets.get(name),
            resolution_pp=STEP_PP,
            label=f"unified-{name}",
        )
        for name, (kind, pool) in GAUGES.items()
        if name in used
    ]
    return rows.Snapshot(
        ts=ts,
        provider="claude",
        surface="wire",
        meters=meters,
        window=window,
        phase=phase,
        status="ok" if "7d" in used else "ok_partial",
    )
