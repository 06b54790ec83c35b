"""A window's readings: which BEFORE goes with which AFTER, and what was used in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tracker import rows

JITTER = timedelta(minutes=5)  # panes round the reset: two within this are the same one
OPENS_EARLY = timedelta(hours=1)  # a five-hour window may be dated from the full hour before its first use
SPANS = {"five_hour": timedelta(hours=5), "weekly_all": timedelta(days=7)}


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


def meter_of(reading: rows.Snapshot, meter: str) -> rows.Meter | None:
    """Return the reading's own quota of that kind, not a model's or another pool's."""
    return next((one for one in reading.meters if one.meter == meter and one.pool == "default"), None)


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
    >>> later = used_between(five(88.0, reset), five(3.0, reset + SPANS["five_hour"]), nine,
    ...                      nine + timedelta(hours=5))
    >>> later.points, later.low, later.high, later.note
    (None, 3.0, 15.0, 'reset-between')
    """
    first, last = share_of(before), share_of(after)
    if first is None or last is None:
        return Used(note="not-shown")
    resets, word = resets_between(before, after, start, end, SPANS.get(before.meter, timedelta(days=31)))
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

    five_hour: Used
    weekly: Used
    errors: list[str]
    notes: list[str]

    @property
    def anomalies(self) -> list[str]:
        """What a reader of the numbers must know, also where it leaves a five-hour capacity."""
        return list(dict.fromkeys([*self.errors, *([self.weekly.error] if self.weekly.error else [])]))


def capacity(pair: Pair) -> Capacity:
    """Return what a complete pair says; an incomplete one, or one without the meter, says why not."""
    if pair.before is None or pair.after is None:
        missing = "before" if pair.before is None else "after"
        return Capacity(Used(), Used(), [], [f"no-{missing}"])
    start, end = pair.before.ts, pair.after.ts
    found, errors, notes = {}, [], []
    for meter, short in (("five_hour", "five-hour"), ("weekly_all", "weekly")):
        first, last = meter_of(pair.before, meter), meter_of(pair.after, meter)
        if first is None or last is None:
            found[meter] = Used(note="not-shown")
        else:
            found[meter] = used_between(first, last, start, end)
        used = found[meter]
        if used.error == "quota-state-switched" or (used.error and meter == "five_hour"):
            errors.append(used.error)
        elif used.error:
            notes.append(f"weekly:{used.error}")
        if used.note and (meter == "five_hour" or used.note == "reset-between"):
            notes.append(f"{short}:{used.note}")
    five = found["five_hour"]
    accounts = {one.account for one in (pair.before, pair.after) if one.account}
    if len(accounts) > 1:
        errors.append("account-switched")
        five = found["weekly_all"] = Used(error="account-switched")
    if "quota-state-switched" in errors:
        # Another weekly anchor means another account's or plan's quota: no difference means anything.
        five = Used(error="quota-state-switched")
    return Capacity(five, found["weekly_all"], list(dict.fromkeys(errors)), notes)


def divergence(meter: Used, estimate: Used) -> float | None:
    """Return how far ccusage's estimate is from the meter, as a share of the meter; None: no telling.

    >>> round(divergence(Used(20.0), Used(23.0)), 2)
    0.15
    """
    if meter.points is None or estimate.points is None or meter.points == estimate.points == 0:
        return None
    return abs(estimate.points - meter.points) / meter.points if meter.points else 1.0


def duplicates(all_rows: Sequence[rows.Row]) -> list[str]:
    """Name what stands there twice: readings of the same phase, finished windows."""
    seen: dict[tuple[str, ...], int] = {}
    for row in all_rows:
        if isinstance(row, rows.Snapshot) and row.window and row.phase and not is_estimate(row):
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
    for name in SPANS:
        shown = [meter_of(one, name) if one else None for one in pair]
        if all(shown):
            parts.append(f"{name} {' -> '.join(_shown(meter) for meter in shown if meter)}")
    return "; ".join(parts)


def _shown(meter: rows.Meter) -> str:
    used = share_of(meter)
    reset = f", resets {when(meter.resets_at)}" if meter.resets_at else ""
    return f"{'?' if used is None else format(used, 'g')} %{reset}"
