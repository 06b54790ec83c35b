"""Which requests of a log are a window's: by when it was open, who worked in it, and its arm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from tracker import clock, lanes, rows

SAME_RESET = timedelta(minutes=5)  # panes and headers round it differently
LONGEST = timedelta(hours=6)  # a five-hour window, and what a late reading may add


class OpenStretch(Protocol):
    """When a window was open and whose it was; tracker.windows.stretches makes them."""

    @property
    def window(self) -> str: ...
    @property
    def agent_id(self) -> str | None: ...
    @property
    def since(self) -> datetime: ...
    @property
    def until(self) -> datetime | None: ...
    @property
    def accounts(self) -> frozenset[str]: ...
    @property
    def resets(self) -> tuple[datetime, ...]: ...
    def holds(self, at: datetime) -> bool: ...


class Ambiguous(Exception):
    """The window's requests cannot be told from others; the text says what was seen and what to do."""


class _Unsure(NamedTuple):
    """A request made while several windows were open."""

    place: int  # among those taken
    row: rows.Usage
    there: tuple[str, ...]  # the windows open then


class WindowCut:
    """Takes a log's requests one by one, and keeps those of one window.

    `open_ones` are the windows that the ledger knows; None: the times are the operator's own.
    `is_routed` is the window's arm: whether its Haiku may be offloaded (None: not checked); `by_quota`, whether
    that goes by what is left of the quota.
    `runs` are when the arm's own tasks ran, from their start on to their end (None: still running), in a window that
    holds both arms; None: the whole window is the arm's.
    `sessions` and `account` are what the operator knows better than the rows.  A window without
    readings gets what no other window claims, if that is no longer than one window.
    """

    def __init__(
        self,
        window: str,
        open_ones: Sequence[OpenStretch] | None,
        is_routed: bool | None = None,
        *,
        by_quota: bool | None = None,
        runs: Sequence[tuple[datetime, datetime | None]] | None = None,
        sessions: Sequence[str] = (),
        account: str | None = None,
    ) -> None:
        self.window, self.is_routed, self.by_quota = window, is_routed, by_quota
        self.runs = runs
        self.sessions, self.account = frozenset(sessions), account
        self.is_dated = open_ones is None
        open_ones = open_ones or []
        self.mine = [one for one in open_ones if one.window == window and one.agent_id is not None]
        self.others = [one for one in open_ones if one.window != window]
        self.rivals = [one for one in self.others if any(_overlap(one, own) for own in self.mine)]
        self.left_out: Counter[str] = Counter()
        self.seen = self.taken = 0
        self.other_arm = 0  # in the window's own time, and of the other arm
        self.other_rule = 0  # of those, by an OFFLOAD_WHEN and the arm by none, or the other way round
        self.under_rule = 0  # of those taken, under an OFFLOAD_WHEN
        self.first: datetime | None = None
        self.last: datetime | None = None
        self._unsure: list[_Unsure] = []
        self._answered: dict[str, set[str]] = {}  # session -> windows whose account answered it
        self._alone: dict[str, set[str]] = {}  # session -> the windows that it was in while no other was open

    @property
    def since(self) -> datetime | None:
        """When the window's first reading was taken; None when there is none."""
        return min((one.since for one in self.mine), default=None)

    @property
    def is_open(self) -> bool:
        """Whether the window has no AFTER yet."""
        return any(one.until is None for one in self.mine)

    def take(self, row: rows.Usage) -> bool:
        """Look at the next request; return whether it may be the window's."""
        self.seen += 1
        if self.rivals:
            self._note_session(row)
        why = self._outside(row.ts) or self._not_asked_for(row) or self._in_no_run(row)
        there = tuple(one.window for one in self.rivals if one.holds(row.ts))
        if why is None and not there and not self._is_of_the_arm(row):
            self.other_arm += 1
            self.other_rule += self._is_of_another_rule(row)
            why = "of the other arm"
        if why is not None:
            self.left_out[why] += 1
            return False
        if there and not self.sessions and self.account is None:
            self._unsure.append(_Unsure(self.taken, row, there))
        self.taken += 1
        self.under_rule += row.offload_when is not None
        self.first = min(self.first or row.ts, row.ts)
        self.last = max(self.last or row.ts, row.ts)
        return True

    def settle(self) -> set[int]:
        """Return which of those taken are not the window's after all; raise Ambiguous when nothing tells."""
        theirs, unknown = set(), []
        for one in self._unsure:
            owner = self._owner(one)
            if owner is None:
                unknown.append(one)
            elif owner != self.window or not self._is_of_the_arm(one.row):
                theirs.add(one.place)
                self.left_out[f"of {owner}" if owner != self.window else "of the other arm"] += 1
        if unknown:
            raise Ambiguous(self._said_of(unknown))
        self._is_one_window_long()
        return theirs

    def told(self) -> Iterator[str]:
        """Yield lines for a person: what was counted, and what was left out and why."""
        if self.left_out:
            out = self.left_out.total()
            parts = ", ".join(f"{count:,} {why}" for why, count in sorted(self.left_out.items()))
            yield f"{self.seen - out:,} of {self.seen:,} requests are {self.window}'s; left out: {parts}"
        if self.is_open:
            yield f"{self.window} has no AFTER yet: counted until the log's end; sum it up again when it has"

    def complaint(self, methodology: str | None) -> str | None:
        """Return one line about requests of the other arm in the window's own time; None when there are none."""
        if self.by_quota is None and 0 < self.under_rule < self.taken:
            return (
                f"{self.under_rule:,} of {self.window}'s {self.taken:,} requests were under OFFLOAD_WHEN and the others were "
                f"not; that is no one arm: cut it with --since and --until, and call the part under it {rows.BY_QUOTA}"
            )
        if not self.other_arm:
            return None
        was = "was not offloaded" if self.is_routed else "was offloaded"
        rule = (
            "went by no OFFLOAD_WHEN"
            if self.by_quota
            else "went by OFFLOAD_WHEN, as in no arm but mitm_quota,"
        )
        if self.other_rule:
            was = rule if self.other_rule == self.other_arm else f"{was}, or {rule}"
        return (
            f"{self.other_arm:,} requests in {self.window}'s own time are of the other arm: it is {methodology}, and Haiku "
            f"{was} then; look at them with verify-routing, or take the rest with --lenient"
        )

    def _outside(self, at: datetime) -> str | None:
        """Return in words where an instant lies when it is not the window's."""
        if not self.mine:
            theirs = next((one for one in self.others if one.holds(at)), None)
            return f"of {theirs.window}" if theirs else None
        if any(one.holds(at) for one in self.mine):
            return None
        return "before it" if at < min(one.since for one in self.mine) else "after it"

    def _not_asked_for(self, row: rows.Usage) -> str | None:
        if self.sessions and row.session_id not in self.sessions:
            return "of another session"
        return "of another account" if self.account is not None and row.account != self.account else None

    def _in_no_run(self, row: rows.Usage) -> str | None:
        """Say so of a request that did not begin while one of the arm's tasks ran."""
        if self.runs is None:
            return None
        return None if began_in(row, self.runs) else "in no task of this arm"

    def _is_of_the_arm(self, row: rows.Usage) -> bool:
        if self._is_of_another_rule(row):
            return False
        was_routed = True if lanes.is_offload(row.lane) else row.force_haiku
        return None in (self.is_routed, was_routed) or self.is_routed == was_routed

    def _is_of_another_rule(self, row: rows.Usage) -> bool:
        return self.by_quota is not None and (row.offload_when is not None) is not self.by_quota

    def _note_session(self, row: rows.Usage) -> None:
        if row.session_id is None:
            return
        there = [one for one in (*self.mine, *self.rivals) if one.holds(row.ts)]
        if len({one.window for one in there}) == 1:
            self._alone.setdefault(row.session_id, set()).add(there[0].window)
        elif owner := _by_account(row, there):
            self._answered.setdefault(row.session_id, set()).add(owner)

    def _owner(self, one: _Unsure) -> str | None:
        """Return whose a request is: by its account or reset, its session's, its arm; None when nothing tells."""
        there = [own for own in (*self.mine, *self.rivals) if own.holds(one.row.ts)]
        if owner := _by_account(one.row, there):
            return owner
        for seen in (self._answered, self._alone):
            found = seen.get(one.row.session_id or "", set())
            if len(found) == 1:
                return next(iter(found))
        return None

    def _said_of(self, unknown: Sequence[_Unsure]) -> str:
        names = ", ".join(sorted({window for one in unknown for window in one.there}))
        return (
            f"{len(unknown):,} requests may be {self.window}'s or {names}'s, open at the same time (the first at "
            f"{clock.text(unknown[0].row.ts)}), and no account or session tells; name yours with --session or --account"
        )

    def _is_one_window_long(self) -> None:
        if self.is_dated or self.first is None or self.last is None or self.last - self.first <= LONGEST:
            return
        if self.mine and not self.is_open:
            return
        hours = (self.last - self.first) / timedelta(hours=1)
        seen = f"{self.taken:,} requests of {hours:,.0f} hours, {clock.text(self.first)} to {clock.text(self.last)}"
        if self.mine:
            raise Ambiguous(
                f"{self.window} has no AFTER, and {seen} came since its BEFORE; take the AFTER, or say --until"
            )
        raise Ambiguous(
            f"no reading says when {self.window} was open, and no other window claims {seen}; record its BEFORE and "
            "AFTER and give them with --ledger, or say --since and --until"
        )


def began_in(row: rows.Usage, runs: Sequence[tuple[datetime, datetime | None]]) -> bool:
    """Return whether a request began in one of these times, each from a start to an end (None: not over)."""
    began = row.ts - timedelta(milliseconds=row.latency_ms or 0.0)
    return any(since <= began and (until is None or began <= until) for since, until in runs)


def _overlap(one: OpenStretch, other: OpenStretch) -> bool:
    return (one.until is None or other.since < one.until) and (other.until is None or one.since < other.until)


def _by_account(row: rows.Usage, there: Sequence[OpenStretch]) -> str | None:
    """Return the one window whose account answered: by its label, or by its five-hour quota's reset."""
    named = {one.window for one in there if row.account and row.account in one.accounts}
    if len(named) == 1:
        return named.pop()
    epoch = row.rate_limits.get("5h_reset")
    if not epoch:
        return None
    reset = datetime.fromtimestamp(epoch, UTC)
    shown = {one.window for one in there for due in one.resets if abs(due - reset) <= SAME_RESET}
    return shown.pop() if len(shown) == 1 else None
