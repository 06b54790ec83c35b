"""The account of every line read: which rows, which refused, which left out; lines = rows + refused."""

from __future__ import annotations

from array import array
from collections import Counter

from tracker import cli
from tracker.rows import Usage
from tracker.telemetry.rollup import is_error
from tracker.telemetry.usage_lines import Block, Kind, Refused

MOST_SAMPLES = 4
MOST_NAMED = 4  # kinds of lines, by file, that a complaint places


class Account:
    """Every line of every file: how many there were, and each that was refused."""

    def __init__(self) -> None:
        self.lines: Counter[str] = Counter()  # by file
        self.refused: dict[tuple[str, Kind], array[int]] = {}  # line numbers, by file and kind
        self.first_refusal: str | None = None
        self.left_out = 0  # rows that --where did not want
        self.samples: dict[tuple[str, bool], str] = {}  # the first line of each (lane, failed)
        self.second: str | None = None  # the second row's line, for when they all are alike

    @property
    def total(self) -> int:
        """Lines read."""
        return self.lines.total()

    @property
    def refusals(self) -> int:
        """Lines that are no usage row."""
        return sum(map(len, self.refused.values()))

    @property
    def rows(self) -> int:
        """Lines that are usage rows."""
        return self.total - self.refusals

    def note(self, name: str, block: Block) -> None:
        """Count a block's lines, which follow those counted so far."""
        self.count(name, len(block.raw), block.refused)
        if len(self.samples) < MOST_SAMPLES or self.second is None:
            for row, raw in zip(block.rows, block.raw, strict=True):
                if row is not None:
                    self.sample(row, raw)

    def count(self, name: str, lines: int, refused: list[Refused]) -> None:
        """Count so many more lines of a file, and those among them that were refused."""
        self.lines[name] += lines
        for line, kind, why in refused:
            self.refused.setdefault((name, kind), array("Q")).append(line)
            self.first_refusal = self.first_refusal or why

    def sample(self, row: Usage, raw: bytes) -> None:
        """Keep a row's line, if it is the first of its lane that ended so; rows come in order."""
        if self.samples and self.second is None:
            self.second = raw.decode()
        self.samples.setdefault((row.lane, is_error(row.status, row.err_type)), raw.decode())

    def representative(self) -> list[str]:
        """Return two to four lines that stand for the others; fewer when there are fewer."""
        found = list(self.samples.values())
        return [*found, self.second] if len(found) == 1 and self.second else found

    def merge(self, other: Account) -> None:
        """Add the account of what follows; its lines are numbered on from where this one's end."""
        for (name, kind), lines in other.refused.items():
            mine = self.refused.setdefault((name, kind), array("Q"))
            before = self.lines[name]
            mine.extend(before + line for line in lines)
        self.lines.update(other.lines)
        self.first_refusal = self.first_refusal or other.first_refusal
        self.left_out += other.left_out
        if self.second is None:
            self.second = next(iter(other.samples.values()), None) if self.samples else other.second
        for key, sample in other.samples.items():
            self.samples.setdefault(key, sample)

    def by_kind(self) -> dict[str, int]:
        """Return how many lines were refused, by kind."""
        counts: Counter[str] = Counter()
        for (_, kind), lines in self.refused.items():
            counts[kind] += len(lines)
        return dict(sorted(counts.items()))

    def complaint(self) -> str | None:
        """Return one line for a person about what was refused; None when nothing was."""
        if not self.refused:
            return None
        named = [
            f"{name}: {kind} at line {cli.some(lines)}"
            for (name, kind), lines in sorted(self.refused.items())
        ]
        if len(named) > MOST_NAMED:
            kinds = ", ".join(f"{kind} {count:,}" for kind, count in self.by_kind().items())
            named[MOST_NAMED:] = [f"and more (in all files: {kinds})"]
        told = "; ".join(named)
        advice = "leave rows of other kinds out" if set(self.by_kind()) == {"other-kind"} else "mend the log"
        return (
            f"{self.refusals:,} of {self.total:,} lines are no usage row: {told}"
            f" (first: {self.first_refusal}); {advice}, or take the rest with --lenient"
        )
