"""Meter texts: one file per surface, each with a docstring that shows the text and
`parse(text, clock) -> Reading`.

A meter that a text does not show is absent from the reading, never 0, and `used_pct` is always
percent used, whichever way round the text says it.  A text that is no reading raises `Refusal`
with one word; docs/meters.md says what each means.  These files import little on purpose: a tool
that reads a pane must start like one.
"""

from __future__ import annotations

from tracker.providers import MOST_PCT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

# What a refused text is, and what a person can do about it.
ADVICE = {
    "stale": "wait a minute, open the screen again and copy it when it shows fresh numbers",
    "loading": "wait until the numbers are there, then copy again",
    "incomplete": "copy the whole screen from a terminal at least 80 columns wide",
    "no_panel": "copy the whole usage screen, or use `read-meter PROVIDER`",
    "no_windows": "count its tokens or credits instead; no window of it can have points",
    "no_quota_lines": "run it again in a minute, or copy the /usage screen",
    "auth_error": "sign in again in the client, then read again",
    "endpoint_rate_limited": "wait a few minutes, then read again",
    "interactive_prompt": "answer the client's question first, then read again",
    "no_subscription": "sign in with a plan that has quotas, then read again",
    "not_available": "read another surface, see docs/meters.md",
    "limit_reached": "read the usage screen for the numbers of the other quotas",
    "deferred": "run /status again in a moment and copy the new card",
    "garbled": "copy the screen again",
}


class Refusal(Exception):
    """A text that is no reading: one word of `ADVICE`, what was seen, and what to do if it is special."""

    def __init__(self, word: str, seen: str, advice: str | None = None) -> None:
        super().__init__(f"{word}: {seen}; {advice or ADVICE[word]}")
        self.word, self.seen = word, seen
        self.advice = advice  # None: what the provider's row says, else ADVICE


class Reading:
    """What one text says: meters as the fields of rows.Meter, and what a reader should know."""

    __slots__ = ("at", "client_version", "credits", "flags", "meters", "partial", "plan")

    def __init__(
        self,
        meters: Sequence[dict[str, Any]],
        *,
        flags: Sequence[str] = (),
        partial: bool | None = None,
        plan: str | None = None,
        client_version: str | None = None,
        credits: float | None = None,
        at: datetime | None = None,
    ) -> None:
        self.meters = list(meters)
        seen = set()
        for made in self.meters:
            if made["used_pct"] is not None and made["used_pct"] > MOST_PCT:
                raise Refusal("garbled", f"{made['label'] or made['meter']!r} of {made['used_pct']:.0f} %")
            if (made["meter"], made["pool"]) in seen:
                raise Refusal("garbled", f"two rows of the same quota ({made['meter']}, {made['pool']})")
            seen.add((made["meter"], made["pool"]))
        self.flags = sorted(set(flags) | {"over-100" for m in meters if (m["used_pct"] or 0) > 100})
        self.plan = plan
        self.client_version = client_version
        self.credits = credits  # what is left of bought credits, when the text says it
        self.at = at  # when it was read, when the text says it
        shown = {m["meter"] for m in meters if m["pool"] == "default" and m["used_pct"] is not None}
        self.partial = not {"five_hour", "weekly_all"} <= shown if partial is None else partial


def meter(
    kind: str,
    used_pct: float | None,
    *,
    pool: str = "default",
    resets_at: datetime | None = None,
    resolution_pp: float = 1.0,
    label: str | None = None,
    used: float | None = None,
    total: float | None = None,
) -> dict[str, Any]:
    """Return one quota with the fields of rows.Meter; an instant that is not known stays None.

    >>> meter("five_hour", 37, label="Current session")["used_pct"]
    37
    """
    return {
        "meter": kind,
        "used_pct": None if used_pct is None else round(used_pct, 4),
        "pool": pool,
        "resets_at": resets_at,
        "resolution_pp": resolution_pp,
        "label": label,
        "used": used,
        "total": total,
    }
