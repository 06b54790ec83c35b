"""Claude Code's own telemetry becomes usage rows; of what is not asked for nothing is looked at."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.logs.v1 import logs_pb2

from tracker import rows
from tracker.telemetry import client_otel


def value(it):
    kind = {bool: "boolValue", int: "intValue", float: "doubleValue"}.get(type(it), "stringValue")
    return {kind: it}


def export(*events: dict, **more) -> bytes:
    """Return one export as the client sends it: its resource, its scope, and a record for each event."""
    records = [
        {
            "timeUnixNano": "1795850557829000000",
            "attributes": [{"key": k, "value": value(v)} for k, v in one.items()],
        }
        for one in events
    ]
    about = [
        {"key": "service.name", "value": value("claude-code")},
        {"key": "service.version", "value": value("2.1.332")},
    ]
    told = {"resourceLogs": [{"resource": {"attributes": about}, "scopeLogs": [{"logRecords": records}]}]}
    return json.dumps(told | more).encode()


def request(**more) -> dict:
    return {
        "session.id": "s-1",
        "user.email": "someone@example.com",
        "event.name": "api_request",
        "event.timestamp": "2026-11-28T07:22:37.829Z",
        "event.sequence": 7,
        "prompt.id": "p-1",
        "model": "claude-haiku-5-5",
        "input_tokens": 2100,
        "output_tokens": 40,
        "cache_read_tokens": 0,
        "cache_creation_tokens": 3393,
        "duration_ms": 334,
        "request_id": "req_1",
        "agent.name": "Explore",
        "agent_id": "a1",
    } | more


def read(*lines: bytes) -> tuple[list[rows.Usage], client_otel.TelemetryTold]:
    told = client_otel.TelemetryTold()
    return list(client_otel.read(lines, told)), told


def test_a_request_is_a_row_with_its_tokens_and_without_a_persons_name():
    [row], told = read(export(request()))
    assert (row.model, row.lane, row.decision, row.status) == (
        "claude-haiku-5-5",
        "stock",
        "client_otel",
        200,
    )
    assert row.ts == datetime(2026, 11, 28, 7, 22, 37, 829000, UTC)
    assert (row.prompt_tokens, row.completion_tokens, row.cache_read_tokens, row.cache_creation_tokens) == (
        2100,
        40,
        0,
        3393,
    )
    assert (row.session_id, row.prompt_id, row.trace_id) == ("s-1", "p-1", "req_1")
    assert (row.agent_type, row.subagent_id, row.latency_ms) == ("Explore", "a1", 334)
    assert row.client == "claude-code 2.1.332"
    assert "example.com" not in repr(row)
    assert (told.exports, told.rows) == (1, 1)


def test_numbers_that_are_texts_are_numbers_and_what_is_not_said_is_not_known():
    told_as_texts = request(input_tokens="12", output_tokens="3", duration_ms="5")
    del told_as_texts["cache_read_tokens"]
    [row], _ = read(export(told_as_texts))
    assert (row.prompt_tokens, row.completion_tokens, row.cache_read_tokens) == (12, 3, None)


@pytest.mark.parametrize(
    ("said", "status", "err_type"),
    [
        ("529", 529, "5xx"),
        ("429", 429, "429"),
        (401, 401, "401"),
        ("undefined", None, "net"),
        (None, None, "net"),
    ],
)
def test_a_failure_is_a_row_without_tokens(said, status, err_type):
    failed = request(**{"event.name": "api_error", "status_code": said, "error": "SAY nothing of this"})
    if said is None:
        del failed["status_code"]
    [row], _ = read(export(failed))
    assert (row.status, row.err_type, row.prompt_tokens) == (status, err_type, None)
    assert "SAY" not in repr(row)


def test_what_the_protocols_own_library_writes_is_read_the_same():
    """A collector's file exporter writes proto3's JSON, in which 64-bit numbers are texts."""
    plain = {key: it for key, it in request().items() if key != "event.timestamp"}
    record = logs_pb2.LogRecord(time_unix_nano=1795850557829000000)
    for key, it in plain.items():
        kind = {int: "int_value", str: "string_value"}[type(it)]
        record.attributes.append(common_pb2.KeyValue(key=key, value=common_pb2.AnyValue(**{kind: it})))
    scope = logs_pb2.ScopeLogs(log_records=[record])
    made = ExportLogsServiceRequest(resource_logs=[logs_pb2.ResourceLogs(scope_logs=[scope])])
    line = json_format.MessageToJson(made, indent=None).encode()
    assert b'"intValue": "2100"' in line
    [theirs], _ = read(line)
    [ours], _ = read(export(request()))
    assert theirs == msgspec.structs.replace(ours, client=None)


def test_an_export_that_was_sent_twice_counts_once():
    made, told = read(export(request()), export(request()), export(request(**{"event.sequence": 8})))
    assert (len(made), told.repeated) == (2, 1)


def test_other_events_metrics_and_spans_are_left_aside_by_name():
    prompt = {"event.name": "user_prompt", "prompt": "SAY-secret", "session.id": "s-1"}
    made, told = read(
        export(prompt, request()), b'{"resourceMetrics":[{},{}]}', b'{"resourceSpans":[{}]}', b"\n"
    )
    assert len(made) == 1
    assert dict(told.others) == {"metrics": 2, "spans": 1, "other events": 1}
    assert told.exports == 3


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[]",
        b"nonsense",
        b'{"resourceLogs":1}',
        b'{"resourceLogs":[{"scopeLogs"',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_no_export_is_refused_and_the_rest_is_kept(line):
    made, told = read(line, export(request()))
    assert (len(made), [one.line for one in told.refused]) == (1, [1])


@pytest.mark.parametrize(
    "wrong", [{"model": ""}, {"input_tokens": -1}, {"input_tokens": "many"}, {"output_tokens": 1e400}]
)
def test_a_request_that_cannot_be_is_refused(wrong):
    made, told = read(export(request(**wrong)))
    assert (made, len(told.refused)) == ([], 1)


def test_the_record_says_when_where_the_event_does_not():
    undated = request()
    del undated["event.timestamp"]
    [row], _ = read(export(undated))
    assert row.ts == datetime(2026, 11, 28, 7, 22, 37, 829000, UTC)


def test_the_tool_writes_rows_that_summarize_reads_and_says_when_there_is_none(tool):
    ran = tool("ingest-otel", stdin=export(request()) + b"\n")
    assert (ran.status, ran.err) == (0, "")
    assert json.loads(tool("summarize", "--format", "json", stdin=ran.out).out)["rows"] == 1
    only_metrics = tool("ingest-otel", stdin=b'{"resourceMetrics":[{}]}\n')
    assert (only_metrics.status, only_metrics.out) == (66, "")
    assert "no api_request among 1 metrics; set OTEL_LOGS_EXPORTER=otlp" in only_metrics.err
    torn = tool("ingest-otel", stdin=export(request()) + b"\n" + export(request())[:90])
    assert torn.status == 65
    assert len(torn.out.splitlines()) == 1
    assert "line 2 is no export of OTLP as JSON" in torn.err
