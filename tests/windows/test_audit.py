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


@pytest.mark.parametrize(
    ("results", "missing"),
    [
        (["1 failed, 11 passed"], True),
        (["pass", "fail"], True),
        (["fail", "12 passed, 0 failed"], False),
        (["no errors"], False),
    ],
)
def test_a_check_counts_as_it_ended_the_last_time(tool, results, missing):
    rows_ = [*whole()[:-1], *(whole()[-1] | {"result": result} for result in results)]
    ran = tool("window-audit", "--window", "W1", "--json", stdin=lines(*rows_))
    assert ("evidence" in json.loads(ran.out)["missing"]) is missing


def test_a_checkpoint_is_no_evidence_of_the_work(tool):
    rows_ = [*whole()[:-1], whole()[-1] | {"check": "checkpoint", "result": "final"}]
    assert tool("window-audit", "--window", "W1", stdin=lines(*rows_)).status == 1


def test_the_audit_and_the_card_say_the_same_of_what_the_card_counts(tool):
    rows_ = [*whole(), {**whole()[2], "window": "W2", "quality_score": None, "outcome": None}]
    for window in ("W1", "W2"):
        audited = json.loads(tool("window-audit", "--window", window, "--json", stdin=lines(*rows_)).out)
        card = tool("decision-card", "--window", window, "--format", "json", stdin=lines(*rows_)).out
        (counted,) = json.loads(card)["data_gate"]["windows"]
        assert {name: audited["card"][name] for name in counted} == counted
    assert audited["card"]["complete"] is False


def test_a_quality_of_the_tasks_is_a_quality_of_the_window_on_both(tool):
    rows_ = whole()
    rows_[2]["quality_score"] = None
    task = {
        "kind": "feature",
        "ts": text(at("11:00")),
        "window": "W1",
        "feature_id": "F",
        "quality_score": 0.8,
    }
    ran = tool("window-audit", "--window", "W1", "--json", stdin=lines(*rows_, task))
    found = json.loads(ran.out)
    assert found["missing"] == [] and "quality" not in found["card"]["lacks"]
