"""Money: how many times as dear the baseline must be."""

from __future__ import annotations

from tracker.evidence.margins import Margin
from tracker.evidence.tables import Tables
from tracker.verdict.gates.gate import Gate, GateKind, Looks, Method, bounded
from tracker.verdict.gates.task_pairs import BlockSums, block_sums


def columns(tables: Tables) -> BlockSums:
    """Return the costs, USD, of A's features and of B's.

    One that B has no price for counts as dear as the dearest of B, or as in A if that is more; one that A
    has none for as cheap as the cheapest of A, or as in B if that is less.  Where the unit is the task, both
    cells of a block are taken together: what lasts over a block for one arm alone no exchange of cells sees.
    """
    return block_sums(
        tables,
        lambda task: task.cost_usd,
        lambda cost, others: max(cost, *others.values()),
        lambda cost, others: min(cost, *others.values()),
        tables.block_of_cell,
    )


def judge(sums: BlockSums, margin: float, looks: Looks) -> Gate:
    """Hold the cost of A over the cost of B at least at the margin."""
    from tracker.stats import noninferiority

    empty = Gate("cost", "ratio", ">=", margin, "whole blocks" if looks.counted == "cells" else "blocks")
    method = Method(
        noninferiority.cost_ratio,
        empty,
        "no feature has a cost above zero in both arms",
        ("cost_a", "cost_b"),
        is_ratio=True,
        people=sums.people,
    )
    return bounded(method, [sums.a, sums.b], looks, sums.lacks, sums.proving(2))


GATE = GateKind(
    name="cost",
    label="cost: A over B",
    about="sum of costs of A over that of B, over the features of A, sums of blocks",
    margin=Margin(
        "cost",
        "ratio",
        2.0,
        "baseline cost over candidate's, at least",
        least=0,
        field="cost_margin",
        other_names=("cost_ratio",),
    ),
    columns=columns,
    judge=judge,
    expansion=True,
    next_row='a price of each feature: `(ledger-cat; cat "$(dirname "$(tracker where log)")"/*.jsonl) | cost-compare --features | ledger-append`',
)
