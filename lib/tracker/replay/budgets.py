"""What a week's knapsacks hold: points and credits of each provider, as the ledger or a person says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from tracker import cli, rows

HEADROOM = 10.0  # percent of every quota that no experiment uses


class Knapsack(NamedTuple):
    """One quota of one provider."""

    provider: str
    period: str  # "5h": full again every window; "week"
    unit: str  # "points" or "credits"

    @property
    def name(self) -> str:
        """For people: `claude week points`."""
        return f"{self.provider} {self.period} {self.unit}"


class Change(NamedTuple):
    """One clause of --budget or --what-if."""

    provider: str
    seats: float | None = None  # seats more than today; each holds what one plan holds
    amount: float | None = None  # or: what the period's quota holds
    period: str | None = None


CLAUSE = re.compile(
    r"""\s*(?P<provider>[\w-]+)\s*=\s*(?:
        \+\s*(?P<seats>[0-9.]+)\s*seats? | (?P<amount>-?[0-9.]+(?:e[0-9]+)?)\s*/\s*(?P<period>week|5h)
    )\s*""",
    re.VERBOSE,
)


def read_changes(text: str, option: str) -> list[Change]:
    """Read `glm=120000/week,claude=+1 seat`; cli.Stop (2) says what cannot be read.

    >>> read_changes("glm=120000/week, claude=+1 seat", "--what-if")[1]
    Change(provider='claude', seats=1.0, amount=None, period=None)
    """
    changes: list[Change] = []
    for clause in text.split(","):
        found = CLAUSE.fullmatch(clause)
        try:
            seats, amount = (
                float(found[part]) if found and found[part] else None for part in ("seats", "amount")
            )
        except ValueError:
            found = None
        if not found or not math.isfinite((seats or 0) + (amount or 0)):
            raise cli.Stop(
                cli.USAGE,
                f"{option}: cannot read {clause.strip()!r}; write glm=120000/week or claude=+1 seat",
            )
        if (amount if seats is None else seats) in (None, 0) or (amount or 0) < 0:
            raise cli.Stop(
                cli.USAGE, f"{option}: {clause.strip()!r} leaves nothing; a budget must be above 0"
            )
        if any(one[::3] == (found["provider"], found["period"]) for one in changes):
            raise cli.Stop(
                cli.USAGE, f"{option}: {clause.strip()!r} names the same quota again; leave one out"
            )
        changes.append(Change(found["provider"], seats, amount, found["period"]))
    return changes


class Quota(NamedTuple):
    """A quota as last read: what the plan holds, and what of it was used already."""

    plan: float | None  # 100 points a seat, or credits; None: nobody said
    used: float
    was_read: bool = True


def from_snapshots(snapshots: Iterable[rows.Snapshot], knapsack: Knapsack, until: datetime | None) -> Quota:
    """Return the quota of the latest reading; one never read is fresh.

    A reading whose reset lies before `until`, the log's last instant, leaves nothing used.
    """
    whole = 100.0 if knapsack.unit == "points" else None
    if knapsack.period == "5h":  # full again every window
        return Quota(whole, 0.0)
    latest: tuple[datetime, rows.Meter] | None = None
    for snapshot in snapshots:
        for meter in snapshot.meters:
            fits = meter.meter == "weekly_all" and meter.pool == "default" and meter.used_pct is not None
            if (
                snapshot.provider == knapsack.provider
                and fits
                and (latest is None or snapshot.ts >= latest[0])
            ):
                latest = snapshot.ts, meter
    if latest is None:
        return Quota(whole, 0.0, was_read=False)
    meter = latest[1]
    if knapsack.unit == "credits":
        whole, used = meter.total, meter.used or 0.0
    else:
        used = meter.used_pct or 0.0
    over = meter.resets_at is not None and until is not None and meter.resets_at <= until
    return Quota(whole, 0.0 if over else used)


def held(knapsack: Knapsack, quota: Quota, rounds: int, changes: Sequence[Change]) -> float | None:
    """Return what a knapsack holds for all rounds, after the changes; None when nobody says.

    What the plan holds, less 10 % headroom, less what is used; a five-hour quota is full again
    every round.  A seat more adds what one plan holds.

    >>> week = Knapsack("claude", "week", "points")
    >>> held(week, Quota(100.0, 35.0), 20, []), held(week, Quota(100.0, 35.0), 20, [Change("claude", 1.0)])
    (55.0, 145.0)
    """
    plan = quota.plan
    for change in changes:
        if change.provider != knapsack.provider:
            continue
        if change.seats is not None:
            plan = None if plan is None or quota.plan is None else plan + change.seats * quota.plan
        elif change.period == knapsack.period:
            plan = change.amount
    if plan is None:
        return None
    usable = plan * (1 - HEADROOM / 100)
    return usable * rounds if knapsack.period == "5h" else usable - quota.used
