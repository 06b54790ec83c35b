"""The Markdown that some headless builds of Claude Code printed for /usage.

    **5-hour limit** — **12%** · Resets 11:59 PM
    **Weekly · all models** — **10%** · Resets Jan 2, 1 AM UTC
    **Weekly · Opus** — **55%** · Resets sometime

Always percent used.  It was made when it was printed, so its resets date nothing: one that does not
fit is flagged, and without a zone it is no instant.

Seen in early headless builds.
"""

from __future__ import annotations

import re

from tracker.meters import Reading, Refusal, meter, reset_times, text

_ROW = re.compile(
    r"\*{0,2}(?P<label>5-hour limit|Weekly · (?P<pool>[\w. -]{1,40}?))\*{0,2}\s*[—–-]\s*"
    r"\*{0,2}(?P<number>\d{1,13}(?:\.\d+)?)%\*{0,2}(?:\s+(?P<sense>used|left|remaining))?\s*"
    r"(?:·\s*Resets\s+(?P<reset>.+))?"
)


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the reading of the last row of each label."""
    meters, flags = {}, set()
    for line in text.clean(raw).rsplit("\n", text.SCREENS):
        row = _ROW.fullmatch(line.strip(" \t>-"))
        if not row:
            continue
        kind, pool = "five_hour", "default"
        if row["pool"]:
            everything = text.squeeze(row["pool"]) == "allmodels"
            kind, pool = ("weekly_all", "default") if everything else ("weekly_scoped", row["pool"])
        words = row["reset"] or ""
        reset = reset_times.reset(words, at, reset_times.SESSION if kind == "five_hour" else reset_times.WEEK)
        if not words:
            reset = reset_times.Reset(None)
        if reset.flag and not re.search(r"UTC|GMT|\(", words):
            reset.at = None
        used = float(row["number"])
        if row["sense"] in {"left", "remaining"}:
            used = 100 - used
        if reset.flag:
            flags.add(reset.flag)
        meters[kind, pool] = meter(kind, used, pool=pool, resets_at=reset.at, label=row["label"])
    if not meters:
        raise Refusal("no_panel", f"no '5-hour limit' row in {len(raw)} characters")
    return Reading(list(meters.values()), flags=list(flags))
