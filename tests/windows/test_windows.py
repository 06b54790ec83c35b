"""A window's readings: one before, one after, not too early; and what was used in between."""

from __future__ import annotations

import json

import pytest

from conftest import BIN
from readings import at, credits, lines, meter, parsed, reading, text
from tracker import cli, jsonl, rows
from tracker.windows import finish, reading_pairs


def rows_of(*made: dict) -> list[rows.Row]:
    return [jsonl.decode(lines(row), 1) for row in made]


@pytest.fixture
def record(tool):
    """`record(row, "--force")` appends; returns (status, err)."""

    def call(row: dict, *args: str, **env: str) -> tuple[int, str]:
        ran = tool("ledger-append", *args, stdin=lines(row), **env)
        return ran.status, ran.err

    return call


@pytest.fixture
def complete(tool):
    """`complete("W1", "--claude-features", "3")` finishes a window as the pipe does."""

    def call(window: str, *args: str):
        there = tool("ledger-cat", "--window", window).out
        made = tool("complete-window", "--window", window, *args, stdin=there)
        if made.status:
            return made
        kept = tool("ledger-append", "--echo", stdin=made.out)
        assert kept.status == 0, kept.err
        return kept._replace(err=made.err)

    return call


def fives(before, after, start="09:00", end="11:00", first="13:00", last="13:00"):
    return reading_pairs.used_between(
        rows.Meter(meter="five_hour", used_pct=before, resets_at=first and at(first)),
        rows.Meter(meter="five_hour", used_pct=after, resets_at=last and at(last)),
        at(start),
        at(end),
    )


# --- what was used


def test_the_same_reset_gives_the_difference():
    assert fives(9.0, 31.5) == reading_pairs.Used(points=22.5)


def test_a_reset_that_wobbles_by_a_minute_is_the_same_one():
    assert fives(9.0, 20.0, last="13:01").points == 11.0


def test_a_fall_without_a_reset_is_no_capacity_but_an_error():
    assert fives(31.5, 9.0) == reading_pairs.Used(error="negative-delta")


def test_a_reset_in_between_gives_bounds_whichever_way_the_number_went():
    assert fives(88.0, 3.0, end="14:00", last="18:00") == reading_pairs.Used(
        low=3.0, high=15.0, note="reset-between"
    )
    assert fives(10.0, 30.0, end="14:00", last="18:00") == reading_pairs.Used(
        low=30.0, high=120.0, note="reset-between"
    )


def test_every_further_reset_that_fits_in_adds_a_whole_quota():
    assert fives(88.0, 3.0, end="19:00", last="23:00").high == 115.0


def test_over_the_limit_the_rest_of_the_quota_is_nothing():
    assert fives(104.0, 3.0, end="14:00", last="18:00").high == 3.0


def test_an_idle_quota_shows_no_reset_and_opens_with_the_work():
    assert fives(0.0, 12.0, first=None, last="14:00").points == 12.0
    assert fives(0.0, 0.0, first=None, last=None).points == 0.0
    assert fives(0.0, 12.0, first="14:00", last="14:30").points == 12.0  # now + 5 h is no identity


def test_an_idle_quota_may_have_been_used_up_once_before_the_one_that_is_shown():
    assert fives(0.0, 12.0, first=None, end="16:00", last="20:00") == reading_pairs.Used(
        low=12.0, high=112.0, note="reset-between"
    )


def test_another_reset_before_the_first_was_due_is_another_quota():
    assert fives(40.0, 45.0, last="15:00").error == "quota-state-switched"


def test_without_any_reset_shown_a_rise_counts_and_is_marked_and_a_fall_is_an_error():
    assert fives(5.0, 9.0, first=None, last=None) == reading_pairs.Used(points=4.0, note="anchor-unknown")
    assert fives(9.0, 5.0, first=None, last=None).error == "negative-delta"


def test_a_reading_that_shows_no_number_is_not_zero():
    assert fives(None, 9.0).points is None


def test_units_are_finer_than_percent():
    pair = reading_pairs.Pair(*rows_of(credits("W", at("09:00"), 51), credits("W", at("10:00"), 60)))
    used = reading_pairs.capacity(pair).used
    assert (used.units, used.points) == (9.0, 0.45)


def test_another_weekly_anchor_is_another_quota_and_its_five_hours_mean_nothing():
    pair = reading_pairs.Pair(
        *rows_of(
            reading("W", at("09:00"), 10.0), reading("W", at("11:00"), 30.0, weekly_resets=at("20:00", 5))
        )
    )
    found = reading_pairs.capacity(pair)
    assert found.errors == ["quota-state-switched"]
    assert found.used.points is None


def test_a_week_that_ended_in_between_is_expected():
    pair = reading_pairs.Pair(
        *rows_of(
            reading("W", at("09:00"), 10.0, weekly=80.0, weekly_resets=at("10:00")),
            reading("W", at("11:00"), 30.0, weekly=2.0, weekly_resets=at("10:00", 7)),
        )
    )
    found = reading_pairs.capacity(pair)
    assert (found.errors, found.used.points) == ([], 20.0)
    assert (found.weekly.points, found.weekly.low, found.weekly.high) == (None, 2.0, 22.0)
    assert found.notes == ["weekly:reset-between"]


def test_a_model_s_own_quota_is_not_taken_for_the_whole():
    row = reading("W", at("09:00"), None)
    row["meters"] = [meter("five_hour", 50.0, pool="spark"), meter("five_hour", 7.0)]
    (snapshot,) = rows_of(row)
    assert reading_pairs.meter_of(snapshot, reading_pairs.QuotaName("five_hour")).used_pct == 7.0


# --- what may enter


def test_the_second_before_is_refused_until_the_first_is_undone(record, tool):
    assert record(reading("W1", at("09:00"), 5.0, phase="before")) == (0, "")
    status, said = record(reading("W1", at("09:01"), 6.0, phase="before"))
    assert status == 75
    assert "has its before already" in said
    name = said.partition("ledger-undo ")[2][:8]
    assert tool("ledger-undo", name).status == 0
    assert record(reading("W1", at("09:01"), 6.0, phase="before")) == (0, "")


def test_without_a_phase_the_first_is_the_before_and_the_next_the_after(record, tool):
    for clock, used in (("09:00", 5.0), ("11:00", 9.0)):
        assert record(reading("W1", at(clock), used)) == (0, "")
    assert [row["phase"] for row in parsed(tool("ledger-cat").out)] == ["before", "after"]
    status, said = record(reading("W1", at("12:00"), 10.0))
    assert status == 75
    assert "has its after already" in said


def test_both_readings_in_one_call_are_judged_one_after_the_other(tool):
    two = lines(reading("W1", at("09:00"), 5.0), reading("W1", at("11:00"), 9.0))
    assert tool("ledger-append", stdin=two).status == 0
    three = lines(
        reading("W2", at("09:00"), 5.0, phase="before"), reading("W2", at("11:00"), 9.0, phase="before")
    )
    assert tool("ledger-append", stdin=three).status == 75
    assert "W2" not in tool("ledger-cat").out


def test_an_after_without_a_before_is_refused_and_says_who_has_one(record):
    assert record(reading("W1", at("09:00"), 5.0, phase="before"), AGENT_ID="zork") == (0, "")
    status, said = record(reading("W1", at("11:00"), 9.0, phase="after"), AGENT_ID="garnin")
    assert status == 75
    assert "agent zork has one" in said


def test_an_after_within_five_minutes_of_a_reset_is_refused_and_forced_with_an_anomaly(record, tool):
    record(reading("W1", at("09:00"), 50.0))
    early = reading("W1", at("13:03"), 1.0, resets=at("18:00"))
    status, said = record(early)
    assert status == 75
    assert "the quota was reset 3 min 00 s before this after" in said
    assert record(early, "--force")[0] == 0
    *_, after = parsed(tool("ledger-cat", "--kind", "snapshot").out)
    assert after["notes"] == ["late-after"]
    (anomaly,) = parsed(tool("ledger-cat", "--kind", "anomaly").out)
    assert (anomaly["anomaly"], anomaly["window"], anomaly["provider"]) == ("late-after", "W1", "claude")
    assert anomaly["batch"] == after["batch"]  # the row and its anomaly, or neither


def test_an_after_less_than_five_minutes_after_the_work_stopped_is_refused(record, tool):
    record(reading("W1", at("09:00"), 5.0))
    telemetry = {
        "kind": "proxy_telemetry",
        "ts": text(at("10:00")),
        "window": "W1",
        "total_prompts": 3,
        "last_ts": text(at("10:58")),
    }
    record(telemetry)
    status, said = record(reading("W1", at("11:00"), 9.0))
    assert status == 75
    assert "work stopped 2 min 00 s before this after" in said
    assert record(reading("W1", at("11:00"), 9.0), "--buffer-seconds", "60") == (0, "")
    assert parsed(tool("ledger-cat", "--kind", "snapshot").out)[-1]["notes"] == ["buffer:60s"]


def test_when_work_stopped_can_be_told(record):
    record(reading("W1", at("09:00"), 5.0))
    status, said = record(reading("W1", at("11:00"), 9.0), "--stopped-at", text(at("10:59")))
    assert status == 75
    assert "work stopped 60 s before" in said
    assert record(reading("W1", at("11:00"), 9.0), "--stopped-at", text(at("10:30"))) == (0, "")


def test_a_start_that_would_eat_into_the_last_points_of_the_week_asks_for_probe(record, tool):
    status, said = record(reading("W1", at("09:00"), 5.0, weekly=91.0))
    assert status == 75
    assert "--probe" in said
    assert record(reading("W1", at("09:00"), 5.0, weekly=91.0), "--probe") == (0, "")
    assert parsed(tool("ledger-cat").out)[0]["notes"] == ["limit-reach-probe"]
    assert record(reading("W1", at("11:00"), 9.0, weekly=93.0)) == (
        0,
        "",
    )  # the after only says what happened


def test_a_reading_without_a_window_belongs_to_the_one_that_is_open(record, tool):
    record(reading("W1", at("09:00"), 5.0))
    assert record(reading(None, at("11:00"), 9.0, phase="after")) == (0, "")
    assert parsed(tool("ledger-cat").out)[-1]["window"] == "W1"
    status, said = record(reading(None, at("12:00"), 9.0, phase="after"))
    assert status == 2
    assert "--window" in said


def test_of_two_open_windows_the_shell_s_own_is_meant(record, tool, tmp_path):
    mine, other = ({"TRACKER_ALIAS_STATE_DIR": str(tmp_path / name)} for name in ("mine", "other"))
    record(reading("W1", at("09:00"), 5.0), **mine)
    record(reading("W2", at("09:10"), 5.0), **other)
    assert (tmp_path / "mine" / "claude").read_text() == "W1\n"
    status, said = record(reading(None, at("11:00"), 9.0, phase="after"))
    assert status == 2
    assert "W1, W2" in said
    assert record(reading(None, at("11:00"), 9.0, phase="after"), **mine) == (0, "")
    assert parsed(tool("ledger-cat").out)[-1]["window"] == "W1"
    assert not (tmp_path / "mine" / "claude").exists()


def test_a_reading_outside_any_window_is_kept_as_it_is(record, tool):
    assert record(reading(None, at("09:00"), 5.0)) == (0, "")
    row = parsed(tool("ledger-cat").out)[0]
    assert (row.get("window"), row.get("phase")) == (None, None)


def test_a_fall_is_told_and_recorded_when_it_is_read(record, tool):
    record(reading("W1", at("09:00"), 50.0))
    status, said = record(reading("W1", at("11:00"), 20.0))
    assert status == 0
    assert "negative-delta" in said
    assert [row["anomaly"] for row in parsed(tool("ledger-cat", "--kind", "anomaly").out)] == [
        "negative-delta"
    ]


def test_an_after_that_is_older_than_its_before_is_a_bad_reading(record):
    record(reading("W1", at("09:00"), 5.0))
    assert record(reading("W1", at("08:00"), 9.0))[0] == 65


def test_a_before_cannot_come_behind_the_after_that_is_there(record, tool):
    record(reading("W1", at("09:00"), 9.0, phase="before"))
    record(reading("W1", at("11:00"), 31.0, phase="after"))
    tool("ledger-undo", "--last", "before")
    status, err = record(reading("W1", at("11:30"), 33.0, phase="before"))
    assert status == 75
    assert "has an after that is older" in err
    assert record(reading("W1", at("09:05"), 10.0, phase="before"))[0] == 0


def test_a_window_without_a_name_is_refused(record, tool):
    status, err = record(reading("W1", at("09:00"), 9.0, phase="before") | {"window": ""})
    assert (status, err.count("\n")) == (65, 1)
    assert "window is empty" in err
    assert tool("ledger-cat").out == ""


def test_two_befores_in_one_call_are_named_as_that(tool):
    two = [reading("W1", at(time), 9.0, phase="before") for time in ("09:00", "09:10")]
    ran = tool("ledger-append", stdin=lines(*two))
    assert ran.status == 75
    assert "W1 (claude, agent main) has its before twice in this call" in ran.err


def test_a_fall_of_the_week_alone_is_an_anomaly_and_leaves_the_five_hours(record, complete, tool):
    record(reading("W1", at("09:00"), 10.0, weekly=40.0))
    record(reading("W1", at("11:00"), 30.0, weekly=35.0))
    (anomaly,) = parsed(tool("ledger-cat", "--kind", "anomaly").out)
    assert anomaly["anomaly"] == "negative-delta"
    assert "weekly_all 40 %" in anomaly["detail"]
    row = json.loads(complete("W1", "--claude-features", "3").out)
    assert (row["capacity_pp"], row["weekly_pp"], row["errors"]) == (20.0, None, [])
    assert row["notes"] == ["weekly:negative-delta"]


def test_agents_and_accounts_never_mix(record, complete):
    for agent, used in (("garnin", 5.0), ("zork", 40.0)):
        assert record(reading(f"W-{agent}", at("09:00"), used), AGENT_ID=agent) == (0, "")
    for agent, used in (("zork", 47.0), ("garnin", 25.0)):
        assert record(reading(None, at("11:00"), used, phase="after"), AGENT_ID=agent) == (0, "")
    assert json.loads(complete("W-garnin", "--claude-features", "1").out)["capacity_pp"] == 20.0
    assert json.loads(complete("W-zork", "--claude-features", "1").out)["capacity_pp"] == 7.0


def test_one_window_read_by_two_agents_asks_whose(record, complete):
    for agent, first, last in (("garnin", 5.0, 25.0), ("zork", 40.0, 47.0)):
        record(reading("W1", at("09:00"), first), AGENT_ID=agent)
        record(reading("W1", at("11:00"), last), AGENT_ID=agent)
    refused = complete("W1", "--claude-features", "1")
    assert refused.status == 2
    assert "garnin, zork" in refused.err
    made = json.loads(complete("W1", "--claude-features", "1", "--agent", "zork").out)
    assert (made["capacity_pp"], made["notes"]) == (7.0, ["agent:zork"])


def test_a_ledger_can_be_copied_row_by_row_and_opens_nothing_for_whoever_copies(tool, record, tmp_path):
    record(reading("W1", at("09:00"), 50.0), AGENT_ID="garnin")
    record(reading("W1", at("13:03"), 1.0, resets=at("18:00")), "--force", AGENT_ID="garnin")
    record(reading("W2", at("14:00"), 1.0, resets=at("18:00")), AGENT_ID="garnin")
    rows_there = tool("ledger-cat").out
    assert tool("ledger-append", "--data-dir", "copy", stdin=rows_there).status == 0
    copied = tool("ledger-cat", "--data-dir", "copy").out
    assert [row["row_id"] for row in parsed(copied)] == [row["row_id"] for row in parsed(rows_there)]
    assert not (tmp_path / "copy" / "state").exists()
    other = lines(reading("W1", at("09:00"), 5.0, phase="before", agent_id="garnin", row_id="feed"))
    assert tool("ledger-append", "--data-dir", "copy", stdin=other).status == 75


@pytest.mark.parametrize("agent", ["../x", "a/b", ".."])
def test_an_agent_s_name_is_no_path(tool, agent):
    ran = tool("ledger-append", stdin=lines(reading("W1", at("09:00"), 5.0)), AGENT_ID=agent)
    assert ran.status == 78
    assert "AGENT_ID" in ran.err
    assert tool("ledger-cat").out == ""


def test_a_buffer_is_a_number_of_seconds(record):
    for wrong in ("-1", "nan", "soon"):
        assert record(reading("W1", at("09:00"), 5.0), "--buffer-seconds", wrong)[0] == 2


def test_readings_of_two_accounts_are_never_one_window(record):
    record(reading("W1", at("09:00"), 5.0, account="garnin"))
    status, said = record(reading("W1", at("11:00"), 9.0, account="zork"))
    assert status == 75
    assert "begun on account garnin" in said
    pair = reading_pairs.Pair(
        *rows_of(reading("W", at("09:00"), 5.0, account="a"), reading("W", at("11:00"), 9.0, account="b"))
    )
    assert reading_pairs.capacity(pair).errors == ["account-switched"]
    assert reading_pairs.capacity(pair).used.points is None


def test_separate_data_folders_share_nothing(tool):
    row = lines(reading("W1", at("09:00"), 5.0, phase="before"))
    for folder in ("one", "two"):
        assert tool("ledger-append", stdin=row, TRACKER_DATA_DIR=folder).status == 0


# --- finishing


@pytest.fixture
def worked(record):
    record(reading("W1", at("09:00"), 9.0))
    record(reading("W1", at("11:00"), 31.5, weekly=33.0))


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


# --- audit


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


# --- the stop rule


def fallen(tool, record, complete, window: str, hour: int, last: float) -> None:
    record(reading(window, at(f"{hour:02}:00"), 30.0, resets=at("20:00"), phase="before"), "--force")
    record(reading(window, at(f"{hour:02}:30"), last, resets=at("20:00"), phase="after"), "--force")
    complete(window, "--claude-features", "1")


def test_more_than_one_fall_in_three_windows_stops_the_next_before(tool, record, complete):
    fallen(tool, record, complete, "W1", 9, 20.0)
    fallen(tool, record, complete, "W2", 10, 35.0)
    assert record(reading("W9", at("10:50"), 5.0, phase="before"))[0] == 0
    fallen(tool, record, complete, "W3", 11, 10.0)
    status, said = record(reading("W4", at("12:00"), 5.0, phase="before"))
    assert status == 75
    assert "stop: negative-delta in 2 of the last 3 claude windows (W1, W3)" in said
    audited = tool("window-audit", "--window", "W3", "--json", stdin=tool("ledger-cat").out)
    assert "negative-delta in 2 of the last 3" in json.loads(audited.out)["stop"]
    assert record(reading("W4", at("12:00"), 5.0, phase="before", provider="codex"))[0] == 0
    assert record(reading("W4", at("12:00"), 5.0, phase="before"), "--force")[0] == 0
    (row,) = [
        row for row in parsed(tool("ledger-cat", "--kind", "anomaly").out) if row["anomaly"] == "stop-rule"
    ]
    assert row["window"] == "W4"


# --- readings that cannot be


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


def test_a_failed_check_is_no_evidence(tool):
    rows_ = whole()
    rows_[-1]["result"] = "fail"
    ran = tool("window-audit", "--window", "W1", "--json", stdin=lines(*rows_))
    assert (ran.status, json.loads(ran.out)["missing"]) == (1, ["evidence"])


def test_of_several_quotas_the_first_that_either_reading_shows_is_the_capacity():
    weekly_only = reading_pairs.Pair(
        *rows_of(
            reading("W", at("09:00"), None, provider="codex"),
            reading("W", at("11:00"), None, weekly=41.0, provider="codex"),
        )
    )
    found = reading_pairs.capacity(weekly_only)
    assert (str(found.quota), found.used.points, found.weekly.points) == ("weekly_all", 11.0, 11.0)
    half = reading_pairs.Pair(
        *rows_of(
            reading("W", at("09:00"), None, provider="codex"),
            reading("W", at("11:00"), 9.0, provider="codex"),
        )
    )
    found = reading_pairs.capacity(half)
    assert (str(found.quota), found.used.points, found.notes) == ("five_hour", None, ["five-hour:not-shown"])
