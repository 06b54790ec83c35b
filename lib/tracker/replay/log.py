"""A ledger as a bandit sees it: arms, what their windows brought, which knapsacks they drew on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import IO, NamedTuple

import numpy as np

from tracker import cli, rows
from tracker.evidence import reader
from tracker.evidence.facts import Facts
from tracker.providers import SPANS
from tracker.replay import budgets
from tracker.replay.budgets import PERIODS, BudgetChange, Knapsack, QuotaLeft
from tracker.replay.environment import Arm, Resampled
from tracker.replay.lp import Floats
from tracker.verdict import card

ENOUGH = 3  # windows of an arm below which nothing is said of it


class Coin(NamedTuple):
    """The first window of a block that a coin put there: it had propensity 1/2."""

    arm: int
    reward: float
    costs: Floats  # (D,)
    points: float


class ArmTraffic(NamedTuple):
    """What the router saw of an arm's windows, as far as its telemetry is in the ledger."""

    windows: int
    requests: int
    routed_pct: float | None  # of them to GLM; None without requests
    error_pct: float | None


class Log(NamedTuple):
    """What a ledger says to a replay."""

    arms: list[Arm]
    traffic: list[ArmTraffic]  # of each arm
    knapsacks: list[Knapsack]
    quotas: list[QuotaLeft]  # of each knapsack, as last read
    coins: list[Coin]
    windows: int
    notes: list[str]  # what was left out, and why
    sha256: str


def read(stream: IO[bytes]) -> Log:
    """Return the log on a stream of rows; cli.Stop (66) says why there is nothing to replay."""
    found = reader.read(stream)
    found.chain.refuse_contradictions()
    return build(found, found.snapshots)


def build(found: Facts, snapshots: Sequence[rows.Snapshot]) -> Log:
    """Return the log of what was read."""
    notes: list[str] = []
    usable = _usable(found, notes)
    named = _by_arm(usable, notes)
    knapsacks = _knapsacks(named, notes)
    arms = [
        Arm(
            name,
            np.array([window.features for window in group], dtype=float),
            np.array([[taken(window, one) or 0.0 for one in knapsacks] for window in group]),
            np.array([window.capacity_pp for window in group], dtype=float),
        )
        for name, group in named.items()
    ]
    until = max(window.ended_at or window.ts for window in usable)
    if until.year == 1:  # no window has a time
        until = max((snapshot.ts for snapshot in snapshots), default=until)
    quotas = [budgets.from_snapshots(snapshots, one, until) for one in knapsacks]
    coins = _coins(named, knapsacks) if found.plan.seed is not None else []
    count = sum(len(group) for group in named.values())
    traffic = [
        _traffic([row for row in map(found.telemetry_of, group) if row is not None])
        for group in named.values()
    ]
    return Log(arms, traffic, knapsacks, quotas, coins, count, notes, card.inputs_sha256(found.lines))


def _usable(found: Facts, notes: list[str]) -> list[rows.Window]:
    """Return the windows with a capacity, of one quota for each provider; cli.Stop (66) when there is none."""
    windows = found.windows
    if not windows:
        raise cli.Stop(cli.NOTHING, f"no window row ({found.rows_read} rows read); give it `ledger-cat`")
    usable = [window for window in windows if window.capacity_pp is not None and not window.errors]
    if not usable:
        raise cli.Stop(
            cli.NOTHING, f"none of {len(windows)} windows has a capacity; finish them with `complete-window`"
        )
    if len(usable) < len(windows):
        notes.append(f"{len(windows) - len(usable)} of {len(windows)} windows have no capacity: left out")
    counts = Counter((window.provider, window.capacity_quota) for window in usable)
    usual = {provider: quota for (provider, quota), _ in reversed(counts.most_common())}
    kept = [window for window in usable if window.capacity_quota == usual[window.provider]]
    if len(kept) < len(usable):
        notes.append(
            f"{len(usable) - len(kept)} windows have points of another quota, another unit: left out"
        )
    if not any(window.capacity_pp for window in kept):
        raise cli.Stop(
            cli.NOTHING, f"all {len(kept)} windows used 0 points, so no budget binds; record longer windows"
        )
    return kept


def _by_arm(windows: Sequence[rows.Window], notes: list[str]) -> dict[str, list[rows.Window]]:
    """Group windows by what varies among them: methodology, provider, or both."""
    providers = {window.provider for window in windows}
    methodologies = {window.methodology for window in windows}
    named: dict[str, list[rows.Window]] = {}
    for window in sorted(windows, key=lambda each: (each.methodology, each.provider, start_of(each))):
        both = f"{window.provider}/{window.methodology}"
        name = window.methodology if len(providers) == 1 else window.provider
        named.setdefault(both if min(len(providers), len(methodologies)) > 1 else name, []).append(window)
    for name in [name for name, group in named.items() if len(group) < ENOUGH]:
        notes.append(f"{name}: left out, {len(named.pop(name))} windows where {ENOUGH} are needed")
    if len(named) < 2:
        there = ", ".join(f"{name} ({len(group)} windows)" for name, group in named.items()) or "none"
        raise cli.Stop(
            cli.NOTHING,
            f"a choice needs two arms with {ENOUGH} windows each (there: {there}); record windows of another arm",
        )
    return named


def _traffic(telemetry: Sequence[rows.ProxyTelemetry]) -> ArmTraffic:
    def share(counts: list[tuple[int | None, int]]) -> float | None:
        known = [(part, whole) for part, whole in counts if part is not None]
        requests = sum(whole for _, whole in known)
        return 100 * sum(part for part, _ in known) / requests if requests else None

    return ArmTraffic(
        len(telemetry),
        sum(row.total_prompts for row in telemetry),
        share([(row.routed_prompts, row.total_prompts) for row in telemetry]),
        share([(row.errors, row.total_prompts) for row in telemetry]),
    )


def start_of(window: rows.Window) -> datetime:
    """Return when a window began, as far as its row says."""
    return window.started_at or window.ts


def taken(window: rows.Window, knapsack: Knapsack) -> float | None:
    """Return what a window took from a knapsack; None: its row does not say."""
    if knapsack.unit == "credits":
        return window.glm_credits
    if window.provider != knapsack.provider:
        return window.glm_pp if (knapsack.provider, knapsack.period) == ("glm", "5h") else None
    if period_of(window) == knapsack.period:
        return window.capacity_pp
    return window.weekly_pp if knapsack.period == "week" else None


def period_of(window: rows.Window) -> str | None:
    """Return the period of the quota that a window's points are of; None when no budget is of it."""
    span = SPANS.get(window.capacity_quota.split(" ")[0])
    return span.period if span else None


def _knapsacks(named: dict[str, list[rows.Window]], notes: list[str]) -> list[Knapsack]:
    """Return the quotas that every window of every arm that draws on them tells of.

    An arm draws on its own provider's points, and on another's as soon as one of its windows does.
    """
    providers = sorted({group[0].provider for group in named.values()} | {"glm"})
    usual = {(provider, period) for provider in providers for period in ("5h", "week")}
    usual |= {(window.provider, period_of(window) or "") for group in named.values() for window in group}
    asked = [
        Knapsack(one, period, "points") for period in PERIODS for one in providers if (one, period) in usual
    ]
    kept = []
    for one in [*asked, Knapsack("glm", "week", "credits")]:
        told, note = _told(one, named)
        notes += [note] if note else []
        kept += [one] if told else []
    return kept


def _told(one: Knapsack, named: dict[str, list[rows.Window]]) -> tuple[bool, str | None]:
    """Return whether the windows tell of a quota, and what to say when one that is drawn on is left out."""
    amounts = {name: [taken(window, one) for window in group] for name, group in named.items()}
    own = {name for name, group in named.items() if group[0].provider == one.provider}
    told = {name for name, values in amounts.items() if any(value is not None for value in values)}
    if not any(value for values in amounts.values() for value in values):
        silent = one.unit == "credits" or not own
        return False, None if silent else f"{one.name}: in no window, so this quota is left out"
    draws = told if one.unit == "credits" else told | own
    if unclear := [name for name in sorted(draws) if None in amounts[name]]:
        return False, f"{one.name}: not in every window of {', '.join(unclear)}, so this quota is left out"
    return True, None


def _coins(named: dict[str, list[rows.Window]], knapsacks: Sequence[Knapsack]) -> list[Coin]:
    """Return the first window of each block that holds windows of two arms, in order of time."""
    blocks: dict[object, list[tuple[datetime, int, rows.Window]]] = {}
    for arm, group in enumerate(named.values()):
        for window in group:
            if window.block is not None:
                blocks.setdefault(window.block, []).append((start_of(window), arm, window))
    first = [
        min(block, key=lambda item: item[0])
        for block in blocks.values()
        if len({arm for _, arm, _ in block}) == 2 and len({start for start, _, _ in block}) == len(block)
    ]
    return [
        Coin(
            arm,
            window.features,
            np.array([taken(window, one) or 0.0 for one in knapsacks]),
            window.capacity_pp or 0.0,
        )
        for _, arm, window in sorted(first, key=lambda item: item[0])
    ]


class Bound(NamedTuple):
    """The log with budgets for so many rounds: the knapsacks that can bind, and what they hold."""

    arms: list[Arm]
    knapsacks: list[Knapsack]
    held: Floats
    coins: list[Coin]
    slack: list[str]  # quotas that cannot bind, or that nobody knows, in words


def bind(log: Log, rounds: int, changes: Sequence[BudgetChange]) -> Bound:
    """Return the log under these budgets; cli.Stop when one is empty or a change fits no quota."""
    for change in changes:
        fits = [
            one
            for one in log.knapsacks
            if one.provider == change.provider and (change.period in (None, one.period))
        ]
        if not fits:
            there = ", ".join(one.name for one in log.knapsacks)
            raise cli.Stop(
                cli.NOTHING,
                f"the log says nothing of what {change.provider} used (it has {there}); leave it out",
            )
    keep, held, slack = [], [], []
    for place, (one, quota) in enumerate(zip(log.knapsacks, log.quotas, strict=True)):
        amount = budgets.held(one, quota, rounds, changes)
        most = max(float(arm.costs[:, place].max()) for arm in log.arms)
        if amount is None:
            slack.append(
                f"{one.name}: the plan's size is not in the log; --budget {one.provider}=N/week says it"
            )
        elif amount <= 0:
            raise cli.Stop(
                cli.NOTHING,
                f"{one.name}: nothing is left after the headroom ({amount:g}); --budget sets another",
            )
        elif most * rounds <= amount:
            slack.append(f"{one.name}: {amount:g} held, at most {most * rounds:g} used: cannot bind")
        else:
            keep.append(place)
            held.append(amount)
            if not quota.was_read:
                slack.append(f"{one.name}: no reading of the week in the log, so a fresh week is assumed")
    arms = [arm._replace(costs=arm.costs[:, keep]) for arm in log.arms]
    coins = [coin._replace(costs=coin.costs[keep]) for coin in log.coins]
    return Bound(arms, [log.knapsacks[place] for place in keep], np.array(held), coins, slack)


def world(bound: Bound, rounds: int, logs: int, runs: int, seed: int) -> Resampled:
    """Return a world to play in."""
    return Resampled(bound.arms, bound.held, rounds, logs, runs, seed)
