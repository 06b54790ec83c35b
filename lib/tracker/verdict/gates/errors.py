"""Reliability: by how much the share of requests that fail may rise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tracker.evidence.margins import Margin
from tracker.evidence.tables import Tables, Traffic
from tracker.verdict.gates.gate import LATE, PASS, SOFT, Gate, GateKind, Looks, Method, bounded, worse

if TYPE_CHECKING:
    from tracker.stats.noninferiority import Bounds, Spread


NAMES = ("errors_a", "requests_a", "errors_b", "requests_b")
OUTAGE = 2.0  # times the margin: what the added block fails more


class Counts(NamedTuple):
    """Errors and requests of the blocks that have both arms'."""

    four: list[list[float]]  # errors_A, requests_A, errors_B, requests_B
    without: list[str]  # arms without any
    lacks: list[str]  # windows of blocks without any
    people: list[str] = []  # whose the blocks are, where there are several people


def columns(tables: Tables) -> Counts:
    """Return errors and requests of the blocks."""
    a, b = (
        {one.block: one for one in side.traffic if one.errors is not None and one.requests}
        for side in (tables.a, tables.b)
    )
    both = [block.name for block in tables.blocks if block.name in a and block.name in b]
    whose = tables.person_of_block
    return Counts(
        [*_two([a[name] for name in both]), *_two([b[name] for name in both])],
        [side.methodology for side, known in ((tables.a, a), (tables.b, b)) if not any(known)],
        [
            window.window
            for block in tables.blocks
            for window, known in ((block.a, a), (block.b, b))
            if block.name not in known
        ],
        [whose[name] for name in both] if whose else [],
    )


def _two(some: Sequence[Traffic]) -> tuple[list[float], list[float]]:
    """Return errors and requests of one arm."""
    return [one.errors or 0.0 for one in some], [one.requests for one in some]


def judge(traffic: Counts, margin: float, looks: Looks) -> Gate:
    """Hold the error rate of B minus that of A, in percentage points, at most at the margin."""
    from tracker.stats import noninferiority

    empty = Gate("reliability_errors", "pp", "<=", margin, "blocks")
    if traffic.without:
        return empty._replace(why=f"no proxy telemetry of {' and '.join(traffic.without)}")

    def in_points(xa: Any, na: Any, xb: Any, nb: Any, tail: float) -> Bounds:
        found = noninferiority.error_difference(xa, na, xb, nb, OUTAGE * margin / 100, tail)
        if found.low is None:
            return found._replace(estimate=None if found.estimate is None else 100 * found.estimate)
        assert found.estimate is not None and found.high is not None
        x_a, n_a, x_b, n_b = (float(sum(column)) for column in (xa, na, xb, nb))
        alone = noninferiority.difference_at(x_a, n_a, x_b, n_b, margin / 100)  # requests fail independently
        return found._replace(
            estimate=100 * found.estimate,
            low=100 * found.low,
            high=100 * found.high,
            passing=tuple(_in_points(spread) for spread in (*found.passing, alone)),
            failing=tuple(_in_points(spread) for spread in (*found.failing, alone)),
        )

    method = Method(
        in_points, empty, "no block has requests in both arms", NAMES, LATE, people=traffic.people
    )
    gate = bounded(method, traffic.four, looks, traffic.lacks)
    place = heaviest(traffic.four)
    if place is not None:
        others = [[*column[:place], *column[place + 1 :]] for column in traffic.four]
        left = [*traffic.people[:place], *traffic.people[place + 1 :]]
        without = bounded(method._replace(people=left), others, looks, traffic.lacks)
        if worse(gate, without) is not gate:
            said = (
                f"one block of {len(traffic.four[0])} has most of an arm's requests, and this is without it"
            )
            gate = without._replace(why="; ".join(filter(None, [said, without.why])))
    if gate.verdict not in {PASS, SOFT}:
        return gate
    # What nobody saw no method excludes: 1 - (1 - p)^n = .95 is the share that would have shown itself.
    unseen = 100 * (1 - 0.05 ** (1 / gate.n))
    said = (
        f"an outage that none of {gate.n} {gate.counted} saw may still come in up to {unseen:.0f} % of them"
    )
    if traffic.people:
        said = f"an outage that none of them saw may still come to up to {unseen:.0f} % of people"
    return gate._replace(why=f"{gate.why}; {said}" if gate.why else said)


def heaviest(four: list[list[float]]) -> int | None:
    """Return the place of the block that has more than half of an arm's requests; None without one.

    >>> heaviest([[1, 1, 1], [400, 400, 400], [1, 1, 1], [400, 400, 9000]]), heaviest([[1], [400], [1], [400]])
    (2, None)
    """
    if len(four[1]) < 3:
        return None
    places = [requests.index(max(requests)) for requests in (four[1], four[3])]
    return next(
        (
            place
            for place, requests in zip(places, (four[1], four[3]), strict=True)
            if requests[place] > sum(requests) / 2
        ),
        None,
    )


def _in_points(spread: Spread) -> Spread:
    """Return the same of rates in percentage points."""
    return spread._replace(centre=100 * spread.centre, error=100 * spread.error)


GATE = GateKind(
    name="reliability_errors",
    label="reliability: error rate, B less A",
    about="error rate B - A, t over blocks with an outage added, never nearer than Miettinen-Nurminen",
    margin=Margin(
        "errors",
        "pp",
        2.0,
        "points that the error rate may rise",
        least=0,
        below=100,
        open_end=False,
        field="error_margin_pp",
        other_names=("reliability_errors", "error_pp"),
    ),
    columns=columns,
    judge=judge,
    expansion=True,
    next_row="the router's requests of each window: `tracker end` sums them up, or `ingest-proxy`",
)
