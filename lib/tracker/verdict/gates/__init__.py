"""The decision card's gates, in the order of the card.

A gate is one file of this package and one line of GATES: margins, labels, options of `experiment`,
card, JSON and docs follow from that list.
"""

from __future__ import annotations

from tracker.evidence.margins import Margin
from tracker.verdict.gates import cost, errors, features_per_point, latency, people, points_per_task, quality
from tracker.verdict.gates.gate import GateKind

GATES: tuple[GateKind, ...] = (
    features_per_point.GATE,
    quality.GATE,
    errors.GATE,
    latency.GATE,
    cost.GATE,
)
# Where the plan's unit is the task, efficiency is asked by task; the others take cells for blocks.
GATES_BY_TASK: tuple[GateKind, ...] = (points_per_task.GATE, *GATES[1:])
# Asked beside them where rows of several people's ledgers are read together.
GATE_OF_PEOPLE: GateKind = people.GATE
MARGINS: tuple[Margin, ...] = tuple(kind.margin for kind in GATES if kind.margin)
