"""Schedules, and the timer that reads the meters by them."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from conftest import BIN, ROOT, clean_env, run
from readings import at, parsed, text
from tracker.windows import schedule

PLAN = "# a comment\n\n2026-01-05T09:00Z 2026-01-05T14:00Z W0-CL-01 claude  # morning\n"
CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Oslo:20260105T100000\r\n"
    "DTEND:20260105T140000Z\r\nSUMMARY:W0-CL-01 cl\r\n aude\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.mark.parametrize("plan", [PLAN, CALENDAR], ids=["text", "ics"])
def test_a_schedule_is_read_as_text_and_as_a_calendar(tool, plan):
    ran = tool("window-schedule", stdin=plan)
    assert ran.status == 0, ran.err
    nine, two = int(at("09:00").timestamp()), int(at("14:00").timestamp())
    assert ran.out == f"{nine} before W0-CL-01 claude\n{two + 300} after W0-CL-01 claude\n"


@pytest.mark.parametrize(
    ("plan", "status", "said"),
    [
        ("# nothing\n", 66, "no window"),
        ("2026-01-05T09:00 2026-01-05T14:00 W claude\n", 65, "line 1: no time with a zone"),
        ("2026-01-05T09:00Z 2026-01-05T08:00Z W claude\n", 65, "stops before it starts"),
        ("2026-01-05T09:00Z 2026-01-05T14:00Z W heron\n", 65, "no window and provider"),
        (PLAN + PLAN, 65, "twice"),
        (PLAN.replace("claude", "claude glm"), 65, "line 3: too much ('glm')"),
        (PLAN + PLAN.replace("-01 ", "-02 "), 65, "W0-CL-02 starts before W0-CL-01 stops"),
        (CALENDAR.replace("UID:1", "RRULE:FREQ=DAILY;COUNT=3"), 65, "line 3: an event that repeats"),
        (CALENDAR.replace("DTEND", "X"), 65, "without DTEND"),
        (CALENDAR.replace(";TZID=Europe/Oslo", ""), 65, "no time with a zone"),
    ],
)
def test_a_schedule_that_is_none_is_refused(tool, plan, status, said):
    ran = tool("window-schedule", stdin=plan)
    assert ran.status == status
    assert said in ran.err


def test_readings_come_in_the_order_of_their_times():
    slots = [
        schedule.Slot(at("09:00"), at("10:00"), "A", "claude"),
        schedule.Slot(at("09:30"), at("09:50"), "B", "glm"),
    ]
    found = schedule.readings(slots, timedelta(minutes=5))
    assert [(one.window, one.phase) for one in found] == [
        ("A", "before"),
        ("B", "before"),
        ("B", "after"),
        ("A", "after"),
    ]


def test_the_timer_tries_again_and_then_records_what_is_missing(tmp_path, tool):
    """A fake clock: `date` tells it and `sleep` moves it."""
    fake = tmp_path / "fake"
    fake.mkdir()
    start = int(at("09:00").timestamp())
    (tmp_path / "now").write_text(str(start - 60))
    scripts = {
        "date": 'case "$*" in +%s) cat "$HOME/now" ;; *) TZ=UTC0 /bin/date -d "@$(cat "$HOME/now")" "$@" ;; esac',
        "sleep": 'echo "$1" >> "$HOME/slept"; now=$(($(cat "$HOME/now") + $1)); echo $now > "$HOME/now"',
        "meter": 'n=$(cat "$HOME/n" 2>/dev/null || echo 0); echo $((n + 1)) > "$HOME/n"\n'
        'case $n in 0) exit 1 ;; 1) echo "Current session: 9% used · resets Jan 5, 1pm (UTC)" ;; *) exit 1 ;; esac',
    }
    for name, body in scripts.items():
        (fake / name).write_text(f"#!/bin/sh\n{body}\n")
        (fake / name).chmod(0o755)
    (tmp_path / "plan.txt").write_text("2026-01-05T09:00Z 2026-01-05T11:00Z W1 claude\n")
    env = clean_env(tmp_path, READ_METER=str(fake / "meter"))
    env["PATH"] = f"{fake}:{BIN}:{os.environ['PATH']}"
    ran = subprocess.run(
        [ROOT / "scripts/automation/window_timer.sh", "plan.txt"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=env,
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "slept").read_text().split() == ["60", "60", str(2 * 3600 + 300 - 60), "60", "60"]
    (before,) = parsed(tool("ledger-cat", "--kind", "snapshot").out)
    assert (before["phase"], before["source"], before["ts"]) == (
        "before",
        "automation",
        "2026-01-05T09:01:00Z",
    )
    (missed,) = parsed(tool("ledger-cat", "--kind", "anomaly").out)
    assert (missed["anomaly"], missed["window"], missed["source"]) == ("missed-reading", "W1", "automation")


def test_the_timer_passes_over_what_is_long_gone_and_once_does_not_wait(tmp_path):
    now = datetime.now(UTC)
    (tmp_path / "plan.txt").write_text(
        f"{text(now - timedelta(hours=9))} {text(now - timedelta(hours=5))} OLD claude\n"
        f"{text(now + timedelta(hours=1))} {text(now + timedelta(hours=5))} NEW claude\n"
    )
    ran = subprocess.run(
        [ROOT / "scripts/automation/window_timer.sh", "--once", "plan.txt"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=clean_env(tmp_path, READ_METER="false"),
        timeout=30,
    )
    assert ran.returncode == 0
    assert ran.stderr.count("passed over") == 2
    missing = subprocess.run(
        [ROOT / "scripts/automation/window_timer.sh", "none.txt"],
        capture_output=True,
        cwd=tmp_path,
        env=clean_env(tmp_path),
    )
    assert missing.returncode == 66


def test_the_timer_has_help_and_takes_the_buffer_as_an_option(tmp_path):
    script = str(ROOT / "scripts/automation/window_timer.sh")
    told = run([script, "--help"], cwd=tmp_path, env=clean_env(tmp_path))
    assert (told.status, told.out.split(" ")[0]) == (0, "Usage:")
    assert "--buffer-seconds S" in told.out
    (tmp_path / "plan.txt").write_text("2026-01-05T09:00Z 2026-01-05T11:00Z W1 claude\n")
    for buffer in (["--buffer-seconds", "60"], ["--buffer-seconds=60"]):
        ran = run([script, "--once", *buffer, "plan.txt"], cwd=tmp_path, env=clean_env(tmp_path))
        assert ran.status == 0
    for wrong in (["--buffer-seconds", "soon"], ["--buffer-seconds"], ["--sooner"]):
        ran = run([script, *wrong], cwd=tmp_path, env=clean_env(tmp_path))
        assert (ran.status, ran.err.count("\n")) == (2, 1)
