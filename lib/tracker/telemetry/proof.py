"""The proof that requests went where they may: counts by lane, and every breach with its line."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from tracker import lanes
from tracker.rows import Usage
from tracker.telemetry import routing
from tracker.telemetry.account import Account
from tracker.telemetry.rollup import is_error
from tracker.telemetry.usage_lines import Block


class Breach(NamedTuple):
    """A line that breaks a rule."""

    file: str
    line: int
    rule: str
    seen: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.seen}"


class Proof:
    """What was checked so far, and what was found."""

    def __init__(self, expect: str | None = None, keep_last: int = 0) -> None:
        self.last: deque[Usage] = deque(maxlen=keep_last)  # of lines that hold no credential
        self.rules = routing.EXPECT_FORCED if expect == "forced" else routing.RULES
        self.account = Account()
        self.breaches: list[Breach] = []
        self.lanes: Counter[str] = Counter()
        self.completed: Counter[str] = Counter()
        self.haiku: Counter[str] = Counter()  # by lane, the quota probe apart
        self._judged: dict[tuple[Any, ...], list[tuple[str, str]]] = {}

    @property
    def requests(self) -> int:
        """Rows checked."""
        return self.lanes.total()

    @property
    def strangers(self) -> str | None:
        """One line about requests of lanes that no table has: nobody can say where those went."""
        return lanes.strangers(self.lanes)

    def check(self, name: str, block: Block) -> list[Breach]:
        """Check a block of a file, line by line; return its breaches."""
        self.account.note(name, block)
        if self.last.maxlen:
            self._keep(block)
        broken = False
        # Requests that agree in all that the rules look at are judged once.
        for key, count in Counter(map(_looked_at, block.usage)).items():
            case = routing.Case._make(key[2:])
            if case.lane == lanes.STOCK:  # no router saw it, so no rule is about it
                self._judged[key[2:]] = []
                continue
            self.lanes[case.lane] += count
            self.completed[case.lane] += count * (not is_error(*key[:2]))
            if lanes.is_haiku(case.model):
                self.haiku["quota_probe" if case.decision == "quota_probe" else case.lane] += count
            if key[2:] not in self._judged:
                self._judged[key[2:]] = routing.breaches(case, self.rules)
            broken = broken or bool(self._judged[key[2:]])
        # A field that is declared holds no header and no body; a value of any field may hold a key.
        leaky = not block.known or routing.may_hold_credentials(b"\n".join(block.raw))
        found = list(self._by_line(name, block, leaky)) if broken or leaky else []
        self.breaches += found
        return found

    def _keep(self, block: Block) -> None:
        most = self.last.maxlen or 0
        for row, raw in zip(block.rows[-most:], block.raw[-most:], strict=True):
            if row is not None and not routing.may_hold_credentials(raw):
                self.last.append(row)

    def _by_line(self, name: str, block: Block, leaky: bool) -> Iterator[Breach]:
        for number, (row, raw) in enumerate(zip(block.rows, block.raw, strict=True), block.first):
            judged = self._judged[routing.case_fields(row)] if row else []
            for rule, seen in judged + (routing.leaks(raw) if leaky else []):
                yield Breach(name, number, rule, seen)


_looked_at: Callable[[Usage], tuple[Any, ...]] = attrgetter("status", "err_type", *routing.Case._fields)


def offload_lanes(proof: Proof) -> list[str]:
    """Return the lanes but Anthropic's that the log names, in the table's order; the plans' one when none."""
    named = [*lanes.known(), *sorted(proof.lanes)]
    found = dict.fromkeys(lane for lane in named if lanes.is_offload(lane) and proof.lanes[lane])
    return list(found) or [lanes.DEFAULT]


def as_dict(proof: Proof) -> dict[str, Any]:
    """Return the proof as plain values."""
    offload = offload_lanes(proof)
    return {
        "ok": not proof.breaches and proof.strangers is None,
        "requests": proof.requests,
        "lines": proof.account.total,
        "refused": proof.account.refusals,
        "decisions_by_lane": {lane: proof.lanes[lane] for lane in (lanes.ANTHROPIC, *offload)},
        "completions_by_lane": {lane: proof.completed[lane] for lane in (lanes.ANTHROPIC, *offload)},
        "haiku": {where: proof.haiku[where] for where in (*offload, lanes.ANTHROPIC, "quota_probe")},
        "offload_lanes": {lane: lanes.words(lane) for lane in offload},
        "strangers": proof.strangers,
        "rules": [*proof.rules, *routing.LEAKS],
        "breaches": [breach._asdict() for breach in proof.breaches],
        **({"last": [msgspec.to_builtins(row) for row in proof.last]} if proof.last.maxlen else {}),
    }
