"""Operators who bend: whatever is undone, relabelled, replayed or left out, the card never says more than without."""

from __future__ import annotations

import sys
from datetime import timedelta
from importlib import import_module
from io import BytesIO

import msgspec
import pytest

from conftest import ROOT
from drawn_ledgers import START, A, B, ledger
from tracker import rows
from tracker.evidence import reader
from tracker.verdict import card

sys.path.append(str(ROOT / "bench" / "statistics"))
worlds = import_module("worlds")
cells = import_module("cells")

N, REPS = 8, 25
RANK = {"NO-GO": 0, "INSUFFICIENT": 0, "SOFT GO": 1, "GO": 2}
AFTER = START + timedelta(days=40)


def word(some):
    text = b"".join(msgspec.json.encode(row) + b"\n" for row in some)
    return card.card(reader.read(BytesIO(text)))["verdict"]


def worst(some, count, arm=B):
    """Return the windows of an arm that took most a feature."""
    mine = [row for row in some if isinstance(row, rows.Window) and row.methodology == arm]
    return sorted(mine, key=lambda row: row.features / max(row.capacity_pp, 0.5))[:count]


def at(place, when=AFTER):
    return {"row_id": f"x{place}", "recorded_at": when, "ts": when}


def undo(some, gone):
    return [*some, *(rows.Undo(undoes=row.row_id, reason="", **at(i)) for i, row in enumerate(gone))]


def undo_blocks(some):
    names = {row.block for row in worst(some, 3)}
    return undo(some, [row for row in some if isinstance(row, rows.Window) and row.block in names])


def undo_windows(some):
    return undo(some, worst(some, 3))


def relabel(some):
    made = [
        msgspec.structs.replace(row, methodology="warm_up", block=None, supersedes=row.row_id, **at(i))
        for i, row in enumerate(worst(some, 3))
    ]
    return [*some, *made]


def replay_early(some):
    """Do the candidate's windows of the first four blocks again until they are good, before any look was possible."""
    made = []
    for i in range(4):
        row = next(x for x in some if isinstance(x, rows.Window) and x.methodology == B and x.block == i)
        later = row.ts + timedelta(hours=5)
        made.append(
            msgspec.structs.replace(
                row,
                capacity_pp=max(1.0, row.capacity_pp / 2),
                started_at=later - timedelta(hours=4),
                ended_at=later,
                supersedes=row.row_id,
                **at(i, later),
            )
        )
    started = [
        msgspec.structs.replace(row, started_at=row.ts - timedelta(hours=4), ended_at=row.ts)
        if isinstance(row, rows.Window)
        else row
        for row in some
    ]
    first = next(i for i, row in enumerate(started) if getattr(row, "block", None) == 4)
    return [*started[:first], *made, *started[first:]]


def no_telemetry(some):
    names = {row.window for row in worst(some, 3)}
    return undo(some, [row for row in some if isinstance(row, rows.ProxyTelemetry) and row.window in names])


def never_recorded(some):
    """The worst blocks were dealt, and there is nothing of them."""
    names = {row.block for row in worst(some, 2)}
    windows = {row.window for row in some if isinstance(row, rows.Window) and row.block in names}
    deal = [
        rows.Feature(
            ts=START - timedelta(hours=1),
            feature_id=f"T{block}-0",
            window=f"{arm}{block}",
            methodology=label,
            state="assigned",
            block=block,
            turn=turn,
        )
        for block in range(N)
        for turn, (arm, label) in enumerate((("a", A), ("b", B)), 1)
    ]
    return [some[0], *deal, *(row for row in some[1:] if getattr(row, "window", None) not in windows)]


def tasks_left_out(some):
    names = {row.window for row in worst(some, 3)}
    return undo(some, [row for row in some if isinstance(row, rows.Feature) and row.window in names])


OPERATORS = (undo_blocks, undo_windows, relabel, replay_early, no_telemetry, never_recorded, tasks_left_out)


@pytest.mark.parametrize("bend", OPERATORS, ids=lambda bend: bend.__name__)
def test_what_is_bent_never_says_more_than_what_was_recorded(bend):
    draws = worlds.EXCELLENT | {
        "efficiency": worlds.of_family("planned", 1.3),
        "quality": worlds.scores(0.99, "done or failed", 10),
    }
    ledgers = worlds.ledgers(cells.generator(77, "operators"), (REPS, N), draws)
    honest, bent = [], []
    for place in range(REPS):
        some = ledger(ledgers, place, N, N)
        honest.append(word(some))
        bent.append(word(bend(some)))
    above = [i for i, two in enumerate(zip(honest, bent, strict=True)) if RANK[two[1]] > RANK[two[0]]]
    assert not above, [(honest[i], bent[i]) for i in above]
    assert {"GO", "INSUFFICIENT"} <= set(honest)  # else nothing could have been bent
