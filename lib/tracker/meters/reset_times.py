"""When a printed reset is: `Resets 1am (Asia/Seoul)`, `03:14 on 7 May`, `in 2h 15m` to an instant.

Panes print a clock time in some zone and leave out what they think goes without saying: the day,
the year, often the zone.  What decides is how far ahead a reset can lie at all: 5 hours for a
session, 7 days for a week.  One that fits nowhere ahead has passed, and the pane is an old one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo

HOUR = timedelta(hours=1)
SESSION = 5 * HOUR
WEEK = 168 * HOUR
MONTH = 31 * 24 * HOUR
EARLY = timedelta(minutes=2)  # panes cut the seconds off, so a reset can look a minute old
LATE = timedelta(minutes=10)  # and providers round the end of a window
# A week without a date is in its last day or has just ended; this soon after, it has ended.
JUST_ENDED = 2 * HOUR

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Patterns are compiled when the first text needs them: most texts need two.
_MONTH = rf"(?P<month>{'|'.join(MONTHS)})[a-z]*\.?"
_TIME = r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s*(?:(?P<half>[ap])\.?m\.?)?"
_ZONE = r"\s*\(([A-Za-z][A-Za-z0-9_+/-]*)\)$|\s+(UTC|GMT)$"
# "Oct 9 at 2pm", "Jan 2, 2026, 10:59pm", "Jul 10 t 2:59am" (a letter lost), "Feb12at1:29pm", "Nov 21"
_DATE_FIRST = rf"{_MONTH}\s*(?P<day>\d{{1,2}})(?:\s*,\s*(?P<year>\d{{4}}))?(?:(?:\s*,\s*|\s*at?\s*|\s*t\s*|\s+){_TIME})?"
# "07:08 on 7 May", "1am", "14:39", "4:04 pm", "9:25 pm on 3 jun"
_TIME_FIRST = rf"{_TIME}(?:\s*on\s*(?P<day>\d{{1,2}})\s*{_MONTH}(?:,?\s*(?P<year>\d{{4}}))?)?"
_DAY_LAST = rf"on ({'|'.join(MONTHS)}) (\d{{1,2}})$"  # "9:25 pm on jun 3"
_WEEKDAY = rf"(?P<weekday>{'|'.join(DAYS)})[a-z]*,?\s+{_TIME}"
# "4:00 am friday", "4:00 am friday apr 24"
_TIME_WEEKDAY = rf"{_TIME}\s+(?:on\s+)?(?P<weekday>{'|'.join(DAYS)})[a-z]*(?:,?\s+{_MONTH}\s*(?P<day>\d{{1,2}})(?:,?\s*(?P<year>\d{{4}}))?)?"
_FORMS = (_TIME_FIRST, _DATE_FIRST, _WEEKDAY, _TIME_WEEKDAY)
_RELATIVE = r"in\s*(?:(\d+)\s*d(?:ays?)?)?\s*(?:(\d+)\s*h(?:(?:ou)?rs?)?)?\s*(?:(\d+)\s*m(?:in(?:ute)?s?)?)?"


Zone = tzinfo | None | Callable[[], tzinfo | None]


class Clock:
    """The instant of the reading, and the zone of printed times that name none.

    `tz` None is the machine's zone; it may be a function that is asked once a text names none.  `given` says that the instant was told, not taken from the
    clock on the wall: only then can a text that names no zone, or a saved answer, be called old.
    """

    __slots__ = ("at", "given", "tz")

    def __init__(self, at: datetime, tz: Zone = None, *, given: bool = True) -> None:
        self.at = at.astimezone(UTC)
        self.tz = tz
        self.given = given

    def zone(self) -> tzinfo | None:
        """Return the zone of printed times that name none."""
        return self.tz() if callable(self.tz) else self.tz

    def or_when(self, when: datetime | None) -> Clock:
        """Return a clock at the instant that a text states of itself, unless another was given."""
        return self if self.given or when is None else Clock(when, self.tz, given=False)

    def age(self, resets_at: datetime | None, ahead: timedelta) -> str | None:
        """Return what a reset says of a text's age: `reset-in-past`, `reset-beyond-window` or None."""
        if resets_at is None or self.at - EARLY <= resets_at <= self.at + ahead + LATE:
            return None
        return "reset-in-past" if resets_at < self.at else "reset-beyond-window"


def zone(name: str) -> tzinfo | None:
    """Return a zone by its name or its distance from UTC (`UTC+7`, `+05:30`); None when unknown.

    A remark in brackets behind it is passed over.

    >>> zone("UTC+7"), zone("Nowhere/Land")
    (datetime.timezone(datetime.timedelta(seconds=25200)), None)
    """
    name = name.partition(" (")[0].strip()
    if name in {"UTC", "GMT", "Etc/UTC"}:
        return UTC
    shift = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?", name)
    if shift and int(shift[2]) <= 14:
        ahead = timedelta(hours=int(shift[2]), minutes=int(shift[3] or 0))
        return timezone(-ahead if shift[1] == "-" else ahead)
    import zoneinfo  # the one slow import here, and a pane in UTC needs none

    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


class Reset:
    """A printed reset: the instant if it can be known, and what is odd about it."""

    __slots__ = ("at", "flag", "sure")

    def __init__(self, at: datetime | None, flag: str | None = None, *, sure: bool = True) -> None:
        self.at = at
        self.flag = flag  # reset-in-past, reset-beyond-window, reset-unreadable, or None
        self.sure = sure  # False: a bare clock time of an unknown day and zone


def reset(words: str, clock: Clock, ahead: timedelta) -> Reset:
    """Return the instant that `words` (what stands after "Resets") mean at `clock.at`.

    `ahead` is the length of the window: a reset cannot lie further away.  A date without a time
    is no instant; what cannot be read is `reset-unreadable`, never a guess.

    >>> at = Clock(datetime(2025, 10, 5, 4, tzinfo=UTC))
    >>> reset("Oct 9 at 2pm (America/Los_Angeles)", at, WEEK).at.isoformat()
    '2025-10-09T21:00:00+00:00'
    >>> reset("11pm (UTC)", at, SESSION).flag
    'reset-in-past'
    """
    words, named, where = _zoned(" ".join(words.split()).strip(" ·,;"), clock)
    words = re.sub(_DAY_LAST, r"on \2 \1", words.strip().lower()).removeprefix("by ")
    relative = re.fullmatch(_RELATIVE, words)
    if relative and any(relative.groups()):
        days, hours, minutes = (int(part or 0) for part in relative.groups())
        return Reset(clock.at + timedelta(days=min(days, 400), hours=min(hours, 9999), minutes=minutes))
    form = next(filter(None, (re.fullmatch(way, words) for way in _FORMS)), None)
    if form is None or (named and where is None):
        return Reset(None, "reset-unreadable")
    part = form.groupdict()
    if part["hour"] is None:
        return _date_only(part, clock, where)
    time = _time(part)
    if time is None:
        return Reset(None, "reset-unreadable")
    today = clock.at.astimezone(where)
    twice = (_instant(day, time, where, fold) for day in _days(part, today) for fold in (0, 1))
    fits = sorted(set(filter(None, twice)))
    dated = part.get("month") is not None
    chosen = _choose(fits, clock.at, ahead, dated=dated)
    chosen.sure = bool(dated or named or clock.given)
    return chosen


def _zoned(words: str, clock: Clock) -> tuple[str, bool, tzinfo | None]:
    """Return the words without their zone, whether they name one, and the zone (None: not known)."""
    found = re.search(_ZONE, words)
    if found is None:
        return words, False, clock.zone()
    return words[: found.start()], True, zone(found[1] or found[2])


def _choose(fits: list[datetime], at: datetime, ahead: timedelta, *, dated: bool) -> Reset:
    past = [when for when in fits if when <= at]
    if not dated and ahead > 24 * HOUR and past and EARLY < at - past[-1] <= JUST_ENDED:
        return Reset(past[-1], "reset-in-past")
    coming = [when for when in fits if at - EARLY <= when <= at + ahead + LATE]
    if len(coming) > 1 and coming[1] - coming[0] <= HOUR:
        return Reset(None, "reset-unreadable")  # an hour that the clocks go through twice, or leap over
    if coming:
        return Reset(coming[0])
    return _outside(past, [when for when in fits if when > at], at, dated=dated)


def _outside(past: list[datetime], later: list[datetime], at: datetime, *, dated: bool) -> Reset:
    """Return the nearest instant when none fits ahead; without a date it has passed."""
    if past and (not dated or not later or at - past[-1] < later[0] - at):
        return Reset(past[-1], "reset-in-past")
    return Reset(later[0], "reset-beyond-window") if later else Reset(None, "reset-unreadable")


def _time(part: dict[str, str | None]) -> tuple[int, int] | None:
    hour, minute = int(part["hour"] or 0), int(part["minute"] or 0)
    if part["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if part["half"] == "p" else 0)
    elif part["minute"] is None or hour > 23:
        return None
    return (hour, minute) if minute < 60 else None


def _days(part: dict[str, str | None], today: datetime) -> list[tuple[int, int, int]]:
    """Return the days that the words can mean around today, as (year, month, day)."""
    if month := part.get("month"):
        years = [int(part["year"])] if part["year"] else [today.year + step for step in (-1, 0, 1)]
        days = [(year, MONTHS.index(month) + 1, int(part["day"] or 0)) for year in years]
        return [day for day in days if _falls_on(day, part.get("weekday"))]
    around = [today + timedelta(days=step) for step in range(-8, 9)]
    if weekday := part.get("weekday"):
        around = [day for day in around if DAYS[day.weekday()] == weekday]
    else:
        around = around[6:11]
    return [(day.year, day.month, day.day) for day in around]


def _falls_on(day: tuple[int, int, int], weekday: str | None) -> bool:
    """Say whether a day is the weekday that is printed beside it; a date that there is not is none."""
    try:
        return weekday is None or DAYS[datetime(*day).weekday()] == weekday
    except ValueError:
        return False


def _instant(
    day: tuple[int, int, int], time: tuple[int, int], where: tzinfo | None, fold: int = 0
) -> datetime | None:
    try:
        return datetime(*day, *time, tzinfo=where, fold=fold).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _date_only(part: dict[str, str | None], clock: Clock, where: tzinfo | None) -> Reset:
    ends = [_instant(day, (23, 59), where) for day in _days(part, clock.at.astimezone(where))]
    known = [end for end in ends if end]
    if not known:
        return Reset(None, "reset-unreadable")
    nearest = min(known, key=lambda end: abs(end - clock.at))
    return Reset(None, "reset-in-past" if nearest < clock.at else None)
