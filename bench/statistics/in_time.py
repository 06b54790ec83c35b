"""The check that an arm's windows drift in time: how often it cries for nothing, and what it sees.

    python bench/statistics/in_time.py [REPS]      # prints the table of docs/statistics.md as Markdown

Beside the families of `families.py`, windows whose work grows harder steadily, the last one's so many times the first's.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[2] / "lib"), str(Path(__file__).parent)]

from cells import generator  # noqa: E402
from families import FAMILIES, Family, caused, counted, drifting, true_rate  # noqa: E402

from tracker.stats.efficiency import interval  # noqa: E402
from tracker.stats.order_of_time import DRIFTS, drift  # noqa: E402

SIZES = (5, 8, 12)
SEED = 20261129
STILL = [family for family in FAMILIES if family.name != "learning"]  # in which windows come in no order


def harder(plain, times):
    """Return windows of a family whose work grows steadily harder, the last one's `times` the first's."""

    def draw(rng, shape, effect=1.0, hardness=1.0):
        steps = np.exp(np.linspace(-0.5, 0.5, shape[1]) * np.log(times))
        return plain(rng, shape, effect, hardness * steps)

    return draw


MOVING = [
    *(
        Family(f"Poisson, {times:g}x as hard at the end", "", harder(counted(), times))
        for times in (1.5, 2, 3)
    ),
    *(
        Family(f"planned, {times:g}x as hard at the end", "", harder(caused(planned=True), times))
        for times in (1.5, 2, 3)
    ),
    Family("drift: AR(1) .7, sd .4", "", drifting()),
    Family("drift: AR(1) .7, sd .8", "", drifting(0.8)),
]


def cell(family: Family, n: int, reps: int) -> dict[str, float]:
    """Return shares of replications: windows said to drift; the rate within the interval, of all and of those not said."""
    rng, truth = generator(SEED, "in time", family.name, n), true_rate(family, n)
    said, held = [], []
    for f, c in zip(*family.draw(rng, (reps, n)), strict=True):
        ci = interval(f, c)
        if ci.low is None:
            continue
        p = drift(f, c)
        said.append(p is not None and p <= DRIFTS)
        held.append(ci.low <= truth <= (np.inf if ci.high is None else ci.high))
    drifts, holds = np.array(said), np.array(held)
    return {"said": drifts.mean(), "held": holds.mean(), "held, not said": holds[~drifts].mean()}


def main() -> None:
    reps = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(f"Percent of {reps:,} replications; n = {' / '.join(map(str, SIZES))} windows.\n")
    print("| windows | said to drift | interval covers | covers where nothing is said |\n|---|---|---|---|")
    found = {family.name: [cell(family, n, reps) for n in SIZES] for family in [*STILL, *MOVING]}
    worst = [max(found[family.name][place]["said"] for family in STILL) for place in range(len(SIZES))]
    print(
        f"| {len(STILL)} families in no order, the worst | "
        + " / ".join(f"{100 * one:.1f}" for one in worst)
        + " | | |"
    )
    for family in MOVING:
        cells = found[family.name]
        shown = [" / ".join(f"{100 * one[key]:.1f}" for one in cells) for key in cells[0]]
        print("| " + " | ".join([family.name, *shown]) + " |")


if __name__ == "__main__":
    main()
