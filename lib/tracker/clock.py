"""The one clock: what time it is, unless TRACKER_NOW says so."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from tracker import cli


def now() -> datetime:
    """Return the time, in UTC; TRACKER_NOW (RFC 3339 with a zone) stands in for it in rehearsals.

    >>> os.environ["TRACKER_NOW"] = "2026-01-01T10:00:00+01:00"
    >>> now().isoformat()
    '2026-01-01T09:00:00+00:00'
    >>> del os.environ["TRACKER_NOW"]
    """
    said = os.environ.get("TRACKER_NOW")
    return parse(said, "TRACKER_NOW") if said else datetime.now(UTC)


def parse(text: str, name: str) -> datetime:
    """Return an RFC 3339 time in UTC; cli.Stop (2) names the option or setting that is none.

    >>> parse("2026-01-01T09:00Z", "--at").isoformat()
    '2026-01-01T09:00:00+00:00'
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise cli.Stop(cli.USAGE, f"{name}: no time ({text!r}); write it like 2026-01-31T09:00:00Z") from None
    if time.tzinfo is None:
        raise cli.Stop(cli.USAGE, f"{name}: no zone ({text!r}); write it like 2026-01-31T09:00:00Z")
    return time.astimezone(UTC)


def said(text: str) -> datetime | None:
    """Return a time as a client wrote it, in UTC where it names no zone; None when it is no time.

    >>> said("2026-01-01T09:00:00").isoformat(), said("soon")
    ('2026-01-01T09:00:00+00:00', None)
    """
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        return None
    return made if made.tzinfo else made.replace(tzinfo=UTC)


def text(time: datetime) -> str:
    """Return a time as rows carry it: RFC 3339, UTC, fixed width.

    >>> text(datetime(2026, 1, 1, 9, tzinfo=UTC))
    '2026-01-01T09:00:00.000000Z'
    """
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
