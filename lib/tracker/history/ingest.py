"""Files of clients into rows: each reply once, the last usage of several, every line accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

import msgspec

from tracker import clock, jsonl, rows
from tracker.history import (
    LimitSeen,
    Reply,
    claude_transcripts,
    codex_rollouts,
    compiled_rows,
    transcript_lines,
)
from tracker.history.client_files import Source
from tracker.meters import Refusal, capture, reset_times

ErrType = Literal["401", "429", "4xx", "5xx", "net"]
LARGE = 1 << 32  # bytes; below that a second process costs more than it saves


class HistoryUsage(rows.Usage, tag="usage", kw_only=True, omit_defaults=True):
    """A usage row that leaves out what a history never says, which is most of its fields."""


class LineCounts(NamedTuple):
    """What became of every line: lines = replies + repeated + named + without counts + refused."""

    files: int
    lines: int
    replies: int  # usage rows
    repeated: int  # further lines of a reply that is counted already
    failed: int  # requests that the client says failed; rows without tokens
    synthetic: int  # the client's own words in a model's place; no request, no row
    limits: int  # snapshot rows: limits that had moved, or were reached
    unnamed: int  # limits reached of which the client did not say which; no snapshot row
    other: int  # lines without token counts: what was said and done
    refused: dict[str, int]  # kind of fault -> lines
    unread: dict[str, str]  # file -> why it could not be opened


class _Piece(NamedTuple):
    """What some files hold."""

    replies: dict[str, tuple[Reply, int]]  # key -> the last one, and how many lines of it there were
    limits: list[LimitSeen]
    lines: int
    other: int
    refused: Counter[str]
    unread: dict[str, str]


class History(NamedTuple):
    """The rows of a history, oldest first, and the account of its lines."""

    usage: list[rows.Usage]
    snapshots: list[rows.Snapshot]
    account: LineCounts


class HistoryWritten(NamedTuple):
    """The rows of a history, the usage rows as lines, and the account of its lines."""

    lines: Iterator[bytes]  # one or more whole lines each, oldest first
    usage: int  # how many rows those are
    snapshots: list[rows.Snapshot]
    account: LineCounts


def ingest(sources: Sequence[Source], *, paths: bool = False, since: datetime | None = None) -> History:
    """Return the rows of these files.

    `paths`: name the folder that a client worked in by its whole path, not by its last part alone.
    `since`: leave out what is older.
    """
    piece = _joined(_read_all(sources))
    usage, counts = [], Counter[str]()
    several = {source.account for source in sources if source.client == "claude"}
    for reply, times in piece.replies.values():
        counts["repeated"] += times - 1
        if reply.failed == claude_transcripts.SYNTHETIC:
            counts["synthetic"] += 1
            continue
        ts = clock.said(reply.ts)
        if ts is None:
            counts["no-time"] += 1
            continue
        counts["failed" if reply.failed else "replies"] += 1
        if since is None or ts >= since:
            source = sources[reply.source]
            usage.append(_row(reply, ts, paths, source.account if len(several) > 1 else None))
    snapshots, account = _accounted(piece, counts, sources, since)
    usage.sort(key=lambda row: row.ts)
    return History(usage, snapshots, account)


def written(
    sources: Sequence[Source], *, paths: bool = False, since: datetime | None = None
) -> HistoryWritten:
    """Return the same as `ingest`, its usage rows as the lines that `jsonl.write` makes of them.

    Where there is a C compiler the lines are made without a row in between; they are the same to the byte.
    """
    library = compiled_rows.load()
    if library is not None:
        try:
            return _compiled(library, sources, paths, since)
        except compiled_rows.NotTaken:
            pass
    found = ingest(sources, paths=paths, since=since)
    lines = (jsonl.harmless(msgspec.json.encode(row)) + b"\n" for row in found.usage)
    return HistoryWritten(lines, len(found.usage), found.snapshots, found.account)


def _accounted(
    piece: _Piece, counts: Counter[str], sources: Sequence[Source], since: datetime | None
) -> tuple[list[rows.Snapshot], LineCounts]:
    """Return the snapshots, oldest first, and what became of every line."""
    refused = dict(piece.refused)
    snapshots, unnamed = _limits_reached(piece.limits, sources, since)
    for seen in piece.limits:
        if seen.client == "claude":
            continue
        try:
            row = _snapshot(seen)
        except Refusal as why:
            refused[f"limits-{why.word}"] = refused.get(f"limits-{why.word}", 0) + 1
            continue
        if since is None or row.ts >= since:
            snapshots.append(row)
    if counts["no-time"]:
        refused["no-time"] = counts["no-time"]
    snapshots.sort(key=lambda row: row.ts)
    return snapshots, LineCounts(
        files=len(sources),
        lines=piece.lines,
        replies=counts["replies"],
        repeated=counts["repeated"],
        failed=counts["failed"],
        synthetic=counts["synthetic"],
        limits=len(snapshots),
        unnamed=unnamed,
        other=piece.other,
        refused=refused,
        unread=piece.unread,
    )


def _compiled(
    library: compiled_rows.Library, sources: Sequence[Source], paths: bool, since: datetime | None
) -> HistoryWritten:
    several = {source.account for source in sources if source.client == "claude"}
    tables = []

    def read(share: Sequence[tuple[int, Source]]) -> _Piece:
        table = compiled_rows.Table(library)
        tables.append(table)
        made = _Piece({}, [], 0, 0, Counter(), {})
        lines = other = 0
        for number, source in share:
            try:
                if source.client == "claude":
                    of_file, without = _claude_compiled(source.path, number, made, table)
                else:
                    of_file, without = _codex(source.path, number, made)
            except OSError as wrong:
                made.unread[source.path.name] = wrong.strerror or str(wrong)
                continue
            lines, other = lines + of_file, other + without
        return made._replace(lines=lines, other=other)

    pieces = compiled_rows.side_by_side(read, list(enumerate(sources)), lambda one: one[1].size)
    table, *others = tables
    for one in others:
        table.merge(one)
    joined = _joined(pieces)
    rollouts = sorted(joined.replies.values(), key=lambda one: one[0].source)
    for place, (reply, times) in enumerate(rollouts):
        _put(table, reply, place, times)
    counts = table.counts()
    snapshots, account = _accounted(joined, counts, sources, since)
    for folder, place in table.folders():
        table.label(place, folder if paths else _label(folder))
    accounts = [source.account if len(several) > 1 else None for source in sources]
    count = table.order(since)
    return HistoryWritten(table.lines(accounts), count, snapshots, account)


def _claude_compiled(path: Path, number: int, into: _Piece, table: compiled_rows.Table) -> tuple[int, int]:
    """Take a transcript into a table; what that leaves is read here."""
    lines, looked_at, left = table.read_file(path, number)
    for line, place in left:
        reply, is_known = _of_line(line, number, into)
        looked_at += is_known
        if reply is not None:
            _put(table, reply, place, 1)
    return lines, lines - looked_at


def _of_line(line: bytes, number: int, into: _Piece) -> tuple[Reply | None, bool]:
    """Return a transcript line's reply, and whether the line is accounted for: it is one, or was refused by its fault."""
    try:
        reply = claude_transcripts.read(line, number)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        into.refused[_fault(wrong)] += 1
        return None, True
    if reply is not None and reply.failed == "429":
        into.limits.append(LimitSeen(reply.ts, line, "claude", number))
    return reply, reply is not None


def _put(table: compiled_rows.Table, reply: Reply, line: int, times: int) -> None:
    """Put a reply that was read here into a table."""
    ts = clock.said(reply.ts)
    if reply.failed == claude_transcripts.SYNTHETIC:
        what = compiled_rows.SYNTHETIC
    elif ts is None:
        what = compiled_rows.NO_TIME
    else:
        what = compiled_rows.FAILED if reply.failed else compiled_rows.REPLY
    status = _status(reply)
    err_type = _err_type(status) if reply.failed else None
    table.put(reply, ts, _trace(reply), line, times, what, status, err_type)


def _read_all(sources: Sequence[Source]) -> Iterable[_Piece]:
    numbered = list(enumerate(sources))
    if sum(source.size for source in sources) < LARGE:
        return [_read(numbered)]
    import multiprocessing
    import os
    from concurrent.futures import ProcessPoolExecutor

    jobs = os.cpu_count() or 1
    # The largest first, each to whoever has least: no process is left with one long file at the end.
    shares: list[list[tuple[int, Source]]] = [[] for _ in range(jobs)]
    loads = [0] * jobs
    for entry in sorted(numbered, key=lambda one: -one[1].size):
        least = loads.index(min(loads))
        shares[least].append(entry)
        loads[least] += entry[1].size
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork")) as pool:
        return list(pool.map(_read, [sorted(share) for share in shares if share]))


def _read(sources: Sequence[tuple[int, Source]]) -> _Piece:
    made = _Piece({}, [], 0, 0, Counter(), {})
    lines = other = 0
    for number, source in sources:
        try:
            of_file, without = (_claude if source.client == "claude" else _codex)(source.path, number, made)
        except OSError as wrong:
            made.unread[source.path.name] = wrong.strerror or str(wrong)
            continue
        lines, other = lines + of_file, other + without
    return made._replace(lines=lines, other=other)


def _claude(path: Path, number: int, into: _Piece) -> tuple[int, int]:
    """Take in a transcript; return its lines, and how many of them hold no token counts."""
    lines = looked_at = 0
    for block in transcript_lines.blocks(path):
        count, some = transcript_lines.with_sign(block, claude_transcripts.SIGN)
        lines += count
        for line in some:
            reply, is_known = _of_line(line, number, into)
            looked_at += is_known
            if reply is not None:
                _keep(into.replies, reply)
    return lines, lines - looked_at


def _codex(path: Path, number: int, into: _Piece) -> tuple[int, int]:
    """Take in a rollout; return its lines, and how many of them hold no token counts."""
    thread = codex_rollouts.Thread(number)
    lines = looked_at = 0
    for block in transcript_lines.blocks(path):
        every = block.split(b"\n")
        if not every[-1]:
            every.pop()
        lines += len(every)
        for line in every:
            if not any(sign in line for sign in codex_rollouts.SIGNS):
                continue
            try:
                found = thread.read(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
                into.refused[_fault(wrong)] += 1
                looked_at += 1
                continue
            replies = [one for one in found if isinstance(one, Reply)]
            into.limits.extend(one for one in found if isinstance(one, LimitSeen))
            for reply in replies:
                _keep(into.replies, reply)
            looked_at += len(replies)
    return lines, lines - looked_at


def _keep(into: dict[str, tuple[Reply, int]], reply: Reply, times: int = 1) -> None:
    known = into.get(reply.key)
    if known is None:
        into[reply.key] = reply, times
    else:
        before, count = known
        # The later line has the whole usage (a fork of Codex' tells its parent's again, at the time of the fork);
        # the session is that of the file that was written first.
        is_later = (reply.ts >= before.ts) != reply.key.startswith(codex_rollouts.KEY)
        last = reply if is_later else before
        first = before if before.source <= reply.source else reply
        whose = last
        if (last.source, last.session, last.folder) != (first.source, first.session, first.folder):
            whose = last._replace(source=first.source, session=first.session, folder=first.folder)
        into[reply.key] = whose, count + times


def _joined(pieces: Iterable[_Piece]) -> _Piece:
    total, *others = pieces
    for piece in others:
        for reply, times in piece.replies.values():
            _keep(total.replies, reply, times)
        total.limits.extend(piece.limits)
        total.refused.update(piece.refused)
        total.unread.update(piece.unread)
        total = total._replace(lines=total.lines + piece.lines, other=total.other + piece.other)
    return total._replace(replies=_without_copies(total.replies))


def _without_copies(replies: dict[str, tuple[Reply, int]]) -> dict[str, tuple[Reply, int]]:
    """Return the replies without what forked threads of Codex copied, where that is known from its own thread.

    Of a thread that is gone the copy is all that is left, and is counted once.
    """
    own = {
        codex_rollouts.content(key): key
        for key in replies
        if key.startswith(codex_rollouts.KEY) and not key.startswith(codex_rollouts.COPY)
    }
    kept = dict(replies)
    for key, (_, times) in replies.items():
        if key.startswith(codex_rollouts.COPY) and (original := own.get(codex_rollouts.content(key))):
            del kept[key]
            kept[original] = kept[original][0], kept[original][1] + times
    return kept


def _fault(wrong: Exception) -> str:
    if isinstance(wrong, UnicodeDecodeError):
        return "bad-utf8"
    if isinstance(wrong, msgspec.ValidationError):
        return "wrong-type"
    return "truncated" if "truncated" in str(wrong) else "not-json"


def _row(reply: Reply, ts: datetime, paths: bool, account: str | None) -> rows.Usage:
    return HistoryUsage(
        ts=ts,
        model=reply.model,
        lane="stock",
        status=_status(reply),
        latency_ms=None,
        decision="history",
        op="stream",
        session_id=reply.session,
        trace_id=_trace(reply),
        subagent_id=reply.agent,
        agent_type=reply.agent_type,
        request_class="subagent" if reply.agent else "main",
        err_type=_err_type(_status(reply)) if reply.failed else None,
        prompt_tokens=None if reply.failed else reply.prompt_tokens,
        completion_tokens=None if reply.failed else reply.completion_tokens,
        cache_read_tokens=None if reply.failed else reply.cache_read_tokens,
        cache_creation_tokens=None if reply.failed else reply.cache_creation_tokens,
        cache_creation_1h_tokens=None if reply.failed else reply.cache_creation_1h_tokens,
        project=reply.folder if paths or reply.folder is None else _label(reply.folder),
        client=reply.client,
        account=account,
    )


def _trace(reply: Reply) -> str:
    return reply.key.rpartition(" ")[2] or reply.key.strip()


@lru_cache(maxsize=1000)
def _label(folder: str) -> str | None:
    return PurePath(folder.replace("\\", "/")).name or None


def _status(reply: Reply) -> int | None:
    if reply.failed is None:
        return 200
    return int(reply.failed) if reply.failed.isdecimal() else None


def _err_type(status: int | None) -> ErrType:
    if status is None:
        return "net"
    if status == 401:
        return "401"
    if status == 429:
        return "429"
    return "5xx" if status >= 500 else "4xx"


def _snapshot(seen: LimitSeen) -> rows.Snapshot:
    when = clock.said(seen.ts) or datetime.now(UTC)
    made = capture.snapshot(seen.line, "codex", reset_times.Clock(when, UTC), surface="rollout")
    return msgspec.convert(made, rows.Snapshot)


def _limits_reached(
    seen: Iterable[LimitSeen], sources: Sequence[Source], since: datetime | None
) -> tuple[list[rows.Snapshot], int]:
    """Return a row for each quota that Claude Code was told is used up, and how often it was not told which.

    A resumed session tells it again, and so do the agents of one: each moment is counted once.
    """
    several = len({source.account for source in sources if source.client == "claude"}) > 1
    made: dict[tuple[datetime, str | None, object], rows.Snapshot | None] = {}
    for one in seen:
        ts = clock.said(one.ts) if one.client == "claude" else None
        found = claude_transcripts.limit_reached(one.line, ts) if ts else None
        if ts is None or found is None or (since is not None and ts < since):
            continue
        account = sources[one.source].account if several else None
        made.setdefault((ts, account, found.quota), claude_transcripts.snapshot(found, ts, account))
    return [row for row in made.values() if row], sum(row is None for row in made.values())
