"""Claude Code's own telemetry (OpenTelemetry, OTLP as JSON) as usage rows: what the client says that it asked and got.

    {"resourceLogs":[{"resource":{"attributes":[…]},"scopeLogs":[{"logRecords":[
      {"timeUnixNano":"…","attributes":[{"key":"event.name","value":{"stringValue":"api_request"}}, …]}]}]}]}

One export a line, as a collector's file exporter writes it, or one request's body.  Of the events only
`api_request` (a reply that came) and `api_error` (the client gave up) are looked at; prompts, replies, names and
addresses are not.  Seen of Claude Code 2.0.77 and 2.1.332, whose numbers are texts in the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import msgspec

from tracker import clock, lanes, rows

DECISION = "client_otel"  # of a row that a client's telemetry tells
EVENTS = ("api_request", "api_error")


class _Value(msgspec.Struct, frozen=True):
    stringValue: str | None = None
    intValue: int | str | None = None  # a text by the rules of proto3's JSON, a number from the client
    doubleValue: float | str | None = None
    boolValue: bool | None = None

    @property
    def it(self) -> str | int | float | bool | None:
        found = (self.stringValue, self.intValue, self.doubleValue, self.boolValue)
        return next((one for one in found if one is not None), None)


class _Attribute(msgspec.Struct, frozen=True):
    key: str
    value: _Value = _Value()


class _Record(msgspec.Struct, frozen=True):
    attributes: list[_Attribute] = []
    timeUnixNano: int | str | None = None


class _Scope(msgspec.Struct, frozen=True):
    logRecords: list[_Record] = []


class _Resource(msgspec.Struct, frozen=True):
    attributes: list[_Attribute] = []


class _OfResource(msgspec.Struct, frozen=True):
    resource: _Resource = _Resource()
    scopeLogs: list[_Scope] = []


class _Export(msgspec.Struct, frozen=True):
    resourceLogs: list[_OfResource] | None = None
    resourceMetrics: list[msgspec.Raw] | None = None
    resourceSpans: list[msgspec.Raw] | None = None


_decoder = msgspec.json.Decoder(_Export)


class RefusedRecord(NamedTuple):
    """A line that is no export, or an event that does not say what it must."""

    line: int  # from 1
    why: str


class TelemetryTold:
    """What became of every line and every event: lines = exports + refused, events = rows + repeated + others."""

    def __init__(self) -> None:
        self.refused: list[RefusedRecord] = []
        self.exports = 0
        self.others: Counter[str] = Counter()  # by what they are: other events, metrics, spans
        self.repeated = 0  # an export that was sent twice
        self.rows = 0
        self._seen: set[tuple[object, object]] = set()

    def is_new(self, attributes: Mapping[str, Any]) -> bool:
        """Note an event, and say whether it is told for the first time; one without a number always is."""
        key = (attributes.get("session.id"), attributes.get("event.sequence") or attributes.get("request_id"))
        if key[1] is None:
            return True
        new = key not in self._seen
        self._seen.add(key)
        return new


def read(lines: Iterable[bytes], told: TelemetryTold) -> Iterator[rows.Usage]:
    """Yield the usage row of every request in exports, a line each; what is no export is noted in `told`."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            export = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
            told.refused.append(RefusedRecord(number, str(wrong)))
            continue
        if all(one is None for one in (export.resourceLogs, export.resourceMetrics, export.resourceSpans)):
            told.refused.append(RefusedRecord(number, "no resourceLogs, resourceMetrics or resourceSpans"))
            continue
        told.exports += 1
        told.others["metrics"] += len(export.resourceMetrics or ())
        told.others["spans"] += len(export.resourceSpans or ())
        for of_resource in export.resourceLogs or ():
            yield from _of_resource(of_resource, number, told)


def _of_resource(given: _OfResource, number: int, told: TelemetryTold) -> Iterator[rows.Usage]:
    about = _plain(given.resource.attributes)
    client = (
        " ".join(str(about[key]) for key in ("service.name", "service.version") if about.get(key)) or None
    )
    for scope in given.scopeLogs:
        for record in scope.logRecords:
            event = _plain(record.attributes)
            name = str(event.get("event.name")).removeprefix("claude_code.")
            if name not in EVENTS:
                told.others["other events"] += 1
            elif not told.is_new(event):
                told.repeated += 1
            else:
                try:
                    row = _row(name, event, record, client)
                except (ValueError, TypeError, OverflowError) as wrong:
                    told.refused.append(RefusedRecord(number, f"{name}: {wrong}"))
                    continue
                told.rows += 1
                yield row


def _plain(attributes: Iterable[_Attribute]) -> dict[str, Any]:
    return {one.key: one.value.it for one in attributes}


def _row(name: str, event: Mapping[str, Any], record: _Record, client: str | None) -> rows.Usage:
    failed = name == "api_error"
    status = _whole(event, "status_code") if failed else 200
    model = event.get("model")
    if not isinstance(model, str) or not model:
        raise ValueError("names no model")
    return rows.Usage(
        ts=_when(event, record),
        model=model,
        lane=lanes.STOCK,
        status=status if status is not None and 100 <= status <= 599 else None,
        latency_ms=_whole(event, "duration_ms"),
        decision=DECISION,
        op="unknown",
        session_id=_word(event, "session.id"),
        prompt_id=_word(event, "prompt.id"),
        trace_id=_word(event, "request_id"),
        subagent_id=_word(event, "agent_id"),
        agent_type=_word(event, "agent.name"),
        err_type=_error(status) if failed else None,
        prompt_tokens=None if failed else _whole(event, "input_tokens"),
        completion_tokens=None if failed else _whole(event, "output_tokens"),
        cache_read_tokens=None if failed else _whole(event, "cache_read_tokens"),
        cache_creation_tokens=None if failed else _whole(event, "cache_creation_tokens"),
        cache_creation_1h_tokens=None if failed else _whole(event, "cache_creation_1h_tokens"),
        client=client,
    )


def _when(event: Mapping[str, Any], record: _Record) -> datetime:
    said = event.get("event.timestamp")
    if isinstance(said, str) and (when := clock.said(said)) is not None:
        return when
    if record.timeUnixNano:
        return datetime.fromtimestamp(int(record.timeUnixNano) / 1e9, UTC)
    raise ValueError("has no time")


def _whole(event: Mapping[str, Any], key: str) -> int | None:
    said = event.get(key)
    if said is None or said in ("", "undefined"):
        return None
    number = int(float(said))
    if number < 0 or isinstance(said, bool):
        raise ValueError(f"{key} is {said!r}")
    return number


def _word(event: Mapping[str, Any], key: str) -> str | None:
    said = event.get(key)
    return said if isinstance(said, str) and said else None


def _error(status: int | None) -> Literal["401", "429", "4xx", "5xx", "net"]:
    if status is None or status < 400:
        return "net"
    if status in (401, 429):
        return "401" if status == 401 else "429"
    return "5xx" if status >= 500 else "4xx"
