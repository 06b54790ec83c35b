"""Made-up teams whose true ratio is known: does the interval across people hold it, and does a team's claim?

    python bench/statistics/people.py --reps 4000

A team has 2 to 50 people with 1 to 8 blocks each, a pace of their own (sd .5 of its log), a random effect on the
ratio (sd 0, .3, .6 of its log; normal or skewed), and some features a window.  `one-sided`: how often a lower 5 %
bound lies above a true ratio of 1.
"""

from __future__ import annotations

import argparse
import sys
from itertools import product
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "lib")]

from tracker.stats import across_people  # noqa: E402

SIZES = {"3 each": (3,), "1, 2, 8": (1, 2, 8), "1 each": (1,)}  # blocks of a person
EFFECTS = {"none": (0.0, False), "normal .3": (0.3, False), "skewed .6": (0.6, True)}
A_WINDOW = (0.6, 1.5, 4.5)  # features of a baseline window
FEW = 2.0  # features that the least person is expected to deliver in the weaker arm
POINTS = {"as many points": 1.0, "a quarter of the points": 0.25}  # of the candidate's windows


def teams(
    rng: np.random.Generator,
    count: int,
    sizes: tuple[int, ...],
    effect: tuple[float, bool],
    features: float,
    points: float,
    ratio: float,
    reps: int,
) -> tuple[np.ndarray, ...]:
    """Return (F_A, C_A, F_B, C_B) of `reps` teams, each (reps, people)."""
    who = np.repeat(np.arange(count), [sizes[one % len(sizes)] for one in range(count)])
    to_person = (who[:, None] == np.arange(count)).astype(float)
    shape = (reps, len(who))
    pace = (
        np.exp(rng.normal(0, 0.5, (reps, count)))[:, who] * features / 30 * np.exp(rng.normal(0, 0.3, shape))
    )
    spread, skewed = effect
    own = spread * (rng.exponential(1, (reps, count)) - 1 if skewed else rng.normal(0, 1, (reps, count)))
    ca = rng.uniform(15, 45, shape).round()
    cb = (rng.uniform(15, 45, shape) * points).round().clip(1)
    fa, fb = rng.poisson(pace * ca), rng.poisson(pace * cb * ratio * np.exp(own[:, who]))
    return fa @ to_person, ca @ to_person, fb @ to_person, cb @ to_person


def measured(found: tuple[np.ndarray, ...], ratio: float) -> tuple[float, float]:
    """Return (coverage of the 95 % interval, share of 5 % lower bounds above the truth), both in percent."""
    inside = above = 0
    for columns in zip(*found, strict=True):
        logs = across_people.log_ratios(*columns)
        low, high = across_people.bounds(logs, 0.025)
        inside += low <= ratio <= high
        above += across_people.bounds(logs, 0.05)[0] > ratio
    return 100 * inside / len(found[0]), 100 * above / len(found[0])


def main() -> None:
    """Print, for each number of people, the cells of the lowest coverage and the highest error."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reps", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=20260131)
    args = parser.parse_args()
    print(
        "| people | cells | coverage: lowest, mean | few features: lowest | one-sided at 1: highest, mean |"
    )
    print("|---|---|---|---|---|")
    for count in (2, 3, 5, 10, 20, 50):
        enough, few, one_sided = [], [], []
        for (_, sizes), (_, effect), features, (_, points), ratio in product(
            SIZES.items(), EFFECTS.items(), A_WINDOW, POINTS.items(), (0.5, 1.0, 2.5)
        ):
            rng = np.random.default_rng(
                [args.seed, count, round(1000 * features), round(100 * ratio), len(sizes)]
            )
            held, above = measured(
                teams(rng, count, sizes, effect, features, points, ratio, args.reps), ratio
            )
            least = features * min(sizes) * min(1.0, points * ratio)  # of the person with the fewest blocks
            (enough if least >= FEW else few).append(held)
            if ratio == 1.0:
                one_sided.append(above)
        print(
            f"| {count} | {len(enough) + len(few)} | {min(enough):.1f}, {np.mean(enough):.1f} | {min(few):.1f} "
            f"| {max(one_sided):.1f}, {np.mean(one_sided):.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
