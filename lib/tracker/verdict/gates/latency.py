"""Reliability: by how many times the slow requests may get slower."""

from __future__ import annotations

from typing import NamedTuple

from tracker.evidence.margins import Margin
from tracker.evidence.tables import Tables
from tracker.verdict.gates.gate import LATE, Gate, GateKind, Looks, Method, bounded


class Slowest(NamedTuple):
    """p95 latencies of the blocks that have both arms'."""

    a: list[float]  # ms
    b: list[float]
    lacks: list[str]  # windows without
    people: list[str] = []  # whose the blocks are, where there are several people


def columns(tables: Tables) -> Slowest:
    """Return the p95 latencies of the blocks."""
    a, b = (
        {one.block: one.p95_ms for one in side.traffic if one.block and one.p95_ms}
        for side in (tables.a, tables.b)
    )
    whole = [block.name for block in tables.blocks if block.name in a and block.name in b]
    lacks = [
        window.window
        for block in tables.blocks
        for window, known in ((block.a, a), (block.b, b))
        if block.name not in known
    ]
    whose = tables.person_of_block
    return Slowest(
        [a[name] or 0.0 for name in whole],
        [b[name] or 0.0 for name in whole],
        lacks,
        [whose[name] for name in whole] if whose else [],
    )


def judge(p95: Slowest, margin: float, looks: Looks) -> Gate:
    """Hold the p95 latency of B over that of A, per block, at most at the margin."""
    from tracker.stats import noninferiority

    empty = Gate("reliability_p95", "ratio", "<=", margin, "blocks")
    method = Method(
        noninferiority.latency_ratio,
        empty,
        "no block has a p95 latency in both arms",
        ("p95_a", "p95_b"),
        LATE,
        is_ratio=True,
        people=p95.people,
    )
    return bounded(method, [p95.a, p95.b], looks, p95.lacks)


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
    next_row="the router's requests of each window: `tracker end` sums them up, or `ingest-proxy`",
)
