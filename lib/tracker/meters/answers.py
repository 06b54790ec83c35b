"""What the meter surfaces that are JSON have in common: finding the object, numbers, instants."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from tracker.meters import Refusal, reset_times
from tracker.providers import SPANS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def objects(raw: str) -> list[dict[str, Any]]:
    """Return the JSON objects of a text: one document, a list of objects, or one object a line.

    Lines that are no object are passed over, as logs have them.  Refusal `incomplete` when there is
    a beginning of an object and no whole one.

    >>> objects('{"a": 1}'), objects('{"a": 1}\\nnoise\\n{"b": 2}')
    ([{'a': 1}], [{'a': 1}, {'b': 2}])
    """
    try:
        whole = json.loads(raw.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        found = [made for line in raw.splitlines() if (made := _line(line)) is not None]
        if not found:
            raise Refusal("incomplete", f"JSON that is cut off ({len(raw)} characters)") from None
        return found
    return [made for made in (whole if isinstance(whole, list) else [whole]) if isinstance(made, dict)]


def _line(line: str) -> dict[str, Any] | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        made = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return made if isinstance(made, dict) else None


def part(made: Any, *path: str) -> dict[str, Any]:
    """Return the object at a path of names; an empty one when there is none."""
    for name in path:
        made = made.get(name) if isinstance(made, dict) else None
    return made if isinstance(made, dict) else {}


def number(value: Any) -> float | None:
    """Return a finite number that is not negative, also from a string of digits, else None.

    >>> number(23.5), number("38"), number(True), number(float("nan")), number(-1)
    (23.5, 38.0, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        made = float(value)
    except (ValueError, OverflowError):
        return None
    return made if 0 <= made < float("inf") else None


def instant(value: Any) -> datetime | None:
    """Return an instant from epoch seconds, epoch milliseconds or ISO 8601 with a zone, else None.

    >>> instant(1762952400).isoformat(), instant("soon")
    ('2025-11-12T13:00:00+00:00', None)
    """
    seconds = number(value)
    try:
        if seconds == 0:  # some answers write 0 where there is no reset
            return None
        if seconds is not None:
            return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
        made = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return made.astimezone(UTC).replace(microsecond=0) if made is not None and made.tzinfo else None


def resolution(values: Iterable[float | None]) -> float:
    """Return the step of the percentages that a source gives: whole points unless one has a fraction."""
    return 1.0 if all(value is None or float(value).is_integer() for value in values) else 0.01


def flag_age(meters: list[dict[str, Any]], at: reset_times.Clock) -> set[str]:
    """Return what the resets say of the answer's age.

    Refusal `stale` when the instant of the reading was given and the session on it has ended.  An
    answer that somebody saved is read without an instant as well: then the flag says it.
    """
    flags = set()
    for made in meters:
        dated = made["meter"] in {"five_hour", "daily", "weekly_all"}
        age = at.age(made["resets_at"], SPANS[made["meter"]].length) if dated else None
        if age == "reset-in-past" and made["meter"] == "five_hour" and made["pool"] == "default" and at.given:
            when = made["resets_at"].strftime("%Y-%m-%d %H:%MZ")
            raise Refusal("stale", f"the session resets {when}, read {at.at.strftime('%Y-%m-%d %H:%MZ')}")
        if age:
            flags.add(age)
    return flags
