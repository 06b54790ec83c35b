"""Money: how many times as dear the baseline must be."""

from __future__ import annotations

from tracker.evidence.margins import Margin
from tracker.evidence.tables import Tables
from tracker.verdict.gates.gate import Gate, GateKind, Looks, Method, bounded


def columns(tables: Tables) -> tuple[list[float], list[float]]:
    """Return the costs in A and in B, USD, of the tasks priced in both arms."""
    a, b = (
        {name: task.cost_usd for name, task in side.tasks.items() if task.cost_usd is not None}
        for side in (tables.a, tables.b)
    )
    both = sorted(set(a) & set(b))
    return [a[name] for name in both], [b[name] for name in both]


def judge(costs: tuple[list[float], list[float]], margin: float, looks: Looks) -> Gate:
    """Hold the cost of A over the cost of B at least at the margin."""
    from tracker.stats import noninferiority

    empty = Gate("cost", "ratio", ">=", margin, "features done in both arms")
    return bounded(
        Method(noninferiority.cost_ratio, empty, "no feature has a cost above zero in both arms"), costs
    )


GATE = GateKind(
    name="cost",
    label="cost: A over B",
    about="sum of costs of A over that of B, over features done in both arms",
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
)
