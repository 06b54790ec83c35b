"""The proof over blocks of lines: counts by lane, each breach with its line, and what may be shown."""

from __future__ import annotations

import pytest

from tracker.telemetry import proof, usage_lines
from tracker.telemetry.proof import Breach, Proof
from usage_logs import line, sonnet, usage

OPUS = usage(model="claude-opus-5-5")
PROBE = usage(
    lane="anthropic", upstream="anth", backend_provider="haiku", header_mode=None, decision="quota_probe"
)


def checked(*made: dict, first: int = 1, **settings) -> Proof:
    """A proof over one block of these rows."""
    found = Proof(**settings)
    found.check("log", usage_lines.decode(b"".join(map(line, made)).rstrip(), first))
    return found


def test_requests_are_counted_by_lane_by_how_they_ended_and_the_probe_apart():
    told = proof.as_dict(checked(usage(), usage(status=529, err_type="5xx"), sonnet(), PROBE, usage(lane="kimi", upstream="kimi", backend_provider="kimi")))  # fmt: skip
    assert told["ok"] and told["requests"] == 5
    assert told["decisions_by_lane"] == {"anthropic": 2, "zai": 2, "kimi": 1}
    assert told["completions_by_lane"] == {"anthropic": 2, "zai": 1, "kimi": 1}
    assert told["haiku"] == {"zai": 2, "kimi": 1, "anthropic": 0, "quota_probe": 1}
    assert list(told["offload_lanes"].values()) == ["Z.AI", "Kimi (Moonshot)"]


def test_a_breach_is_told_once_for_each_line_that_has_it():
    found = checked(usage(), OPUS, sonnet(), OPUS, first=10)
    assert [(one.line, one.rule) for one in found.breaches] == [
        (11, "not-haiku-offloaded"),
        (13, "not-haiku-offloaded"),
    ]
    assert str(Breach("a.jsonl", 3, "rule", "seen")) == "a.jsonl:3: rule: seen"
    again = found.check("other", usage_lines.decode(line(OPUS).rstrip(), 1))
    assert [(one.file, one.line) for one in again] == [("other", 1)]
    assert len(found.breaches) == 3 and not proof.as_dict(found)["ok"]


def test_every_haiku_must_be_forced_only_where_that_is_expected():
    paused = PROBE | {"decision": "paused"}
    assert checked(paused).breaches == []
    assert checked(paused, expect="forced").breaches
    assert checked(PROBE, expect="forced").breaches == []


def test_requests_that_no_router_saw_are_no_requests_of_the_proof():
    stock = sonnet(lane="stock", upstream=None, backend_provider=None)
    assert checked(stock, usage()).requests == 1


def test_a_lane_that_no_table_has_is_not_proven():
    found = checked(usage(lane="elsewhere", upstream="elsewhere", backend_provider=None))
    assert "elsewhere" in found.strangers
    assert proof.as_dict(found)["ok"] is False
    assert proof.offload_lanes(checked(sonnet())) == ["zai"]  # the plans' one, when none was used


@pytest.mark.parametrize("keep", [0, 2])
def test_the_last_requests_are_kept_without_those_that_hold_a_credential(keep):
    leaky = usage(trace_id="sk-ant-madeup")
    found = checked(*(usage(trace_id=str(n)) for n in range(4)), leaky, keep_last=keep)
    told = proof.as_dict(found)
    assert [row["trace_id"] for row in told.get("last", [])] == (["3"] if keep else [])
    assert {one.rule for one in found.breaches} == {"credential-in-log"}
    assert "sk-ant-madeup" not in str(told)
