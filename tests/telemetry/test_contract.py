"""Events with exactly the ten fields of the plans' telemetry contract are taken as they are written."""

from __future__ import annotations

import json

import pytest

from tracker.rows import Usage
from tracker.telemetry import contract, usage_lines

EVENT = {
    "timestamp": "2025-10-21T09:00:00Z",
    "session_id": "s1",
    "subagent_id": "haiku",
    "backend_provider": "glm",
    "model": "claude-haiku-4-5",
    "prompt_tokens": 900,
    "completion_tokens": 100,
    "latency_ms": 820,
    "status": 200,
    "trace_id": "t1",
}


def event(**more):
    return json.dumps(EVENT | more).encode()


def test_the_fields_are_those_of_the_contract():
    assert set(contract.FIELDS) == set(EVENT)


def test_an_event_is_a_usage_row_whose_lane_is_its_backends():
    row = usage_lines.judge(event())
    assert isinstance(row, Usage)
    assert (row.lane, row.backend_provider, row.prompt_tokens, row.op) == ("zai", "glm", 900, "unknown")
    assert usage_lines.judge(event(backend_provider="haiku")).lane == "anthropic"


@pytest.mark.parametrize(
    ("more", "kind"),
    [({"backend_provider": "x" * 41}, "wrong-type"), ({"timestamp": "noon"}, "wrong-type")],
)
def test_an_event_that_is_wrong_is_refused(more, kind):
    assert usage_lines.judge(event(**more))[0] == kind


def test_a_backend_that_no_table_has_is_a_lane_of_its_name_for_the_readers_to_say_so():
    assert usage_lines.judge(event(backend_provider="elsewhere")).lane == "elsewhere"


def test_an_event_without_its_latency_is_refused():
    said = {name: value for name, value in EVENT.items() if name != "latency_ms"}
    assert usage_lines.judge(json.dumps(said).encode())[0] == "missing-field"


def test_an_object_that_is_no_event_stays_no_row():
    assert contract.read(b'{"model":"x"}') is None
    assert contract.read(b"oops") is None


def test_ingested_events_are_shown_by_the_preview(tool, tmp_path):
    """The acceptance of commit C: sample events in, the preview's block out, cost by feature behind it."""
    lines = [event(trace_id=f"t{n}", timestamp=f"2025-10-21T09:{n:02d}:00Z") for n in range(16)]
    lines += [
        event(trace_id=f"h{n}", timestamp=f"2025-10-21T09:{n:02d}:30Z", backend_provider="haiku")
        for n in range(9)
    ]
    log = tmp_path / "events.jsonl"
    log.write_bytes(b"\n".join(lines) + b"\n")
    ran = tool(
        "tracker", "ingest", "proxy-telemetry", "--window", "W0-CHN", "--stdin", stdin=log.read_bytes()
    )
    assert ran.status == 0, ran.err
    ran = tool("tracker", "preview")
    assert "routed_to_glm=64" in ran.out, ran.out + ran.err
    assert "820" in ran.out
    for name in ("summarize", "verify-routing"):
        assert tool(name, stdin=log.read_bytes()).status in (0, 1)
