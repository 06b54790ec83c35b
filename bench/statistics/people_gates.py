"""Made-up teams with one gate exactly at its margin: how often does a card of several people say GO or SOFT GO?

    nice python bench/statistics/people_gates.py --reps 20000

Each person has an effect of their own on the gate's number (quality .08 of a score, errors .9 points, p95 .3 and cost
and efficiency .4 of the logarithm: one standard deviation), beside all that blocks scatter.  The mean over people is
exactly at the margin and every other gate so good that it never decides, so a gate's passes are the card's yeses.  Blocks
come in turn, person after person, or half of them from one busy person; the worst of the three is printed.  Cards are
looked at after every block.  `by blocks`: what the same gate would pass if it counted blocks alone.  `bench/statistics/people.py`
has the interval of efficiency.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "lib")]

import whole  # noqa: E402
import worlds  # noqa: E402

from tracker.stats.distributions import student  # noqa: E402
from tracker.verdict.gates.gate import LATE, LENIENT, SPENDING, STRICT  # noqa: E402

Columns = dict[str, np.ndarray]
# The last: the effect of each block's person.
Draw = Callable[[np.random.Generator, tuple[int, int], np.ndarray], Columns]
# People and registered blocks; a card tests 24 at most.
TEAMS = ((2, 12), (3, 12), (5, 12), (10, 24), (50, 24))
MOST_ENUMERATED = 12  # blocks of efficiency, whose test looks through 2^n patterns
ORDERS = ("in turn", "one after another", "one busy")
HIT = 0.125  # of people, who have all of it in the worlds that few people show
MARGINS = {
    "quality": 0.0,
    "errors": whole.ERRORS,
    "p95": np.log(whole.P95),
    "cost": np.log(whole.COST),
    "people": 0.0,
}
FROM_BELOW = {"quality", "cost", "people"}  # gates that ask for a lower bound


def alike(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Nobody differs."""
    return np.zeros(shape)


def normal(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """People differ, normally."""
    return rng.normal(0, 1, shape)


def few_worse(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Most are a little better off with B, a few much worse (an exponential effect)."""
    return 1 - rng.exponential(1, shape)


def one_of_eight(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """All that is bad comes to one person of eight; the others never see it."""
    hit: np.ndarray = HIT**0.5 * np.where(rng.random(shape) < HIT, -(1 - HIT) / HIT, 1.0) / (1 - HIT) ** 0.5
    return hit


EFFECTS = {
    "nobody differs": alike,
    "normal": normal,
    "a few much worse": few_worse,
    "bad for one of eight": one_of_eight,
}


def qualities(kept: float, sd: float = 0.08, kind: str = "graded") -> Draw:
    return lambda rng, shape, effect: worlds.scores((kept + sd * effect)[:, :, None], kind)(rng, shape)


def errors(more: float, sd: float = 0.009) -> Draw:
    return lambda rng, shape, effect: worlds.failures(np.maximum(more - sd * effect, -0.0099), "bursts")(
        rng, shape
    )


def latencies(ratio: float, sd: float = 0.3) -> Draw:
    return lambda rng, shape, effect: worlds.slowest(ratio * np.exp(-sd * effect))(rng, shape)


def costs(ratio: float, sd: float = 0.4, a_window: float = 0.0) -> Draw:
    return lambda rng, shape, effect: worlds.costs(ratio * np.exp(sd * effect), a_window)(rng, shape)


def rates(ratio: float, sd: float = 0.4) -> Draw:
    """Efficiency: three features a window."""

    def draw(rng: np.random.Generator, shape: tuple[int, int], effect: np.ndarray) -> Columns:
        same = [np.ones(shape), np.ones(shape)]
        return worlds.rates(rng, shape, same, ratio * np.exp(sd * effect))

    return draw


AT_MARGIN: dict[str, tuple[str, Draw]] = {
    "quality, graded": ("quality", qualities(0.8)),
    "quality, done or failed": ("quality", qualities(0.8, kind="done or failed")),
    "errors, in bursts": ("errors", errors(0.02)),
    "p95": ("p95", latencies(1.3)),
    "cost": ("cost", costs(2.0)),
    "cost, a factor a window": ("cost", costs(2.0, a_window=0.4)),
    "efficiency": ("people", rates(1.0)),
}
ALIKE: dict[str, tuple[str, Draw]] = {  # truly good, people a little different
    "quality alike": ("quality", qualities(1.0, 0.04)),
    "errors alike": ("errors", errors(0.0, 0.003)),
    "p95 alike": ("p95", latencies(1.0, 0.1)),
    "cost 3x": ("cost", costs(3.0, 0.2)),
    "efficiency 2x": ("people", rates(2.0, 0.2)),
}
WORSE: dict[str, tuple[str, Draw]] = {  # 0.6 times as good as the margin
    "efficiency 0.6x": ("people", rates(0.6, 0.2)),
    "quality 0.6x": ("quality", qualities(0.6, 0.04)),
    "errors 10 points more": ("errors", errors(0.1, 0.003)),
    "p95 1.67x": ("p95", latencies(1 / 0.6, 0.1)),
    "cost 0.6x of the margin": ("cost", costs(1.2, 0.2)),
}


def order(rng: np.random.Generator, people: int, shape: tuple[int, int], kind: str) -> np.ndarray:
    """Return whose each block is, (reps, blocks)."""
    reps, n = shape
    who = np.arange(n) % people
    if kind == "one after another":
        who = np.sort(who)
    elif kind == "one busy":
        others = min(people - 1, n // 2)
        who = np.concatenate((1 + np.arange(n // 2) % others, np.zeros(n - n // 2, int)))
        return rng.permuted(np.tile(who, (reps, 1)), axis=1)
    return np.tile(who, (reps, 1))


class Team(NamedTuple):
    """What many teams recorded; every column is (reps, blocks)."""

    columns: Columns
    who: np.ndarray  # person of each block

    def first(self, n: int) -> Team:
        """Return what there is after n blocks."""
        return Team({name: column[:, :n] for name, column in self.columns.items()}, self.who[:, :n])


def team(
    rng: np.random.Generator, people: int, shape: tuple[int, int], kind: str, draw: Draw, effect: Any
) -> Team:
    """Return teams whose blocks come in this order."""
    who = order(rng, people, shape, kind)
    each = effect(rng, (shape[0], int(who.max()) + 1))
    return Team(draw(rng, shape, np.take_along_axis(each, who, axis=1)), who)


def figures(gate: str, some: Team) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return each person's figure on the scale of MARGINS after each block, (reps, blocks, people), and whether there is one.

    The people gate has two: its two ways with few features.
    """
    at = some.who[:, :, None] == np.arange(int(some.who.max()) + 1)
    blocks = at.cumsum(axis=1)
    columns = dict(some.columns)
    if gate == "p95":
        columns = {"log": np.log(columns["p95_b"] / columns["p95_a"])}
    sums = {name: (column[:, :, None] * at).cumsum(axis=1) for name, column in columns.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        if gate == "quality":
            found = [(sums["quality_b"] - whole.SHARE * sums["quality_a"]) / sums["tasks"]]
        elif gate == "errors":
            found = [sums["errors_b"] / sums["requests_b"] - sums["errors_a"] / sums["requests_a"]]
        elif gate == "p95":
            found = [sums["log"] / blocks]
        elif gate == "cost":
            found = [np.log(sums["cost_a"] / sums["cost_b"])]
        else:
            fa, ca, fb, cb = (sums[name] for name in worlds.POINTS)
            share = cb / (ca + cb)
            halves = np.log((fb + 0.5) / cb) - np.log((fa + 0.5) / ca)
            found = [
                np.log((fb + share) / cb) - np.log((fa + 1 - share) / ca),
                np.where(fa + fb > 0, halves, 0.0),
            ]
    return [(np.where(blocks > 0, one, 0.0), blocks > 0) for one in found]


class Spread(NamedTuple):
    """The mean of people and its standard error after each block, (reps, blocks), by each of a gate's ways."""

    gate: str
    means: list[np.ndarray]
    errors: list[np.ndarray]
    people: np.ndarray

    def beyond(self, look: int, tail: float) -> whole.Sides:
        """Return whether people's bounds after `look` blocks lie within the margin, and whether outside it."""
        count, margin = self.people[:, look - 1], MARGINS[self.gate]
        quantile = np.array(
            [np.inf if k < 2 else student(1 - tail, k - 1) for k in range(int(count.max()) + 1)]
        )[count]
        better, worse = [], []
        for mean, error in zip(self.means, self.errors, strict=True):
            with np.errstate(invalid="ignore"):
                half = np.where(count < 2, np.inf, quantile * error[:, look - 1])
            low, high = mean[:, look - 1] - half, mean[:, look - 1] + half
            if self.gate in FROM_BELOW:
                better.append(low >= margin if self.gate == "cost" else low > margin)
                worse.append(high < margin)
            else:
                better.append(high <= margin)
                worse.append(low > margin)
        return np.all(better, axis=0), np.all(worse, axis=0)


def spread(gate: str, some: Team) -> Spread:
    """Return what Student's bounds of people are made of."""
    means, errors = [], []
    for each, is_there in figures(gate, some):
        count = is_there.sum(axis=2)
        mean = each.sum(axis=2) / count
        off = np.where(is_there, (each - mean[:, :, None]) ** 2, 0.0).sum(axis=2)
        means.append(mean)
        errors.append(np.sqrt(off / np.maximum(count - 1, 1) / count))
    return Spread(gate, means, errors, count)


def by_blocks(gate: str, some: Team, tail: float) -> whole.Sides:
    """Return the same of blocks alone."""
    fields = {name: some.columns.get(name) for name in whole.Ledgers._fields}
    return whole.GATES[gate](whole.Ledgers(**fields), tail)


def looks(gate: str, some: Team) -> dict[str, np.ndarray]:
    """Return what the gate says at each look, (looks, reps): by blocks alone, and of people as well."""
    n_blocks, said = some.who.shape[1], {}
    if gate == "people":
        return of_efficiency(some)
    of_people = spread(gate, some)
    for n in range(whole.FIRST, n_blocks + 1):
        now, share = some.first(n), n / n_blocks
        early, spent = share**SPENDING, share**LATE
        for name, tail, side in (
            ("GO", STRICT * spent, 0),
            ("soft", LENIENT * spent, 0),
            ("fail", STRICT * early, 1),
        ):
            blocks, people = by_blocks(gate, now, tail)[side], of_people.beyond(n, tail)[side]
            said.setdefault(f"{name}, by blocks", []).append(blocks)
            said.setdefault(name, []).append(blocks & people)
    return {name: np.array(every) for name, every in said.items()}


def of_efficiency(some: Team) -> dict[str, np.ndarray]:
    """Return the same of efficiency, over blocks and over people."""
    n_blocks, said = some.who.shape[1], {}
    fields = {name: some.columns.get(name) for name in whole.Ledgers._fields}
    blocks = whole.efficiency_at_looks(whole.Ledgers(**fields), n_blocks).T
    of_people = spread("people", some)
    for n, at in zip(range(whole.FIRST, n_blocks + 1), blocks, strict=True):
        share = n / n_blocks
        passes = of_people.beyond(n, whole.ALPHA * share**LATE)[0]
        softly = of_people.beyond(n, whole.SOFT_ALPHA * share**LATE)[0]
        fails = of_people.beyond(n, whole.ALPHA * share**SPENDING)[1]
        for name, yes_blocks, yes_people in (
            ("GO", at == whole.PASS, passes),
            ("soft", at >= whole.SOFT, softly),
            ("fail", at == whole.FAIL, fails),
        ):
            said.setdefault(f"{name}, by blocks", []).append(yes_blocks)
            said.setdefault(name, []).append(yes_blocks & yes_people)
    return {name: np.array(every) for name, every in said.items()}


def shares(
    gate: str, draw: Draw, effect: Any, people: int, n_blocks: int, reps: int, seed: int
) -> dict[str, float]:
    """Return how often the gate ever says so, percent, in the worst order of blocks for each."""
    found: dict[str, list[float]] = {}
    for place, kind in enumerate(ORDERS):
        rng = np.random.default_rng([seed, people, n_blocks, place])
        for name, every in looks(gate, team(rng, people, (reps, n_blocks), kind, draw, effect)).items():
            found.setdefault(name, []).append(100 * float(every.any(axis=0).mean()))
    return {name: max(some) for name, some in found.items()} | {
        f"{name}, least": min(some) for name, some in found.items()
    }


def row(name: str, of_teams: list[dict[str, float]], shown: tuple[str, ...]) -> str:
    cells = [" / ".join(f"{one[which]:.1f}" for one in of_teams) for which in shown]
    return f"| {name} | " + " | ".join(cells) + " |"


def printed(
    title: str, some: dict[str, tuple[str, Draw]], effects: list[str], shown: tuple[str, ...], args: Any
) -> None:
    print(f"\n| {title} | " + " | ".join(shown) + " |\n|" + "---|" * (1 + len(shown)))
    for effect in effects:
        for name, (gate, draw) in some.items():
            of_teams = [
                shares(
                    gate,
                    draw,
                    EFFECTS[effect],
                    people,
                    MOST_ENUMERATED if gate == "people" else n,
                    args.reps,
                    args.seed,
                )
                for people, n in TEAMS
            ]
            print(row(f"{name}: {effect}", of_teams, shown), flush=True)


def whole_card(people: int, reps: int, seed: int) -> dict[str, float]:
    """Return the words of the card of a truly good team over 12 blocks, in the order of blocks least good for them."""
    found: dict[str, list[float]] = {}
    for place, kind in enumerate(ORDERS):
        said = [
            looks(
                gate,
                team(
                    np.random.default_rng([seed, people, place, number]),
                    people,
                    (reps, MOST_ENUMERATED),
                    kind,
                    draw,
                    normal,
                ),
            )
            for number, (gate, draw) in enumerate(ALIKE.values())
        ]
        for name in ("GO, by blocks", "GO", "soft, by blocks", "soft"):
            together = np.all([one[name] for one in said], axis=0)
            found.setdefault(name, []).append(100 * float(together.any(axis=0).mean()))
    return {name: min(some) for name, some in found.items()}


def main() -> None:
    """Print the tables of docs/statistics.md: percent, for each number of people."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=20260204)
    args = parser.parse_args()
    print("people and registered blocks: " + ", ".join(f"{people} of {n}" for people, n in TEAMS))
    printed("at the margin", AT_MARGIN, list(EFFECTS), ("GO, by blocks", "GO", "soft"), args)
    printed("truly good, least of the orders", ALIKE, ["normal"], ("GO, least", "soft, least"), args)
    shown = ("GO, by blocks", "GO", "soft, by blocks", "soft")
    print("\n| the whole card of 12 blocks | " + " | ".join(shown) + " |\n|" + "---|" * (1 + len(shown)))
    print(
        row("truly good", [whole_card(people, args.reps, args.seed) for people, _ in TEAMS], shown),
        flush=True,
    )
    printed(
        "truly worse, least of the orders", WORSE, ["normal"], ("fail, by blocks, least", "fail, least"), args
    )


if __name__ == "__main__":
    main()
