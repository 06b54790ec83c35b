"""What stands in for a reading that nobody took: the quota that Anthropic's replies tell, in the router's log."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from tracker import jsonl, rows
from tracker.meters import wire
from tracker.windows import reading_pairs


class StandIn(NamedTuple):
    """A reading off the router's log."""

    at: datetime  # when the reply came that told it
    used_pct: float  # of the session's quota
    requests: list[rows.Usage]  # of the quota that it is of

    @property
    def text(self) -> bytes:
        """The requests as `capture-wire` reads them."""
        text = io.BytesIO()
        jsonl.write(self.requests, text)
        return text.getvalue()


def due(before: rows.Snapshot) -> datetime | None:
    """Return when the quota of a BEFORE is reset, as it says."""
    meter = reading_pairs.meter_of(before, reading_pairs.quota_of(reading_pairs.Pair(before)))
    return meter.resets_at if meter else None


def for_after(
    before: rows.Snapshot, requests: Sequence[rows.Usage], now: datetime, stopped: datetime | None = None
) -> StandIn | None:
    """Return what stands in for an AFTER; None where the meter itself can still tell it, or the log cannot.

    `stopped`: when work stopped, as the person says.  Without that the log stands in only once the quota was
    reset, and only when no request came after the reset: what was used after it would be left out, and
    flatter the window.
    """
    if stopped is not None:
        return _last(row for row in requests if row.ts <= stopped)
    reset = due(before)
    if reset is None or reset > now or any(row.ts > reset for row in requests):
        return None
    found = _last(requests)
    if found is None or abs(_reset(found.requests[-1]) - reset) > reading_pairs.JITTER:
        return None
    return found


def for_before(
    requests: Sequence[rows.Usage], started: datetime, stopped: datetime | None = None
) -> StandIn | None:
    """Return what stands in for a BEFORE: the first reply from `started` on that tells the quota."""
    told = [row for row in requests if row.ts >= started and (stopped is None or row.ts <= stopped)]
    told = [row for row in told if wire.gauges(row) is not None]
    return _read(told[0], told[:1]) if told else None


def _last(requests: Iterable[rows.Usage]) -> StandIn | None:
    told = sorted((row for row in requests if wire.gauges(row) is not None), key=lambda row: row.ts)
    if not told:
        return None
    reset = _reset(told[-1])
    return _read(told[-1], [row for row in told if abs(_reset(row) - reset) <= wire.JITTER])


def _read(reply: rows.Usage, requests: list[rows.Usage]) -> StandIn | None:
    found = wire.gauges(reply)
    session = wire.session_gauge(wire.METERED[reply.lane])
    return None if found is None else StandIn(found.ts, found.used_pct[session], requests)


def _reset(row: rows.Usage) -> datetime:
    found = wire.gauges(row)
    assert found is not None
    return found.resets_at[wire.session_gauge(wire.METERED[row.lane])]
