"""What rows add up to, for whoever watches rates and gauges: requests, tokens, durations, quotas, windows."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tracker import rows
from tracker.history.ticks import DatedTick, QuotaOf, ticks

# Upper bounds that the GenAI conventions ask for, in seconds and in tokens.
SECONDS = tuple(0.01 * 2**power for power in range(14))
TOKENS = tuple(float(4**power) for power in range(14))
TOKEN_FIELDS = {
    "input": "prompt_tokens",
    "output": "completion_tokens",
    "cache_read": "cache_read_tokens",
    "cache_creation": "cache_creation_tokens",
}


class RequestLabels(NamedTuple):
    """What requests are told apart by."""

    lane: str
    model: str
    answered_by: str  # the model that was asked for upstream
    error: str  # the kind of failure, or "" for none


class ArmTotal(NamedTuple):
    """What windows are told apart by."""

    methodology: str
    provider: str


@dataclass
class Histogram:
    """How many values lay at or below each bound, and their sum."""

    bounds: Sequence[float]
    counts: list[int] = field(default_factory=list)  # of each bucket, the last one without an upper bound
    total: float = 0.0

    def add(self, value: float) -> None:
        """Count one value.

        >>> its = Histogram((1.0, 2.0)); its.add(2.0); its.add(5.0); its.counts, its.total
        ([0, 1, 1], 7.0)
        """
        if not self.counts:
            self.counts = [0] * (len(self.bounds) + 1)
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


@dataclass
class Totals:
    """The sums of a stream of rows."""

    rows: int = 0
    first: datetime | None = None
    last: datetime | None = None
    requests: Counter[RequestLabels] = field(default_factory=Counter)
    tokens: Counter[tuple[RequestLabels, str]] = field(default_factory=Counter)
    token_sizes: dict[tuple[RequestLabels, str], Histogram] = field(
        default_factory=dict
    )  # input and output alone
    seconds: dict[RequestLabels, Histogram] = field(default_factory=dict)
    quotas: dict[QuotaOf, DatedTick] = field(default_factory=dict)  # the newest reading of each
    windows: Counter[ArmTotal] = field(default_factory=Counter)
    features: Counter[ArmTotal] = field(default_factory=Counter)
    points: Counter[ArmTotal] = field(default_factory=Counter)
    anomalies: Counter[str] = field(default_factory=Counter)


def totals(there: Iterable[rows.Row]) -> Totals:
    """Return what a stream of rows adds up to; memory does not grow with the requests.

    Tokens that a row does not know are not counted, and what is no reading of a quota changes none.
    """
    made = Totals()
    for row in there:
        made.rows += 1
        if row.ts.year > 1:
            made.first = min(made.first or row.ts, row.ts)
            made.last = max(made.last or row.ts, row.ts)
        if isinstance(row, rows.Usage):
            _request(made, row)
        elif isinstance(row, rows.Window):
            arm = ArmTotal(row.methodology, row.provider)
            made.windows[arm] += 1
            made.features[arm] += row.features  # type: ignore[assignment]
            made.points[arm] += row.capacity_pp or 0  # type: ignore[assignment]
        elif isinstance(row, rows.Anomaly):
            made.anomalies[row.anomaly] += 1
        for tick in ticks([row]):
            known = made.quotas.get(tick.quota)
            if known is None or known.ts <= tick.ts:
                made.quotas[tick.quota] = tick
    return made


def _request(made: Totals, row: rows.Usage) -> None:
    asked = RequestLabels(row.lane, row.model, row.routed_model or row.model, row.err_type or "")
    made.requests[asked] += 1
    if row.latency_ms is not None:
        made.seconds.setdefault(asked, Histogram(SECONDS)).add(row.latency_ms / 1000)
    for kind, name in TOKEN_FIELDS.items():
        count = getattr(row, name)
        if count is None:
            continue
        made.tokens[asked, kind] += count
        if kind in ("input", "output"):
            made.token_sizes.setdefault((asked, kind), Histogram(TOKENS)).add(count)
