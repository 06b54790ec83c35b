"""What the capture tools share: their options, and a text made into one snapshot row."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime, tzinfo
from functools import cache

from tracker import cli, options, providers
from tracker.meters import ADVICE, Refusal, answers, registry, reset_times, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST = 64 * 1024 * 1024  # bytes; what is longer is no meter text


def add_options(made: cli.Parser, provider: str | None = None) -> None:
    """Add the options that every capture tool has; without a provider, also the word that names it."""
    surfaces = providers.BY_NAME[provider].surface_names() if provider else []
    if provider is None:
        made.add_argument("provider", choices=providers.NAMES, help="whose text it is")
    made.add_argument(
        "--window", type=options.window, metavar="ID", help="window that the reading belongs to"
    )
    made.add_argument("--phase", choices=("before", "after"), help="before or after the work")
    made.add_argument("--at", metavar="TIME", help="when the text was copied, RFC 3339 (default now)")
    made.add_argument(
        "--tz", metavar="ZONE", help="zone of times without one (default the machine's, or as set)"
    )
    made.add_argument(
        "--surface",
        choices=surfaces or None,
        metavar="NAME",
        help=f"what the text is, instead of recognising it: {' '.join(surfaces) or 'see docs/meters.md'}",
    )
    made.add_argument("--take", metavar="MODEL", help="model that a mixed block of ccusage is taken for")
    made.add_argument("--notes", metavar="TEXT", action="append", default=[], help="words kept with the row")


def read(args: Any, name: str) -> int:
    """Read one text of a provider on stdin, write one snapshot row on stdout."""
    provider = providers.BY_NAME[name]
    if args.surface not in (None, *provider.surface_names()):
        raise cli.Stop(
            cli.USAGE, f"--surface {args.surface}: {name} has {', '.join(provider.surface_names())}; name one"
        )
    raw = cli.stdin().read(MOST)
    if not raw.strip():
        raise cli.Stop(cli.NOTHING, "nothing on stdin; pipe a usage text in, or use `read-meter PROVIDER`")
    at = _clock(args.at, args.tz)
    try:
        row = snapshot(raw, name, at, surface=args.surface, take=args.take)
    except Refusal as why:
        advice = why.advice or provider.advice.get(why.word) or ADVICE[why.word]
        raise cli.Stop(cli.BAD_INPUT, f"{why.word}: {why.seen}; {advice}") from None
    row |= {"window": args.window, "phase": args.phase, "notes": args.notes}
    cli.put(cli.harmless_json(json.dumps(row, ensure_ascii=False, separators=(",", ":"))) + "\n")
    return cli.OK


def snapshot(
    raw: bytes, provider: str, at: reset_times.Clock, *, surface: str | None = None, take: str | None = None
) -> dict[str, Any]:
    """Return the snapshot row of one text, its fields as in rows.Snapshot; raises Refusal.

    The row's time is the one that was given, else the one that the text itself states, else now.
    """
    words = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    tight = text.squeeze(words)
    if '"type":"result"' in tight:
        words = _printed(words)
        tight = text.squeeze(words)
    whose = providers.BY_NAME[provider]
    found = registry.recognise(whose, tight)
    if surface is not None:
        found = registry.named(whose, surface, found)
    module = registry.load(found)
    asked = {"family": whose.models, "take": take} if hasattr(module, "TAKES") else {}
    reading = module.parse(words, at, **asked)
    return {
        "kind": "snapshot",
        "ts": stamp(at.at if at.given or reading.at is None else reading.at),
        "provider": provider,
        "surface": found.name,
        "status": "ok_partial" if reading.partial else "ok",
        "meters": [made | {"resets_at": stamp(made["resets_at"])} for made in reading.meters],
        "flags": reading.flags,
        "plan": reading.plan,
        "client_version": reading.client_version,
        "credits": reading.credits,
        "raw_sha256": _fingerprint(raw),
    }


def _printed(words: str) -> str:
    """Return what `claude -p … --output-format json` printed, out of its wrapper."""
    ends = [made for made in answers.objects(words) if made.get("type") == "result"]
    printed = ends[-1].get("result") if ends else None
    return printed if isinstance(printed, str) else words


def stamp(at: datetime | None) -> str | None:
    """Return an instant as RFC 3339 in UTC.

    >>> stamp(datetime(2026, 3, 1, 9, tzinfo=UTC))
    '2026-03-01T09:00:00Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _fingerprint(raw: bytes) -> str:
    return str(_sha256()(raw).hexdigest())


@cache
def _sha256() -> Any:
    # The interpreter's own SHA-256 under its names of 3.12 and 3.11; hashlib would load OpenSSL,
    # which takes longer than reading a pane.
    for name in ("_sha2", "_sha256", "hashlib"):
        try:
            return importlib.import_module(name).sha256
        except ImportError:
            continue
    raise AssertionError("Python without SHA-256")


def _clock(at: str | None, tz: str | None) -> reset_times.Clock:
    where: reset_times.Zone = reset_times.zone(tz) if tz else _zone_set
    if tz and where is None:
        raise cli.Stop(cli.USAGE, f"--tz {tz} is no known zone; write it like Europe/Vienna or UTC+2")
    if at is None:
        return reset_times.Clock(datetime.now(UTC), where, given=False)
    try:
        when = datetime.fromisoformat(at)
    except ValueError:
        raise cli.Stop(cli.USAGE, f"--at {at} is no time; write it like 2026-03-01T09:00:00Z") from None
    clock = reset_times.Clock(when, where)
    return clock if when.tzinfo else reset_times.Clock(when.replace(tzinfo=clock.zone()), where)


def _zone_set() -> tzinfo | None:
    """Return the zone that is set for times that name none; None for the machine's."""
    from tracker import settings  # here, since few texts name no zone

    return reset_times.zone(settings.checked("TRACKER_TIME_ZONE", ""))
