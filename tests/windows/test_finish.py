"""Finishing a window: its readings and what was typed become one row."""

from __future__ import annotations

import json

import pytest

from conftest import BIN
from readings import at, credits, lines, meter, parsed, reading, rows_of, text
from tracker import cli
from tracker.windows import finish

ALL = (
    *("--claude-features", "3", "--quality", "0.9", "--outcome", "pass", "--methodology", "stock_anthropic"),
    *("--cls", "2.5", "--impf", "1.5", "--feature-id", "F-0001", "--block", "4"),
    *("--commit-start", "aaaa", "--commit-end", "bbbb", "--notes", "first try"),
)


def test_a_window_is_finished_with_everything_that_was_typed(worked, complete):
    row = json.loads(complete("W1", *ALL).out)
    wanted = {
        "window": "W1",
        "methodology": "stock_anthropic",
        "provider": "claude",
        "features": 3.0,
        "features_by_provider": {"claude": 3.0},
        "capacity_pp": 22.5,
        "weekly_pp": 3.0,
        "quality_score": 0.9,
        "outcome": "pass",
        "cls": 2.5,
        "impf": 1.5,
        "feature_id": "F-0001",
        "block": 4,
        "commit_start": "aaaa",
        "commit_end": "bbbb",
        "notes": ["first try"],
        "errors": [],
        "started_at": text(at("09:00")),
        "ended_at": text(at("11:00")),
    }
    assert {name: row[name] for name in wanted} == wanted


def test_a_window_is_finished_once_and_corrected_by_a_new_row(worked, complete, tool):
    first = json.loads(complete("W1", *ALL).out)
    again = complete("W1", *ALL)
    assert again.status == 75
    assert "--supersede" in again.err
    second = json.loads(complete("W1", "--supersede", "--quality", "0.5").out)
    assert (second["supersedes"], second["quality_score"]) == (first["row_id"], 0.5)
    kept = {name: first[name] for name in ("features", "methodology", "feature_id", "block", "commit_end")}
    assert {name: second[name] for name in kept} == kept
    assert [row["row_id"] for row in parsed(tool("ledger-cat", "--kind", "window").out)] == [second["row_id"]]


def test_two_finishers_at_once_end_with_one_row(worked, tool):
    there = tool("ledger-cat").out
    made = [tool("complete-window", "--window", "W1", *ALL, stdin=there).out for _ in range(2)]
    assert tool("ledger-append", stdin=made[0]).status == 0
    late = tool("ledger-append", stdin=made[1])
    assert late.status == 75
    assert "finished already" in late.err


def test_one_call_cannot_finish_a_window_twice(worked, tool):
    made = tool("complete-window", "--window", "W1", *ALL, stdin=tool("ledger-cat").out).out
    ran = tool("ledger-append", stdin=made + made)
    assert ran.status == 75
    assert tool("ledger-cat", "--kind", "window").out == ""


def test_a_window_takes_block_task_and_arm_from_its_assignment(worked, complete, tool):
    assigned = {
        "kind": "feature",
        "ts": text(at("08:00")),
        "feature_id": "F-0007",
        "window": "W1",
        "methodology": "stock_anthropic",
        "block": 7,
        "state": "assigned",
    }
    tool("ledger-append", stdin=lines(assigned))
    row = json.loads(complete("W1", "--claude-features", "1").out)
    assert (row["block"], row["feature_id"], row["methodology"]) == (7, "F-0007", "stock_anthropic")


def test_a_fall_gives_a_row_without_capacity_and_no_second_anomaly(record, complete, tool):
    record(reading("W1", at("09:00"), 50.0))
    record(reading("W1", at("11:00"), 20.0))
    made = complete("W1", "--claude-features", "3")
    assert "no capacity (negative-delta)" in made.err
    (row,) = parsed(made.out)
    assert (row["capacity_pp"], row["errors"]) == (None, ["negative-delta"])
    assert len(parsed(tool("ledger-cat", "--kind", "anomaly").out)) == 1


def test_a_reset_in_between_gives_a_row_with_bounds(record, complete):
    record(reading("W1", at("09:00"), 88.0))
    record(reading("W1", at("14:00"), 3.0, resets=at("18:00")))
    row = json.loads(complete("W1", "--claude-features", "3").out)
    assert (row["capacity_pp"], row["capacity_low_pp"], row["capacity_high_pp"]) == (None, 3.0, 15.0)
    assert row["notes"] == ["five-hour:reset-between"]
    assert row["errors"] == []


def test_an_offload_window_uses_claude_s_points_and_glm_s_credits_whoever_delivered(record, complete):
    record(reading("W1", at("09:00"), 9.0))
    record(credits("W1", at("09:00"), 100))
    record(reading("W1", at("11:00"), 15.0))
    record(credits("W1", at("11:00"), 340))
    made = complete("W1", "--codex-features", "3", "--methodology", "mitm_offload")
    row = json.loads(made.out)
    assert (row["provider"], row["capacity_pp"]) == ("claude", 6.0)
    assert (row["glm_credits"], row["glm_pp"]) == (240.0, 12.0)
    assert row["features_by_provider"] == {"codex": 3.0}
    assert made.err.count("--codex-features") == 1


def test_an_offload_window_without_glm_readings_says_that_half_of_it_is_not_known(worked, complete):
    made = complete("W1", "--claude-features", "3", "--methodology", "mitm_offload")
    assert "no glm readings" in made.err
    assert json.loads(made.out)["notes"] == ["glm:not-read"]


def test_features_of_two_providers_do_not_share_one_capacity(worked, complete):
    made = complete("W1", "--claude-features", "1", "--codex-features", "2")
    assert made.status == 2
    assert "a window of its own" in made.err


def test_ccusage_far_from_the_meter_is_shown_beside_it_and_the_meter_counts(record, complete):
    for clock, used, theirs in (("09:00", 10.0, 10.0), ("11:00", 30.0, 34.0)):
        record(reading("W1", at(clock), used))
        record(reading("W1", at(clock), theirs, weekly=None, surface="ccusage"))
    row = json.loads(complete("W1", "--claude-features", "3").out)
    assert row["capacity_pp"] == 20.0
    assert row["notes"] == ["divergent:ccusage", "ccusage:24pp", "meter:20pp"]


def test_ccusage_within_a_tenth_is_no_news(record, complete):
    for clock, used, theirs in (("09:00", 10.0, 10.0), ("11:00", 30.0, 32.0)):
        record(reading("W1", at(clock), used))
        record(reading("W1", at(clock), theirs, weekly=None, surface="ccusage"))
    assert json.loads(complete("W1", "--claude-features", "3").out)["notes"] == []


def test_tokens_of_ccusage_are_kept_beside_the_points_and_are_no_capacity(record, complete):
    for clock, used, tokens in (("09:00", 10.0, 1000), ("11:00", 30.0, 51000)):
        record(reading("W1", at(clock), used))
        counted = meter("five_hour", None, used=tokens)
        record(
            {
                **reading("W1", at(clock), None, surface="ccusage", flags=["local-estimate"]),
                "meters": [counted],
            }
        )
    row = json.loads(complete("W1", "--claude-features", "3").out)
    assert (row["capacity_pp"], row["notes"]) == (20.0, ["ccusage:50000tokens"])


def test_tokens_over_the_end_of_a_ccusage_block_are_not_known_rather_than_0(record, complete):
    for clock, block, tokens in (("09:00", "a", 51000), ("11:00", "b", 1000)):
        counted = meter("five_hour", None, used=tokens, label=f"block {block}")
        row = reading("W1", at(clock), None, provider="glm", surface="ccusage", flags=["local-estimate"])
        assert record({**row, "meters": [counted]}) == (0, "")
    notes = json.loads(complete("W1", "--glm-features", "3").out)["notes"]
    assert "ccusage:tokens-not-known" in notes and not any(note.endswith("0tokens") for note in notes)


def test_an_estimate_at_the_end_goes_with_the_meter_s_before_and_is_not_the_after(record, complete):
    record(reading("W1", at("09:00"), 10.0))
    monitor = reading(None, at("11:00"), 37.0, phase="after", surface="monitor", flags=["local-estimate"])
    assert record(monitor) == (0, "")
    assert record(reading(None, at("11:01"), 30.0, phase="after")) == (0, "")
    assert json.loads(complete("W1", "--claude-features", "1").out)["capacity_pp"] == 20.0


def test_thousands_of_readings_come_in_at_once(tool):
    many = [reading(f"W{number}", at("09:00"), 5.0, phase="before") for number in range(2000)]
    many += [reading(f"W{number}", at("11:00"), 9.0) for number in range(2000)]
    assert tool("ledger-append", stdin=lines(*many), timeout=20).status == 0


def test_a_window_that_only_an_estimate_has_seen_has_no_capacity(record, complete):
    for clock, tokens in (("09:00", 1000), ("11:00", 51000)):
        counted = meter("five_hour", None, used=tokens)
        row = reading("W1", at(clock), None, provider="glm", surface="ccusage", flags=["local-estimate"])
        assert record({**row, "meters": [counted]}) == (0, "")
    row = json.loads(complete("W1", "--glm-features", "3").out)
    assert (row["capacity_pp"], row["glm_credits"], row["provider"]) == (None, None, "glm")
    assert row["notes"][0] == "local-estimate"
    assert "local-estimate-only" in row["notes"]


def test_a_window_without_readings_cannot_be_finished(complete, worked):
    refused = complete("W9", "--claude-features", "3")
    assert refused.status == 66
    (only,) = rows_of(reading("W2", at("09:00"), 5.0, phase="before"))
    with pytest.raises(cli.Stop) as wrong:
        finish.finish([only], "W9", None, {"claude": 1.0})
    assert "W2" in str(wrong.value)


def test_a_window_without_its_after_has_no_capacity_and_says_so(record, complete):
    record(reading("W1", at("09:00"), 9.0))
    made = complete("W1", "--claude-features", "3")
    assert "no-after" in made.err
    assert json.loads(made.out)["capacity_pp"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        ("--quality", "1.2"),
        ("--claude-features", "-1"),
        ("--claude-features", "nan"),
        ("--outcome", "meh"),
        ("--cls", "inf"),
    ],
)
def test_numbers_that_cannot_be_are_wrong_options(tool, wrong):
    ran = tool("complete-window", "--window", "W1", *wrong)
    assert ran.status == 2
    assert ran.err.count("\n") == 1


def test_the_pipe_of_the_field_plans_runs_as_it_is_written(sh, tmp_path):
    """Readings, telemetry, completion and audit, one shell line each."""
    (tmp_path / "before").write_bytes(lines(reading("W0-MITM-01", at("09:00"), 9.0)))
    (tmp_path / "after").write_bytes(lines(reading("W0-MITM-01", at("11:00"), 12.0)))
    ran = sh(
        "set -e; ledger-append < before; ledger-append < after\n"
        "ledger-cat --window W0-MITM-01 | complete-window --window W0-MITM-01 --claude-features 3 --quality 1.0 "
        "--outcome pass --methodology mitm_offload | ledger-append\n"
        "ledger-cat | window-audit --window W0-MITM-01 --json",
        PATH=f"{BIN}:/usr/bin:/bin",
    )
    assert ran.status == 1, ran.err
    assert json.loads(ran.out)["missing"] == ["commits", "churn", "telemetry", "evidence"]


def test_a_percentage_that_cannot_be_one_gives_no_capacity_and_names_the_reading(record, complete):
    record(reading("W1", at("09:00"), 1_767_600_000.0))
    record(reading("W1", at("11:00"), 9.0))
    made = complete("W1", "--claude-features", "3")
    assert "impossible-percent: five_hour 1.7676e+09 %" in made.err
    assert json.loads(made.out)["errors"] == ["impossible-percent"]


def test_beyond_the_quota_the_units_go_on(record, complete):
    record(credits("W1", at("09:00"), 1990))
    record(credits("W1", at("11:00"), 2391))
    row = json.loads(complete("W1", "--glm-features", "3").out)
    assert (row["capacity_pp"], row["glm_credits"]) == (20.05, 401.0)


def test_a_window_names_its_plans_and_a_change_of_plan_within_it_is_an_anomaly(record, complete, tool):
    record(reading("W1", at("09:00"), 9.0, plan="Claude Max 5x"))
    record(reading("W1", at("11:00"), 31.5, weekly=33.0, plan="max"))
    record(credits("W1", at("09:00"), 200, phase="before", plan="lite"))
    record(credits("W1", at("11:00"), 300, phase="after", plan="lite"))
    row = json.loads(complete("W1", "--claude-features", "3", "--methodology", "mitm_offload").out)
    assert (row["plan"], row["glm_plan"], row["capacity_pp"]) == ("Claude Max 5x", "lite", 22.5)
    record(reading("W2", at("12:00"), 3.0, resets=at("17:00"), plan="Claude Pro"))
    record(reading("W2", at("14:00"), 5.0, resets=at("17:00"), plan="Claude Max"))
    row = json.loads(complete("W2", "--claude-features", "1").out)
    assert (row["errors"], row["capacity_pp"]) == (["plan-switched"], None)
    (anomaly,) = parsed(tool("ledger-cat", "--window", "W2", "--kind", "anomaly").out)
    assert anomaly["anomaly"] == "plan-switched" and "plan Claude Pro -> Claude Max" in anomaly["detail"]


def test_a_window_that_went_by_what_is_left_is_an_arm_of_its_own(worked, complete, record):
    told = {"kind": "proxy_telemetry", "ts": text(at("10:00")), "window": "W1", "total_prompts": 9}
    assert record(told | {"offload_when": ["five_hour>80"]}) == (0, "")
    refused = complete("W1", "--claude-features", "3", "--methodology", "stock_anthropic")
    assert refused.status == 65
    assert (
        "W1 is stock_anthropic, and its requests went by OFFLOAD_WHEN=five_hour>80: that is the arm mitm_quota"
        in refused.err
    )
    assert (
        json.loads(complete("W1", "--claude-features", "3").out.splitlines()[0])["methodology"]
        == "mitm_quota"
    )
