"""Every dated reading on this machine: the ledger's, the router's log, status lines, Codex's rollouts.

Nothing is asked and nothing is written; of clients' folders only Codex's rollouts are opened, and of Claude
Code's transcripts those of the last week, for the lines that say that a limit was reached.  Logs say the
same limits again and again, so a line is taken apart only when they have moved or a while has gone by.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from tracker import cli, clock, jsonl, rows
from tracker.history import claude_transcripts, client_files, codex_rollouts, ticks, transcript_lines
from tracker.ledger import stored_rows
from tracker.meters import Refusal, capture, reset_times
from tracker.meters.claude_banner import LimitReached

BACK = timedelta(days=35)  # a month, and what the first day of it begins with
SKEW = timedelta(minutes=5)  # by which clocks differ without a word
FIVE_HOURS = timedelta(hours=5)
WEEK = timedelta(days=7)  # Claude's longest quota: an older banner says nothing of the present
OFTEN = 300.0  # seconds after which limits that have moved by less than a point are looked at again
MOST = 1 << 28  # bytes of one log, from its end; what is older in a larger one is left out
BLOCK = 1 << 22
LOGGED = ("wire", "rollout", "statusline")  # written at each reply, so that silence means no use


def everything(
    where: Path, log: Path, lines: Path, home: Path, environment: Mapping[str, str], now: datetime
) -> list[ticks.DatedTick]:
    """Return the readings of the last weeks from a ledger, a router's log, a log of status lines, and Codex."""
    since = now - BACK
    return [
        *ledger(where, since),
        *router_log(log, since),
        *status_lines(lines, since),
        *rollouts(home, environment, since),
        *kept_by_claude(home, environment, since),
        *ticks.ticks(
            row
            for one in limits_reached(home, environment, now - WEEK)
            if (row := claude_transcripts.snapshot(one.found, one.ts, one.account))
        ),
    ]


class SeenLimit(NamedTuple):
    """A moment at which Claude Code was told that a quota is used up."""

    ts: datetime
    account: str | None  # label of the folder; None: the one that the client uses by itself
    found: LimitReached

    @property
    def until(self) -> datetime:
        """When it no longer holds; where the client did not say it, the end of the shortest quota's length."""
        return self.found.resets_at or self.ts + FIVE_HOURS


def limits_reached(home: Path, environment: Mapping[str, str], since: datetime) -> list[SeenLimit]:
    """Return what Claude Code's transcripts say of limits that were reached since then, oldest first."""
    folders = client_files.standard_folders(home, environment)[:-1]
    made = []
    for source in client_files.find(home, environment, folders):
        try:
            if source.client != "claude" or source.changed < since.timestamp():
                continue
            for block in transcript_lines.blocks(source.path):
                for line in transcript_lines.with_sign(block, claude_transcripts.FAILED)[1]:
                    made += _limit_reached(line, source)
        except OSError:
            continue
    return sorted((one for one in made if one.ts >= since), key=lambda one: one.ts)


def limits_not_named(home: Path, environment: Mapping[str, str], now: datetime) -> list[SeenLimit]:
    """Return the last limit of each account that Claude Code did not name and that may still hold."""
    last = {
        one.account: one
        for one in limits_reached(home, environment, now - WEEK)
        if one.ts <= now and one.found.quota is None and one.until > now
    }
    return list(last.values())


def _limit_reached(line: bytes, source: client_files.Source) -> list[SeenLimit]:
    try:
        reply = claude_transcripts.read(line)
        when = clock.said(reply.ts) if reply is not None and reply.failed == "429" else None
        found = claude_transcripts.limit_reached(line, when) if when else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
    return [SeenLimit(when, ticks.account_label(source.account), found)] if when and found else []


def without_reading(home: Path, environment: Mapping[str, str], read: Collection[str]) -> list[str]:
    """Return the providers whose client worked on this machine, and of whose quotas nothing was `read`."""
    used = {
        "claude" if client == "claude" else "codex"
        for place in client_files.standard_folders(home, environment)
        for client in client_files.clients_in(place)
    }
    return sorted(used - set(read))


def ledger(where: Path, since: datetime) -> list[ticks.DatedTick]:
    """Return the readings of a ledger; none where there is no ledger yet."""
    if not where.is_dir():
        return []
    kept = (item.row for item in stored_rows.in_force(where, ("snapshot",)))
    return list(ticks.ticks(row for row in kept if row is not None and row.ts >= since))


def router_log(path: Path, since: datetime) -> list[ticks.DatedTick]:
    """Return the readings of a router's log, at each reply that moved a gauge and at the last one."""
    made: list[rows.Row] = []
    for line in _moved(_lines(path), b"}"):
        try:
            row = jsonl.decode(line, 1)
        except cli.Stop:
            continue  # `summarize` accounts for what is no row
        if row is not None and row.ts >= since:
            made.append(row)
    return list(ticks.ticks(made))


LIMITS = b'"rate_limits"'
_BEGINS = re.compile(rb"\s*:\s*\{\s*\"")  # behind the name; clients write JSON with blanks and without
_SESSION = re.compile(rb'"session_id"\s*:\s*"([^"]*)"')
_STAMP = re.compile(rb'"captured_at"\s*:\s*"([^"]*)"')
_TIME = re.compile(rb'"timestamp"\s*:\s*"([^"]*)"')
_TRANSCRIPT = re.compile(rb'"transcript_path"\s*:\s*"([^"]*)/projects/')


def status_lines(path: Path, since: datetime) -> list[ticks.DatedTick]:
    """Return the readings that `statusline-tee.sh` logged.

    A session shows the limits of its own last reply for as long as it is open, so only what moved within a
    session is a reading; and what it shows at first is none where another has shown more of the same window.
    """
    last: dict[bytes, bytes] = {}
    most: dict[tuple[str | None, str, str, datetime | None], float] = {}
    made: list[rows.Row] = []
    for line in _lines(path):
        session = _SESSION.search(line)
        key = session[1] if session else b""
        limits = _limits(line, b"}}")
        if last.get(key) == limits:
            continue
        is_first = key not in last
        last[key] = limits
        when = _when(line, _STAMP)
        if when is not None and when >= since:
            folder = _TRANSCRIPT.search(line)
            label = folder[1].decode("utf-8", "replace").rpartition("/")[2] if folder else None
            for row in _snapshot(line, "claude", when, "statusline", label):
                made += _not_below(row, most, is_first)
    return list(ticks.ticks(made))


def _not_below(
    row: rows.Snapshot, most: dict[tuple[str | None, str, str, datetime | None], float], is_first: bool
) -> list[rows.Snapshot]:
    """Return a row without the quotas that are an old showing, none when all of them are; keep the most that was seen."""
    kept = []
    for meter in row.meters:
        whose = row.account, meter.meter, meter.pool, meter.resets_at
        used = meter.used_pct if meter.used_pct is not None else 0.0
        if is_first and used < most.get(whose, 0.0):
            continue
        most[whose] = used if not is_first else max(used, most.get(whose, 0.0))
        kept.append(meter)
    row.meters = kept
    return [row] if kept else []


def rollouts(home: Path, environment: Mapping[str, str], since: datetime) -> list[ticks.DatedTick]:
    """Return the readings in Codex's rollouts that were written to since then."""
    folders = client_files.standard_folders(home, environment)[-1:]
    made: list[rows.Row] = []
    for source in client_files.find(home, environment, folders):
        try:
            if source.client != "codex" or source.changed < since.timestamp():
                continue
        except OSError:
            continue
        for line in _seldom(_moved(_not_copied(source.path), b"}}")):
            when = _when(line, _TIME)
            if when is not None and when >= since:
                made += _snapshot(line, "codex", when, "rollout", source.account)
    return list(ticks.ticks(made))


def _not_copied(path: Path) -> Iterator[bytes]:
    """Yield a rollout's lines with limits, without those that a fork copied from its parent: old limits at a new time."""
    try:
        with path.open("rb") as file:
            began = codex_rollouts.forked_at(file.readline())
    except OSError:
        return
    copy = codex_rollouts.ForkedCopy(began) if began else None
    for line in _lines(path):
        stamp = _TIME.search(line) if copy else None
        if copy is None or stamp is None or not copy.holds(stamp[1].decode("ascii", "replace")):
            yield line


def kept_by_claude(home: Path, environment: Mapping[str, str], since: datetime) -> list[ticks.DatedTick]:
    """Return the answer that Claude Code keeps of the last time it asked for its quotas, in `.claude.json`.

    One member of that file is looked at and no other; the login is not in it.
    """
    made: list[rows.Row] = []
    folders = client_files.claude_folders(environment)
    for folder in folders or [home]:
        try:
            kept = json.loads((folder / ".claude.json").read_bytes())["cachedUsageUtilization"]
            when = datetime.fromtimestamp(kept["fetchedAtMs"] / 1000, UTC)
            line = json.dumps(kept["utilization"]).encode()
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            continue
        if when >= since:
            made += _snapshot(line, "claude", when, "oauth_usage", folder.name if folders else None)
    return list(ticks.ticks(made))


def _snapshot(
    line: bytes, provider: str, when: datetime, surface: str, account: str | None
) -> list[rows.Snapshot]:
    try:
        made = capture.snapshot(line, provider, reset_times.Clock(when, UTC), surface=surface)
        return [msgspec.convert(made | {"account": account}, rows.Snapshot)]
    except (Refusal, msgspec.ValidationError):
        return []


def _moved(lines: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    """Yield the lines on which the limits, up to `end`, are others than on the line before, and the last."""
    before, last = b"", None
    for line in lines:
        here = _limits(line, end)
        if here != before:
            before, last = here, None
            yield line
        else:
            last = line
    if last is not None:
        yield last


def _seldom(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines that are apart in time, and the last: gauges with fractions move at every reply."""
    before, left = 0.0, None
    for line in lines:
        when = _when(line, _TIME)
        if when is None:
            continue
        if when.timestamp() - before >= OFTEN:
            before, left = when.timestamp(), None
            yield line
        else:
            left = line
    if left is not None:
        yield left


def _when(line: bytes, stamp: re.Pattern[bytes]) -> datetime | None:
    found = stamp.search(line)
    return clock.said(found[1].decode("ascii", "replace")) if found else None


def _limits(line: bytes, end: bytes) -> bytes:
    at = line.find(LIMITS)
    to = line.find(end, at)
    return line[at : to if to >= 0 else None]


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the whole lines of a file's end that hold limits; none when it cannot be read."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MOST))
            if size > MOST:
                file.readline()
            rest = b""
            while block := file.read(BLOCK):
                text = rest + block
                cut = text.rfind(b"\n") + 1
                rest = text[cut:]
                yield from _with_limits(text[:cut])
            yield from _with_limits(rest)
    except OSError:
        return


def _with_limits(text: bytes) -> Iterator[bytes]:
    at = text.find(LIMITS)
    while at >= 0:
        end = at + len(LIMITS)
        if _BEGINS.match(text, end):
            end = text.find(b"\n", at)
            yield text[text.rfind(b"\n", 0, at) + 1 : end if end >= 0 else None]
        at = text.find(LIMITS, end) if end >= 0 else -1
