"""What a run against the router showed: streams, stalls, lanes, errors, rows, sockets, memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from tracker import jsonl, lanes, rows
from tracker.mock.calls import Call
from tracker.telemetry import routing

STALL_MS = 5000.0
FLAT = 0.10  # growth of memory that still counts as flat
MIN_SAMPLES = 80  # forty seconds; fewer say nothing about growth
CLOCK_S = 0.05  # calls are dated to the millisecond, restarts by another program
WARM_UP = 0.25  # of a run: caches fill, so growth is told from the rest


class Sample(msgspec.Struct, kw_only=True, tag_field="kind", tag="sample"):
    """The router's process at one moment."""

    ts: str
    rss_kb: int
    fds: int | None = None


class Restart(msgspec.Struct, kw_only=True, tag_field="kind", tag="restart"):
    """The router was ended and started again."""

    stopped_at: float  # epoch seconds
    ready_at: float


class Seen(NamedTuple):
    """Everything that a run wrote down."""

    calls: list[Call]
    usage: list[tuple[rows.Usage, bytes]]
    samples: list[Sample]
    restarts: list[Restart]


_marks: msgspec.json.Decoder[Call | Sample | Restart] = msgspec.json.Decoder(Call | Sample | Restart)


def read(lines: Iterable[jsonl.Line]) -> Seen:
    """Return what a run wrote down: calls, samples, restarts, and the router's rows."""
    seen = Seen([], [], [], [])
    for line in lines:
        if isinstance(line.row, rows.Usage):
            seen.usage.append((line.row, line.raw))
        elif line.row is None:
            try:
                mark = _marks.decode(line.raw)
            except msgspec.ValidationError:
                continue
            if isinstance(mark, Call):
                seen.calls.append(mark)
            elif isinstance(mark, Sample):
                seen.samples.append(mark)
            else:
                seen.restarts.append(mark)
    return seen


class RunFinding(NamedTuple):
    """One thing that was looked at."""

    name: str
    value: str
    is_good: bool | None  # None: only said, or too little to say


def judge(seen: Seen, sockets: int | None, stall_ms: float = STALL_MS) -> list[RunFinding]:
    """Return what a run showed; it passed when no finding `is_good` is False."""
    findings = [
        RunFinding("requests", _requests(seen.calls, [row for row, _ in seen.usage]), bool(seen.calls)),
        *_calls(seen, stall_ms),
        *_logged(seen),
    ]
    if sockets is not None:
        findings.append(RunFinding("sockets left", str(sockets), sockets == 0))
    for restart in seen.restarts:
        findings += _restarted(seen, restart)
    if seen.samples and not seen.restarts:
        findings += _flatness(seen.samples)
    return findings


def _calls(seen: Seen, stall_ms: float) -> list[RunFinding]:
    """Return what the clients saw, but for what a restart explains."""
    explained = _cut_by_restart(seen) | _refused_in_restart(seen)
    broken = [call for call in seen.calls if not call.is_whole and id(call) not in explained]
    streams = [call for call in broken if call.op == "stream" and call.status == 200]
    stalled = [call for call in seen.calls if (call.longest_gap_ms or 0) > stall_ms]
    return [
        RunFinding("streams broken", _count(streams), not streams),
        RunFinding(f"stalls over {stall_ms / 1000:g} s", _count(stalled), not stalled),
        RunFinding("failed requests", _counts(Counter(call.error or "?" for call in broken)), not broken),
    ]


def _logged(seen: Seen) -> list[RunFinding]:
    """Return what the router's rows say."""
    usage = [row for row, _ in seen.usage]
    breaches = Counter(
        name for row in usage for name, _ in routing.breaches(routing.Case(*routing.case_fields(row)))
    )
    errors = Counter(str(row.err_type) for row in usage if row.err_type)
    lost, doubled = _lost_and_doubled(seen)
    return [
        RunFinding("misroutes", _counts(breaches), not breaches),
        RunFinding("errors in the log", _counts(errors), None),
        RunFinding("replies without a row", str(lost), lost == 0),
        RunFinding("requests with two rows", str(doubled), doubled == 0),
    ]


def _restarted(seen: Seen, restart: Restart) -> list[RunFinding]:
    recovered = _recovery(seen.calls, restart)
    words = "never" if recovered is None else f"{recovered:.2f} s after it was stopped"
    return [
        RunFinding("cut by the restart", _count(_cut_by_restart(seen)), None),
        RunFinding("refused while it was away", _count(_refused_in_restart(seen)), None),
        RunFinding("first whole reply", words, recovered is not None),
    ]


def _count(of: Sequence[Any] | set[int]) -> str:
    return str(len(of))


def _counts(of: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in of.most_common()) or "0"


def _requests(calls: list[Call], usage: list[rows.Usage]) -> str:
    whole = sum(call.is_whole for call in calls)
    counted = Counter(row.lane for row in usage)
    named = [lane for lane in (*lanes.known(), *sorted(counted)) if lanes.is_offload(lane) and counted[lane]]
    shown = dict.fromkeys([lanes.ANTHROPIC, *(named or [lanes.DEFAULT])])
    return f"{len(calls)} sent, {whole} whole; rows: {', '.join(f'{lane} {counted[lane]}' for lane in shown)}"


def _epoch(call: Call) -> float:
    return msgspec.convert(call.ts, rows.Time).timestamp()


def _cut_by_restart(seen: Seen) -> set[int]:
    """Return the calls, by id(), that were under way when the router was stopped.

    It is stopped somewhat after `stopped_at`, as the settings of the new one are checked first; a call that
    began after that and had the head of its reply was the old router's.
    """
    return {
        id(call)
        for restart in seen.restarts
        for call in seen.calls
        if not call.is_whole
        and _epoch(call) < (restart.stopped_at if call.status is None else restart.ready_at)
        and restart.stopped_at < _epoch(call) + call.latency_ms / 1000 + CLOCK_S
    }


def _refused_in_restart(seen: Seen) -> set[int]:
    """Return the calls, by id(), that began while no router was there."""
    return {
        id(call)
        for restart in seen.restarts
        for call in seen.calls
        if not call.is_whole
        and call.status is None
        and restart.stopped_at - CLOCK_S <= _epoch(call) <= restart.ready_at
    }


def _lost_and_doubled(seen: Seen) -> tuple[int, int]:
    """Count replies that began and have no row, and requests that have two.

    Claude Code names its requests itself, so there the rows cannot be counted against calls.
    """
    logged = Counter(row.trace_id for row, _ in seen.usage)
    named = [call for call in seen.calls if call.trace_id]
    lost = sum(call.status is not None and logged[call.trace_id] == 0 for call in named)
    return lost, sum(logged[call.trace_id] > 1 for call in named)


def _recovery(calls: list[Call], restart: Restart) -> float | None:
    """Return seconds from the stop to the end of the first whole reply that began after it."""
    after = [
        _epoch(call) + call.latency_ms / 1000
        for call in calls
        if call.is_whole and _epoch(call) >= restart.stopped_at
    ]
    return min(after) - restart.stopped_at if after else None


def _flatness(samples: list[Sample]) -> list[RunFinding]:
    kept = samples[int(len(samples) * WARM_UP) :]
    third = len(kept) // 3
    first, last = kept[:third], kept[-third:]
    if len(samples) < MIN_SAMPLES:
        return [
            RunFinding(
                "memory",
                f"{samples[-1].rss_kb / 1024:.0f} MB, {len(samples)} samples: too few to tell growth",
                None,
            )
        ]
    before, after = _mean([one.rss_kb for one in first]), _mean([one.rss_kb for one in last])
    growth = after / before - 1
    words = f"{before / 1024:.0f} -> {after / 1024:.0f} MB ({growth:+.1%}, {len(samples)} samples)"
    findings = [RunFinding("memory", words, growth <= FLAT)]
    fds = [[one.fds for one in part if one.fds is not None] for part in (first, last)]
    if all(fds):
        grown = min(fds[1]) - max(fds[0])
        findings.append(RunFinding("open files", f"{max(fds[0])} -> {min(fds[1])} at most", grown <= 0))
    return findings


def _mean(values: list[int]) -> float:
    return sum(values) / len(values)


def passed(findings: list[RunFinding]) -> bool:
    """Say whether a run passed.

    >>> passed([RunFinding("stalls", "0", True), RunFinding("errors in the log", "2 429", None)])
    True
    """
    return all(finding.is_good is not False for finding in findings)


def representative(seen: Seen) -> list[bytes]:
    """Return 2 to 4 lines of the router's log that show the run: each lane, a failure, the slowest."""
    usage = seen.usage
    wanted = [
        next((raw for row, raw in usage if lanes.is_offload(row.lane)), None),
        next((raw for row, raw in usage if not lanes.is_offload(row.lane)), None),
        next((raw for row, raw in usage if row.err_type), None),
        max(usage, key=lambda pair: pair[0].latency_ms or 0.0)[1] if usage else None,
    ]
    return list(dict.fromkeys(raw for raw in wanted if raw))
