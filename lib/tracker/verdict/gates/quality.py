"""Quality of the tasks done in both arms: what B keeps of A's."""

from __future__ import annotations

from tracker.evidence.margins import Margin
from tracker.evidence.tables import Tables
from tracker.verdict.gates.gate import Gate, GateKind, Looks, Method, bounded


def columns(tables: Tables) -> tuple[list[float], list[float]]:
    """Return the scores of A and of B of the tasks done in both arms."""
    a, b = (
        {name: task.quality for name, task in side.tasks.items() if task.quality is not None}
        for side in (tables.a, tables.b)
    )
    both = sorted(set(a) & set(b))
    return [a[name] for name in both], [b[name] for name in both]


def judge(scores: tuple[list[float], list[float]], share: float, looks: Looks) -> Gate:
    """Hold the mean of q_B - share q_A above 0."""
    from tracker.stats import noninferiority

    return bounded(
        Method(
            lambda a, b, tail: noninferiority.quality(a, b, share, tail),
            Gate("quality", "score", ">", 0.0, "features done in both arms"),
            "no feature has a quality score in both arms",
        ),
        scores,
    )


GATE = GateKind(
    name="quality",
    label="quality: B less the agreed share of A",
    about="mean of q_B - share q_A over features done in both arms, plus one worst-case pair",
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
)
