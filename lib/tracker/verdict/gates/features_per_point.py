"""Efficiency: whether B delivers more features per point than A, by the registered sign-flip test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tracker.evidence import pairing
from tracker.evidence.registration import LEAST_LOOK
from tracker.evidence.tables import Tables
from tracker.verdict.gates.gate import FAIL, PASS, SOFT, UNDECIDED, Gate, GateKind, Looks, ScoreLine

if TYPE_CHECKING:
    from tracker.evidence.pairing import Columns
    from tracker.stats.sequential import SignFlip

SOFT_ALPHA = 0.20  # of the test for SOFT GO
MOST_TO_INVERT = 16  # blocks: beyond that the bound, some forty tests, takes longer than anybody waits
NAME, EQUAL = "efficiency", 1.0  # the margin: B is better than A, by however little


class Blocks(NamedTuple):
    """Features and points of the blocks, and what the arms are called."""

    four: Columns  # F_A, C_A, F_B, C_B, in the order in which the blocks ended
    names: list[str]  # of the blocks
    baseline: str
    candidate: str

    @property
    def idle(self) -> list[str]:
        """The arms that used no points."""
        arms = ((self.baseline, self.four[1]), (self.candidate, self.four[3]))
        return [name for name, points in arms if not points.sum()]


def columns(tables: Tables) -> Blocks:
    """Return features and points of the blocks."""
    return Blocks(
        pairing.columns(tables.blocks),
        [block.name for block in tables.blocks],
        tables.a.methodology,
        tables.b.methodology,
    )


def judge(found: Blocks, margin: float, looks: Looks) -> Gate:
    """Ask the sign-flip test at the registered number of blocks; failed when it rejects the other way round."""
    import numpy as np

    from tracker.stats import comparison, sequential, unequal_scatter

    count = len(found.four[0])
    gate = Gate(NAME, "ratio", ">", margin, "blocks", n=count, why="no complete block")
    if not count:
        return gate
    if found.idle:
        return gate._replace(
            why=f"{' and '.join(found.idle)} used no points in any block, so nothing can be compared"
        )
    table: dict[str, list[Any]] = {
        "block": found.names,
        "score": sequential.block_scores(*found.four).tolist(),
    }
    table |= dict(
        zip(
            ("features_a", "points_a", "features_b", "points_b"),
            map(np.ndarray.tolist, found.four),
            strict=True,
        )
    )
    gate = gate._replace(estimate=comparison.paired(*found.four).estimate, table=table)
    if min(count, looks.blocks) > sequential.MOST_BLOCKS:
        return gate._replace(why=f"the exact test goes up to {sequential.MOST_BLOCKS} blocks")
    first = max(looks.first, LEAST_LOOK)

    def stands(four: Columns, alpha: float) -> bool:
        return sequential.sign_flip_stands(*four, looks.blocks, first, alpha)

    def bound(alpha: float) -> float | None:
        if gate.estimate is None or min(count, looks.blocks) > MOST_TO_INVERT:
            return None
        fa, ca, fb, cb = found.four
        return sequential.lower_bound(lambda ratio: stands((fa, ca, fb, cb * ratio), alpha), gate.estimate)

    strict = sequential.sign_flip(*found.four, looks.blocks, first, looks.alpha)
    swapped = (*found.four[2:], *found.four[:2])
    last = strict.looks[-1] if strict.looks else None
    rejected = f"rejected at block {strict.rejected_at} of {looks.blocks}"
    if stands(found.four, looks.alpha):
        verdict, why = PASS, rejected
    elif stands(swapped, looks.alpha):
        verdict, why = FAIL, f"{found.candidate} delivers less per point"
    elif stands(found.four, SOFT_ALPHA):
        verdict, why = SOFT, "rejects at 20 %, not at 5 %"
    else:
        verdict, why = UNDECIDED, f"{min(count, looks.blocks)} of {looks.blocks} blocks"
    if strict.rejected_at and verdict != PASS:
        seen: Columns = tuple(column[: looks.blocks] for column in found.four)  # type: ignore[assignment]
        best = found.names[sequential.without_best(*seen)[0]]
        apart = unequal_scatter.scatter(*seen)
        why = (
            f"{rejected}, but not without block {best}{apart.at}, and {found.candidate}'s windows scatter "
            f"{apart.said} as much as the baseline's"
        )
    return gate._replace(
        verdict=verdict,
        why=why,
        bound=bound(looks.alpha),
        soft_bound=bound(SOFT_ALPHA),
        spent=last.alpha if last else 0.0,
        score=_score_line(found, strict),
        looks=_scatter(found, looks),
    )


def _scatter(found: Blocks, looks: Looks) -> dict[str, list[Any]]:
    """Return whether either arm's windows scatter more, and the block that it must then do without, an entry an arm."""
    from tracker.stats import sequential, unequal_scatter

    four: Columns = tuple(column[: looks.blocks] for column in found.four)  # type: ignore[assignment]
    both: tuple[Columns, Columns] = four, (*four[2:], *four[:2])
    apart = [unequal_scatter.scatter(*its) for its in both]
    return {
        "better": [found.candidate, found.baseline],
        "p_points": [one.p_points for one in apart],
        "p_phi": [one.p_phi for one in apart],
        "best_block": [found.names[sequential.without_best(*its)[0]] for its in both],
    }


def _score_line(found: Blocks, test: SignFlip) -> ScoreLine:
    """Return where the test stands at its last look, with the blocks' scores by the common rate of that look."""
    from tracker.stats import sequential

    if not test.looks:
        return ScoreLine(test.score, test.threshold, 0, 0.0)
    last = test.looks[-1]
    fa, ca, fb, cb = (column[: last.n] for column in found.four)
    scores = sequential.block_scores(fa, ca, fb, cb).tolist()
    return ScoreLine(
        test.score,
        test.threshold,
        last.n,
        last.alpha,
        float((fa.sum() + fb.sum()) / (ca.sum() + cb.sum())),
        dict(zip(found.names, scores, strict=False)),
    )


GATE = GateKind(
    name=NAME,
    label="efficiency: features per point, B over A",
    about="sign-flip at the registered looks; its bound is the largest ratio that it rejects",
    margin=None,
    columns=columns,
    judge=judge,
    fixed=EQUAL,
    next_row="a block: `tracker begin` and `tracker end` in each of its windows",
)
