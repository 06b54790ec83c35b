"""Both arms' dispersion together, at few windows: how often its interval holds, and what its test sees.

    python bench/statistics/pooled.py [REPS]      # prints the tables of docs/statistics.md as Markdown

Arm A is a family of `families.py`; B is the same, or delivers by counts of another variance over mean.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[2] / "lib"), str(Path(__file__).parent)]

from cells import BY_NAME, generator  # noqa: E402
from families import Family, counted, true_rate  # noqa: E402

from tracker.stats.efficiency import around, interval  # noqa: E402
from tracker.stats.pooled_scatter import pooled_scatter  # noqa: E402

SIZES = (3, 5, 8)
SEED = 20261128
ALIKE = [
    BY_NAME[name]
    for name in ("poisson-50", "poisson-8", "over-2", "over-4", "heavy-tailed", "planned", "tiny-meter")
]
UNLIKE = [
    (BY_NAME["poisson-50"], Family("over-2", "", counted(over=2.0))),
    (BY_NAME["poisson-50"], Family("over-4", "", counted(over=4.0))),
    (BY_NAME["planned"], BY_NAME["poisson-50"]),
    (BY_NAME["planned"], BY_NAME["over-4"]),
]


def cell(a: Family, b: Family, n: int, reps: int) -> dict[str, float]:
    """Return shares of replications: nothing pooled; each arm's truth in its own interval and in the pooled one.

    The pooled coverage is of those that have it; the widths are medians of its ratio to the arm's own.
    """
    rng = generator(SEED, "pooled", a.name, b.name, n)
    truths = [true_rate(family, n) for family in (a, b)]
    columns = [family.draw(rng, (reps, n)) for family in (a, b)]
    held = np.zeros((2, 2))
    refused = seen = kept = 0
    ratios = []
    for fa, ca, fb, cb in zip(*columns[0], *columns[1], strict=True):
        if not min(fa.sum(), fb.sum(), ca.sum(), cb.sum()) > 0:
            continue
        found = pooled_scatter([(fa, ca), (fb, cb)])
        assert found is not None
        seen += 1
        refused += not found.is_alike
        if not found.is_alike:
            continue
        kept += 1
        for arm, (f, c) in enumerate(((fa, ca), (fb, cb))):
            own = interval(f, c)
            together = around(float(f.sum()), float(c.sum()), found.phi, found.df)
            for way, ci in enumerate((own, together)):
                held[arm, way] += (ci.low or 0) <= truths[arm] <= (np.inf if ci.high is None else ci.high)
            if own.high is not None and together.high is not None:
                ratios.append((together.high - together.low) / (own.high - own.low))
    made = {"refused": refused / seen, "width": float(np.median(ratios))}
    for arm, name in enumerate("ab"):
        made |= {f"own {name}": held[arm, 0] / kept, f"pooled {name}": held[arm, 1] / kept}
    return made


def main() -> None:
    reps = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(f"Percent of {reps:,} replications; n = {' / '.join(map(str, SIZES))} windows an arm.\n")
    heads = [
        "A",
        "B",
        "nothing pooled",
        "A by the pooled",
        "B by the pooled",
        "A by its own",
        "B by its own",
        "width, pooled over own",
    ]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for a, b in [*((one, one) for one in ALIKE), *UNLIKE]:
        found = [cell(a, b, n, reps) for n in SIZES]
        keys = ("refused", "pooled a", "pooled b", "own a", "own b")
        shown = [" / ".join(f"{100 * one[key]:.1f}" for one in found) for key in keys]
        shown.append(" / ".join(f"{one['width']:.2f}" for one in found))
        print("| " + " | ".join([a.name, b.name, *shown]) + " |", flush=True)


if __name__ == "__main__":
    main()
