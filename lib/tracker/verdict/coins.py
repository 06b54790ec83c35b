"""Whether the turns that were dealt are those that the registered seed gives: coins that anybody can toss again."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence

from tracker import rows
from tracker.evidence.deal import DealtBlock
from tracker.evidence.registration import TASK

MORE_TASKS = 200  # how much larger than the deal a bank is thought of, where not all of its tasks were dealt


def tossed(count: int, seed: int, bank: int, draws: int = 1) -> list[bool]:
    """Return whether the baseline goes first in each of `count` blocks, or tasks, dealt from a bank of so many tasks.

    As `assign-tasks` tosses them: the bank is shuffled, then `draws` numbers a block fall, of which the first says it.

    >>> tossed(4, 7, 4), tossed(4, 7, 4) == tossed(4, 8, 4)
    ([False, True, False, True], False)
    """
    coin = random.Random(seed)  # noqa: S311  fair and repeatable is what is wanted
    coin.shuffle(list(range(bank)))
    numbers = [coin.random() for _ in range(count * draws)]
    return [number < 0.5 for number in numbers[::draws]]


def fell(dealt: Sequence[DealtBlock], features: Iterable[rows.Feature], plan: rows.Experiment) -> list[bool]:
    """Return whether the baseline was dealt the first turn, coin by coin; empty where a deal does not say it.

    Blocks of several ledgers read together, whose names are no numbers, were dealt from several seeds.
    """
    if plan.unit == TASK:
        first = [
            row for row in features if row.state == "assigned" and row.turn == 1 and row.block is not None
        ]
        return [row.methodology == plan.baseline for row in first if isinstance(row.block, int)]
    arms = plan.baseline, plan.candidate
    blocks = {block.name: block.turns for block in dealt if isinstance(block.name, int)}
    turns = [
        [turns[arm].turn if arm in turns else None for arm in arms] for _, turns in sorted(blocks.items())
    ]
    known = [(a, b) for a, b in turns if a is not None and b is not None]
    return [a < b for a, b in known] if len(known) == len(dealt) else []


def unlike_seed(coins: Sequence[bool], seeds: Collection[int]) -> list[str]:
    """Return a sentence where no registered seed gives these coins."""
    if not coins or not seeds:
        return []
    for seed in seeds:
        for bank in range(len(coins), 2 * len(coins) + MORE_TASKS):
            if any(tossed(len(coins), seed, bank, draws) == list(coins) for draws in (1, 2)):
                return []
    named = ", ".join(str(seed) for seed in sorted(seeds))
    return [
        f"the turns dealt are not those that seed {named} gives (`assign-tasks --registered --seed {max(seeds)}`): "
        "nobody can toss these coins again"
    ]
