"""The gates' verdicts, and the one that they come to: what a card says of tables, whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tracker import rows
from tracker.evidence.registration import TASK, units
from tracker.evidence.tables import Tables
from tracker.verdict.gates import GATE_OF_PEOPLE, GATES, GATES_BY_TASK
from tracker.verdict.gates.gate import FAIL, PASS, SOFT, UNDECIDED, Gate, GateKind, Looks

GO, SOFT_GO, NO_GO, INSUFFICIENT = "GO", "SOFT GO", "NO-GO", "INSUFFICIENT"


def capped(verdict: str, worst: str) -> str:
    """Return a verdict that does not stand above its worst case.

    >>> capped(GO, SOFT_GO), capped(SOFT_GO, NO_GO), capped(NO_GO, INSUFFICIENT)
    ('SOFT GO', 'INSUFFICIENT', 'NO-GO')
    """
    if verdict not in {GO, SOFT_GO} or worst == GO:
        return verdict
    return SOFT_GO if worst == SOFT_GO else INSUFFICIENT


def judged(tables: Tables, terms: rows.Experiment) -> list[Gate]:
    """Return the card's gates, in its order."""
    so_far = looks(terms, len(tables.blocks if tables.by_task is None else tables.by_task.tasks))
    gates = [
        kind.judge(kind.columns(tables), kind.margin.of(terms) if kind.margin else kind.fixed, so_far)
        for kind in kinds(tables)
    ]
    return gates if tables.by_task is not None or not tables.several_people else _of_people(gates)


def _of_people(gates: list[Gate]) -> list[Gate]:
    """Return gates of which efficiency has failed only where people, each counted once, show it as well."""
    efficiency, people = gates[0], gates[-1]
    if efficiency.verdict != FAIL or people.verdict == FAIL:
        return gates
    why = f"{efficiency.why} over these blocks, but not person by person"
    return [efficiency._replace(verdict=UNDECIDED, why=why), *gates[1:]]


def kinds(tables: Tables) -> tuple[GateKind, ...]:
    """Return the gates that are asked of these tables."""
    if tables.by_task is not None:
        return GATES_BY_TASK
    return (*GATES, GATE_OF_PEOPLE) if tables.several_people else GATES


def looks(terms: rows.Experiment, seen: int) -> Looks:
    """Return what of a registration the gates go by, with so many units seen."""
    return Looks(
        units(terms), terms.first_look, terms.alpha, seen, "cells" if terms.unit == TASK else "blocks"
    )


def verdict_of(gates: Iterable[Gate]) -> dict[str, str]:
    """Return the gates' verdicts by name."""
    return {gate.name: gate.verdict for gate in gates}


def judge(gates: Sequence[Gate], data_gate_holds: bool) -> str:
    """Return the verdict of gates, the data gate first."""
    verdicts = {gate.verdict for gate in gates}
    if not data_gate_holds:
        return INSUFFICIENT
    if FAIL in verdicts:
        return NO_GO
    if verdicts == {PASS}:
        return GO
    return SOFT_GO if verdicts <= {PASS, SOFT} else INSUFFICIENT


def shown(gate: Gate, unit: str = "block") -> dict[str, Any]:
    """Return a gate as plain values, with what the card calls it."""
    kinds = GATES_BY_TASK if unit == TASK else (*GATES, GATE_OF_PEOPLE)
    label = next(kind.label for kind in kinds if kind.name == gate.name)
    return gate._asdict() | {
        "label": label,
        "rule": f"bound {gate.needed} margin",
        "score": gate.score._asdict() if gate.score else None,
        "bounds": [line._asdict() for line in gate.bounds],
    }
