"""What is there of a window, and what is missing."""

from __future__ import annotations

import json

import pytest

from readings import at, lines, parsed, reading, text


def whole(window: str = "W1", methodology: str = "stock_anthropic") -> list[dict]:
    return [
        reading(window, at("09:00"), 9.0, phase="before"),
        reading(window, at("11:00"), 30.0, phase="after"),
        {
            "kind": "window",
            "ts": text(at("11:00")),
            "window": window,
            "methodology": methodology,
            "provider": "claude",
            "features": 3,
            "capacity_pp": 21,
            "quality_score": 1,
            "outcome": "pass",
            "commit_start": "a",
            "commit_end": "b",
        },
        {"kind": "churn", "ts": text(at("12:00")), "window": window, "added_lines": 10},
        {"kind": "evidence", "ts": text(at("12:00")), "window": window, "check": "pytest", "result": "pass"},
    ]


def test_a_whole_window_passes(tool):
    ran = tool("window-audit", "--window", "W1", stdin=lines(*whole()))
    assert ran.status == 0
    assert ran.out.startswith("W1: 9/9 required items (stock_anthropic)\n")


@pytest.mark.parametrize("left_out", range(5))
def test_whatever_is_left_out_is_named(tool, left_out):
    rows_ = whole()
    del rows_[left_out]
    ran = tool("window-audit", "--window", "W1", "--json", stdin=lines(*rows_))
    assert ran.status == 1
    item = ["before", "after", "features", "churn", "evidence"][left_out]
    assert item in json.loads(ran.out)["missing"]


def test_commits_may_be_named_at_churn_as_the_field_plans_do(tool):
    made = whole()
    for name in ("commit_start", "commit_end"):
        made[3][name] = made[2].pop(name)
    assert tool("window-audit", "--window", "W1", stdin=lines(*made)).status == 0
    made[3]["skipped"] = "commit-start a not in this repository"
    ran = tool("window-audit", "--window", "W1", "--json", stdin=lines(*made))
    assert json.loads(ran.out)["missing"] == ["commits", "churn"]


def test_an_offload_window_needs_telemetry_too(tool):
    ran = tool(
        "window-audit", "--window", "W1", "--format", "json", stdin=lines(*whole(methodology="mitm_offload"))
    )
    assert ran.status == 1
    found = json.loads(ran.out)
    assert (found["complete"], found["missing"]) == ("9/10", ["telemetry"])


def test_what_stands_there_twice_is_no_pass(tool):
    ran = tool("window-audit", "--window", "W1", stdin=lines(*whole(), whole()[0]))
    assert ran.status == 1
    assert "duplicates  W1 claude main before x2" in ran.out


def test_ids_that_differ_in_zero_padding_are_pointed_out(tool):
    ran = tool("window-audit", "--window", "W0-CL-1", stdin=lines(*whole("W0-CL-1"), *whole("W0-CL-01")))
    assert "near ids    W0-CL-01" in ran.out
    missing = tool("window-audit", "--window", "W0-CL-001", stdin=lines(*whole("W0-CL-01")))
    assert missing.status == 66
    assert "did you mean W0-CL-01" in missing.err


def test_week0_is_all_windows(tool):
    ran = tool(
        "window-audit", "--window", "WEEK0", "--format", "jsonl", stdin=lines(*whole("W1"), *whole("W2")[:4])
    )
    assert ran.status == 1
    assert [(row["window"], row["complete"]) for row in parsed(ran.out)] == [("W1", "9/9"), ("W2", "8/9")]


def test_a_failed_check_is_no_evidence(tool):
    rows_ = whole()
    rows_[-1]["result"] = "fail"
    ran = tool("window-audit", "--window", "W1", "--json", stdin=lines(*rows_))
    assert (ran.status, json.loads(ran.out)["missing"]) == (1, ["evidence"])
