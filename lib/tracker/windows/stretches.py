"""When each window was open, who worked in it, and in which arm: what cuts its requests out of a log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from tracker import lanes, providers, rows
from tracker.windows import reading_pairs
from tracker.windows.reading_pairs import Pair

# Whose readings say when requests may have gone through the router: first the clients', then the lanes'.
CLIENTS = frozenset(one.name for one in providers.PROVIDERS if one.lane)
WIRE = "wire"  # the surface of a reading off the router's log


class Stretch(NamedTuple):
    """One agent's window: [since, until) and what tells its requests from another's."""

    window: str
    agent_id: str | None  # None: no reading says so, only requests that were summed before
    since: datetime
    until: datetime | None  # None: still open
    accounts: frozenset[str] = frozenset()  # labels of its readings' accounts
    resets: tuple[datetime, ...] = ()  # of the quota that its capacity is of, as its readings show them

    def holds(self, at: datetime) -> bool:
        """Say whether an instant lies in it."""
        return self.since <= at and (self.until is None or at < self.until)


def stretches(all_rows: Sequence[rows.Row]) -> list[Stretch]:
    """Return when each window was open, by its readings; else by the requests that were summed for it.

    A Claude reading dates a window that has readings of several providers: the router sees its
    client.  A window that has no AFTER ends where the agent's next one begins.
    """
    backends = {lane.backend for lane in lanes.known().values()}
    pairs = reading_pairs.best_pairs(all_rows).items()
    chosen: dict[tuple[str, str], Pair] = {}
    for names in (CLIENTS, backends):
        for key, pair in pairs:
            if key.provider in names and pair.before:
                chosen.setdefault((key.window, key.agent_id), pair)
    found = [_of(window, agent, pair) for (window, agent), pair in chosen.items()]
    found = [_ended(one, found) for one in found]
    dated = {one.window for one in found}
    for row in all_rows:
        if isinstance(row, rows.ProxyTelemetry) and row.window not in dated and row.first_ts and row.last_ts:
            found.append(Stretch(row.window, None, row.first_ts, _just_after(row.last_ts)))
    return sorted(found, key=lambda one: one.since)


def _of(window: str, agent: str, pair: Pair) -> Stretch:
    readings = [one for one in pair if one]
    quota = reading_pairs.quota_of(pair)
    meters = [reading_pairs.meter_of(one, quota) for one in readings]
    return Stretch(
        window,
        agent,
        since=readings[0].ts,
        until=_end(pair.after) if pair.after else None,
        accounts=frozenset(one.account for one in readings if one.account),
        resets=tuple(meter.resets_at for meter in meters if meter and meter.resets_at),
    )


def _end(after: rows.Snapshot) -> datetime:
    """Return when a window ended; a reading off the router's log lies in the last reply, which is the window's."""
    return _just_after(after.ts) if after.surface == WIRE else after.ts


def _ended(one: Stretch, all_of_them: Iterable[Stretch]) -> Stretch:
    """Return a stretch without an end with the beginning of its agent's next one as its end."""
    later = [
        other.since for other in all_of_them if other.agent_id == one.agent_id and other.since > one.since
    ]
    return one if one.until or not later else one._replace(until=min(later))


def _just_after(at: datetime) -> datetime:
    return at + datetime.resolution


class ArmOfWindow(NamedTuple):
    """A window's arm, and whether its requests may go to another provider; None where nothing says so."""

    methodology: str | None
    is_routed: bool | None
    by_quota: bool | None = None  # whether they go there by what is left of the quota


def arm(all_rows: Sequence[rows.Row], window: str, typed: str | None) -> ArmOfWindow:
    """Return a window's arm: as typed, finished or assigned; the registration says what it means.

    >>> arm([], "W1", "stock_anthropic"), arm([], "W1", "week0")
    (ArmOfWindow(methodology='stock_anthropic', is_routed=False, by_quota=False), \
ArmOfWindow(methodology='week0', is_routed=None, by_quota=False))
    >>> arm([], "W1", "mitm_quota")
    ArmOfWindow(methodology='mitm_quota', is_routed=None, by_quota=True)
    """
    mine = [row for row in all_rows if getattr(row, "window", None) == window]
    named = [row.methodology for kind in (rows.Window, rows.Feature) for row in mine if isinstance(row, kind)]
    methodology = typed or next((name for name in named if name), None)
    plans = [(row.baseline, row.candidate) for row in all_rows if isinstance(row, rows.Experiment)]
    baseline, candidate = plans[-1] if plans else ("stock_anthropic", "mitm_offload")
    if rows.is_by_quota(methodology):
        return ArmOfWindow(methodology, None, True)
    is_routed = {baseline: False, candidate: True}.get(methodology or "")
    return ArmOfWindow(methodology, is_routed, None if methodology is None else False)
