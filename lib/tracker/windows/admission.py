"""What may enter the ledger as a window's reading: one BEFORE, one AFTER, and the AFTER not too early."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tracker import cli, rows
from tracker.providers import SPANS
from tracker.windows import reading_pairs, stop_rule
from tracker.windows.reading_pairs import Key, Pair

BUFFER_SECONDS = 300.0
HEADROOM_PP = 10.0  # of the weekly quota: kept for the rest of the week

Read = Callable[..., "list[rows.Row]"]


class Asked(NamedTuple):
    """What the person said about the rows to come."""

    agent_id: str = "main"
    force: bool = False
    probe: bool = False
    buffer_seconds: float = BUFFER_SECONDS
    stopped_at: datetime | None = None  # when work stopped


class Admission(NamedTuple):
    """Fields to set on the new rows, by position; rows to add; what to tell the person."""

    changes: dict[int, dict[str, Any]]
    added: list[rows.Row]
    warnings: list[str]


def admit(
    fresh: Sequence[rows.Row], read: Read, asked: Asked, marker: Callable[[str], str | None]
) -> Admission:
    """Judge new rows against those in force; cli.Stop (75) says what to do about a refused one.

    `read(*kinds)` gives rows in force; `marker(provider)` the window that this shell opened.  Only
    snapshots of a window, finished windows, and tasks that are dealt or reserved are judged; the
    rest passes.
    """
    if any(getattr(row, "window", None) == "" for row in fresh):
        # A shell variable that is not set must not turn a window's reading into one of no window.
        raise cli.Stop(cli.BAD_INPUT, "a row's window is empty (''); name it, or leave --window out")
    made = Admission({}, [], [])
    if any(isinstance(row, rows.Window) for row in fresh):
        _finished_once(fresh, read("window"))
    if any(isinstance(row, rows.Feature) for row in fresh):
        _dealt_once(fresh, read("feature"))
    readings = [(at, row) for at, row in enumerate(fresh) if isinstance(row, rows.Snapshot)]
    readings = [(at, row) for at, row in readings if (row.window or row.phase) and row.feature_id is None]
    if not readings:
        return made
    known = ReadingsThere(read("snapshot", "proxy_telemetry", "window"))
    for at, row in readings:
        judged = _reading(row, known, asked, marker)
        made.changes[at] = judged.changes
        made.added.extend(judged.anomalies)
        made.warnings.extend(f"{one.anomaly}: {one.detail}" for one in judged.anomalies)
        known.add(row, judged.changes, asked.agent_id)
    return made


class ReadingsThere:
    """The readings that are there, and those of this call that were let in before."""

    def __init__(self, there: Sequence[rows.Row]) -> None:
        self.meters = reading_pairs.pairs(there)
        self.estimates = reading_pairs.pairs(there, estimates=True)
        self.finished = [row for row in there if isinstance(row, rows.Window)]
        self.last_request: dict[str, datetime] = {}
        for row in there:
            if isinstance(row, rows.ProxyTelemetry) and row.last_ts:
                self.last_request[row.window] = max(
                    row.last_ts, self.last_request.get(row.window, row.last_ts)
                )

    def pair(self, key: Key, row: rows.Snapshot) -> Pair:
        """Return the pair that a reading would become part of."""
        return (self.estimates if reading_pairs.is_estimate(row) else self.meters).get(key, Pair())

    def begun(self, key: Key, row: rows.Snapshot) -> rows.Snapshot | None:
        """Return the BEFORE that an AFTER goes with; an estimate's may be the meter's."""
        return self.pair(key, row).before or self.meters.get(key, Pair()).before

    def add(self, row: rows.Snapshot, changes: dict[str, Any], agent_id: str) -> None:
        """Count a reading that was let in."""
        fields = {name: getattr(row, name) for name in row.__struct_fields__}
        whole = rows.Snapshot(**(fields | {"agent_id": row.agent_id or agent_id} | changes))
        into = self.estimates if reading_pairs.is_estimate(row) else self.meters
        there = into.get(reading_pairs.key_of(whole), Pair())
        into[reading_pairs.key_of(whole)] = reading_pairs.joined(there, whole)

    def open(self, provider: str, agent_id: str) -> list[str]:
        """Return the windows of a provider and agent that have a BEFORE and no AFTER, oldest first."""
        return reading_pairs.open_of(self.estimates | self.meters, provider, agent_id)


def _finished_once(fresh: Sequence[rows.Row], finished: Sequence[rows.Row]) -> None:
    standing = {row.window: row.row_id or "" for row in finished if isinstance(row, rows.Window)}
    for row in fresh:
        if not isinstance(row, rows.Window):
            continue
        if row.window in standing and (row.supersedes or "none") != standing[row.window]:
            raise cli.Stop(
                cli.TRY_LATER,
                f"{row.window} is finished already (row {short(standing[row.window])}); "
                "`complete-window --supersede` corrects it by a new row",
            )
        standing[row.window] = row.row_id or ""


def _dealt_once(fresh: Sequence[rows.Row], there: Sequence[rows.Row]) -> None:
    """Refuse a second deal of a window, and a capability that another shell took in the meantime.

    Coins that are tossed again until their order pleases are no coins.
    """
    dealt: dict[str, list[rows.Feature]] = {}
    taken: dict[str, rows.Row] = {}
    for number, row in enumerate((*there, *fresh)):
        if not isinstance(row, rows.Feature):
            continue
        # A copy from another ledger was judged there, and a correction is meant.
        old = number < len(there) or row.row_id or row.supersedes
        if row.state == "assigned" and row.window:
            before = dealt.setdefault(row.window, [])
            if not old and before and not _beside(row, before):
                raise _again(f"{row.window} has its task already", before[-1])
            before.append(row)
        if row.state == "reserved" and row.capability:
            if not old and row.capability in taken:
                raise _again(f"{row.capability} is taken already", taken[row.capability])
            taken[row.capability] = row


def _beside(row: rows.Feature, before: Sequence[rows.Feature]) -> bool:
    """Return whether a task is dealt to a window together with others, in one call: same block, same turn."""
    return all(
        not one.row_id and (one.block, one.turn) == (row.block, row.turn) and one.feature_id != row.feature_id
        for one in before
    )


def _again(what: str, holder: rows.Row) -> cli.Stop:
    if not holder.row_id:
        return cli.Stop(cli.BAD_INPUT, f"{what} (twice in this call); leave one out")
    return cli.Stop(
        cli.TRY_LATER,
        f"{what} (row {short(holder.row_id)}); keep that one, or take it back with `ledger-undo` first",
    )


def short(row_id: str | None) -> str:
    """Return enough of a row_id to name it by."""
    return (row_id or "?")[:8]


class Judged(NamedTuple):
    """A reading that may enter: fields to set on it, and the anomalies that come with it."""

    changes: dict[str, Any]
    anomalies: list[rows.Anomaly]


def _reading(
    row: rows.Snapshot, known: ReadingsThere, asked: Asked, marker: Callable[[str], str | None]
) -> Judged:
    agent_id = row.agent_id or asked.agent_id
    window = row.window or _open_window(row.provider, agent_id, known, marker)
    key = Key(window, row.provider, agent_id)
    pair = known.pair(key, row)
    phase = row.phase or ("after" if pair.before else "before")
    changes: dict[str, Any] = {"window": window, "phase": phase}
    _only_one(pair.before if phase == "before" else pair.after, phase, key)
    if row.row_id:  # a copy from another ledger, where it was judged
        return Judged(changes, [])
    judge = _before if phase == "before" else _after
    notes, anomalies = judge(row, key, known, asked)
    if notes:
        changes["notes"] = list(dict.fromkeys([*row.notes, *notes]))
    return Judged(changes, anomalies)


def _before(
    row: rows.Snapshot, key: Key, known: ReadingsThere, asked: Asked
) -> tuple[list[str], list[rows.Anomaly]]:
    """Return the notes and anomalies of a BEFORE; one with which no window should begin is refused."""
    after = known.pair(key, row).after
    if after and after.ts < row.ts:
        raise cli.Stop(
            cli.TRY_LATER,
            f"{_named(key)} has an after that is older ({reading_pairs.when(after.ts)}) than this before; "
            f"take it back with `ledger-undo {short(after.row_id)}`, or name another window",
        )
    low = _eats_headroom(row)
    if low and not asked.probe:
        raise cli.Stop(
            cli.TRY_LATER,
            f"{low}; wait for the weekly reset, or use --probe to go to the limit on purpose",
        )
    stop = stop_rule.broken(known.finished, row.provider)
    if stop and not asked.force:
        raise cli.Stop(
            cli.TRY_LATER,
            f"stop: {stop}; see what the meter does (window-audit) and correct or undo such a window, "
            "or use --force to go on with an anomaly",
        )
    return ["limit-reach-probe"] if low else [], [_anomaly(row, key, "stop-rule", stop)] if stop else []


def _after(
    row: rows.Snapshot, key: Key, known: ReadingsThere, asked: Asked
) -> tuple[list[str], list[rows.Anomaly]]:
    """Return the notes and anomalies of an AFTER; one that goes with no BEFORE, or is too early, is refused."""
    before = known.begun(key, row)
    if before is None:
        raise cli.Stop(
            cli.TRY_LATER,
            f"{_named(key)} has no before{_others(key, known)}; record the before first, or set AGENT_ID to the "
            "shell's that did",
        )
    if row.ts < before.ts:
        raise cli.Stop(
            cli.BAD_INPUT,
            f"the after of {_named(key)} is older ({reading_pairs.when(row.ts)}) than its before "
            f"({reading_pairs.when(before.ts)}); read the meters again",
        )
    if row.account and before.account and row.account != before.account:
        raise cli.Stop(
            cli.TRY_LATER,
            f"{_named(key)} was begun on account {before.account}, and this is a reading of {row.account}; "
            "read the first account's meter",
        )
    notes, anomalies = [], []
    early = _too_early(row, before, known.last_request.get(key.window), asked)
    if early and not asked.force:
        raise cli.Stop(cli.TRY_LATER, f"{early}; wait, or use --force to record it with an anomaly")
    if early:
        notes.append("late-after")
        anomalies.append(_anomaly(row, key, "late-after", early))
    if not reading_pairs.is_estimate(row):
        both = Pair(before, row)
        errors = reading_pairs.capacity(both).anomalies
        anomalies += [_anomaly(row, key, error, reading_pairs.seen(both)) for error in errors]
    if asked.buffer_seconds != BUFFER_SECONDS:
        notes.append(f"buffer:{asked.buffer_seconds:g}s")
    return notes, anomalies


def _open_window(
    provider: str, agent_id: str, known: ReadingsThere, marker: Callable[[str], str | None]
) -> str:
    """Return the window that a reading without one belongs to: the one that is open."""
    candidates = known.open(provider, agent_id)
    if len(candidates) > 1:
        opened_here = marker(provider)
        candidates = [window for window in candidates if window == opened_here] or candidates
    if len(candidates) == 1:
        return candidates[0]
    seen = f"open: {', '.join(candidates)}" if candidates else f"agent {agent_id} has none open"
    raise cli.Stop(cli.USAGE, f"which {provider} window? ({seen}); name it with --window")


def _only_one(there: rows.Snapshot | None, phase: str, key: Key) -> None:
    if there is not None and not there.row_id:
        raise cli.Stop(
            cli.TRY_LATER, f"{_named(key)} has its {phase} twice in this call; leave one of them out"
        )
    if there is not None:
        raise cli.Stop(
            cli.TRY_LATER,
            f"{_named(key)} has its {phase} already (row {short(there.row_id)}, {reading_pairs.when(there.ts)}); "
            f"take that back with `ledger-undo {short(there.row_id)}`, or name another window",
        )


def _named(key: Key) -> str:
    return f"{key.window} ({key.provider}, agent {key.agent_id})"


def _others(key: Key, known: ReadingsThere) -> str:
    agents = sorted(
        other.agent_id
        for other, pair in known.meters.items()
        if other[:2] == key[:2] and pair.before and other != key
    )
    return f" (agent {', '.join(agents)} has one)" if agents else ""


def _eats_headroom(row: rows.Snapshot) -> str | None:
    weekly = reading_pairs.meter_of(row, reading_pairs.WEEKLY)
    used = reading_pairs.share_of(weekly) if weekly else None
    if used is None or used < 100.0 - HEADROOM_PP:
        return None
    return f"{used:g} % of the week is used, so this window would eat into the last {HEADROOM_PP:g} points"


def _too_early(
    row: rows.Snapshot, before: rows.Snapshot, last_request: datetime | None, asked: Asked
) -> str | None:
    """Say why the AFTER is too early: a reset just now, or work that stopped just now."""
    buffer = timedelta(seconds=asked.buffer_seconds)
    for reset in _resets_seen(before, row):
        if timedelta(0) <= row.ts - reset < buffer:
            return (
                f"the quota was reset {_ago(row.ts - reset)} before this after; the buffer is {_ago(buffer)}"
            )
    stopped = asked.stopped_at or max(before.ts, last_request or before.ts)
    if row.ts - stopped < buffer:
        what = "work stopped" if stopped != before.ts else "the before was read"
        return (
            f"{what} {_ago(row.ts - stopped)} before this after, and meters lag; the buffer is {_ago(buffer)}"
        )
    return None


def _resets_seen(before: rows.Snapshot, after: rows.Snapshot) -> list[datetime]:
    """Return the resets that the two readings tell of: those due, and the start of a new window."""
    seen = []
    for name in dict.fromkeys([reading_pairs.quota_of(Pair(before, after)), reading_pairs.WEEKLY]):
        first, last = reading_pairs.meter_of(before, name), reading_pairs.meter_of(after, name)
        if first and first.resets_at:
            seen.append(first.resets_at)
            if last and last.resets_at and last.resets_at - first.resets_at > reading_pairs.JITTER:
                seen.append(last.resets_at - SPANS[name.meter].length)
    return seen


def _ago(time: timedelta) -> str:
    seconds = int(time.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min {seconds % 60:02} s"


def _anomaly(row: rows.Snapshot, key: Key, word: str, detail: str) -> rows.Anomaly:
    return rows.Anomaly(
        ts=row.ts,
        anomaly=word,
        window=key.window,
        provider=key.provider,
        agent_id=key.agent_id,
        detail=detail,
    )
