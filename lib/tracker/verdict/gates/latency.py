"""Reliability: by how many times the slow requests may get slower."""

from __future__ import annotations

from tracker.evidence.margins import Margin
from tracker.evidence.tables import Tables
from tracker.verdict.gates.gate import Gate, GateKind, Looks, Method, bounded


def columns(tables: Tables) -> tuple[list[float], list[float]]:
    """Return the p95 latencies of A and of B, ms, of the blocks that have both."""
    a, b = ({one.block: one.p95_ms for one in side.traffic if one.block} for side in (tables.a, tables.b))
    pairs = [(a.get(block.name), b.get(block.name)) for block in tables.blocks]
    known = [(one, two) for one, two in pairs if one and two]
    return [one for one, _ in known], [two for _, two in known]


def judge(p95: tuple[list[float], list[float]], margin: float, looks: Looks) -> Gate:
    """Hold the p95 latency of B over that of A, per block, at most at the margin."""
    from tracker.stats import noninferiority

    empty = Gate("reliability_p95", "ratio", "<=", margin, "blocks")
    return bounded(
        Method(noninferiority.latency_ratio, empty, "no block has a p95 latency in both arms"), p95
    )


GATE = GateKind(
    name="reliability_p95",
    label="reliability: p95 latency, B over A",
    about="log ratio of p95 latencies per block",
    margin=Margin(
        "p95",
        "ratio",
        1.3,
        "p95 latency over baseline, at most",
        least=0,
        field="p95_margin",
        other_names=("reliability_p95", "p95_ratio"),
    ),
    columns=columns,
    judge=judge,
    expansion=True,
)
