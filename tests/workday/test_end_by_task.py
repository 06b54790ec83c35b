"""The end of a window that holds tasks of both arms: each arm's requests by its tasks' marks, typed commands alone."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from usage_logs import usage
from workdays import PRINTED, rows

BANK = "feature_id,predicted_size\n" + "".join(f"F-{n},50\n" for n in range(1, 7))
A, B = "stock_anthropic", "mitm_offload"
BEGUN = datetime.fromisoformat("2026-11-20T10:05:00+00:00")


def at(minutes):
    return f"{BEGUN + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def by_task(tool):
    """A plan whose unit is the task, and its deal: the runs of the first window, in their order."""
    day_before = {"TRACKER_NOW": "2026-11-19T09:00:00Z"}
    for words, given in (
        (
            ("experiment", "register", "--unit", "task", "--tasks", "6", "--per-window", "3", "--seed", "3"),
            "",
        ),
        (("assign-tasks", "--per-window", "3", "--registered", "--seed", "3"), BANK),
    ):
        ran = tool("tracker", *words, stdin=given, **day_before)
        assert ran.status == 0, ran.err
    dealt = [
        (row["feature_id"], row["methodology"])
        for row in rows(tool, "--kind", "feature")
        if row["window"] == "W0-T-01"
    ]
    assert {arm for _, arm in dealt} == {A, B}
    return dealt


def play(day, tool, tmp_path, dealt, marked=True):
    """Begin the window and do its tasks, an hour's tenth each; a task of B makes three requests, one of A two."""
    assert day("begin", text=(12, 3), at=at(0)).status == 0
    log = tmp_path / "usage.jsonl"
    lines = [usage(ts=at(1), trace_id="before any task", session_id="s")]
    pane = tmp_path / "pane.txt"
    for place, (task, arm) in enumerate(dealt):
        start, end = 2 + 10 * place, 8 + 10 * place
        for number in range(3 if arm == B else 2):
            lines.append(
                usage(
                    ts=at(start + 1 + number),
                    trace_id=f"{task} {number}",
                    session_id=task,
                    lane="zai" if arm == B else "anthropic",
                    model="claude-haiku-5-5",
                    force_haiku=arm == B,
                )
            )
        lines.append(usage(ts=at(end + 1), trace_id=f"after {task}", session_id="s"))
        for what, minute in (("start", start), ("end", end)) if marked else ():
            pane.write_text(PRINTED.format(13 + minute // 2, 4))
            options = ["--any-arm"] if what == "start" else []
            ran = tool("tracker", "task", what, task, "--text", str(pane), *options, TRACKER_NOW=at(minute))
            assert ran.status == 0, ran.err
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return log


def end(day, dealt, *more):
    features = [word for task, _ in dealt for word in ("--feature", f"{task}=0.9")]
    return day("end", *features, *more, text=(40, 5), at=at(60))


def test_end_sums_up_each_arms_requests_by_its_tasks_marks(day, tool, tmp_path, by_task):
    play(day, tool, tmp_path, by_task)
    ended = end(day, by_task)
    assert ended.status == 0, ended.err
    counted = {row["methodology"]: row["total_prompts"] for row in rows(tool, "--kind", "proxy_telemetry")}
    runs = [arm for _, arm in by_task]
    assert counted == {A: 2 * runs.count(A), B: 3 * runs.count(B)}
    assert f"{4 + counted[B]} in no task of this arm" in ended.err, "four requests lay between the tasks"
    (window,) = rows(tool, "--kind", "window")
    assert (window["methodology"], window["features"]) == ("by_task", 3)
    points = {
        row["feature_id"]: row["points_pp"]
        for row in rows(tool, "--kind", "feature")
        if row["state"] == "delivered"
    }
    assert points == {task: 3 for task, _ in by_task}


def test_without_marks_end_says_what_to_type_and_then_goes_on_from_there(day, tool, tmp_path, by_task):
    log = play(day, tool, tmp_path, by_task, marked=False)
    stopped = end(day, by_task)
    assert stopped.status == 75 and not rows(tool, "--kind", "window")
    assert f"`tracker task end ID --window W0-T-01 --session S --log {log}`" in stopped.err
    for task, _ in by_task:
        ran = tool(
            "tracker",
            "task",
            "end",
            task,
            "--window",
            "W0-T-01",
            "--session",
            task,
            "--log",
            str(log),
            TRACKER_NOW=at(61),
        )
        assert ran.status == 0, ran.err
    ended = end(day, by_task)
    assert ended.status == 0, ended.err
    assert {row["methodology"] for row in rows(tool, "--kind", "proxy_telemetry")} == {A, B}


def test_an_arm_none_of_whose_tasks_made_a_request_has_no_telemetry_and_it_is_said(
    day, tool, tmp_path, by_task
):
    log = play(day, tool, tmp_path, by_task)
    log.write_text(
        "".join(line + "\n" for line in log.read_text().splitlines() if '"lane": "zai"' not in line)
    )
    ended = end(day, by_task)
    assert ended.status == 0, ended.err
    assert [row["methodology"] for row in rows(tool, "--kind", "proxy_telemetry")] == [A]
    assert f"no request in usage.jsonl in a task of {B}: W0-T-01 has no telemetry of that arm" in ended.out
