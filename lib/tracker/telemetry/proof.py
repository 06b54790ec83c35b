"""The proof that requests went where they may: counts by lane, and every breach with its line."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NamedTuple

from tracker import routing
from tracker.telemetry.account import Account
from tracker.telemetry.lines import Block
from tracker.telemetry.rollup import is_error


class Breach(NamedTuple):
    """A line that breaks a rule."""

    file: str
    line: int
    rule: str
    seen: str


class Proof:
    """What was checked so far, and what was found."""

    def __init__(self, expect: str | None = None) -> None:
        self.rules = routing.EXPECT_FORCED if expect == "forced" else routing.RULES
        self.account = Account()
        self.breaches: list[Breach] = []
        self.lanes: Counter[str] = Counter()
        self.completed: Counter[str] = Counter()
        self.haiku: Counter[str] = Counter()  # by lane, the quota probe apart
        self._judged: dict[routing.Case, list[tuple[str, str]]] = {}

    @property
    def requests(self) -> int:
        """Rows checked."""
        return sum(self.lanes.values())

    def check(self, name: str, block: Block) -> None:
        """Check a block of a file, line by line."""
        self.account.note(name, block)
        for number, (row, raw) in enumerate(zip(block.rows, block.raw, strict=True), block.first):
            if row is None:
                continue
            case = routing.case_of(row)
            self.lanes[row.lane] += 1
            self.completed[row.lane] += not is_error(row)
            if routing.is_haiku(row.model):
                self.haiku["quota_probe" if row.decision == "quota_probe" else row.lane] += 1
            if case not in self._judged:
                self._judged[case] = routing.breaches(case, self.rules)
            found = [*self._judged[case], *routing.leaks(raw)]
            self.breaches += [Breach(name, number, rule, seen) for rule, seen in found]


def headline(proof: Proof) -> str:
    """Return the one line that the plans ask for."""
    lanes = ", ".join(f"{lane} {proof.completed[lane]:,}" for lane in ("anthropic", "zai"))
    return (
        f"{proof.lanes['zai']:,} of {proof.requests:,} decisions went to Z.AI; completions by lane: {lanes}"
    )


def as_dict(proof: Proof) -> dict[str, Any]:
    """Return the proof as plain values."""
    return {
        "ok": not proof.breaches,
        "requests": proof.requests,
        "lines": proof.account.total,
        "refused": proof.account.refusals,
        "decisions_by_lane": {lane: proof.lanes[lane] for lane in ("anthropic", "zai")},
        "completions_by_lane": {lane: proof.completed[lane] for lane in ("anthropic", "zai")},
        "haiku": {where: proof.haiku[where] for where in ("zai", "anthropic", "quota_probe")},
        "rules": [*proof.rules, *routing.LEAKS],
        "breaches": [breach._asdict() for breach in proof.breaches],
    }


def render(proof: Proof, style: str) -> str:
    """Return the proof as text, Markdown ("md") or JSON."""
    if style == "json":
        return json.dumps(as_dict(proof), indent=1) + "\n"
    haiku = proof.haiku
    lines = [
        headline(proof),
        f"Haiku: {haiku['zai']:,} to Z.AI, {haiku['anthropic']:,} to Anthropic,"
        f" {haiku['quota_probe']:,} quota probes (they stay on Anthropic)",
    ]
    lines += [f"{found.file}:{found.line}: {found.rule}: {found.seen}" for found in proof.breaches]
    verdict = "no breach" if not proof.breaches else f"{len(proof.breaches):,} breaches"
    lines.append(f"{verdict} in {proof.requests:,} requests ({', '.join([*proof.rules, *routing.LEAKS])})")
    if style == "md":
        lines = [f"- {line}" for line in lines]
    return "\n".join(lines) + "\n"
