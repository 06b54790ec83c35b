"""Quality: what B keeps of A's, over the features of A; one that B failed, or left out, counts 0."""

from __future__ import annotations

from tracker.evidence.margins import Margin
from tracker.evidence.tables import Tables
from tracker.verdict.gates.gate import LATE, Gate, GateKind, Looks, Method, bounded, worse
from tracker.verdict.gates.task_pairs import BlockSums, block_sums

ALONE = "over the baseline's own features: the candidate's others do not make up for them"


def columns(tables: Tables) -> BlockSums:
    """Return the scores of A's features, and of B's.

    One that B failed, or left out, scores 0; one that A left out scores as the best of A.
    """
    return block_sums(
        tables,
        lambda task: task.quality,
        lambda score, others: 0.0,
        lambda score, others: max(others.values()),
    )


def judge(sums: BlockSums, share: float, looks: Looks) -> Gate:
    """Hold the mean of q_B - share q_A above 0; what B did besides does not make up for a feature of A."""
    from tracker.stats import noninferiority

    method = Method(
        lambda a, b, count, tail: noninferiority.quality(a, b, count, share, tail),
        Gate("quality", "score", ">", 0.0, "features"),
        "no feature has a quality score in both arms",
        ("quality_a", "quality_b", "features"),
        LATE,
        people=sums.people,
    )
    gate = bounded(method, [sums.a, sums.b, sums.tasks], looks, sums.lacks, sums.proving(3))
    if sums.of_a is None:
        return gate
    alone = bounded(method._replace(people=sums.people_of_a), sums.of_a, looks, sums.lacks)
    if worse(gate, alone) is gate:
        return gate
    return alone._replace(why="; ".join(filter(None, [ALONE, alone.why])))


GATE = GateKind(
    name="quality",
    label="quality: B less the agreed share of A",
    about="mean of q_B - share q_A over the features of A, sums of blocks, plus one worst-case feature",
    margin=Margin(
        "quality",
        "share of the baseline's quality",
        0.8,
        "share of the baseline's quality that must be kept",
        least=0,
        below=1.5,
        field="quality_margin",
    ),
    columns=columns,
    judge=judge,
    expansion=True,
    next_row="a score of each feature in both arms: `tracker end --feature F-1=0.9`",
)
