"""Two counts of the same requests: what the client tells, and what the router logged."""

from __future__ import annotations

import json
import re

import pytest

from tracker import cli
from tracker.telemetry import second_count, usage_lines


def line(minute: int, session: str | None = "s-1", **more) -> dict:
    """Return a usage row of the router's, a minute apart."""
    return {
        "kind": "usage", "ts": f"2026-11-28T07:{minute:02}:00Z", "model": "claude-sonnet-5-5", "lane": "anthropic",
        "status": 200, "latency_ms": 10, "decision": "kept", "op": "stream", "session_id": session,
        "prompt_tokens": 7, "completion_tokens": 9,
    } | more  # fmt: skip


def told(minute: int, session: str | None = "s-1", **more) -> dict:
    """Return a row of the client's telemetry."""
    return line(minute, session, lane="stock", decision="client_otel", op="unknown") | more


OFFLOADED = {
    "model": "claude-haiku-5-5",
    "lane": "zai",
    "routed_model": "glm-4.5-air",
    "decision": "forced_model",
}


def text(rows: list[dict]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def compared(tmp_path, client: list[dict], router: list[dict]) -> second_count.SecondCount:
    path = tmp_path / "client.jsonl"
    path.write_text(text(client))
    made = second_count.read(str(path))
    for block in usage_lines.blocks([text(router).encode()]):
        made.note(block)
    return made


def replies(made) -> dict[str, tuple[int, int]]:
    return {
        one["model"]: (one["client"]["replies"], one["router"]["replies"]) for one in made.as_dict()["models"]
    }


def test_counts_that_agree_are_no_breach_and_an_offloaded_reply_is_glms_in_both(tmp_path):
    made = compared(tmp_path, [told(1), told(2, model="glm-4.5-air")], [line(1), line(2, **OFFLOADED)])
    assert made.breaches() == []
    assert replies(made) == {"claude-sonnet-5-5": (1, 1), "glm-4.5-air": (1, 1), "all": (2, 2)}
    assert made.as_dict()["models"][-1]["router"] == {
        "replies": 2, "prompt_tokens": 14, "completion_tokens": 18, "cache_read_tokens": None, "cache_creation_tokens": None,
    }  # fmt: skip


def test_a_reply_that_the_router_never_saw_went_past_it(tmp_path):
    made = compared(tmp_path, [told(1), told(2), told(2, "s-2")], [line(1), line(3, "s-2")])
    [breach] = made.breaches()
    assert (breach.rule, breach.line) == ("past-the-router", 1)
    assert breach.seen == "session s-1: the client's replies 2, the router's 1"


def test_a_session_without_any_reply_in_the_log_is_a_breach_of_its_own(tmp_path):
    made = compared(tmp_path, [told(2, "s-9")], [line(1), line(3)])
    assert [one.seen for one in made.breaches()] == ["session s-9: the client's replies 1, the router's 0"]


def test_more_replies_in_the_log_are_no_breach_an_export_may_be_lost(tmp_path):
    made = compared(tmp_path, [told(1)], [line(1), line(2)])
    assert made.breaches() == []
    assert replies(made)["all"] == (1, 2)


def test_failures_probes_and_what_lies_outside_the_log_are_not_compared_and_said(tmp_path):
    client = [told(10), told(10, status=529, err_type="5xx"), told(0), told(59), told(10, None)]
    router = [
        line(10),
        line(10, status=529, err_type="5xx"),
        line(11, decision="quota_probe"),
        line(11, "s-7"),
    ]
    made = compared(tmp_path, client, router)
    assert made.breaches() == []
    assert made.as_dict()["client_not_compared"] == {
        "failures": 1,
        "outside the log's time": 2,
        "without a session": 1,
    }
    assert made.as_dict()["router_without_second_count"] == 1
    assert replies(made)["all"] == (1, 1)


def test_a_second_count_of_another_time_has_not_passed(tool, tmp_path):
    log = tmp_path / "usage.jsonl"
    log.write_text(text([line(1), line(2)]))
    ran = tool("verify-routing", "--client", "-", str(log), stdin=text([told(1, ts="2020-01-01T00:00:00Z")]))
    assert ran.status == cli.NOTHING
    assert "the client's count proves nothing; name the log of that time" in ran.err
    assert "1 outside the log's time" in ran.out.replace("\n", " ")
    seen = tool("verify-routing", "--client", "-", "--format", "json", str(log), stdin=text([told(1)]))
    assert seen.status == 0 and "past-the-router" in json.loads(seen.out)["rules"]


def test_a_client_that_names_no_session_to_the_router_is_compared_as_a_whole(tmp_path):
    client, router = [told(1), told(2)], [line(1, None), line(2, None)]
    assert compared(tmp_path, client, router).breaches() == []
    assert replies(compared(tmp_path, client, router))["all"] == (2, 2)
    assert [one.rule for one in compared(tmp_path, client, router[:1]).breaches()] == ["past-the-router"]


def test_a_file_without_a_clients_telemetry_is_nothing_to_compare(tmp_path):
    with pytest.raises(cli.Stop, match="holds no row of a client's telemetry") as nothing:
        compared(tmp_path, [line(1)], [])
    assert nothing.value.status == cli.NOTHING
    with pytest.raises(cli.Stop, match="name a file of `ingest-otel`"):
        second_count.read(str(tmp_path / "none"))


def test_the_tool_shows_both_counts_and_ends_with_no_for_a_reply_past_the_router(tool, tmp_path):
    log = tmp_path / "usage.jsonl"
    log.write_text(text([line(1), line(2, **OFFLOADED)]))
    same = text([told(1), told(2, model="glm-4.5-air")])
    ran = tool("verify-routing", "--client", "-", str(log), stdin=same, COLUMNS="160")
    assert ran.status == 0, ran.err
    assert "sessions in the client's own telemetry: 1" in ran.out
    assert re.search(r"^glm-4.5-air +client +1 +7 .*\n +router +1 +7 ", ran.out, re.MULTILINE), ran.out
    more = tool("verify-routing", "--client", "-", str(log), stdin=same + text([told(2)]))
    assert more.status == 1
    assert "stdin:1: past-the-router: session s-1: the client's replies 3, the router's 2" in more.out
    assert tool("verify-routing", "--client", "-", stdin=same).status == 2
