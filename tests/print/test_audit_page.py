"""A window's audit in words."""

from __future__ import annotations

from tracker.print import audit_page

WHOLE = {
    "window": "W1",
    "complete": "5/5",
    "methodology": "mitm_offload",
    "missing": [],
    "counts": {"window": 1, "snapshot": 4},
    "canonical": "0123456789abcdef",
    "capacity_pp": 12.5,
    "capacity_quota": "five_hour",
    "errors": [],
    "notes": ["rested"],
    "duplicates": [],
    "near_ids": ["W01"],
    "anomalies": [{"anomaly": "reset", "detail": "at noon"}, {"anomaly": "late"}],
    "evidence": [{"check": "leaks", "result": "clean"}],
    "stop": None,
    "telemetry": {"total_prompts": 40, "routed_prompts": 30},
}
BARE = WHOLE | {name: [] for name in ("notes", "near_ids", "anomalies", "evidence")}
BARE |= {
    "methodology": None,
    "canonical": None,
    "telemetry": None,
    "counts": {},
    "missing": ["after", "churn"],
}


def test_what_is_there_is_told_line_by_line():
    assert audit_page.render([WHOLE]).splitlines() == [
        "W1: 5/5 required items (mitm_offload)",
        "  missing     nothing",
        "  rows        4 snapshot, 1 window",
        "  canonical   row 01234567, capacity 12.5 pp",
        "  notes       rested",
        "  near ids    W01 (differ only in zero padding)",
        "  anomaly     reset: at noon",
        "  anomaly     late",
        "  evidence    leaks: clean",
        "  telemetry   40 requests, 30 offloaded, ? failed",
    ]


def test_what_is_not_there_is_not_told():
    assert audit_page.render([BARE]).splitlines() == [
        "W1: 5/5 required items",
        "  missing     after, churn",
        "  rows        none",
    ]


def test_another_quota_than_five_hours_is_named_and_no_capacity_has_none():
    assert "capacity 12.5 pp of daily" in audit_page.render([WHOLE | {"capacity_quota": "daily"}])
    assert "capacity n/a\n" in audit_page.render([WHOLE | {"capacity_pp": None, "capacity_quota": "daily"}])


def test_markdown_has_a_heading_and_a_list():
    assert audit_page.render([BARE], markdown=True).startswith(
        "### W1: 5/5 required items\n\n- missing: after, churn\n"
    )
