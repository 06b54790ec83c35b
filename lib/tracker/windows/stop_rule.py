"""When to stop: more than one fall of the meter in three windows, or a meter that never moves (stop rule K11).

A meter that falls without a reset is not measuring what the windows think it measures: another
account, another plan, a provider that changed its quota.  Further windows would cost and say nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tracker import rows

WINDOWS = 3
MOST = 1  # falls within so many windows
FALL = "negative-delta"


def broken(all_rows: Iterable[rows.Row], provider: str) -> str | None:
    """Return why no further window of a provider should begin; None: go on.

    What counts are its last three finished windows, by their end, and whether three or more windows of
    an arm have used nothing at all, so that no interval of features per point has an end.  Correcting
    or undoing one of them, by a new row, ends the stop.
    """
    finished = [row for row in all_rows if isinstance(row, rows.Window) and row.provider == provider]
    last = sorted(finished, key=lambda row: row.ended_at or row.ts)[-WINDOWS:]
    fell = [row.window for row in last if FALL in row.errors]
    if len(fell) > MOST:
        return f"{FALL} in {len(fell)} of the last {len(last)} {provider} windows ({', '.join(fell)})"
    return _never_moved(finished, provider)


def _never_moved(finished: Sequence[rows.Window], provider: str) -> str | None:
    arms: dict[str, list[rows.Window]] = {}
    for row in finished:
        if row.capacity_pp is not None:
            arms.setdefault(row.methodology, []).append(row)
    for methodology, its in arms.items():
        if len(its) >= WINDOWS and not any(row.capacity_pp for row in its):
            return (
                f"the {provider} meter moved in none of the {len(its)} windows of {methodology}, "
                "so features per point have no interval"
            )
    return None
