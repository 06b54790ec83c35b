"""What goes wrong in mid-window, and what status and end make of it: each on a real ledger, by commands alone."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from conftest import clean_env, run
from workdays import LATER, MORNING, PRINTED, rows, work

DUE = datetime(2026, 11, 20, 15, tzinfo=UTC)
WEEK = datetime(2026, 11, 24, 9, tzinfo=UTC)
NEXT_DAY = "2026-11-21T09:00:00Z"


@pytest.fixture
def log(tmp_path):
    """`log("10:30", 0.2)` is a reply at that time that tells 20 % used; of the quota that is reset at 15:00."""

    def request(clock, share=None, due=DUE, day=20, name="usage.jsonl", **more):
        at = f"2026-11-{day}T{clock}:00Z"
        row = {"kind": "usage", "ts": at, "model": "claude-sonnet-4-5", "lane": "anthropic", "status": 200}
        row |= {"latency_ms": 5, "decision": "kept", "op": "stream", "trace_id": f"{day}-{clock}"} | more
        if share is not None:
            row["rate_limits"] = {"5h_utilization": share, "5h_reset": due.timestamp()}
            row["rate_limits"] |= {"7d_utilization": 0.05, "7d_reset": WEEK.timestamp()}
        with (tmp_path / name).open("a") as file:
            file.write(json.dumps(row) + "\n")

    return request


def readings(tool, window="W0-CL-01"):
    found = [row for row in rows(tool, "--kind", "snapshot") if row["window"] == window]
    return {row["phase"]: row for row in found}


def words_of(screen):
    return " ".join(screen.split())


def test_a_forgotten_after_is_taken_off_the_routers_log_and_labelled(day, dealt, tool, log, repo):
    day("begin", text=(12, 3))
    work(repo, "part-1")
    log("10:30", 0.2)
    log("14:10", 0.41)
    screen = words_of(day("status", at=NEXT_DAY).out)
    assert "the quota was reset at" in screen
    assert (
        "end will take the router's last reading before the reset as AFTER: 41 % used at 14:10 UTC" in screen
    )
    ended = day("end", "--claude-features", "1", at=NEXT_DAY)
    assert ended.status == 0, ended.err
    assert "AFTER of W0-CL-01 off the router's log: 41 % used at 20 Nov 14:10 UTC" in ended.out
    assert "$ < " in ended.err and "capture-wire --window W0-CL-01 --phase after | ledger-append" in ended.err
    (window,) = rows(tool, "--kind", "window")
    assert (window["capacity_pp"], window["capacity_low_pp"]) == (29, None)
    assert "after:router-log" in window["notes"] and "before:router-log" not in window["notes"]
    assert readings(tool)["after"]["surface"] == "wire"
    assert (
        rows(tool, "--kind", "proxy_telemetry")[0]["total_prompts"] == 2
    )  # the last reply is the window's too


def test_work_after_the_reset_leaves_bounds_and_is_never_left_out_unasked(day, dealt, tool, log):
    day("begin", text=(12, 3))
    log("14:10", 0.41)
    log("15:30", 0.06, due=DUE.replace(hour=20))
    screen = words_of(day("status", at="2026-11-20T16:00:00Z").out)
    assert (
        "read the meter, which gives bounds; if work stopped before the reset, say --stopped-at TIME"
        in screen
    )
    fresh = PRINTED.replace("3pm", "8pm").format(7, 4)
    ended = day("end", "--claude-features", "1", text=fresh, at="2026-11-20T16:00:00Z")
    assert ended.status == 0, ended.err
    (window,) = rows(tool, "--kind", "window")
    assert window["capacity_pp"] is None and window["capacity_low_pp"] == 7
    assert "five-hour:reset-between" in window["notes"]


def test_a_reset_that_the_log_tells_nothing_of_is_said(day, dealt):
    day("begin", text=(12, 3))
    screen = day("status", at="2026-11-20T16:00:00Z").out
    assert "the quota was reset at" in screen
    assert "the router's log tells nothing of the quota before the reset" in words_of(screen)
    assert max(map(len, screen.splitlines())) <= 80


def test_who_went_on_working_says_when_the_window_ended(day, dealt, tool, log, repo):
    day("begin", text=(12, 3))
    log("11:00", 0.3)
    log("12:40", 0.5)  # something else, after the window
    words = ("end", "--claude-features", "1", "--stopped-at", "2026-11-20T12:00:00Z")
    ended = day(*words, at="2026-11-20T13:00:00Z")
    assert ended.status == 0, ended.err
    (window,) = rows(tool, "--kind", "window")
    assert window["capacity_pp"] == 18 and window["ended_at"].startswith("2026-11-20T11:00:00")
    assert rows(tool, "--kind", "proxy_telemetry")[0]["total_prompts"] == 1


def test_a_time_of_which_the_log_tells_nothing_is_no_after(day, dealt, tool, log):
    day("begin", text=(12, 3))
    log("12:40", 0.5)
    ended = day(
        "end", "--claude-features", "1", "--stopped-at", "2026-11-20T12:00:00Z", at="2026-11-20T13:00:00Z"
    )
    assert (ended.status, ended.out) == (66, "")
    assert "no reply in usage.jsonl tells the quota between 10:05 and 12:00 UTC" in ended.err
    assert "after" not in readings(tool)


def test_a_forgotten_before_is_taken_off_the_routers_log_and_labelled(day, tool, log, repo):
    log("09:00", 0.1)
    log("10:30", 0.2)
    log("11:00", 0.3)
    words = (
        "end",
        "W9",
        "--started-at",
        "2026-11-20T10:00:00Z",
        "--claude-features",
        "1",
        "--repo",
        str(repo),
    )
    ended = day(*words, text=(44, 5), at=LATER)
    assert ended.status == 0, ended.err
    assert "BEFORE of W9 off the router's log: 20 % used at 20 Nov 10:30 UTC" in ended.out
    (window,) = rows(tool, "--kind", "window")
    assert window["capacity_pp"] == 24
    assert "before:router-log" in window["notes"]
    assert rows(tool, "--kind", "proxy_telemetry")[0]["total_prompts"] == 2


def test_a_window_without_before_and_without_a_log_is_refused(day):
    ended = day(
        "end", "W9", "--started-at", "2026-11-20T10:00:00Z", "--claude-features", "1", text=(44, 5), at=LATER
    )
    assert (ended.status, ended.out) == (66, "")
    assert "W9 has no BEFORE, and no reply in usage.jsonl" in ended.err
    unnamed = day("end", "--started-at", "2026-11-20T10:00:00Z", "--claude-features", "1", at=LATER)
    assert unnamed.status == 2 and "which window?" in unnamed.err


def change_moment(tmp_path, **told):
    """Make the note of a window's beginning say something else of the machine."""
    (path,) = tmp_path.rglob("work.json")
    said = json.loads(path.read_text())
    said["moment"] |= told
    path.write_text(json.dumps(said))
    return said["moment"]


def test_a_closed_terminal_is_noticed_and_changes_nothing(day, dealt, tool, tmp_path):
    day("begin", text=(12, 3))
    change_moment(tmp_path, shell=2**22 + 1, shell_began="Fri Nov 20 10:00:00 2026")
    screen = day("status", at=LATER).out
    assert "happened     the shell that it was begun in is closed" in screen
    assert "end will     go on all the same: readings, log and commits are on the disk" in screen
    assert day("end", "--claude-features", "1", text=(20, 4), at=LATER).status == 0


def test_a_reboot_and_a_crash_are_noticed_and_the_window_ends_all_the_same(day, dealt, tool, tmp_path):
    day("begin", text=(12, 3))
    moment = change_moment(tmp_path)
    change_moment(tmp_path, at=moment["at"] - moment["up"] - 9000)
    screen = day("status", at=LATER).out
    assert "happened     the machine was started again at " in screen
    assert day("end", "--claude-features", "1", text=(20, 4), at=LATER).status == 0


def test_sleep_is_noticed(day, dealt, tmp_path):
    day("begin", text=(12, 3))
    moment = change_moment(tmp_path)
    change_moment(tmp_path, awake=moment["awake"] + 1800)
    assert "happened     the machine was asleep for 30 min" in day("status", at=LATER).out


def test_a_note_of_an_earlier_version_or_none_says_nothing(day, dealt, tmp_path):
    day("begin", text=(12, 3))
    (path,) = tmp_path.rglob("work.json")
    path.write_text(json.dumps({"window": "W0-CL-01", "repo": str(tmp_path), "head": None}))
    assert "happened" not in day("status", at=LATER).out


def usage_answer(plan, used):
    limits = {"utilization": used, "resets_at": "2026-11-20T15:00:00Z"}
    told = {"five_hour": limits, "seven_day": limits | {"resets_at": "2026-11-24T09:00:00Z"}}
    inner = {"session": {}, "subscription_type": plan, "rate_limits_available": True, "rate_limits": told}
    said = {
        "type": "control_response",
        "response": {"subtype": "success", "request_id": "m", "response": inner},
    }
    return json.dumps(said)


def test_another_plan_in_mid_window_is_said_by_status_end_and_card(day, dealt, tool, repo):
    def told(phase, plan, used, at):
        words = ("tracker", "ingest", "claude", "--window", "W0-CL-01", "--phase", phase, "--at", at)
        return tool(*words, stdin=usage_answer(plan, used), TRACKER_NOW=at)

    assert told("before", "max", 12, MORNING).status == 0
    assert told("after", "pro", 34, LATER).status == 0
    screen = words_of(day("status", at=LATER).out)
    assert "happened the plan is another one now: max -> pro" in screen
    assert "no card judges by them" in screen
    ended = day("end", "--claude-features", "1", "--repo", str(repo), at=LATER)
    assert ended.status == 0, ended.err
    assert "the plan changed between BEFORE and AFTER (max -> pro)" in ended.out
    assert "the plan changed between BEFORE and AFTER of W0-CL-01" in tool("tracker", "decision-card").out


def test_another_agents_requests_are_neither_counted_nor_waited_for(day, dealt, tool, log):
    day("begin", text=(12, 3))
    words = ("tracker", "ingest", "claude", "--window", "Z1", "--at", "2026-11-20T10:06:00Z")
    theirs = PRINTED.replace("3pm", "1pm").format(5, 1)
    assert tool(*words, stdin=theirs, AGENT_ID="zork", TRACKER_NOW="2026-11-20T10:06:00Z").status == 0
    log("10:30", 0.2)
    log("12:20", 0.3, due=DUE.replace(hour=13))  # by its reset another account's
    screen = day("status", at=LATER).out
    assert "requests     1 on anthropic" in screen
    assert day("end", "--claude-features", "1", text=(20, 4), at=LATER).status == 0
    assert rows(tool, "--kind", "proxy_telemetry")[0]["total_prompts"] == 1


def test_a_log_that_was_rotated_in_mid_window_is_read_whole(day, dealt, tool, log):
    day("begin", text=(12, 3))
    log("10:30", 0.2, name="usage-20261120T103100.jsonl")
    log("12:00", 0.3)
    assert json.loads(day("status", "--json", at=LATER).out)["open"]["requests"] == {"anthropic": 2}
    assert day("end", "--claude-features", "1", text=(20, 4), at=LATER).status == 0
    assert rows(tool, "--kind", "proxy_telemetry")[0]["total_prompts"] == 2


def test_an_offload_window_without_readings_is_told_how_they_are_cut_out_of_a_log_of_days(
    day, tool, log, tmp_path
):
    """The plans type no BEFORE in the offload arm; on a log that goes on growing the command cuts its day out."""
    for at, (number, share) in enumerate(((20, 0.1), (21, 0.2), (22, 0.3)), 1):
        due = datetime(2026, 11, number, 13, tzinfo=UTC)
        log("09:00", share, due=due, day=number)
        log("10:00", share + 0.05 * at, due=due, day=number)
        words = ("tracker", "ingest", "proxy-telemetry", "--window", f"W0-MITM-{at}", "--stdin")
        env = {"TRACKER_NOW": f"2026-11-{number}T12:00:00Z", "USAGE_LOG": str(tmp_path / "usage.jsonl")}
        assert tool(*words, stdin=(tmp_path / "usage.jsonl").read_bytes(), **env).status == 0
    words = ("tracker", "complete", "--window", "W0-MITM-2", "--codex-features", "2")
    refused = tool(*words, "--methodology", "mitm_offload", **env)
    assert refused.status == 66
    typed = re.search(r"off the router's log: (< .*)$", refused.err.strip())[1]
    shell = clean_env(tmp_path, **env)
    ran = run(["bash", "-o", "pipefail", "-c", typed], cwd=tmp_path, env=shell)
    assert ran.status == 0, ran.err
    done = tool(*words, "--methodology", "mitm_offload", **env)
    assert done.status == 0, done.err
    (window,) = rows(tool, "--kind", "window")
    assert window["capacity_pp"] == pytest.approx(10)
