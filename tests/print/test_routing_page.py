"""The routing proof in words."""

from __future__ import annotations

from tracker.print import routing_page

PROOF = {
    "requests": 1200,
    "lines": 1300,
    "decisions_by_lane": {"anthropic": 200, "zai": 1000},
    "completions_by_lane": {"anthropic": 190, "zai": 900},
    "haiku": {"zai": 1000, "anthropic": 3, "quota_probe": 2},
    "offload_lanes": {"zai": "Z.AI"},
    "strangers": None,
    "rules": ["one", "two"],
    "breaches": [],
}
BREACH = {"file": "a.jsonl", "line": 3, "rule": "key-leaked", "seen": "sk-..."}


def test_the_headline_counts_decisions_and_completions_by_lane():
    assert routing_page.render(PROOF).splitlines() == [
        "1,000 of 1,200 decisions went to Z.AI; completions by lane: anthropic 190, zai 900",
        "Haiku: 1,000 to Z.AI, 3 to Anthropic, 2 quota probes (they stay on Anthropic)",
        "no breach: 2 rules checked on 1,300 lines",
    ]


def test_breaches_and_strangers_are_said_and_counted():
    lines = routing_page.render(
        PROOF | {"breaches": [BREACH, BREACH], "strangers": "who is that"}, markdown=True
    ).splitlines()
    assert lines[2:] == [
        "- who is that",
        "- a.jsonl:3: key-leaked: sk-...",
        "- a.jsonl:3: key-leaked: sk-...",
        "- 2 breaches: 2 rules checked on 1,300 lines",
    ]
    assert "1 breach:" in routing_page.render(PROOF | {"breaches": [BREACH]})


def test_every_lane_that_answered_is_named():
    more = {"offload_lanes": {"zai": "Z.AI", "kimi": "Kimi"}, "decisions_by_lane": {"zai": 1, "kimi": 7}}
    assert routing_page.headline(PROOF | more).startswith("1 of 1,200 decisions went to Z.AI, 7 to Kimi; ")


def test_the_last_requests_are_lines_of_a_table():
    row = {
        "ts": "2026-02-03T10:11:12Z",
        "model": "claude-haiku-5-5",
        "lane": "zai",
        "routed_model": "glm-4.6",
    }
    row |= {
        "decision": "forced_model",
        "offload_from": "start",
        "err_type": None,
        "status": 200,
        "latency_ms": 1812.4,
    }
    last = routing_page.render(
        PROOF | {"last": [row, row | {"err_type": "5xx", "routed_model": row["model"]}]}, True
    ).splitlines()[-2:]
    cells = [[cell.strip() for cell in one.strip("|").split("|")] for one in last]
    assert cells[0] == [
        "10:11:12",
        "claude-haiku-5-5",
        "zai",
        "glm-4.6",
        "forced_model",
        "start",
        "200",
        "1,812",
    ]
    assert (cells[1][3], cells[1][6]) == ("", "5xx")
