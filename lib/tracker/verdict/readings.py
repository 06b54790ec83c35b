"""What the meters' readings in a stream say before their windows are finished: whose, how recorded, what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from typing import Any

from tracker import rows
from tracker.windows import reading_pairs


def readings(snapshots: Sequence[rows.Snapshot], finished: Container[str]) -> dict[str, Any]:
    """Return how many readings each source recorded, and the windows that have some and are not in `finished`."""
    waiting = [
        {
            "window": key.window,
            "provider": key.provider,
            "agent_id": key.agent_id,
            "sources": sorted({row.source or "unstamped" for row in pair if row}),
            "complete": None not in pair,
            "seen": reading_pairs.seen(pair) if None not in pair else _alone(pair),
        }
        for key, pair in sorted(reading_pairs.best_pairs(snapshots).items())
        if key.window not in finished
    ]
    counts = Counter(row.source or "unstamped" for row in snapshots)
    return {"sources": dict(sorted(counts.items())), "waiting": waiting}


def _alone(pair: reading_pairs.Pair) -> str:
    phase, row = ("before", pair.before) if pair.before else ("after", pair.after)
    assert isinstance(row, rows.Snapshot)
    shown = [f"{one.meter} {one.used_pct:g} %" for one in row.meters if one.used_pct is not None]
    return f"only its {phase}: {', '.join(shown) or 'no percent'}"
