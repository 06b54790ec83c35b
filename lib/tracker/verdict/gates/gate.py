"""What a gate is: numbers of the experiment held against one margin of the plan.

A card is looked at after every block, so each gate spends its error over the looks: at n of N blocks a
bound has (n/N)^2.5 of its error, and (n/N)^10 where a few bad windows make all the difference and early looks are
those that have none of them yet; what is proven failed is so at (n/N)^2.5.  A gate passes when its bound at one-sided 2.5 % lies within the margin,
passes softly at 15 %, and has failed when the opposite bound at 2.5 % lies outside (efficiency: 5 and
20 %, shared out exactly).  Its unit is the block, and of several people the person as well (`each_person`).  Estimate,
bounds and margin of one gate are in one unit.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tracker.evidence.margins import Margin
from tracker.evidence.tables import Tables
from tracker.verdict.gates.each_person import BoundsOf, bounds_of

if TYPE_CHECKING:
    from tracker.stats.noninferiority import Bounds, Spread

PASS, SOFT, UNDECIDED, FAIL, NO_DATA = "pass", "soft pass", "undecided", "fail", "no data"
ORDER = (FAIL, NO_DATA, UNDECIDED, SOFT, PASS)  # worst first
NOT_RECORDED = "not recorded, which could be the worst"
SPENDING = 2.5  # power of the share of blocks that are in: what of an error a bound may spend so far
LATE = 10.0  # the same for a pass of quality, errors and p95, which rare windows decide: nearly all of it at the end
STRICT, LENIENT = 0.025, 0.15  # one-sided errors of a bound for GO and for SOFT GO, at the last look
LEAST_SPENT = 1e-9  # of an error: less than this no quantile tells apart
LEAST_RATIO = 1e-300  # a margin of a ratio below this has no logarithm
MOST_MORE = 10_000
SIDES: dict[
    str, tuple[Callable[[float, float], bool], bool]
] = {  # and whether the lower bound is the one asked
    ">": (operator.gt, True),
    ">=": (operator.ge, True),
    "<=": (operator.le, False),
}


class Looks(NamedTuple):
    """How often one looks, as registered."""

    blocks: int  # at which the test ends
    first: int  # blocks before the first look
    alpha: float  # one-sided error of the efficiency test over all looks
    seen: int = 0  # blocks so far
    counted: str = "blocks"  # what a gate of blocks counts: cells, where the unit is the task

    @property
    def spent(self) -> float:
        """The share of an error that is spent at this look, 0..1."""
        return self.spent_by(SPENDING)

    def spent_by(self, power: float, times: float = 1.0) -> float:
        """Return the share spent with so many times the blocks, by a power of the share of blocks, 0..1."""
        return max(LEAST_SPENT, float(min(1.0, times * self.seen / self.blocks) ** power))


class ScoreLine(NamedTuple):
    """Where the test behind a gate stands; in units of its own, which is why it is no bound."""

    value: float
    needed: float | None  # None: no pattern of signs is rare enough yet
    block: int  # at which it was looked at
    spent: float  # error spent up to this look, 0..1
    rate: float | None = None  # R, features a point of both arms up to this look; None: the score needs none
    of_units: dict[str, float] = {}  # what each block, or task, up to this look adds to the value


class BoundLine(NamedTuple):
    """What a bound comes from: it holds when centre lies beyond limit by more than t(degrees) times error."""

    proves: str  # PASS or FAIL; of several lines of one gate that prove the same every one must hold
    centre: float
    side: str  # of the limit on which the bound must lie: above or below
    limit: float  # the margin; of a ratio its logarithm
    error: float | None  # standard error; None: no bound, as something is not recorded
    degrees: float | None  # of freedom; None: the normal distribution
    spent: float  # one-sided error of the bound at this look, 0..1
    soft_spent: float | None  # the same for SOFT GO; None: it proves a failure


class Gate(NamedTuple):
    """One gate's answer."""

    name: str
    unit: str  # of estimate, bounds and margin
    needed: str  # how the bound must stand to the margin: > >= <=
    margin: float
    counted: str  # what n counts
    estimate: float | None = None
    bound: float | None = (
        None  # at one-sided 2.5 % (efficiency: what is registered, 5 %), as far as it is spent
    )
    soft_bound: float | None = None  # at 15 % (efficiency: 20 %)
    spent: float = 0.0  # error of the bound at this look, 0..1
    n: int = 0
    verdict: str = NO_DATA
    why: str = ""
    score: ScoreLine | None = None
    table: dict[str, list[Any]] = {}  # what it was computed from, by column, an entry a block
    bounds: tuple[BoundLine, ...] = ()  # what its bounds come from; efficiency has none
    looks: dict[str, list[Any]] = {}  # efficiency: what a look asks besides the flips, by column


class GateKind(NamedTuple):
    """A gate of the card: a file of this package that stands in its list."""

    name: str
    label: str  # on the card
    about: str  # the statistic, for docs
    margin: Margin | None  # of the plan; None: nothing to register
    columns: Callable[[Tables], Any]  # what of the tables it reads
    judge: Callable[[Any, float, Looks], Gate]  # its columns, its margin, the looks
    fixed: float = 0.0  # its margin where nothing is registered
    expansion: bool = False  # whether the plans' expansion gate G3 asks for it
    next_row: str = ""  # what records the numbers that it lacks


class Method(NamedTuple):
    """How one gate's bounds are found, and what is said when there are none."""

    bounds: Callable[..., Bounds]  # columns and a one-sided error
    empty: Gate  # its name, unit, margin and what n counts
    lacking: str  # why there is no number
    names: tuple[str, ...] = ()  # of the columns
    spending: float = SPENDING  # power by which a pass spends its error
    is_ratio: bool = False  # whether its bounds come from logarithms
    people: Sequence[str] = ()  # whose each block is, where there are several people


class Proving(NamedTuple):
    """Columns that may prove a failure where others hold numbers that nobody recorded."""

    columns: Sequence[Sequence[float]]
    people: Sequence[str] = ()  # whose each block is, where there are several people


def bounded(
    method: Method,
    columns: Sequence[Sequence[float]],
    looks: Looks,
    lacks: Sequence[str] = (),
    proving: Proving | None = None,
) -> Gate:
    """Hold one-sided bounds against a margin, at this look's share of 2.5 % and of 15 %.

    Columns hold one number a block.  What `lacks` (windows) should have said could be the worst, so a
    gate does not pass without it.  Where columns hold numbers that nobody recorded, a failure is proven by
    those of `proving` alone.
    """
    empty, method = _counted(method, looks)
    if not looks.seen:
        return empty._replace(why="no complete block")
    found = _bounds_of(method, Proving(columns, method.people))
    spent = looks.spent_by(method.spending)
    tail = STRICT * spent
    strict, lenient, proof = (found.at(error) for error in (tail, LENIENT * spent, STRICT * looks.spent))
    if strict.estimate is None:
        return empty._replace(why=method.lacking, n=strict.n)
    beats, at_least = SIDES[empty.needed]
    good, soft, bad = (
        (strict.low, lenient.low, proof.high) if at_least else (strict.high, lenient.high, proof.low)
    )
    made = empty._replace(
        table=_table(method, columns),
        estimate=strict.estimate,
        bound=good,
        soft_bound=soft,
        n=strict.n,
        spent=tail,
    )
    if good is None or soft is None or bad is None:
        return _without_bound(found, method, made)
    proofs = [proof] if proving is None else [proof, _bounds_of(method, proving).at(proof.tail)]
    lines = bound_lines(PASS, strict.passing, made, method.is_ratio, (tail, LENIENT * spent), bool(lacks))
    for one in proofs:
        lines += bound_lines(FAIL, one.failing, made, method.is_ratio, (proof.tail, None))
    made = made._replace(bounds=tuple(lines))
    if (bad < made.margin) if at_least else (bad > made.margin):
        if proving is None or _proves(method, proving, looks):
            return made._replace(verdict=FAIL, why="proven outside the margin")
        return made._replace(verdict=UNDECIDED, why="outside the margin by what the baseline did not record")
    if lacks:
        return made._replace(verdict=UNDECIDED, why=f"{some(lacks)} {NOT_RECORDED}")
    if beats(good, made.margin):
        return made._replace(verdict=PASS, why=f"{strict.n} people" if method.people else "")
    if beats(soft, made.margin):
        return made._replace(verdict=SOFT, why="within the margin at 15 %, not at 2.5 %")
    return made._replace(verdict=UNDECIDED, why=_how_far(found, method.spending, looks, made))


def _counted(method: Method, looks: Looks) -> tuple[Gate, Method]:
    """Return the gate before any number, with what it counts, and the method with how it spends."""
    empty = method.empty
    if method.people:  # few people decide, as few windows do
        return empty._replace(counted="people"), method._replace(spending=LATE)
    if empty.counted == "blocks":
        empty = empty._replace(counted=looks.counted)
    if looks.counted != "blocks":  # what a pass of cells costs was simulated with one spending for all
        method = method._replace(spending=SPENDING)
    return empty, method


def _bounds_of(method: Method, some: Proving) -> BoundsOf:
    """Return what finds the bounds of some columns."""
    return bounds_of(method.bounds, some.columns, some.people, method.is_ratio)


def _table(method: Method, columns: Sequence[Sequence[float]]) -> dict[str, list[Any]]:
    """Return the columns by name, whose each block is before them."""
    whose: dict[str, list[Any]] = {"person": list(method.people)} if method.people else {}
    return whose | {name: list(column) for name, column in zip(method.names, columns, strict=False)}


def _without_bound(found: BoundsOf, method: Method, made: Gate) -> Gate:
    """Return a gate that has no bound, and why."""
    if found.without:
        return made._replace(verdict=UNDECIDED, why=f"of one of the people {method.lacking}")
    if method.people and made.n < 2:
        return made._replace(verdict=UNDECIDED, why="1 person tells nothing of others")
    return made._replace(why=f"{made.n} is too few for a bound")


def _proves(method: Method, proving: Proving, looks: Looks) -> bool:
    """Return whether columns fail by themselves."""
    return bounded(method._replace(people=proving.people), proving.columns, looks).verdict == FAIL


def bound_lines(
    proves: str,
    spreads: Sequence[Spread],
    gate: Gate,
    is_ratio: bool,
    spent: tuple[float, float | None],
    is_lacking: bool = False,
) -> list[BoundLine]:
    """Return what bounds come from; `spent`: of the bound's error, and of the one for SOFT GO."""
    at_least = SIDES[gate.needed][1]
    limit = math.log(max(gate.margin, LEAST_RATIO)) if is_ratio else gate.margin
    return [
        BoundLine(
            proves,
            spread.centre,
            "above" if at_least is (proves == PASS) else "below",
            limit,
            None if is_lacking else spread.error,
            None if math.isinf(spread.degrees) else spread.degrees,
            *spent,
        )
        for spread in spreads
    ]


def worse(one: Gate, other: Gate) -> Gate:
    """Return the gate of two that is further from a pass.

    >>> empty = Gate("cost", "ratio", ">=", 2.0, "blocks")
    >>> worse(empty._replace(verdict=PASS), empty._replace(verdict=SOFT)).verdict
    'soft pass'
    """
    return min(one, other, key=lambda gate: ORDER.index(gate.verdict))


def some(names: Sequence[str]) -> str:
    """Return the first three names."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _how_far(found: BoundsOf, spending: float, looks: Looks, made: Gate) -> str:
    """Return by how much a bound misses, and about how much more of the same would do."""
    beats, at_least = SIDES[made.needed]
    assert made.bound is not None and made.estimate is not None

    def grown_passes(times: float) -> bool:
        grown = found.times(times).at(STRICT * looks.spent_by(spending, times))
        end = grown.low if at_least else grown.high
        return end is not None and beats(end, made.margin)

    why = f"the bound misses by {abs(made.bound - made.margin):.3g}"
    if not beats(made.estimate, made.margin):
        return why + ", and so does the estimate: more of the same would not do"
    if more := more_needed(grown_passes, made.n):
        why += f"; of the same kind about {more:,} more {made.counted} would do"
    return why


def more_needed(passes: Callable[[float], bool], n: int) -> int | None:
    """Return about how many more of `n` bring a gate to pass, `passes` saying it of so many times the data.

    None beyond 10,000: a plan for that is no plan.

    >>> more_needed(lambda times: 6 * times >= 15, 6)
    9
    """
    low, high = n, 2 * n
    while not passes(high / n):
        low, high = high, 2 * high
        if high > MOST_MORE:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(middle / n) else (middle, high)
    return high - n
