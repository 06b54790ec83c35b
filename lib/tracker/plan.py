"""The registration: what will be compared, how often one looks, by which margins, before any data."""

from __future__ import annotations

import math
import secrets
from datetime import UTC, datetime

from tracker import cli, rows

LEAST_LOOK = 5  # blocks: no pattern of fewer coins is rare enough to decide anything
MOST_BLOCKS = 24  # the exact test enumerates 2^blocks patterns
DEFAULTS = rows.Experiment(ts=datetime(1970, 1, 1, tzinfo=UTC))  # where nothing was registered


def register(ts: datetime, seed: int | None, **terms: object) -> rows.Experiment:
    """Return a registration; without a seed one is drawn.  cli.Stop (2) says what cannot be registered.

    >>> from datetime import UTC
    >>> register(datetime(2026, 1, 1, tzinfo=UTC), 7, n_blocks=8).n_blocks
    8
    """
    made = rows.Experiment(ts=ts, seed=secrets.randbits(32) if seed is None else seed, **terms)  # type: ignore[arg-type]
    if made.baseline == made.candidate:
        raise cli.Stop(
            cli.USAGE, f"--baseline and --candidate are both {made.baseline!r}; name two methodologies"
        )
    if not LEAST_LOOK <= made.n_blocks <= MOST_BLOCKS:
        raise cli.Stop(cli.USAGE, f"--blocks: {LEAST_LOOK} to {MOST_BLOCKS} ({made.n_blocks})")
    if not LEAST_LOOK <= made.first_look <= made.n_blocks:
        raise cli.Stop(
            cli.USAGE, f"--first-look: {LEAST_LOOK} to --blocks {made.n_blocks} ({made.first_look})"
        )
    limits = {
        "--effect": (made.smallest_effect, 1.0, math.inf),
        "--alpha": (made.alpha, 0.0, 0.5),
        "--quality": (made.quality_margin, 0.0, 1.5),
        "--errors": (made.error_margin_pp, -1e-9, 100.0),
        "--p95": (made.p95_margin, 0.0, math.inf),
        "--cost": (made.cost_margin, 0.0, math.inf),
    }
    for option, (value, low, high) in limits.items():
        if not low < value < high:
            raise cli.Stop(cli.USAGE, f"{option}: more than {max(low, 0):g}, less than {high:g} ({value:g})")
    return made
