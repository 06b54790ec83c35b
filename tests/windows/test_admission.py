"""What may enter the ledger as a reading: one before, one after, not too early."""

from __future__ import annotations

import json

import pytest

from readings import at, lines, parsed, reading, rows_of, text
from tracker.windows import reading_pairs


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
