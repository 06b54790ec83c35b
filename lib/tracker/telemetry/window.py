"""A window's usage rows -> one proxy_telemetry row; each request counts once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from tracker import routing, rows
from tracker.telemetry.account import Account
from tracker.telemetry.lines import Block
from tracker.telemetry.quantiles import Values
from tracker.telemetry.rollup import is_error


class Requests:
    """The requests of one stretch of time, by trace_id."""

    def __init__(self, since: datetime | None = None, until: datetime | None = None) -> None:
        self.since = _aware(since)
        self.until = _aware(until)
        self.account = Account()
        self.seen: dict[str, rows.Usage] = {}
        self.twice = 0

    def span(self) -> str:
        """Return the stretch of time in words."""
        since, until = (time and time.isoformat() for time in (self.since, self.until))
        return f"from {since or 'the beginning'} until {until or 'the end'}"

    def add(self, name: str, block: Block) -> None:
        """Add a block's rows that lie in the stretch."""
        self.account.note(name, block)
        for row, raw in zip(block.rows, block.raw, strict=True):
            if row is None or (self.since and row.ts < self.since) or (self.until and row.ts >= self.until):
                continue
            # Without a trace_id the line itself is what says that it is the same request.
            key = row.trace_id or hashlib.blake2b(raw.strip(), digest_size=16).hexdigest()
            before = self.seen.get(key)
            self.twice += before is not None
            if before is None or row.ts > before.ts:
                self.seen[key] = row

    def row(self, window: str, methodology: str | None) -> rows.ProxyTelemetry:
        """Return the rollup.  There must be at least one request."""
        found = list(self.seen.values())
        latency = Values(row.latency_ms for row in found)
        p50, p95 = latency.quantiles([0.5, 0.95])
        routed = sum(row.lane == "zai" for row in found)
        errors = sum(is_error(row.status, row.err_type) for row in found)
        last = max(row.ts for row in found).astimezone(UTC)
        return rows.ProxyTelemetry(
            ts=last,
            window=window,
            methodology=methodology,
            total_prompts=len(found),
            errors=errors,
            total_tokens=sum(_tokens(row) for row in found),
            routed_prompts=routed,
            routed_to_glm_pct=100 * routed / len(found),
            offloadable_prompts=sum(routing.could_be_routed(row.model, row.decision) for row in found),
            error_rate=errors / len(found),
            mean_latency_ms=latency.mean(),
            p50_latency_ms=p50,
            p95_latency_ms=p95,
            first_ts=min(row.ts for row in found).astimezone(UTC),
            last_ts=last,
            refused_lines=self.account.refusals,
        )


def _aware(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time is not None and time.tzinfo is None else time


def _tokens(row: rows.Usage) -> int:
    return sum(
        count or 0
        for count in (
            row.prompt_tokens,
            row.completion_tokens,
            row.cache_read_tokens,
            row.cache_creation_tokens,
        )
    )
