"""claude-monitor's `--once` output (JSON, text, rich) and its status line: an estimate from local logs.

    limits.five_hour.used_percentage=36.6
    limits.five_hour.confidence=local_estimate

    📊 Token Usage:          🟢 [███████░░░░░░░]
    36.6% (local estimate)    6,950 / 19,000

    Sonnet 4.5 · 5h 24% · 7d 41%

Its percentage is a share of a fixed table of tokens unless its hook is installed: `local-estimate`.

Seen in 4.0.0.
"""

from __future__ import annotations

import re

from tracker.meters import Reading, Refusal, answers, meter, reset_times, text

KINDS = {"five_hour": "five_hour", "seven_day": "weekly_all"}
_FIELD = re.compile(r"^(limits\.\w+\.\w+|generated_at|plan|stale)=(.*)$", re.MULTILINE)
_RICH = re.compile(r"Token Usage:[^%\n]{0,300}\n? {0,40}(\d{1,13}(?:\.\d+)?)%")
_STATUS = re.compile(
    r"·\s*5h\s+(\d{1,13}(?:\.\d+)?)%(?:\s*·\s*7d\s+(\d{1,13}(?:\.\d+)?)%)?\s*$", re.MULTILINE
)


def parse(raw: str, at: reset_times.Clock) -> Reading:
    """Return the reading of claude-monitor's output, whichever of its forms it is."""
    plain = text.clean(raw)
    if plain.lstrip().startswith("{"):
        made = answers.objects(plain)[-1]
        limits = answers.part(made, "limits")
        if made.get("stale") is True:
            raise Refusal("stale", "claude-monitor says that its numbers are stale")
        return _reading(limits, at, made.get("generated_at"))
    if fields := dict(_FIELD.findall(plain)):
        if fields.get("stale") == "True":
            raise Refusal("stale", "claude-monitor says that its numbers are stale")
        limits = {}
        for path, value in fields.items():
            if path.startswith("limits."):
                _, name, field = path.split(".")
                limits.setdefault(name, {})[field] = value
        return _reading(limits, at, fields.get("generated_at"))
    if rich := _RICH.search(plain):
        made = meter("five_hour", float(rich[1]), label="Token Usage", resolution_pp=0.1)
        return Reading([made], flags=["local-estimate"])
    if status := _STATUS.search(plain):
        meters = [meter("five_hour", float(status[1]), label="5h")]
        meters += [meter("weekly_all", float(status[2]), label="7d")] if status[2] else []
        return Reading(meters)
    raise Refusal("no_panel", f"no 'Token Usage' in {len(raw)} characters")


def _reading(limits: dict[str, dict[str, object]], at: reset_times.Clock, made_at: object) -> Reading:
    meters = []
    estimate = False
    unknown = any(answers.part(limits, name) for name in limits if name not in KINDS)
    for name, kind in KINDS.items():
        limit = answers.part(limits, name)
        percent = answers.number(limit.get("used_percentage"))
        if percent is None:
            continue
        estimate = estimate or limit.get("confidence") == "local_estimate"
        resets_at = answers.instant(limit.get("resets_at"))
        meters.append(meter(kind, percent, resets_at=resets_at, label=f"limits.{name}", resolution_pp=0.1))
    if not meters:
        raise Refusal("no_quota_lines", "claude-monitor without a percentage")
    when = answers.instant(made_at)
    flags = answers.flag_age(meters, at.or_when(when)) | ({"local-estimate"} if estimate else set())
    flags |= {"unknown-row"} if unknown else set()
    return Reading(meters, flags=list(flags), at=when)
