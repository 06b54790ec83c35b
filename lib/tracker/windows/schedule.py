"""A schedule of windows, plain text or iCalendar, as the readings to take and when."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tracker import cli, providers

WRITE_IT = "write `2026-01-05T09:00Z 2026-01-05T14:00Z W0-CL-01 claude`"


class Slot(NamedTuple):
    """One window of one provider: when work starts and stops."""

    start: datetime
    stop: datetime
    window: str
    provider: str


class DueReading(NamedTuple):
    """One reading to take."""

    at: datetime
    phase: str
    window: str
    provider: str


def read(text: str) -> list[Slot]:
    """Return the windows of a schedule, in order; cli.Stop (65) names the line that is none, 66 an empty one.

    Plain text: START STOP WINDOW PROVIDER a line, `#` begins a comment; times are RFC 3339 with a zone.
    iCalendar: one VEVENT a window, SUMMARY is WINDOW PROVIDER, DTSTART and DTEND are its times.

    >>> read("2026-01-05T09:00Z 2026-01-05T14:00Z W0-CL-01 claude  # morning")[0].window
    'W0-CL-01'
    """
    slots = sorted(_calendar(text) if "BEGIN:VCALENDAR" in text[:200].upper() else _plain(text))
    if not slots:
        raise cli.Stop(cli.NOTHING, f"no window in the schedule; {WRITE_IT}")
    named = [slot[2:] for slot in slots]
    for window, provider in named:
        if named.count((window, provider)) > 1:
            raise cli.Stop(
                cli.BAD_INPUT, f"{window} {provider} is in the schedule twice; name each window once"
            )
    for one, other in itertools.combinations(slots, 2):
        if one.provider == other.provider and other.start < one.stop:
            raise cli.Stop(
                cli.BAD_INPUT,
                f"{other.window} starts before {one.window} stops ({one.provider} for both); "
                "what one quota lost could not be told apart: move one",
            )
    return slots


def readings(slots: Iterable[Slot], buffer: timedelta) -> list[DueReading]:
    """Return the readings to take: BEFORE at the start, AFTER once the buffer behind the stop is over."""
    return sorted(
        reading
        for slot in slots
        for reading in (
            DueReading(slot.start, "before", slot.window, slot.provider),
            DueReading(slot.stop + buffer, "after", slot.window, slot.provider),
        )
    )


def _slot(number: int, start: datetime, stop: datetime, words: list[str]) -> Slot:
    if len(words) < 2 or words[1] not in providers.NAMES:
        raise cli.Stop(
            cli.BAD_INPUT, f"line {number}: no window and provider ({' '.join(words)[:60]!r}); {WRITE_IT}"
        )
    if len(words) > 2:
        raise cli.Stop(
            cli.BAD_INPUT, f"line {number}: too much ({' '.join(words[2:])[:60]!r}); one provider a line"
        )
    if stop <= start:
        raise cli.Stop(cli.BAD_INPUT, f"line {number}: {words[0][:60]} stops before it starts; {WRITE_IT}")
    return Slot(start, stop, words[0], words[1])


def _plain(text: str) -> Iterator[Slot]:
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if words:
            if len(words) < 4:
                raise cli.Stop(
                    cli.BAD_INPUT, f"line {number}: too little ({line.strip()[:60]!r}); {WRITE_IT}"
                )
            yield _slot(number, _iso(number, words[0]), _iso(number, words[1]), words[2:])


def _iso(number: int, text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise cli.Stop(cli.BAD_INPUT, f"line {number}: no time with a zone ({text[:60]!r}); {WRITE_IT}")
    return time.astimezone(UTC)


def _calendar(text: str) -> Iterator[Slot]:
    """Yield the events; a line that begins with a space goes on with the one before it."""
    fields: dict[str, tuple[str, str]] = {}
    began = 0
    for number, line in enumerate(re.sub(r"\r?\n[ \t]", "", text).splitlines(), 1):
        head, _, value = line.partition(":")
        name, _, parameters = head.upper().partition(";")
        if (name, value.strip().upper()) == ("BEGIN", "VEVENT"):
            fields, began = {}, number
        elif (name, value.strip().upper()) == ("END", "VEVENT"):
            missing = {"DTSTART", "DTEND", "SUMMARY"} - fields.keys()
            if missing:
                raise cli.Stop(
                    cli.BAD_INPUT, f"line {began}: an event without {sorted(missing)[0]}; give it one"
                )
            if fields.keys() & {"RRULE", "RDATE"}:
                raise cli.Stop(
                    cli.BAD_INPUT,
                    f"line {began}: an event that repeats; give each window an event of its own",
                )
            start, stop = (_calendar_time(began, *fields[name]) for name in ("DTSTART", "DTEND"))
            yield _slot(began, start, stop, fields["SUMMARY"][1].split())
        else:
            fields[name] = (head.partition(";")[2] if parameters else "", value.strip())


def _calendar_time(number: int, parameters: str, value: str) -> datetime:
    zone = re.search(r"TZID=\"?([^;\"]+)", parameters, re.IGNORECASE)
    try:
        time = datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")
        if value.endswith("Z"):
            return time.replace(tzinfo=UTC)
        if zone:
            return time.replace(tzinfo=ZoneInfo(zone[1])).astimezone(UTC)
    except (ValueError, OSError):
        pass
    raise cli.Stop(
        cli.BAD_INPUT, f"line {number}: no time with a zone ({value[:60]!r}); use 20260105T090000Z, or a TZID"
    )
