"""Two runs side by side: quantiles of latency by lane and kind of reply, and their difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tracker import lanes, rows

DRAWS = 2000
SEED = 20260104
MIN_REQUESTS = 20  # with fewer, a 95th percentile is one request's luck

Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]


class Difference(NamedTuple):
    """A quantile of two runs, in ms; `low` and `high` bound the difference (95 %, bootstrap)."""

    lane: str
    op: str
    quantile: str
    first_n: int
    second_n: int
    first_ms: float
    second_ms: float
    difference_ms: float
    low_ms: float | None  # None: too few requests to say
    high_ms: float | None


def compare(first: Sequence[rows.Usage], second: Sequence[rows.Usage]) -> list[Difference]:
    """Return p50 and p95 of every lane and kind of reply that ended well in both runs."""
    made = []
    for lane in dict.fromkeys((lanes.ANTHROPIC, *lanes.known(), *(row.lane for row in first))):
        for op in ("nonstream", "stream"):
            a, b = _latencies(first, lane, op), _latencies(second, lane, op)
            if len(a) and len(b):
                made += [_difference(lane, op, q, a, b) for q in (50, 95)]
    return made


def _latencies(usage: Sequence[rows.Usage], lane: str, op: str) -> Numbers:
    kept = [row.latency_ms for row in usage if row.lane == lane and row.op == op and row.err_type is None]
    return np.array(kept, dtype=float)


def _difference(lane: str, op: str, q: int, a: Numbers, b: Numbers) -> Difference:
    before, after = float(np.percentile(a, q)), float(np.percentile(b, q))
    low = high = None
    if min(len(a), len(b)) >= MIN_REQUESTS:
        random = np.random.default_rng(SEED)
        drawn = [
            np.percentile(random.choice(b, len(b)), q) - np.percentile(random.choice(a, len(a)), q)
            for _ in range(DRAWS)
        ]
        low, high = (float(bound) for bound in np.percentile(drawn, (2.5, 97.5)))
    return Difference(lane, op, f"p{q}", len(a), len(b), before, after, after - before, low, high)
