"""`tracker now` as a person, a script and a status line use it, in a clean HOME with a month of history."""

import json
import os
import signal
import subprocess
import time

import pytest

from conftest import BIN, ROOT, clean_env, run
from history.transcripts import claude, limit
from outlook.months import END, rollouts

AT = {"TRACKER_NOW": END.isoformat()}


@pytest.fixture
def month(tmp_path):
    rollouts(tmp_path, pace=2.5)
    return tmp_path


def test_a_months_history_answers_without_any_setting(month, tool):
    ran = tool("tracker", "now", **AT)
    assert (ran.status, ran.err) == (0, "")
    assert max(map(len, ran.out.splitlines())) <= 80
    for word in (
        "codex",
        "5 h",
        "week",
        "% used",
        "% left",
        "resets",
        "points a working hour",
        "readings in 28 days",
    ):
        assert word in ran.out
    assert "full on" in ran.out or "stays below" in ran.out


def test_json_has_what_the_page_has(month, tool):
    ran = tool("plan-now", "--json", **AT)
    said = json.loads(ran.out)
    five, week = said["quotas"]
    assert (five["quota"], week["quota"]) == ("five_hour", "weekly_all")
    assert five["ahead"]["unused_low"] <= five["ahead"]["unused_pct"] <= five["ahead"]["unused_high"]
    assert set(five["burn"]) == {"points_per_hour", "low", "high", "hours", "days"}
    assert tool("plan-now", "--format", "json", **AT).out == ran.out


def test_a_script_can_wait(month, tool):
    assert tool("tracker", "now", "--wait", "five_hour<101", **AT).status == 0
    assert tool("tracker", "now", "--wait", "five_hour>101", "--timeout", "0", **AT).status == 1
    assert tool("tracker", "now", "--wait", "claude.five_hour<80", **AT).status == 66
    bad = tool("tracker", "now", "--wait", "five_hours<80")
    assert bad.status == 2
    assert "QUOTA<PERCENT" in bad.err
    assert len(bad.err.splitlines()) == 1


def test_a_reset_ends_the_wait(month, tool):
    later = {"TRACKER_NOW": "2026-11-28T03:00:00Z"}
    assert tool("tracker", "now", "--wait", "five_hour<1", "--timeout", "0", **later).status == 0


def test_without_readings_it_says_where_they_come_from(tool):
    ran = tool("tracker", "now")
    assert ran.status == 66
    assert "statusline-tee.sh" in ran.out
    assert tool("plan-now", "--line").out == "no reading yet\n"


def test_in_a_pipe_it_watches_in_lines_until_it_is_interrupted(month):
    watching = subprocess.Popen(
        [str(BIN / "plan-now"), "--watch", "--every", "0.2"],
        env=clean_env(month, **AT),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = watching.stdout.readline()
    time.sleep(0.6)
    watching.send_signal(signal.SIGINT)
    rest, err = watching.communicate(timeout=30)
    assert "codex 5 h" in line
    assert (watching.returncode, rest, err) == (130, "", "")  # what has not changed is not said again


def test_a_notice_goes_out_once(month, tool):
    script = month / "note"
    script.write_text(f'#!/bin/sh\necho "$1" >>{month}/notes\n')
    script.chmod(0o755)
    for _ in range(2):
        assert tool("plan-now", "--line", "--notify", str(script), "--at", "1", **AT).status == 0
    said = (month / "notes").read_text().splitlines()
    assert len(said) == len(set(said)) >= 2
    assert "codex five_hour is" in said[0]


def test_the_status_line_script_without_a_command_prints_the_line(tmp_path):
    reset = int(time.time()) + 7200
    given = (
        f'{{"session_id":"s","rate_limits":{{"five_hour":{{"used_percentage":23.5,"resets_at":{reset}}}}}}}'
    )
    ran = run([str(ROOT / "scripts/statusline-tee.sh")], stdin=given, cwd=tmp_path, env=clean_env(tmp_path))
    assert (ran.status, ran.out, ran.err) == (0, "claude 5 h 24 %\n", "")
    assert (tmp_path / "logs" / "statusline.jsonl").exists()


def test_nothing_is_written_but_what_was_told(month, tool):
    before = sorted(path for path in month.rglob("*"))
    tool("plan-now", **AT)
    assert sorted(path for path in month.rglob("*")) == before


@pytest.mark.parametrize(
    "options",
    [
        ("--every", "0"),
        ("--timeout", "-1"),
        ("--at", "x"),
        ("--at", "200"),
        ("--line", "--watch"),
        ("--wait",),
    ],
)
def test_wrong_options_are_one_line(tool, options):
    ran = tool("plan-now", *options)
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)


def test_a_terminal_is_redrawn(month):
    master, slave = os.openpty()
    watching = subprocess.Popen(
        [str(BIN / "plan-now"), "--watch", "--every", "0.2"],
        env=clean_env(month, COLUMNS="80", TERM="xterm", **AT),
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    seen = b""
    while seen.count(b"codex") < 2:
        seen += os.read(master, 4096)
    watching.send_signal(signal.SIGINT)
    watching.wait(timeout=30)
    os.close(master)
    assert watching.returncode == 130


@pytest.mark.parametrize("words", [("--data-dir", "led", "now"), ("now", "--data-dir=led")])
def test_the_ledger_that_tracker_is_given_is_the_one_that_is_read(tool, words):
    row = '{"kind":"snapshot","ts":"2026-11-27T15:00:00Z","provider":"glm","surface":"quota","meters":[{"meter":'
    row += '"five_hour","used_pct":33,"resets_at":"2026-11-27T18:00:00Z"}]}'
    assert tool("ledger-append", "--data-dir", "led", stdin=row + "\n").status == 0
    assert tool("tracker", *words, "--line", **AT).out == "glm 5 h 33 %\n"


def test_a_claude_user_without_a_gauge_learns_what_the_transcripts_tell(tmp_path, tool):
    lines = [
        claude(f"a{day}{place}", f"2026-11-{27 - day}T14:{place:02}:00.000Z")
        for day in range(4)
        for place in range(9)
    ]
    lines.append(limit("x", "You've hit your session limit · resets 6pm (UTC)", "2026-11-27T15:00:00.000Z"))
    folder = tmp_path / ".claude" / "projects" / "-p"
    folder.mkdir(parents=True)
    (folder / "s.jsonl").write_text("".join(lines))
    ran = tool("tracker", "now", **AT, TZ="UTC")
    assert (ran.status, ran.err) == (0, "")
    for words in ("100 % used, 0 % left, resets 18:00", "it is full", "36 requests in 1.00 h of work on 4 days",
                  "tokens a working hour", "USD a working hour by the list", "statusline-tee.sh"):  # fmt: skip
        assert words in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    said = json.loads(tool("plan-now", "--json", **AT).out)
    assert (said["at"], said["without_gauge"], said["work"][0]["hours"]) == (
        "2026-11-27T15:30:00Z",
        ["claude"],
        1.0,
    )
    assert tool("tracker", "now", "--wait", "claude.five_hour<80", "--timeout", "0", **AT).status == 1
    later = {"TRACKER_NOW": "2026-11-27T18:01:00Z"}
    assert tool("tracker", "now", "--wait", "claude.five_hour<80", "--timeout", "0", **later).status == 0


def test_readings_of_a_clock_that_is_ahead_are_left_out_and_said(month, tool):
    early = {"TRACKER_NOW": "2026-11-20T12:00:00Z"}
    ran = tool("tracker", "now", **early)
    assert "ahead of this machine's clock are left out (up to 2026-11-27T" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert tool("plan-now", "--line", **early).err == ""
    assert "ahead of" not in tool("tracker", "now", **AT).err


def test_a_closed_stdout_is_no_traceback(month):
    ran = run(
        ["sh", "-c", f"{BIN}/plan-now >&-; {BIN}/plan-now --line 2>&-"], cwd=month, env=clean_env(month, **AT)
    )
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("codex 5 h")
