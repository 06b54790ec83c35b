"""What was taken out of the ledger, changed in it, or dealt and never played: nothing disappears."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from tracker import jsonl, rows
from tracker.evidence.deal import DealtBlock
from tracker.evidence.delivered import Claim
from tracker.evidence.in_force import TakenOut
from tracker.evidence.pairing import BlockPair, Name, block_name, unseen
from tracker.verdict.notes import counted, first_of
from tracker.verdict.versions import is_late

JUDGED_FIELDS = (
    "features",
    "capacity_pp",
    "capacity_low_pp",
    "capacity_high_pp",
    "block",
    "methodology",
    "errors",
)
UNLABELLED = "week0"  # the methodology of a window that nobody gave one


class Change(NamedTuple):
    """A window that says something else than when it was recorded."""

    was: rows.Window
    now: rows.Window | None  # None: undone, and nothing in its place
    late: bool  # changed when somebody could have looked

    @property
    def said(self) -> str:
        """What changed, in words."""
        if self.now is None:
            return f"{self.was.window} undone"
        differ = [
            f"{name} {_value(getattr(self.was, name))} -> {_value(getattr(self.now, name))}"
            for name in JUDGED_FIELDS
            if getattr(self.was, name) != getattr(self.now, name)
        ]
        when = " after a look was possible" if self.late else ""
        return f"{self.was.window} changed{when}: {', '.join(differ)}"


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "not known" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def changes(
    taken_out: Iterable[TakenOut], windows: Iterable[rows.Window], candidate: str, first_look: datetime | None
) -> list[Change]:
    """Return the windows undone, or changed in what a verdict rests on; `first_look` as `looked_from` gives it."""
    in_force = {window.window: window for window in windows}
    found = []
    for out in taken_out:
        if not isinstance(out.row, rows.Window):
            continue
        was, now = out.row, in_force.get(out.row.window)
        if was.methodology == candidate and was.outcome == "fail":  # it counted nothing then
            was = msgspec.structs.replace(was, features=0.0)
        if now is None or any(getattr(was, name) != getattr(now, name) for name in JUDGED_FIELDS):
            found.append(Change(was, now, is_late(out.by.recorded_at, first_look)))
    return found


def looked_from(blocks: Sequence[BlockPair], first: int, decided: Iterable[rows.Decision]) -> datetime | None:
    """Return when somebody could look first: at a recorded card, else at so many recorded blocks; None: unknown."""
    cards = [time for row in decided if (time := row.recorded_at or row.ts)]
    ends = sorted(
        max(block.a.recorded_at, block.b.recorded_at)
        for block in blocks
        if block.a.recorded_at and block.b.recorded_at
    )
    return min([*cards, *ends[first - 1 : first]], default=None)


def replayed(taken_out: Iterable[TakenOut], windows: Iterable[rows.Window]) -> list[str]:
    """Return the windows that were done again: their row in force is of another stretch of time than one before it.

    Whoever does a window again has seen what it came to, however early that was.
    """
    in_force = {(window.window, window.methodology): window for window in windows}
    found: dict[str, None] = {}
    for out in taken_out:
        now = (
            in_force.get((out.row.window, out.row.methodology)) if isinstance(out.row, rows.Window) else None
        )
        if now is not None and isinstance(out.row, rows.Window) and is_other_stretch(out.row, now):
            found[now.window] = None
    return list(found)


def is_other_stretch(one: rows.Window | rows.Feature, other: rows.Window | rows.Feature) -> bool:
    """Return whether two rows of one name lie apart in time, as far as both say when they began and ended."""
    ends = one.started_at, one.ended_at, other.started_at, other.ended_at
    if any(end is None for end in ends):
        return False
    return not (ends[0] < ends[3] and ends[2] < ends[1])  # type: ignore[operator]


def as_first_recorded(windows: Iterable[rows.Window], changed: Sequence[Change]) -> list[rows.Window]:
    """Return the windows with what was undone put back, and what was changed as it first was."""
    first: dict[str, rows.Window] = {}
    for change in changed:
        first.setdefault(change.was.window, change.was)
    made = []
    for window in windows:
        was = first.pop(window.window, None)
        fields = {name: getattr(was, name) for name in JUDGED_FIELDS} if was else {}
        made.append(msgspec.structs.replace(window, **fields) if was else window)
    return [*made, *first.values()]


def out_of_turn(
    blocks: Iterable[BlockPair], dealt: Iterable[DealtBlock], arms: tuple[str, str]
) -> list[Name]:
    """Return the blocks whose windows were not done in the order that their coin gave."""
    turns = {block.name: block.turns for block in dealt}
    wrong = []
    for block in blocks:
        its = turns.get(block_name(block.name), {})
        a, b = (its[arm].turn if arm in its else None for arm in arms)
        starts = block.a.started_at, block.b.started_at
        if a is None or b is None or starts[0] is None or starts[1] is None or starts[0] == starts[1]:
            continue
        if (a < b) != (starts[0] < starts[1]):
            wrong.append(block_name(block.name))
    return wrong


def dealt_again(dealt: Iterable[DealtBlock]) -> list[str]:
    """Return the blocks for which a coin was tossed again, and fell otherwise."""
    return [str(block.name) for block in dealt if block.dealt_again]


def order_unknown(blocks: Iterable[BlockPair], dealt: Iterable[DealtBlock]) -> list[str]:
    """Return the dealt blocks of which nobody can tell whether their coin's order was kept."""
    turns = {block.name: [turn.turn for turn in block.turns.values()] for block in dealt}
    return [
        block.name
        for block in blocks
        if block_name(block.name) in turns
        and (
            block.a.started_at is None
            or block.b.started_at is None
            or block.a.started_at == block.b.started_at
            or None in turns[block_name(block.name)]
        )
    ]


def relabelled(
    dealt: Iterable[DealtBlock], windows: Iterable[rows.Window], arms: tuple[str, str]
) -> list[str]:
    """Return the windows that say another block or arm than they were dealt."""
    by_name: dict[str, list[rows.Window]] = {}
    for window in windows:
        by_name.setdefault(window.window, []).append(window)
    said = []
    for block in dealt:
        for arm, turn in block.turns.items():
            its = by_name.get(turn.window, []) if arm in arms else []
            fits = [
                w
                for w in its
                if w.methodology == arm and w.block is not None and block_name(w.block) == block.name
            ]
            if its and not fits:
                now = its[-1]
                said.append(
                    f"{turn.window} (dealt to {arm}, block {block.name}; is {now.methodology}, block {now.block})"
                )
    return said


def never_played(dealt: Sequence[DealtBlock], played: Collection[Name]) -> list[Name]:
    """Return the dealt blocks without any window, of those dealt before one that has some."""
    last = max((place for place, block in enumerate(dealt) if block.name in played), default=-1)
    return [block.name for block in dealt[: last + 1] if block.name not in played]


def unlabelled(
    windows: Iterable[rows.Window], judged: Sequence[rows.Window], plans: Sequence[rows.Experiment]
) -> list[rows.Window]:
    """Return the windows of no arm, from the registration to the last judged window, where nothing was dealt.

    Those that nobody gave a methodology, and those of another one that name a block of which no judged window
    is: whoever labels a window when it is over knows what it came to.
    """
    times = [window.ts for window in judged]
    first = min([*times, *(plan.ts for plan in plans if jsonl.has_time(plan))], default=None)
    arms = {window.methodology for window in judged}
    blocks = {block_name(window.block) for window in judged if window.block is not None}

    def is_of_no_arm(window: rows.Window) -> bool:
        if window.methodology == UNLABELLED:
            return True
        named = window.block is not None and block_name(window.block) not in blocks
        return named and window.methodology not in arms

    return [
        window
        for window in windows
        if is_of_no_arm(window) and first is not None and first <= window.ts <= max(times)
    ]


def unfinished(
    snapshots: Iterable[rows.Snapshot], finished: Collection[str], judged: Sequence[rows.Window]
) -> list[str]:
    """Return the windows with readings and no row, begun before the last judged window ended."""
    last = max((window.ts for window in judged), default=None)
    names = {
        row.window: None
        for row in snapshots
        if row.window
        and row.window not in finished
        and last is not None
        and row.ts < last
        and not row.feature_id
    }
    return list(names)


def lines(
    changed: Sequence[Change],
    others: Iterable[TakenOut],
    moved: Sequence[str],
    unplayed: Sequence[Name],
    coins: Sequence[Name],
    open_windows: Sequence[str],
    without_arm: Sequence[rows.Window],
    others_changed: Sequence[str],
    claims: Iterable[Claim],
    judged: Sequence[rows.Window],
    done_again: Sequence[str] = (),
) -> list[str]:
    """Return what was taken out, changed or never played, one sentence each."""
    undone = [change.was.window for change in changed if change.now is None]
    said = []
    if done_again:
        said.append(f"windows done again, so that every change counts at its worse: {counted(done_again)}")
    if undone:
        said.append(f"windows undone: {counted(undone)}")
    said += first_of([change.said for change in changed if change.now is not None], "windows changed")
    said += rows_undone(others)
    said += others_changed
    if moved:
        said.append(f"windows relabelled: {counted(moved)}")
    if unplayed:
        said.append(f"blocks dealt and never played: {counted([str(name) for name in unplayed])}")
    if coins:
        said.append(f"blocks not done in the order of their coin: {counted([str(name) for name in coins])}")
    if open_windows:
        said.append(f"windows left unfinished: {counted(open_windows)}")
    if without_arm:
        names = counted([window.window for window in without_arm])
        said.append(
            f"windows without an arm: {names}; no deal says that they are of something else (`assign-tasks` deals)"
        )
    return said + _claims(claims, judged)


def rows_undone(others: Iterable[TakenOut]) -> list[str]:
    """Return how many rows of each kind but windows were undone."""
    other: dict[str, int] = {}
    for out in others:
        kind = str(out.row.__struct_config__.tag)
        if out.undone and kind in {"feature", "proxy_telemetry", "experiment", "anomaly", "snapshot"}:
            other[kind] = other.get(kind, 0) + 1
    return [f"{kind} rows undone: {count}" for kind, count in other.items()]


def _otherwise(which: str, some: Sequence[Claim]) -> list[str]:
    """Return a sentence about windows that count otherwise than they claim."""
    if not some:
        return []
    delivered, claimed = (sum(getattr(one, name) for one in some) for name in ("counted", "claimed"))
    return [
        f"{which} than they claim: {counted([one.window for one in some])}; {delivered:g} features were delivered, "
        f"{claimed:g} claimed"
    ]


def _claims(claims: Iterable[Claim], judged: Sequence[rows.Window]) -> list[str]:
    names = {window.window for window in judged}
    its = [one for one in claims if one.window in names]
    said = []
    recorded = [one for one in its if one.recorded is not None]
    if any(one.recorded != one.claimed for one in recorded):
        said.append(
            f"features claimed {sum(one.claimed for one in recorded):g}, with a row of their own "
            f"{sum(one.recorded or 0 for one in recorded)}, in {len(recorded)} windows"
        )
    said += _otherwise("candidate windows that count less", [one for one in its if one.counted < one.claimed])
    said += _otherwise("baseline windows that count more", [one for one in its if one.counted > one.claimed])
    zero = [window.window for window in judged if unseen(window)]
    if zero:
        said.append(f"windows that delivered for 0 points, below what a meter shows: {counted(zero)}")
    return said
