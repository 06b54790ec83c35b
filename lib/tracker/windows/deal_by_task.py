"""The deal by task: both arms do every task, and a coin a task says in which of two windows which arm does it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import datetime

from tracker import cli, rows
from tracker.windows.tasks import Arms, BankTask

BOTH_ARMS = "by_task"  # the methodology of a window that holds runs of both arms
WINDOWS = "W0-T"


def deal(
    bank: Sequence[BankTask],
    seed: int,
    at: datetime,
    per_window: int,
    *,
    blocks: int | None = None,
    arms: Arms | None = None,
    windows: str = WINDOWS,
) -> list[rows.Feature]:
    """Return every task's two runs, in the order to do them: K tasks a window, each in both windows of its block.

    One independent fair coin a task says whether the baseline's run falls in the block's first window or its
    second; the order of the tasks is the same in both.  The last block may hold fewer tasks.  The same seed
    gives the same deal.  Raises cli.Stop: 2 for no task a window, 65 when there are too few tasks.
    """
    if per_window < 1:
        raise cli.Stop(cli.USAGE, f"--per-window: at least 1 ({per_window})")
    arms = arms or Arms()
    coin = random.Random(seed)  # noqa: S311  fair and repeatable is what is wanted
    pool = sorted(bank)
    coin.shuffle(pool)
    wanted = len(pool) if blocks is None else blocks * per_window
    if wanted > len(pool):
        raise cli.Stop(
            cli.BAD_INPUT,
            f"{blocks} blocks of {per_window} tasks asked for, {len(pool)} tasks there; add tasks or ask for fewer",
        )
    made: list[rows.Feature] = []
    for first in range(0, wanted, per_window):
        block = first // per_window + 1
        some = [(task, coin.random() < 0.5) for task in pool[first : min(first + per_window, wanted)]]
        for turn in (1, 2):
            made += [
                rows.Feature(
                    ts=at,
                    feature_id=task.feature_id,
                    window=f"{windows}-{2 * block - 2 + turn:02}",
                    methodology=arms.baseline if baseline_first == (turn == 1) else arms.candidate,
                    capability=task.capability,
                    state="assigned",
                    block=block,
                    turn=turn,
                    predicted_size=task.size,
                )
                for task, baseline_first in some
            ]
    return made


def arms_of(there: Iterable[rows.Row], window: str) -> list[str]:
    """Return the arms that were dealt to a window: several where it was dealt by task."""
    return list(
        dict.fromkeys(
            row.methodology
            for row in there
            if isinstance(row, rows.Feature)
            and row.window == window
            and row.state == "assigned"
            and row.methodology
        )
    )


def is_by_task(there: Iterable[rows.Row], window: str) -> bool:
    """Return whether a window's arm goes task by task: the registration's unit is the task, and its deal names it."""
    listed = list(there)
    plans = [row for row in listed if isinstance(row, rows.Experiment)]
    return bool(plans) and plans[-1].unit == "task" and bool(arms_of(listed, window))
