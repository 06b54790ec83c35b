"""A month of Codex's rollouts in a HOME of the test's own, made up: office hours, a reading at each reply."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from history.transcripts import codex, tokens

END = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)  # a Friday


def rollouts(home: Path, days: int = 28, pace: float = 1.0, end: datetime = END) -> None:
    """Write what Codex would have: some points of a five-hour quota a reply, a ninth of them of the week's."""
    luck = random.Random(5)
    used, weekly = 0.0, 0.0
    reset, week = None, end - timedelta(days=days - 4)
    at = end - timedelta(days=days)
    files: dict[str, list[str]] = {}
    number = 0
    while (at := at + timedelta(minutes=luck.expovariate(1 / 5))) < end:
        if at >= week:
            week, weekly = week + timedelta(days=7), 0.0
        if at.weekday() > 4 or not 9 <= at.hour < 18:
            continue
        if reset is None or at >= reset:
            reset, used = at + timedelta(hours=5), 0.0
        if used >= 100 or weekly >= 100:
            continue
        points = luck.expovariate(1 / pace)
        used, weekly, number = min(100.0, used + points), min(100.0, weekly + points / 9), number + 1
        limits = {
            "primary": {
                "used_percent": int(used),
                "window_minutes": 300,
                "resets_at": int(reset.timestamp()),
            },
            "secondary": {
                "used_percent": int(weekly),
                "window_minutes": 10080,
                "resets_at": int(week.timestamp()),
            },
        }
        lines = files.setdefault(
            f"{at:%Y/%m/%d}",
            [codex("session_meta", f"{at:%Y-%m-%dT%H:%M:%S.000Z}", id=f"t{number}", cwd="/srv/app")],
        )
        lines.append(
            codex(
                "event_msg",
                f"{at:%Y-%m-%dT%H:%M:%S.000Z}",
                type="token_count",
                info=tokens(number * 10, 10),
                rate_limits=limits,
            )
        )
    for day, lines in files.items():
        folder = home / ".codex" / "sessions" / day
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"rollout-{day.replace('/', '-')}T09-00-00-x.jsonl").write_text("".join(lines))
