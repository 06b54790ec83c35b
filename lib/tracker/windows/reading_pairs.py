"""A window's readings: which BEFORE goes with which AFTER, and what was used in between."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import NamedTuple

from tracker import providers, rows
from tracker.providers import MOST_PCT, SPANS

JITTER = timedelta(minutes=5)  # panes round the reset: two within this are the same one
OPENS_EARLY = timedelta(hours=1)  # a five-hour window may be dated from the full hour before its first use


class QuotaName(NamedTuple):
    """Which quota of a provider: what it is, and of which pool."""

    meter: str
    pool: str = "default"

    def __str__(self) -> str:
        """Return it as window rows name it: `daily`, `daily gemini-2.5-pro`."""
        return self.meter if self.pool == "default" else f"{self.meter} {self.pool}"


WEEKLY = QuotaName("weekly_all")


class Key(NamedTuple):
    """Whose pair of readings it is: accounts and agents never mix."""

    window: str
    provider: str
    agent_id: str


class Pair(NamedTuple):
    """The readings before and after the work, as far as they are there."""

    before: rows.Snapshot | None = None
    after: rows.Snapshot | None = None


class Used(NamedTuple):
    """What was used of one quota between two readings, in points of the quota."""

    points: float | None = None  # None: not known, or only its bounds
    low: float | None = None  # bounds, when a reset came in between
    high: float | None = None
    units: float | None = None  # credits, when both readings count them
    error: str | None = None  # negative-delta, quota-state-switched: nothing can be known
    note: str | None = None  # reset-between, anchor-unknown: what a reader should know


def is_estimate(row: rows.Snapshot) -> bool:
    """Say whether a reading is a local estimate beside the meter, as ccusage's is."""
    return row.surface.startswith("ccusage") or "local-estimate" in row.flags


def key_of(row: rows.Snapshot, agent_id: str = "main") -> Key:
    """Return whose reading it is; an unstamped row belongs to `agent_id`."""
    return Key(row.window or "", row.provider, row.agent_id or agent_id)


def pairs(all_rows: Iterable[rows.Row], *, estimates: bool = False) -> dict[Key, Pair]:
    """Return the pair of readings of every window, provider and agent; of two alike, the first.

    `estimates` gives the pairs of local estimates, such as ccusage's, instead of the meters'.
    """
    found: dict[Key, Pair] = {}
    for row in all_rows:
        if not isinstance(row, rows.Snapshot) or not row.window or is_estimate(row) != estimates:
            continue
        if row.feature_id is not None:  # read at a mark within the window
            continue
        found[key_of(row)] = joined(found.get(key_of(row), Pair()), row)
    return found


def joined(pair: Pair, row: rows.Snapshot) -> Pair:
    """Return a pair with one more reading in it; what is there already stays."""
    if row.phase == "before":
        return Pair(pair.before or row, pair.after)
    return Pair(pair.before, pair.after or row) if row.phase == "after" else pair


def best_pairs(all_rows: Sequence[rows.Row]) -> dict[Key, Pair]:
    """Return the meters' pairs, and the estimates' where there is no meter reading at all."""
    return pairs(all_rows, estimates=True) | pairs(all_rows)


def open_of(found: Mapping[Key, Pair], provider: str, agent_id: str) -> list[str]:
    """Return the windows that have a BEFORE and no AFTER of this provider and agent, oldest first."""
    mine = [
        (pair.before.ts, key.window)
        for key, pair in found.items()
        if key[1:] == (provider, agent_id) and pair.before and not pair.after
    ]
    return [window for _, window in sorted(mine)]


def meter_of(reading: rows.Snapshot, quota: QuotaName) -> rows.Meter | None:
    """Return what the reading shows of a quota."""
    return next((one for one in reading.meters if (one.meter, one.pool) == quota), None)


def quota_of(pair: Pair) -> QuotaName:
    """Return the quota that is the window's capacity: the first of its provider's that a reading shows.

    One that only one of the readings shows is it all the same, and then nothing is known: to fall
    through to the next quota would change the unit unseen.
    """
    there = [one for one in pair if one is not None]
    wanted = providers.BY_NAME[there[0].provider].capacity if there else providers.PROVIDERS[0].capacity
    shown = [{QuotaName(one.meter, one.pool) for one in reading.meters if _counts(one)} for reading in there]
    for quota in wanted:
        fits = sorted(name for name in set().union(*shown) if quota.fits(*name))
        if fits:
            return next((name for name in fits if all(name in each for each in shown)), fits[0])
    return QuotaName(wanted[0].meter)


def _counts(meter: rows.Meter) -> bool:
    return meter.used_pct is not None or meter.used is not None


def resets_between(
    before: rows.Meter, after: rows.Meter, start: datetime, end: datetime, span: timedelta
) -> tuple[int, str | None]:
    """Return how many resets came between two readings at most, and a word when that is not plain.

    Two readings belong to one window when they show the same reset.  A pool that nobody has used
    shows no reset, or now plus its span, which is no identity.  The words: `anchor-unknown` (no
    reset was shown to compare) and `quota-state-switched` (another reset, before the first was due).
    """
    due, next_due = before.resets_at, after.resets_at
    if due and next_due and abs(next_due - due) <= JITTER:
        return 0, None
    if due and due <= end:
        return 1 + int((end - due) / span), None
    idle = before.used_pct == 0 and (due is None or abs(due - (start + span)) <= JITTER)
    if idle and next_due:
        opened = next_due - span
        if opened < start - OPENS_EARLY:
            return 0, "quota-state-switched"
        return max(0, int((opened - start) / span)), None
    if due and next_due:
        return 0, "quota-state-switched"
    if before.used_pct == 0 and after.used_pct == 0:
        return 0, None
    return 0, "anchor-unknown"


def used_between(before: rows.Meter, after: rows.Meter, start: datetime, end: datetime) -> Used:
    """Return what was used of one quota between readings at `start` and `end`.

    With a reset in between only bounds are known: at least what the later reading shows, at most
    also the rest of the earlier quota.  A fall without a reset gives nothing but the error.

    >>> from datetime import UTC
    >>> nine, reset = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 5, 13, tzinfo=UTC)
    >>> def five(used, resets_at): return rows.Meter(meter="five_hour", used_pct=used, resets_at=resets_at)
    >>> used_between(five(9.0, reset), five(31.5, reset), nine, nine + timedelta(hours=2)).points
    22.5
    >>> used_between(five(31.5, reset), five(9.0, reset), nine, nine + timedelta(hours=2)).error
    'negative-delta'
    >>> later = used_between(five(88.0, reset), five(3.0, reset + timedelta(hours=5)), nine,
    ...                      nine + timedelta(hours=5))
    >>> later.points, later.low, later.high, later.note
    (None, 3.0, 15.0, 'reset-between')
    """
    first, last = share_of(before), share_of(after)
    if first is None or last is None:
        return Used(note="not-shown")
    if max(first, last) > MOST_PCT:
        return Used(error="impossible-percent")
    resets, word = resets_between(before, after, start, end, SPANS[before.meter].length)
    if word == "quota-state-switched":
        return Used(error=word)
    if resets:
        high = last + max(0.0, 100.0 - first) + 100.0 * (resets - 1)
        return Used(low=last, high=round(high, 6), note="reset-between")
    if last < first:
        return Used(error="negative-delta")
    units = None
    if before.used is not None and after.used is not None and before.total == after.total:
        units = round(after.used - before.used, 6)
    return Used(round(last - first, 6), units=units, note=word)


def share_of(meter: rows.Meter) -> float | None:
    """Return percent used: from the units when the source counts them, which is finer, else as shown.

    >>> share_of(rows.Meter(meter="five_hour", used_pct=3.0, used=51.0, total=2000.0))
    2.55
    """
    if meter.used is not None and meter.total:
        return 100.0 * meter.used / meter.total
    return meter.used_pct


class Capacity(NamedTuple):
    """What one provider's pair of readings says about the window between them."""

    quota: QuotaName  # which quota `used` is of
    used: Used
    weekly: Used
    errors: list[str]
    notes: list[str]

    @property
    def anomalies(self) -> list[str]:
        """What a reader of the numbers must know, also where it leaves a capacity."""
        return list(dict.fromkeys([*self.errors, *([self.weekly.error] if self.weekly.error else [])]))


_NO_PLAN = {"account", "plan", "claude", "chatgpt", "codex", "glm"}  # words that say nothing of which plan


def plan_of(pair: Pair) -> str | None:
    """Return the plan that a pair's readings name, the longer of two names of it; None when neither does."""
    return max((one.plan for one in pair if one and one.plan), key=len, default=None)


def plan_switched(pair: Pair) -> bool:
    """Say whether two readings name different plans, whose points are different units.

    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> meters = [rows.Meter(meter="five_hour", used_pct=1.0)]
    >>> def of(plan): return rows.Snapshot(ts=nine, provider="claude", surface="print", meters=meters, plan=plan)
    >>> plan_switched(Pair(of("Claude Max 5x"), of("max"))), plan_switched(Pair(of("Claude Pro"), of("max")))
    (False, True)
    """
    return plans_differ([one.plan for one in pair if one and one.plan])


def plans_differ(names: Iterable[str]) -> bool:
    """Say whether names are of several plans.

    Panes call one plan differently; names are of one plan where the words of one are among the other's.

    >>> plans_differ(["Claude Max 5x", "max"]), plans_differ(["max", "Claude Pro", "max"])
    (False, True)
    """
    words = [set(re.findall(r"\w+", name.lower())) - _NO_PLAN for name in names]
    return any(not (one <= other or other <= one) for one, other in combinations(words, 2))


def no_capacity(pair: Pair, *notes: str) -> Capacity:
    """Return a capacity of which nothing is known, and why."""
    return Capacity(quota_of(pair), Used(), Used(), [], list(notes))


def capacity(pair: Pair) -> Capacity:
    """Return what a complete pair says; an incomplete one, or one without the meter, says why not."""
    if pair.before is None or pair.after is None:
        return no_capacity(pair, f"no-{'before' if pair.before is None else 'after'}")
    quota = quota_of(pair)
    found = {name: _used(pair.before, pair.after, name) for name in dict.fromkeys([quota, WEEKLY])}
    errors = [
        used.error
        for name, used in found.items()
        if used.error and (used.error == "quota-state-switched" or name == quota)
    ]
    notes = [note for name, used in found.items() for note in _notes(name, used, main=name == quota)]
    accounts = {one.account for one in (pair.before, pair.after) if one.account}
    switched = "account-switched" if len(accounts) > 1 else "plan-switched" if plan_switched(pair) else None
    if switched:
        errors.append(switched)
        found[quota] = found[WEEKLY] = Used(error=switched)
    elif "quota-state-switched" in errors:
        # Another weekly anchor means another account's or plan's quota: no difference means anything.
        found[quota] = Used(error="quota-state-switched")
    return Capacity(quota, found[quota], found[WEEKLY], list(dict.fromkeys(errors)), notes)


def _notes(name: QuotaName, used: Used, *, main: bool) -> list[str]:
    """Return what a reader should know of one quota; of the week beside it, only what is odd."""
    words = SPANS[name.meter].words
    known = used.error and not main and used.error != "quota-state-switched"
    notes = [f"{words}:{used.error}"] if known else []
    if used.note and (main or used.note == "reset-between"):
        notes.append(f"{words}:{used.note}")
    return notes


def _used(before: rows.Snapshot, after: rows.Snapshot, quota: QuotaName) -> Used:
    first, last = meter_of(before, quota), meter_of(after, quota)
    if first is None or last is None:
        return Used(note="not-shown")
    return used_between(first, last, before.ts, after.ts)


def divergence(meter: Used, estimate: Used) -> float | None:
    """Return how far ccusage's estimate is from the meter, as a share of the meter; None: no telling.

    >>> round(divergence(Used(20.0), Used(23.0)), 2)
    0.15
    """
    if meter.points is None or estimate.points is None or meter.points == estimate.points == 0:
        return None
    return abs(estimate.points - meter.points) / meter.points if meter.points else 1.0


def counts_tokens(pair: Pair) -> bool:
    """Say whether both readings of a pair count tokens and show no percentage, as ccusage's blocks do."""
    return len(_token_meters(pair)) == 2


def tokens_between(pair: Pair) -> int | None:
    """Return the tokens counted between two readings; None when that is not known.

    ccusage counts each block of five hours from nothing, so two readings of different blocks, or a
    count that fell, say nothing of what came in between.

    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> def of(used, block):
    ...     counted = rows.Meter(meter="five_hour", used=used, label=f"block {block}")
    ...     return rows.Snapshot(ts=nine, provider="glm", surface="ccusage", meters=[counted])
    >>> tokens_between(Pair(of(1000, 1), of(51_000, 1))), tokens_between(Pair(of(1000, 1), of(51_000, 2)))
    (50000, None)
    """
    if not counts_tokens(pair):
        return None
    first, last = _token_meters(pair)
    blocks = {one.label for one in (first, last) if one.label and one.label.startswith("block ")}
    if len(blocks) > 1 or first.used is None or last.used is None or last.used < first.used:
        return None
    return round(last.used - first.used)


def _token_meters(pair: Pair) -> list[rows.Meter]:
    if pair.before is None or pair.after is None:
        return []
    shown = [meter_of(one, quota_of(pair)) for one in (pair.before, pair.after)]
    return [one for one in shown if one and one.used is not None and one.used_pct is None]


def duplicates(all_rows: Sequence[rows.Row]) -> list[str]:
    """Name what stands there twice: readings of the same phase, finished windows."""
    seen: dict[tuple[str, ...], int] = {}
    for row in all_rows:
        if isinstance(row, rows.Snapshot) and row.window and row.phase and not is_estimate(row):
            if row.feature_id is not None:
                continue
            name: tuple[str, ...] = (row.window, row.provider, row.agent_id or "main", row.phase)
        elif isinstance(row, rows.Window):
            name = (row.window, "window")
        else:
            continue
        seen[name] = seen.get(name, 0) + 1
    return [f"{' '.join(name)} x{count}" for name, count in seen.items() if count > 1]


def when(time: datetime) -> str:
    """Return a time as a person reads it, in UTC."""
    return time.astimezone(UTC).strftime("%F %T UTC")


def seen(pair: Pair) -> str:
    """Return what two readings showed, for a person.

    >>> seen(Pair())
    ''
    """
    parts = []
    for name in dict.fromkeys([quota_of(pair), WEEKLY]):
        shown = [meter_of(one, name) if one else None for one in pair]
        if all(shown):
            parts.append(f"{name} {' -> '.join(_shown(meter) for meter in shown if meter)}")
    if plan_switched(pair):
        parts.append(f"plan {' -> '.join(one.plan or '' for one in pair if one)}")
    return "; ".join(parts)


def _shown(meter: rows.Meter) -> str:
    used = share_of(meter)
    reset = f", resets {when(meter.resets_at)}" if meter.resets_at else ""
    return f"{'?' if used is None else format(used, 'g')} %{reset}"
