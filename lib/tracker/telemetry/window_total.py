"""A window's usage rows -> one proxy_telemetry row; each request counts once."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tracker import clock, lanes, rows
from tracker.telemetry import routing
from tracker.telemetry.account import Account
from tracker.telemetry.quantiles import Values
from tracker.telemetry.rollup import is_error
from tracker.telemetry.usage_lines import Block
from tracker.telemetry.window_cut import WindowCut

ROUTED, OFFLOADABLE, FAILED = 1, 2, 4
UNKNOWN = -1.0  # a latency that a client's history does not say
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
COLUMNS = ("key", "at", "latency", "tokens", "flags")
_LARGE = 20_000  # from here on numpy earns its import


class WindowRequests:
    """The requests of one stretch of time, 35 bytes each.

    A request is known by its trace_id (or by its whole line when it has none); of several rows
    with one trace_id the latest counts.  Merging is adding, in any order: what was in both is
    still counted once.
    """

    def __init__(
        self, since: datetime | None = None, until: datetime | None = None, cut: WindowCut | None = None
    ) -> None:
        self.since, self.until, self.cut = since, until, cut
        self.account = Account()
        self.key = array("q")  # 64 bits of a digest of the trace_id
        self.at = array("q")  # microseconds since 1970
        self.latency = array("d")
        self.tokens = array("q")
        self.flags = array("B")
        self.lane = array("B")  # places in lanes
        self.lanes: list[str] = []
        self.rule = array("B")  # places in rules
        self.rules: list[str] = []  # OFFLOAD_WHEN; "" where there was none

    def span(self) -> str:
        """Return the stretch of time in words."""
        since, until = (time and clock.text(time) for time in (self.since, self.until))
        return f"from {since or 'the beginning'} until {until or 'the end'}"

    def add(self, name: str, block: Block) -> None:
        """Add a block's rows that lie in the stretch."""
        self.account.note(name, block)
        for row, raw in zip(block.rows, block.raw, strict=True):
            if row is None or (self.since and row.ts < self.since) or (self.until and row.ts >= self.until):
                continue
            if self.cut and not self.cut.take(row):
                continue
            told = row.trace_id.encode() if row.trace_id else raw.strip()
            digest = hashlib.blake2b(told, digest_size=8).digest()
            self.key.append(int.from_bytes(digest, "big", signed=True))
            self.at.append((row.ts - _EPOCH) // _MICROSECOND)
            self.latency.append(UNKNOWN if row.latency_ms is None else row.latency_ms)
            self.tokens.append(_tokens(row))
            self.lane.append(_place(self.lanes, row.lane))
            self.rule.append(_place(self.rules, row.offload_when or ""))
            self.flags.append(
                ROUTED * lanes.is_offload(row.lane)
                | OFFLOADABLE * routing.could_be_routed(row.model, row.decision)
                | FAILED * is_error(row.status, row.err_type)
            )

    def drop(self, places: set[int]) -> None:
        """Leave out the requests that stand at these places, from 0."""
        if places:
            kept = [at for at in range(len(self.key)) if at not in places]
            for name in (*COLUMNS, "lane", "rule"):
                column = getattr(self, name)
                setattr(self, name, array(column.typecode, (column[at] for at in kept)))

    def by_lane(self) -> Counter[str]:
        """Return how many rows each lane has, every row counted."""
        return Counter({self.lanes[at]: count for at, count in Counter(self.lane).items()})

    def merge(self, other: WindowRequests) -> None:
        """Add another's requests."""
        self.account.merge(other.account)
        self.lane.extend(_place(self.lanes, other.lanes[at]) for at in other.lane)
        self.rule.extend(_place(self.rules, other.rules[at]) for at in other.rule)
        for name in COLUMNS:
            getattr(self, name).extend(getattr(other, name))

    def row(self, window: str, methodology: str | None = None) -> rows.ProxyTelemetry:
        """Return the rollup.  There must be at least one request."""
        once = self._once()
        latency = Values(self.latency[at] for at in once if self.latency[at] != UNKNOWN)
        p50, p95 = latency.quantiles([0.5, 0.95])
        routed, offloadable, errors = (
            sum(self.flags[at] & flag > 0 for at in once) for flag in (ROUTED, OFFLOADABLE, FAILED)
        )
        offloaded = Counter(self.lanes[self.lane[at]] for at in once)
        first, last = (_EPOCH + pick(self.at[at] for at in once) * _MICROSECOND for pick in (min, max))
        return rows.ProxyTelemetry(
            ts=last,
            window=window,
            methodology=methodology,
            offload_when=sorted({rule for at in once if (rule := self.rules[self.rule[at]])}),
            total_prompts=len(once),
            errors=errors,
            total_tokens=sum(self.tokens[at] for at in once),
            routed_prompts=routed,
            routed_to_glm_pct=100 * routed / len(once),
            routed_by_lane={
                lane: count for lane, count in sorted(offloaded.items()) if lanes.is_offload(lane)
            },
            offloadable_prompts=offloadable,
            error_rate=errors / len(once),
            mean_latency_ms=latency.mean(),
            p50_latency_ms=p50,
            p95_latency_ms=p95,
            first_ts=first,
            last_ts=last,
            refused_lines=self.account.refusals,
        )

    def _once(self) -> array[int]:
        """Return where the rows stand that count: for each trace_id the latest."""
        if len(self.key) >= _LARGE:
            return self._once_of_many()
        latest: dict[int, int] = {}
        for at in self._in_order(range(len(self.key))):
            latest[self.key[at]] = at
        return array("q", latest.values())

    def _in_order(self, places: Iterable[int]) -> list[int]:
        # By all that is known of a row, so that it does not matter which came first.
        columns = self.at, self.latency, self.tokens, self.flags
        return sorted(places, key=lambda at: [column[at] for column in columns])

    def _once_of_many(self) -> array[int]:
        import numpy as np

        columns = (self.flags, self.tokens, self.latency, self.at, self.key)
        order = np.lexsort([np.frombuffer(column, column.typecode) for column in columns])
        keys = np.frombuffer(self.key, "q")[order]
        latest = order[np.append(keys[1:] != keys[:-1], True)]
        return array("q", latest.astype("q").tobytes())


def _place(names: list[str], name: str) -> int:
    """Return where a name stands in a list of them, put there if it is new."""
    if name not in names:
        # A log of hundreds of lanes is no router's; what is beyond shares the last place.
        if len(names) > 250:
            return len(names) - 1
        names.append(name)
    return names.index(name)


def _tokens(row: rows.Usage) -> int:
    kinds = row.prompt_tokens, row.completion_tokens, row.cache_read_tokens, row.cache_creation_tokens
    return sum(count for count in kinds if count is not None)
