"""What a week's knapsacks hold: points and credits of each provider, as the ledger or a person says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from tracker import cli, rows
from tracker.providers import SPANS

HEADROOM = 10.0  # percent of every quota that no experiment uses


PERIODS = tuple(span.period for span in SPANS.values() if span.period)


def refills(period: str, rounds: int) -> int:
    """Return how often a quota is full in a week of so many rounds: five hours anew in every one.

    >>> [refills(period, 20) for period in ("5h", "day", "week", "month")]
    [20, 7, 1, 1]
    """
    return {"5h": rounds, "day": 7}.get(period, 1)


class Knapsack(NamedTuple):
    """One quota of one provider."""

    provider: str
    period: str  # 5h, day, week, month
    unit: str  # "points" or "credits"

    @property
    def name(self) -> str:
        """For people: `claude week points`."""
        return f"{self.provider} {self.period} {self.unit}"


class BudgetChange(NamedTuple):
    """One clause of --budget or --what-if."""

    provider: str
    seats: float | None = None  # seats more than today, or fewer; each holds what one plan holds
    amount: float | None = None  # or: what the period's quota holds
    period: str | None = None
    times: float | None = None  # or: every quota so many times what it holds, as another plan's


CLAUSE = re.compile(
    rf"""\s*(?P<provider>[\w-]+)\s*=\s*(?:
        (?P<seats>[-+]\s*[0-9.]+)\s*seats? | x\s*(?P<times>[0-9.]+) | (?P<amount>-?[0-9.]+(?:e[0-9]+)?)\s*/\s*(?P<period>{"|".join(PERIODS)})
    )\s*""",
    re.VERBOSE,
)


def read_changes(text: str, option: str) -> list[BudgetChange]:
    """Read `glm=120000/week,claude=+1 seat`; cli.Stop (2) says what cannot be read.

    >>> read_changes("glm=120000/week, claude=+1 seat", "--what-if")[1]
    BudgetChange(provider='claude', seats=1.0, amount=None, period=None, times=None)
    """
    changes: list[BudgetChange] = []
    for clause in text.split(","):
        change = _change(clause, option)
        if any(one[::3] == change[::3] for one in changes):
            raise cli.Stop(
                cli.USAGE, f"{option}: {clause.strip()!r} names the same quota again; leave one out"
            )
        changes.append(change)
    return changes


def _change(clause: str, option: str) -> BudgetChange:
    found = CLAUSE.fullmatch(clause)
    try:
        said = found and (found["seats"] or found["times"] or found["amount"])
        number = float(said.replace(" ", "")) if said else math.nan
    except ValueError:
        number = math.nan
    if found is None or not math.isfinite(number):
        raise cli.Stop(
            cli.USAGE,
            f"{option}: cannot read {clause.strip()!r}; write glm=120000/week, claude=+1 seat, claude=-1 seat or claude=x0.2",
        )
    if (number <= 0 and not found["seats"]) or number == 0:
        raise cli.Stop(cli.USAGE, f"{option}: {clause.strip()!r} leaves nothing; a budget must be above 0")
    if found["seats"]:
        return BudgetChange(found["provider"], seats=number)
    if found["times"]:
        return BudgetChange(found["provider"], times=number)
    return BudgetChange(found["provider"], amount=number, period=found["period"])


class QuotaLeft(NamedTuple):
    """A quota as last read: what the plan holds, and what of it was used already."""

    plan: float | None  # 100 points a seat, or credits; None: nobody said
    used: float
    was_read: bool = True


def from_snapshots(
    snapshots: Iterable[rows.Snapshot], knapsack: Knapsack, until: datetime | None
) -> QuotaLeft:
    """Return the quota of the latest reading; one never read is fresh.

    A reading whose reset lies before `until`, the log's last instant, leaves nothing used.
    """
    whole = 100.0 if knapsack.unit == "points" else None
    if refills(knapsack.period, 2) > 1:  # full again soon, whatever is used of it now
        return QuotaLeft(whole, 0.0)
    mine = sorted((one for one in snapshots if one.provider == knapsack.provider), key=lambda one: one.ts)
    shown = [meter for one in mine for meter in one.meters if _is_of(meter, knapsack)]
    if not shown:
        return QuotaLeft(whole, 0.0, was_read=False)
    meter = shown[-1]
    if knapsack.unit == "credits":
        whole, used = meter.total, meter.used or 0.0
    else:
        used = meter.used_pct or 0.0
    over = meter.resets_at is not None and until is not None and meter.resets_at <= until
    return QuotaLeft(whole, 0.0 if over else used)


def _is_of(meter: rows.Meter, knapsack: Knapsack) -> bool:
    named = meter.pool == "default" and meter.used_pct is not None
    return named and SPANS[meter.meter].period == knapsack.period


def held(knapsack: Knapsack, quota: QuotaLeft, rounds: int, changes: Sequence[BudgetChange]) -> float | None:
    """Return what a knapsack holds for all rounds, after the changes; None when nobody says.

    What the plan holds, less 10 % headroom, less what is used; a five-hour quota is full again
    every round.  A seat more adds what one plan holds.

    >>> week = Knapsack("claude", "week", "points")
    >>> held(week, QuotaLeft(100.0, 35.0), 20, []), held(week, QuotaLeft(100.0, 35.0), 20, [BudgetChange("claude", 1.0)])
    (55.0, 145.0)
    """
    plan = quota.plan
    for change in changes:
        if change.provider != knapsack.provider:
            continue
        if change.seats is not None:
            plan = None if plan is None or quota.plan is None else plan + change.seats * quota.plan
        elif change.times is not None:
            plan = None if plan is None else plan * change.times
        elif change.period == knapsack.period:
            plan = change.amount
    if plan is None:
        return None
    usable = plan * (1 - HEADROOM / 100)
    return usable * refills(knapsack.period, rounds) - quota.used
