"""People: whether B delivers more features per point than A for a person like these, each person counted once.

Asked only where rows of several people are read together (`ledger-merge`).  Windows of one person are
alike, so what fifteen windows of five people say of other people rests on five.
"""

from __future__ import annotations

from typing import NamedTuple

from tracker.evidence.pairing import BlockPair
from tracker.evidence.tables import Tables
from tracker.verdict.gates.gate import (
    FAIL,
    LATE,
    PASS,
    SOFT,
    UNDECIDED,
    Gate,
    GateKind,
    Looks,
    bound_lines,
)

SOFT_ALPHA = 0.20  # of a bound for SOFT GO, as in the efficiency test
NAME, EQUAL = "people", 1.0


class Columns(NamedTuple):
    """Sums of each person's tested blocks; a person is one of the blocks."""

    people: list[str]
    features_a: list[float]
    points_a: list[float]
    features_b: list[float]
    points_b: list[float]

    @property
    def columns(self) -> tuple[list[float], list[float], list[float], list[float]]:
        """F_A, C_A, F_B, C_B of the people."""
        return self.features_a, self.points_a, self.features_b, self.points_b

    @property
    def idle(self) -> list[str]:
        """People who used no points in one of the arms."""
        return [
            name
            for name, a, b in zip(self.people, self.points_a, self.points_b, strict=True)
            if a <= 0 or b <= 0
        ]


def sums(blocks: tuple[BlockPair, ...]) -> Columns:
    """Return each person's sums over blocks, people in the order of their names."""
    of_person: dict[str, list[float]] = {}
    for block in blocks:
        row = of_person.setdefault(block.a.person or block.b.person or "", [0.0] * 4)
        for place, window in ((0, block.a), (2, block.b)):
            row[place] += window.features
            row[place + 1] += window.capacity_pp or 0.0
    names = sorted(of_person)
    return Columns(names, *([of_person[name][place] for name in names] for place in range(4)))


def columns(tables: Tables) -> Columns:
    """Return the sums of the tested blocks."""
    return sums(tables.blocks)


def judge(found: Columns, margin: float, looks: Looks) -> Gate:
    """Hold the mean log ratio's bounds against the margin, at this look's share of the efficiency test's error.

    A pass spends nearly all of it at the last look, as every pass of several people does; a failure spends as blocks do.
    """
    from tracker.stats import across_people, noninferiority

    gate = Gate(NAME, "ratio", ">", margin, "people", n=len(found.people), why="no complete block")
    if not found.people:
        return gate
    if found.idle:
        return gate._replace(
            why=f"{', '.join(found.idle)} used no points in an arm, so nothing can be compared"
        )
    logs = across_people.log_ratios(*found.columns)
    across = across_people.across_people(*found.columns)
    late = looks.spent_by(LATE)
    tail, softly, failing = looks.alpha * late, SOFT_ALPHA * late, looks.alpha * looks.spent
    low, _ = across_people.bounds(logs, tail)
    soft, _ = across_people.bounds(logs, softly)
    _, high = across_people.bounds(logs, failing)
    gate = gate._replace(
        estimate=across.estimate,
        bound=low,
        soft_bound=soft,
        spent=tail,
        table=found._asdict() | {"ratio": list(across.ratios)},
    )
    if low is None or high is None or soft is None:
        return gate._replace(verdict=UNDECIDED, why=f"{across.people} person tells nothing of others")
    spreads = [noninferiority.mean_spread(some) for some in logs]
    gate = gate._replace(
        bounds=(
            *bound_lines(PASS, spreads, gate, True, (tail, softly)),
            *bound_lines(FAIL, spreads, gate, True, (failing, None)),
        )
    )
    if high < margin:
        return gate._replace(verdict=FAIL, why="B delivers less per point, person by person")
    if low > margin:
        return gate._replace(verdict=PASS, why=f"{across.people} people, each counted once")
    if soft > margin:
        return gate._replace(verdict=SOFT, why="above it at 20 %, not at 5 %")
    return gate._replace(
        verdict=UNDECIDED, why=f"{across.people} people differ too much, or are too few, to speak of others"
    )


GATE = GateKind(
    name=NAME,
    label="people: features per point, B over A, by person",
    about="mean log ratio of people, each counted once, Student's bound; asked where several ledgers are read together",
    margin=None,
    columns=columns,
    judge=judge,
    fixed=EQUAL,
)
