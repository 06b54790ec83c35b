"""One's own work played through a plan's quotas, first come first served: what waits, and for how long.

Each seat has every quota of the plan.  A quota's window opens with the first work that it serves, and lasts its span;
work that comes while a quota is full waits for the window that is full to end, and all later work waits behind it.
Work takes no time of its own, so a wait is the least that it can be.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

HOUR = 3600.0


class TimedWork(NamedTuple):
    """Work that was begun within a minute."""

    at: float  # seconds
    amount: float  # 0 and up, in the load's own unit


class HeldQuota(NamedTuple):
    """What one window of a quota holds, in the load's unit."""

    name: str
    seconds: float  # from its first work to its reset
    holds: float  # above 0


class WorkWaits(NamedTuple):
    """What waited of a load."""

    share: float  # of the work, 0..1
    median: float | None  # hours that it waited; None: nothing waited
    p90: float | None
    longest: float | None
    after_end: float  # share of the work that was served after the last of it had come


class _SeatQuota:
    """A quota of one seat: what is used of its window, and when that ends."""

    __slots__ = ("ends", "holds", "seconds", "used")

    def __init__(self, quota: HeldQuota) -> None:
        self.holds, self.seconds = quota.holds, quota.seconds
        self.used, self.ends = 0.0, float("-inf")

    def free_at(self, now: float) -> float:
        return self.ends if self.used >= self.holds and self.ends > now else now

    def serve(self, now: float, amount: float) -> None:
        if self.ends <= now:
            self.used, self.ends = 0.0, now + self.seconds
        self.used += amount


def by_minute(work: Iterable[TimedWork]) -> list[TimedWork]:
    """Return work by the minute in which it came, oldest first.

    >>> by_minute([TimedWork(61.0, 2.0), TimedWork(3.0, 1.0), TimedWork(100.0, 1.0)])
    [TimedWork(at=0.0, amount=1.0), TimedWork(at=60.0, amount=3.0)]
    """
    made: dict[float, float] = {}
    for one in work:
        minute = one.at - one.at % 60
        made[minute] = made.get(minute, 0.0) + one.amount
    return [TimedWork(at, amount) for at, amount in sorted(made.items())]


def play(work: Sequence[TimedWork], quotas: Sequence[HeldQuota], seats: int = 1) -> WorkWaits:
    """Return what waits when this work, oldest first, comes to so many seats; the first seat with room serves.

    >>> hour = HeldQuota("five_hour", 5 * HOUR, 2.0)
    >>> one = play([TimedWork(0, 2.0), TimedWork(HOUR, 1.0), TimedWork(6 * HOUR, 1.0)], [hour])
    >>> one.share, one.longest, play([TimedWork(0, 2.0), TimedWork(HOUR, 1.0)], [hour], seats=2).share
    (0.25, 4.0, 0.0)
    """
    there = [[_SeatQuota(quota) for quota in quotas] for _ in range(seats)]
    waited: list[tuple[float, float]] = []
    now, late, total = float("-inf"), 0.0, 0.0
    last = work[-1].at if work else 0.0
    for at, amount in work:
        now = max(now, at)
        if quotas:
            frees = [max(quota.free_at(now) for quota in seat) for seat in there]
            now = min(frees)
            for quota in there[frees.index(now)]:
                quota.serve(now, amount)
        total += amount
        if now > at:
            waited.append((now - at, amount))
            late += amount if now > last else 0.0
    if not waited or not total:
        return WorkWaits(0.0, None, None, None, 0.0)
    waited.sort()
    much = sum(amount for _, amount in waited)
    median, most = (_quantile(waited, much * share) for share in (0.5, 0.9))
    return WorkWaits(much / total, median / HOUR, most / HOUR, waited[-1][0] / HOUR, late / total)


def _quantile(waited: Sequence[tuple[float, float]], amount: float) -> float:
    sums = itertools.accumulate(part for _, part in waited)
    return next(
        (wait for (wait, _), so_far in zip(waited, sums, strict=True) if so_far >= amount), waited[-1][0]
    )


def opened(work: Sequence[TimedWork], seconds: float) -> int:
    """Return how many windows of a quota this work opens when none is ever full.

    >>> opened([TimedWork(0, 1), TimedWork(HOUR, 1), TimedWork(9 * HOUR, 1)], 5 * HOUR)
    2
    """
    count, ends = 0, float("-inf")
    for at, _ in work:
        if at >= ends:
            count, ends = count + 1, at + seconds
    return count
