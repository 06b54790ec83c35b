"""Z.AI's share of the router's own log: tokens of the last five hours.  No plan meter.

    {"kind":"usage","ts":"2026-03-01T11:00:00Z","model":"claude-haiku-4-5","lane":"zai","status":200,
     "prompt_tokens":1200,"completion_tokens":80, …}

It counts what went through this router and nothing else: a `local-estimate` without a percentage.
"""

from __future__ import annotations

from tracker import lanes
from tracker.meters import Reading, Refusal, answers, meter, reset_times

TOKENS = ("prompt_tokens", "completion_tokens", "cache_read_tokens", "cache_creation_tokens")


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the tokens that Z.AI answered within five hours before the reading, or the last row."""
    seen = []
    glm = {name for name, lane in lanes.known().items() if lane.backend == "glm"}
    for row in answers.objects(raw):
        when = answers.instant(row.get("ts"))
        if row.get("kind") == "usage" and str(row.get("lane")) in glm and when is not None:
            seen.append((when, sum(answers.number(row.get(name)) or 0 for name in TOKENS)))
    if not seen:
        raise Refusal("no_quota_lines", "no usage row that Z.AI answered")
    end = at.at if at.given else max(when for when, _ in seen)
    inside = [tokens for when, tokens in seen if end - reset_times.SESSION < when <= end]
    if not inside:
        raise Refusal("stale", "no request to Z.AI in the five hours before the reading")
    made = meter("five_hour", None, label=f"{len(inside)} requests of the router's log", used=sum(inside))
    return Reading([made], flags=["local-estimate"], at=end)
